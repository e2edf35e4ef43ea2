#include "errors.hpp"

#include "utf8.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace leasehold::detail {

FileProblem file_problem(int error) {
  switch (error) {
    case ENOENT:
      return {errc::path_missing, "it does not exist", "check the path and the base directory"};
    case ENOTDIR:
      return {errc::path_missing, "a part of the path is not a directory",
              "check the path and the base directory"};
    case EXDEV:
      return {errc::path_escape, "the path leads out of the base directory",
              "use a relative path that stays below it, symbolic links included"};
    case EACCES:
    case EPERM:
      return {errc::file_denied, "permission denied", "check owner and permissions"};
    case EROFS:
      return {errc::file_denied, "the file system is mounted read-only", {}};
    case ETXTBSY:
      return {errc::file_denied, "the file is a program that is running", {}};
    case ENOSPC:
      return {errc::file_full, "no space is left on the device", "free some space"};
    case EDQUOT:
      return {errc::file_full, "the disk quota is used up", "free some space or raise the quota"};
    case EFBIG:
      return {errc::file_full, "the file would be larger than allowed",
              "raise the file size limit (ulimit -f)"};
    case EISDIR:
      return {errc::file_failed, "it is a directory, not a file", {}};
    case ENOTEMPTY:
    case EEXIST:
      return {errc::file_failed, "the directory is not empty", "remove what is in it first"};
    case ENAMETOOLONG:
      return {errc::file_failed, "the name is too long", {}};
    case ELOOP:
      return {errc::file_failed, "there are too many symbolic links in the path", {}};
    case ENXIO:
    case ENODEV:
      return {errc::file_failed, "it is not a regular file", "use regular files only"};
    case EMFILE:
    case ENFILE:
      return {errc::file_failed, "too many files are open", "raise the limit (ulimit -n)"};
    case ENOSYS:
      return {errc::file_failed, "this kernel has no openat2, without which paths cannot be confined",
              "use Linux 5.6 or later"};
    default:
      return {errc::file_failed, std::generic_category().message(error), {}};
  }
}

void throw_file_error(int error, std::string_view action, std::string_view path,
                      const std::string& resource) {
  FileProblem problem = file_problem(error);
  throw_error(problem.code, fmt::format("cannot {} '{}': {}", action, shown_path(path), problem.what),
              {.resource = resource, .hint = std::move(problem.hint)});
}

void check_bounds(const OperationContext& context, std::string_view path, const std::string& resource) {
  if (context.stop.stop_requested())
    throw_error(errc::file_cancelled, fmt::format("the work on '{}' was cancelled", shown_path(path)),
                {.resource = resource});
  if (context.remaining() == Duration::zero())
    throw_error(errc::file_deadline,
                fmt::format("the deadline passed while working on '{}'", shown_path(path)),
                {.resource = resource, .hint = "allow more time"});
}

std::string shown_path(std::string_view path) {
  constexpr std::size_t most = 200;
  const bool text = !find_invalid_utf8(path);
  std::string shown;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool starts_character = !text || (byte & 0xC0) != 0x80;
    if (shown.size() >= most && starts_character) return shown + "...";
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !text)) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace leasehold::detail
