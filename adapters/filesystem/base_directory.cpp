#include "base_directory.hpp"

#include "errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include <cerrno>

namespace leasehold::detail {

namespace {

Descriptor open_base(const FilesystemOptions& options, mode_t mode, const std::string& resource) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const std::string& path = options.base_path;
  int fd = ::open(path.c_str(), flags);
  if (fd < 0 && errno == ENOENT && options.create) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      if (::mkdir(path.substr(0, end).c_str(), mode) != 0 && errno != EEXIST)
        throw_file_error(errno, "create the base directory", path, resource);
      if (end == std::string::npos) break;
    }
    fd = ::open(path.c_str(), flags);
  }
  if (fd >= 0) return Descriptor(fd);
  const int error = errno;
  if (error == ENOENT)
    throw_error(errc::path_missing, fmt::format("the base directory '{}' does not exist", shown_path(path)),
                {.resource = resource, .hint = "make it, correct base_path, or set create"});
  if (error == ENOTDIR)
    throw_error(errc::path_missing,
                fmt::format("the base directory '{}' is not a directory", shown_path(path)),
                {.resource = resource, .hint = "correct base_path"});
  throw_file_error(error, "open the base directory", path, resource);
}

}  // namespace

BaseDirectory::BaseDirectory(const FilesystemOptions& options, std::string resource)
    : options_(options),
      resource_(std::move(resource)),
      file_mode_(parse_mode(options.file_mode).value_or(0644)),
      directory_mode_(parse_mode(options.directory_mode).value_or(0755)),
      base_(open_base(options_, directory_mode_, resource_)) {}

std::pair<Descriptor, int> BaseDirectory::try_open(std::string_view path, int flags, mode_t mode) const {
  if (path.empty()) throw_error(errc::config_value, "the path is empty", {.resource = resource_});
  if (path.find('\0') != std::string_view::npos)
    throw_error(errc::config_value, fmt::format("the path '{}' holds a NUL character", shown_path(path)),
                {.resource = resource_});
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const std::string terminated(path);
  // EAGAIN: something was renamed while the kernel walked the path, so that it could not be sure.
  for (int attempt = 0;; ++attempt) {
    const long fd = ::syscall(SYS_openat2, base_.get(), terminated.c_str(), &how, sizeof how);
    if (fd >= 0) return {Descriptor(static_cast<int>(fd)), 0};
    if (errno != EINTR && (errno != EAGAIN || attempt >= 100)) return {Descriptor(), errno};
  }
}

Descriptor BaseDirectory::open(std::string_view path, int flags, std::string_view action, mode_t mode) const {
  auto [descriptor, error] = try_open(path, flags, mode);
  if (error != 0) fail(error, action, path);
  return std::move(descriptor);
}

Descriptor BaseDirectory::open_regular(std::string_view path, int flags, std::string_view action,
                                       mode_t mode) const {
  Descriptor file = open(path, flags | O_NONBLOCK | O_NOCTTY, action, mode);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail(errno, action, path);
  if (S_ISDIR(status.st_mode)) fail(EISDIR, action, path);
  if (!S_ISREG(status.st_mode)) fail(ENXIO, action, path);
  return file;
}

Place BaseDirectory::place(std::string_view path, std::string_view action, bool make) const {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    // Whatever it names is a directory; say so unless there is something worse.
    open(path, O_PATH, action);
    fail(EISDIR, action, path);
  }
  const std::string_view above = slash == std::string_view::npos ? "." : path.substr(0, slash);
  const std::string_view parent = above.empty() ? "/" : above;
  auto [directory, error] = try_open(parent, O_RDONLY | O_DIRECTORY);
  if (error == ENOENT && make) {
    make_directories(parent, action);
    directory = open(parent, O_RDONLY | O_DIRECTORY, action);
  } else if (error != 0) {
    fail(error, action, path);
  }
  if (name.find('\0') != std::string_view::npos) try_open(name, O_PATH);  // says what is wrong
  return {std::move(directory), std::string(name)};
}

void BaseDirectory::make_directories(std::string_view path, std::string_view action) const {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  Descriptor above = open(path.starts_with('/') ? path : ".", O_PATH | O_DIRECTORY, action);
  for (std::size_t start = 0, end = 0; end != std::string_view::npos; start = end + 1) {
    end = path.find('/', start);
    const std::string name(path.substr(start, end == std::string_view::npos ? end : end - start));
    const std::string_view upto = path.substr(0, end);
    auto [directory, error] = try_open(upto, O_PATH | O_DIRECTORY);
    if (error == ENOENT) {
      if (::mkdirat(above.get(), name.c_str(), directory_mode_) != 0 && errno != EEXIST)
        fail(errno, action, upto);
      directory = open(upto, O_PATH | O_DIRECTORY, action);
    } else if (error != 0) {
      fail(error, action, upto);
    }
    above = std::move(directory);
  }
}

void BaseDirectory::refuse_if_read_only(std::string_view action, std::string_view path) const {
  if (options_.read_only)
    throw_error(errc::file_denied,
                fmt::format("cannot {} '{}': the resource is read-only", action, shown_path(path)),
                {.resource = resource_, .hint = "set read_only to false to allow writing"});
}

void BaseDirectory::fail(int error, std::string_view action, std::string_view path) const {
  throw_file_error(error, action, path, resource_);
}

bool BaseDirectory::is_still_there() const noexcept {
  struct stat opened {
  }, named{};
  return ::fstat(base_.get(), &opened) == 0 && ::stat(options_.base_path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

std::optional<mode_t> parse_mode(std::string_view text) noexcept {
  if (text.size() < 3 || text.size() > 4 || (text.size() == 4 && text[0] != '0')) return std::nullopt;
  mode_t mode = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') return std::nullopt;
    mode = mode * 8 + static_cast<mode_t>(digit - '0');
  }
  return mode;
}

std::string random_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
    throw_error(errc::file_failed, "the system gives no random numbers");
  return fmt::format("{:016x}", number);
}

}  // namespace leasehold::detail
