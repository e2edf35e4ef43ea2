#pragma once

// Interrupts: SIGINT and SIGTERM as calls of a function on a thread of ours, where it may do anything.
//
// Make one before any other thread, so that no other thread is given the signals. At its end they do what
// they did before.

#include "file_descriptor.hpp"

#include <csignal>
#include <functional>
#include <thread>

namespace leasehold::tool {

class Interrupts {
 public:
  // Calls `on_interrupt` with 1 for the first signal, 2 for the second and so on; it must not throw.
  explicit Interrupts(std::function<void(int count)> on_interrupt);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

 private:
  void listen();

  std::function<void(int)> on_interrupt_;
  sigset_t before_;
  FileDescriptor signals_;
  FileDescriptor end_;
  std::thread thread_;
};

}  // namespace leasehold::tool
