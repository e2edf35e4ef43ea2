#include "atomic_file.hpp"

#include "exit_status.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace leasehold::tool {

namespace {

[[noreturn]] void fail(ExitStatus status, const std::filesystem::path& path, int error) {
  throw Failure(status,
                fmt::format("cannot write '{}': {}", path.string(), std::generic_category().message(error)));
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path_, ignored)) path_ = std::filesystem::weakly_canonical(path_, ignored);

  struct stat present {};
  const bool exists = ::stat(path_.c_str(), &present) == 0;
  if (exists && S_ISDIR(present.st_mode)) fail(ExitStatus::usage, path, EISDIR);
  if (exists && !S_ISREG(present.st_mode)) {
    file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file_) fail(ExitStatus::usage, path, errno);
    return;
  }
  if (exists && ::access(path_.c_str(), W_OK) != 0) fail(ExitStatus::usage, path, errno);

  temporary_ = path_.parent_path() / fmt::format(".{}.{}.tmp", path_.filename().string(), ::getpid());
  file_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file_) {
    const int error = errno;
    temporary_.clear();
    fail(ExitStatus::usage, path, error);
  }
  if (exists) ::fchmod(file_.get(), present.st_mode & 07777U);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view text) {
  if (const int error = write_all(file_.get(), text)) fail(ExitStatus::failed, path_, error);
}

void AtomicFile::commit() {
  if (temporary_.empty()) return;
  if (::fsync(file_.get()) != 0) fail(ExitStatus::failed, path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(ExitStatus::failed, path_, errno);
  temporary_.clear();
}

}  // namespace leasehold::tool
