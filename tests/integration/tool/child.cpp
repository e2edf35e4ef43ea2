#include "child.hpp"
#include "folders.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <thread>

using namespace std::chrono_literals;

namespace {

const std::string program = folders::build("tools/leasehold/leasehold");

}  // namespace

std::vector<nlohmann::json> Ended::lines() const {
  std::vector<nlohmann::json> all;
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

Child::Child(const ScratchDirectory& directory, std::vector<std::string> arguments, const std::string& input,
             Output output)
    : directory_(directory) {
  directory.write("stdin", input);
  posix_spawn_file_actions_t actions;
  REQUIRE(::posix_spawn_file_actions_init(&actions) == 0);
  ::posix_spawn_file_actions_addchdir_np(&actions, (directory / ".").c_str());
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "stdin", O_RDONLY, 0);
  int ends[2] = {-1, -1};
  if (output == Output::closed) {
    ::posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  } else if (output == Output::unread) {
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::close(ends[0]);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "stdout", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  }
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "stderr", O_WRONLY | O_CREAT | O_TRUNC, 0644);

  arguments.insert(arguments.begin(), "leasehold");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (ends[1] >= 0) ::close(ends[1]);
  REQUIRE_MESSAGE(error == 0, program);
}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Child::signal(int number) const {
  REQUIRE(::kill(pid_, number) == 0);
}
std::string Child::out() const {
  return directory_.read("stdout");
}
std::string Child::err() const {
  return directory_.read("stderr");
}

Ended Child::wait() {
  int status = 0;
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > limit) FAIL("the tool hangs; it said: " << err());
    std::this_thread::sleep_for(2ms);
  }
  pid_ = -1;
  Ended ended{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out(), err()};
  for (const char* name : {"stdin", "stdout", "stderr"}) ::unlink((directory_ / name).c_str());
  return ended;
}
