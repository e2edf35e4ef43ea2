#include "file_write.hpp"

#include "errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace leasehold {

namespace detail {

namespace {
constexpr std::string_view write_action = "write";
constexpr std::size_t buffer_size = 64 << 10;
}  // namespace

FileWrite::FileWrite(std::shared_ptr<const BaseDirectory> base, std::string_view path,
                     OperationContext context)
    : base_(std::move(base)), path_(path), context_(std::move(context)) {
  base_->refuse_if_read_only(write_action, path_);
  check_bounds(context_, path_, base_->resource());
  place_ = base_->place(path_, write_action, base_->options().make_directories);
  check_place();
  std::string name = base_->options().temp_prefix + random_name();
  const int fd = ::openat(place_.directory.get(), name.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, base_->file_mode());
  if (fd < 0) base_->fail(errno, write_action, path_);
  file_ = Descriptor(fd);
  temporary_ = std::move(name);
  if (kept_mode_ != 0) ::fchmod(fd, kept_mode_);  // best effort: the owner may be another
}

// Renaming over something asks only for rights to the directory; ask for those to the file, too.
void FileWrite::check_place() {
  struct stat status {};
  const int directory = place_.directory.get();
  if (::fstatat(directory, place_.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) base_->fail(errno, write_action, path_);
    return;
  }
  if (S_ISDIR(status.st_mode)) base_->fail(EISDIR, write_action, path_);
  if (S_ISLNK(status.st_mode)) {
    base_->open(path_, O_PATH, write_action);  // refuses one that leads out or nowhere
    return;
  }
  if (!S_ISREG(status.st_mode)) base_->fail(ENXIO, write_action, path_);
  if (::faccessat(directory, place_.name.c_str(), W_OK, AT_EACCESS) != 0)
    base_->fail(errno, write_action, path_);
  kept_mode_ = status.st_mode & 0777;
}

void FileWrite::write(std::string_view bytes) {
  refuse_if_over();
  if (buffer_.size() + bytes.size() < buffer_size) {
    buffer_ += bytes;
    return;
  }
  put(buffer_);
  buffer_.clear();
  put(bytes);
}

void FileWrite::put(std::string_view bytes) {
  std::size_t written = 0;
  try {
    const int error = write_all(file_.get(), bytes, context_, path_, base_->resource(), written);
    if (error != 0) base_->fail(error, write_action, path_);
  } catch (...) {
    discard();  // it may be half written
    throw;
  }
}

void FileWrite::commit() {
  refuse_if_over();
  put(buffer_);
  check_bounds(context_, path_, base_->resource());
  const bool sync = base_->options().sync;
  int error = sync && ::fsync(file_.get()) != 0 ? errno : 0;
  // Some file systems report a full disk only here.
  if (::close(file_.release()) != 0 && error == 0 && errno != EINTR) error = errno;
  const int directory = place_.directory.get();
  if (error == 0 && ::renameat(directory, temporary_.c_str(), directory, place_.name.c_str()) != 0)
    error = errno;
  if (error != 0) {
    discard();
    base_->fail(error, write_action, path_);
  }
  temporary_.clear();
  if (sync && ::fsync(directory) != 0 && errno != EINVAL) base_->fail(errno, "sync the directory of", path_);
}

void FileWrite::discard() noexcept {
  file_.close();
  if (!temporary_.empty() && !base_->in_forked_child())
    ::unlinkat(place_.directory.get(), temporary_.c_str(), 0);
  temporary_.clear();
}

void FileWrite::end_lease() noexcept {
  if (temporary_.empty()) return;
  lease_ended_ = true;
  discard();
}

void FileWrite::refuse_if_over() const {
  if (lease_ended_)
    throw_error(errc::lease_revoked,
                fmt::format("cannot write '{}': its lease ended before it was committed", shown_path(path_)),
                {.resource = base_->resource(), .hint = "commit while the lease is held"});
  if (temporary_.empty())
    throw_error(errc::file_failed,
                fmt::format("cannot write '{}': it is committed or failed already", shown_path(path_)),
                {.resource = base_->resource()});
}

int write_all(int file, std::string_view bytes, const OperationContext& context, std::string_view path,
              const std::string& resource, std::size_t& written) {
  constexpr std::size_t chunk = 1 << 20;
  while (written < bytes.size()) {
    check_bounds(context, path, resource);
    const ssize_t now = ::write(file, bytes.data() + written, std::min(chunk, bytes.size() - written));
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) return errno;
    if (now == 0) return EIO;
    written += static_cast<std::size_t>(now);
  }
  return 0;
}

}  // namespace detail

FileWriter::FileWriter(std::shared_ptr<detail::FileWrite> write) : write_(std::move(write)) {}
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;
FileWriter::~FileWriter() = default;
void FileWriter::write(std::string_view bytes) {
  write_->write(bytes);
}
void FileWriter::commit() {
  write_->commit();
}

}  // namespace leasehold
