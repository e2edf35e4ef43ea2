#pragma once

// The base directory of one lease, and the only ways to anything in it: every path goes through openat2,
// which the kernel resolves without ever leaving the base.

#include <leasehold/adapters/filesystem.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace leasehold::detail {

class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// The directory that holds a file, and the file's name in it.
struct Place {
  Descriptor directory;
  std::string name;
};

class BaseDirectory {
 public:
  BaseDirectory(const FilesystemOptions& options, std::string resource);

  const FilesystemOptions& options() const noexcept { return options_; }
  const std::string& resource() const noexcept { return resource_; }
  mode_t file_mode() const noexcept { return file_mode_; }
  mode_t directory_mode() const noexcept { return directory_mode_; }

  // Throws what went wrong, as "cannot <action> '<path>': ...".
  Descriptor open(std::string_view path, int flags, std::string_view action, mode_t mode = 0) const;

  // The same, giving the errno value instead. Throws only config_value, for a path that cannot be one.
  std::pair<Descriptor, int> try_open(std::string_view path, int flags, mode_t mode = 0) const;

  // Opens a regular file without blocking on what is none.
  Descriptor open_regular(std::string_view path, int flags, std::string_view action, mode_t mode = 0) const;

  // Where a file is to be written or removed; `make` makes the directories above it.
  Place place(std::string_view path, std::string_view action, bool make) const;

  void make_directories(std::string_view path, std::string_view action) const;

  void refuse_if_read_only(std::string_view action, std::string_view path) const;
  [[noreturn]] void fail(int error, std::string_view action, std::string_view path) const;

  bool is_still_there() const noexcept;

  int descriptor() const noexcept { return base_.get(); }
  bool in_forked_child() const noexcept { return ::getpid() != process_; }

 private:
  FilesystemOptions options_;
  std::string resource_;
  mode_t file_mode_;
  mode_t directory_mode_;
  pid_t process_ = ::getpid();
  Descriptor base_;
};

// "0644" as 0644; nullopt if it is no octal number up to 0777.
std::optional<mode_t> parse_mode(std::string_view text) noexcept;

std::string random_name();  // 16 hexadecimal digits

}  // namespace leasehold::detail
