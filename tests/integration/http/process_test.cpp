// What other processes see: nothing.

#include "fixture.hpp"
#include "raw_listener.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

using namespace leasehold;

namespace {

std::set<int> descriptors_kept_on_exec() {
  std::set<int> kept;
  for (int fd = 0; fd < 256; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) kept.insert(fd);
  }
  return kept;
}

}  // namespace

TEST_CASE("no descriptor of a client survives exec") {
  RawListener listener;
  std::jthread server([&] {
    const int connection = ::accept4(listener.socket(), nullptr, nullptr, SOCK_CLOEXEC);
    std::string request;
    while (read_request(connection, request)) write_all(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    ::close(connection);
  });
  const auto before = descriptors_kept_on_exec();
  Calls call(options_for(listener.url()));
  CHECK(call.client().get("/").ok());
  CHECK(descriptors_kept_on_exec() == before);
  call.held().clear();
}

TEST_CASE("a forked child neither uses nor ends the parent's connection") {
  standin::Server server;
  Calls call(options_for(server.url()));
  call("get", {{"path", "/echo"}});
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 1;
    try {
      call.client().get("/echo");
    } catch (const Error& error) {
      code = error.reason() == errc::acquire_forked ? 0 : 2;
    }
    call.held().clear();
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  call("get", {{"path", "/echo"}});
  CHECK(server.connections() == 1);
}
