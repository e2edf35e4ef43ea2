#include "graphviz.hpp"

#include "exit_status.hpp"
#include "file_descriptor.hpp"

#include <leasehold/clock.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

namespace leasehold::tool {

namespace {

[[noreturn]] void fail(std::string_view what, int error) {
  throw Failure(ExitStatus::failed, fmt::format("cannot run Graphviz's 'dot': {}: {}", what,
                                                std::generic_category().message(error)));
}

struct Pipe {
  FileDescriptor read_end, write_end;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("no pipe", errno);
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
  }
};

// The running `dot`; killed at the end unless it was waited for.
class Process {
 public:
  Process() {
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in_.read_end.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, out_.write_end.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, err_.write_end.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;  // it ends by signals that the tool itself ignores
    ::posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::array<std::string, 2> words = {"dot", "-Tsvg"};
    std::array<char*, 3> arguments = {words[0].data(), words[1].data(), nullptr};
    const int error = ::posix_spawnp(&pid_, "dot", &files, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error == ENOENT)
      throw Failure(ExitStatus::usage,
                    "Graphviz's 'dot' is not installed; install graphviz or use --format dot");
    if (error != 0) fail("not started", error);
    in_.read_end = {};
    out_.write_end = {};
    err_.write_end = {};
    for (const int fd : {in_.write_end.get(), out_.read_end.get(), err_.read_end.get()})
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // Feeds it and reads what it says until it has closed both outputs. False: the deadline came first.
  bool converse(std::string_view input, std::string& out, std::string& err, Clock::time_point deadline) {
    while (out_.read_end || err_.read_end) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      std::array<pollfd, 3> ready = {{{in_.write_end ? in_.write_end.get() : -1, POLLOUT, 0},
                                      {out_.read_end ? out_.read_end.get() : -1, POLLIN, 0},
                                      {err_.read_end ? err_.read_end.get() : -1, POLLIN, 0}}};
      if (::poll(ready.data(), ready.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
        fail("no answer", errno);
      if (ready[0].revents != 0) feed(input);
      if (ready[1].revents != 0) drain(out_.read_end, out);
      if (ready[2].revents != 0) drain(err_.read_end, err);
    }
    return true;
  }

  // As waitpid has it; none: the deadline came first. It has closed its outputs, so it is about to end.
  std::optional<int> wait(Clock::time_point deadline) {
    int status = 0;
    for (;;) {
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended < 0 && errno != EINTR) fail("no status", errno);
      if (ended > 0) {
        pid_ = -1;
        return status;
      }
      if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  void feed(std::string_view& input) {
    const ssize_t written = ::write(in_.write_end.get(), input.data(), input.size());
    if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
    const bool gone = written < 0 && errno != EAGAIN && errno != EINTR;  // its status says why
    if (input.empty() || gone) in_.write_end = {};
  }

  static void drain(FileDescriptor& from, std::string& text) {
    std::array<char, 16384> block{};
    const ssize_t count = ::read(from.get(), block.data(), block.size());
    if (count > 0) text.append(block.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) from = {};
  }

  Pipe in_, out_, err_;
  pid_t pid_ = -1;
};

}  // namespace

std::string draw_svg(const std::string& dot, Duration timeout) {
  const Clock::time_point deadline = std::chrono::steady_clock::now() + timeout;
  Process process;
  std::string svg, complaints;
  const bool said = process.converse(dot, svg, complaints, deadline);
  const std::optional<int> status = said ? process.wait(deadline) : std::nullopt;
  if (!status)
    throw Failure(ExitStatus::failed, fmt::format("Graphviz's 'dot' took longer than {}; use --format dot",
                                                  format_duration(timeout)));
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return svg;
  while (!complaints.empty() && complaints.back() == '\n') complaints.pop_back();
  throw Failure(ExitStatus::failed,
                fmt::format("Graphviz's 'dot' failed{}{}", complaints.empty() ? "" : ": ", complaints));
}

}  // namespace leasehold::tool
