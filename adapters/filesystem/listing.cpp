#include "listing.hpp"

#include "errors.hpp"
#include "glob.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace leasehold::detail {

namespace {

constexpr std::string_view list_action = "list";

// The entries of an open directory, one at a time.
class Entries {
 public:
  Entries(const BaseDirectory& base, const std::string& path, Descriptor opened)
      : base_(base), path_(path), directory_(::fdopendir(opened.get())) {
    if (directory_ == nullptr) base_.fail(errno, list_action, path_);
    opened.release();
  }
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;
  ~Entries() { ::closedir(directory_); }

  const dirent* next() {
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(directory_);
      if (entry == nullptr && errno != 0) base_.fail(errno, list_action, path_);
      if (entry == nullptr ||
          (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != ".."))
        return entry;
    }
  }

 private:
  const BaseDirectory& base_;
  const std::string& path_;
  DIR* directory_;
};

// Links count as the file they lead to; one that leads out, nowhere or to a directory is neither file nor
// directory, so that a walk cannot go round in circles.
FileKind kind_of(const BaseDirectory& base, const std::string& path, unsigned char type) {
  if (type == DT_REG) return FileKind::file;
  if (type == DT_DIR) return FileKind::directory;
  if (type != DT_LNK && type != DT_UNKNOWN) return FileKind::other;
  struct stat status {};
  if (type == DT_UNKNOWN) {
    auto [itself, error] = base.try_open(path, O_PATH | O_NOFOLLOW);
    if (error != 0 || ::fstat(itself.get(), &status) != 0) return FileKind::other;
    if (S_ISREG(status.st_mode)) return FileKind::file;
    if (S_ISDIR(status.st_mode)) return FileKind::directory;
    if (!S_ISLNK(status.st_mode)) return FileKind::other;
  }
  auto [target, error] = base.try_open(path, O_PATH);
  return error == 0 && ::fstat(target.get(), &status) == 0 && S_ISREG(status.st_mode) ? FileKind::file
                                                                                      : FileKind::other;
}

struct Directory {
  std::string path;  // relative to the base
  Glob::State state;
};

}  // namespace

std::vector<FileEntry> list_directory(const BaseDirectory& base, const ListOptions& options,
                                      const OperationContext& context) {
  const Glob glob(options.pattern, options.recursive);
  std::vector<FileEntry> entries;
  std::vector<Directory> waiting;
  std::string_view top = options.path;
  while (top.size() > 1 && top.back() == '/') top.remove_suffix(1);
  waiting.push_back({std::string(top), glob.start()});
  for (bool first = true; !waiting.empty(); first = false) {
    const Directory here = std::move(waiting.back());
    waiting.pop_back();
    auto [opened, error] = base.try_open(here.path, O_RDONLY | O_DIRECTORY | (first ? 0 : O_NOFOLLOW));
    // What was removed or replaced since we saw it is not there.
    if (!first && (error == ENOENT || error == ENOTDIR || error == ELOOP)) continue;
    if (error != 0) base.fail(error, list_action, here.path);
    Entries entries_here(base, here.path, std::move(opened));
    while (const dirent* found = entries_here.next()) {
      const std::string_view name = found->d_name;
      check_bounds(context, here.path, base.resource());
      const Glob::State state = glob.step(here.state, name);
      const bool accepted = glob.accepts(state), goes_on = glob.can_go_on(state);
      if (!accepted && !goes_on) continue;
      const std::string path = here.path == "." ? std::string(name) : fmt::format("{}/{}", here.path, name);
      const FileKind kind = kind_of(base, path, found->d_type);
      if (goes_on && kind == FileKind::directory) waiting.push_back({path, state});
      const bool wanted =
          (kind == FileKind::file && options.files) || (kind == FileKind::directory && options.directories);
      if (!accepted || !wanted) continue;
      if (entries.size() == base.options().max_entries)
        throw_error(errc::file_failed,
                    fmt::format("cannot list '{}': there are more than {} entries", shown_path(options.path),
                                base.options().max_entries),
                    {.resource = base.resource(), .hint = "narrow the pattern or raise max_entries"});
      entries.push_back({path, kind});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return entries;
}

}  // namespace leasehold::detail
