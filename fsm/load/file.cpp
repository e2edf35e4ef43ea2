#include "file.hpp"

#include <leasehold/fsm/load.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace leasehold::fsm {

namespace {

[[noreturn]] void refuse_file(const std::filesystem::path& path, errc code, std::string message,
                              std::string hint) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.file = path.string();
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  throw LoadError({std::move(diagnostic)});
}

}  // namespace

std::string read_machine_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    refuse_file(path, errc::file_denied, "this is a directory", "name the file of a machine");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    refuse_file(path, reason == ENOENT ? errc::path_missing : errc::file_denied,
                fmt::format("the file cannot be read: {}", std::strerror(reason)),
                reason == ENOENT ? "check the path" : "check its permissions");
  }
  std::string text;
  char block[64 * 1024];
  while (file && text.size() <= max_bytes) {
    file.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) refuse_file(path, errc::file_failed, "the file could not be read to its end", "");
  return text;
}

}  // namespace leasehold::fsm
