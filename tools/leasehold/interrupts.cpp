#include "interrupts.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace leasehold::tool {

Interrupts::Interrupts(std::function<void(int)> on_interrupt) : on_interrupt_(std::move(on_interrupt)) {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  signals_ = FileDescriptor(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  end_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  if (!signals_ || !end_) throw std::system_error(errno, std::generic_category(), "signalfd");
  ::pthread_sigmask(SIG_BLOCK, &ours, &before_);
  thread_ = std::thread([this] { listen(); });
}

Interrupts::~Interrupts() {
  ::eventfd_write(end_.get(), 1);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupts::listen() {
  int count = 0;
  for (;;) {
    pollfd ready[] = {{signals_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) return;
    signalfd_siginfo signal;
    if (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) on_interrupt_(++count);
  }
}

}  // namespace leasehold::tool
