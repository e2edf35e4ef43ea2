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

constexpr std::string_view action = "list";

struct Found {
  std::string name;
  unsigned char type = DT_UNKNOWN;
};

std::vector<Found> read_names(const BaseDirectory& base, const std::string& path, Descriptor opened) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(opened.get()), ::closedir);
  if (!directory) base.fail(errno, action, path);
  opened.release();
  std::vector<Found> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
      names.push_back({entry->d_name, entry->d_type});
  }
  if (errno != 0) base.fail(errno, action, path);
  return names;
}

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
    if (error != 0) base.fail(error, action, here.path);
    for (const Found& found : read_names(base, here.path, std::move(opened))) {
      check_bounds(context, here.path, base.resource());
      const Glob::State state = glob.step(here.state, found.name);
      const bool accepted = glob.accepts(state), goes_on = glob.can_go_on(state);
      if (!accepted && !goes_on) continue;
      const std::string path = here.path == "." ? found.name : here.path + "/" + found.name;
      const FileKind kind = kind_of(base, path, found.type);
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
