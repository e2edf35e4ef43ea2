#include "byte_input.hpp"

#include "exit_status.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace leasehold::tool {

ByteInput::ByteInput(const std::string& path) : name_(path == "-" ? "standard input" : path) {
  const int fd =
      path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(errno);
  file_ = FileDescriptor(fd);
  struct stat about {};
  if (::fstat(fd, &about) != 0) fail(errno);
  if (S_ISDIR(about.st_mode)) fail(EISDIR);
  // What another program opened for us may stand anywhere in its file; only our own start at its beginning.
  rewindable_ = S_ISREG(about.st_mode) && path != "-";
}

std::size_t ByteInput::read(char* buffer, std::size_t size, const std::stop_token& stop) {
  constexpr int look_for_stop_every_ms = 100;
  for (;;) {
    if (stop.stop_requested()) throw Stopped();
    pollfd readable{file_.get(), POLLIN, 0};
    if (::poll(&readable, 1, look_for_stop_every_ms) == 0) continue;
    const ssize_t got = ::read(file_.get(), buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) fail(errno);
  }
}

std::string ByteInput::read_all(std::size_t limit, const std::stop_token& stop) {
  std::string all;
  char buffer[1 << 16];
  while (const std::size_t got = read(buffer, sizeof buffer, stop)) {
    if (all.size() + got > limit)
      throw Failure(ExitStatus::usage,
                    fmt::format("'{}' is larger than {} MiB; give many records as .jsonl or .csv, which "
                                "are read bit by bit",
                                name_, limit >> 20));
    all.append(buffer, got);
  }
  return all;
}

void ByteInput::rewind() {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) fail(errno);
}

void ByteInput::fail(int error) const {
  throw Failure(ExitStatus::usage,
                fmt::format("cannot read '{}': {}", name_, std::generic_category().message(error)));
}

}  // namespace leasehold::tool
