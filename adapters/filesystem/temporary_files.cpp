#include "temporary_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace leasehold::detail {

namespace {

constexpr std::string_view temporary_action = "make the temporary file";

// Never follows a symbolic link. A path is at most 4096 bytes long, so this is at most some 2000 levels deep.
bool remove_tree(int parent, const char* name) noexcept {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return true;
  Descriptor opened(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return false;
  DIR* const directory = ::fdopendir(opened.get());
  if (directory == nullptr) return false;
  const int fd = opened.release();
  bool all = true;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view found = entry->d_name;
    if (found != "." && found != "..") all = remove_tree(fd, entry->d_name) && all;
  }
  ::closedir(directory);
  return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 && all;
}

}  // namespace

std::string TemporaryFiles::make_file(std::string_view suffix) {
  std::string path = next_path(suffix);
  base_->open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, temporary_action, 0600);
  return path;
}

std::string TemporaryFiles::make_directory() {
  std::string path = next_path("");
  const Descriptor above = base_->open(directory_, O_PATH | O_DIRECTORY, temporary_action);
  if (::mkdirat(above.get(), path.c_str() + directory_.size() + 1, 0700) != 0)
    base_->fail(errno, temporary_action, path);
  return path;
}

std::string TemporaryFiles::next_path(std::string_view suffix) {
  constexpr std::size_t longest_suffix = 100;
  if (suffix.find('/') != std::string_view::npos || suffix.find('\0') != std::string_view::npos ||
      suffix.size() > longest_suffix)
    throw_error(
        errc::config_value,
        fmt::format("the suffix of a temporary file has at most {} bytes and no '/' or NUL", longest_suffix),
        {.resource = base_->resource(), .hint = "give something like '.csv'"});
  base_->refuse_if_read_only("make", "a temporary file");
  if (directory_.empty()) {
    std::string name = base_->options().temp_prefix + random_name();
    if (::mkdirat(base_->descriptor(), name.c_str(), 0700) != 0) base_->fail(errno, temporary_action, name);
    directory_ = std::move(name);
  }
  return fmt::format("{}/{}{}", directory_, ++count_, suffix);
}

bool TemporaryFiles::remove_all() noexcept {
  if (directory_.empty() || base_->in_forked_child()) return true;
  if (!remove_tree(base_->descriptor(), directory_.c_str())) return false;
  directory_.clear();
  return true;
}

}  // namespace leasehold::detail
