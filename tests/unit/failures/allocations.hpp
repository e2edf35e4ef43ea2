#pragma once

// operator new of this program: counts allocations, and fails one of them on demand.

#include "nth.hpp"

namespace leasehold::failures {

// Whose allocations count: those of threads that say so, or those of all threads that do not exempt
// themselves.
enum class Side { caller, library };

struct Allocations {
  static Nth nth;
  static std::atomic<Side> side;
  static thread_local bool calling;  // this thread is inside a call of leasehold's
  static thread_local bool exempt;   // this thread is the test's
  static thread_local std::uint64_t of_this_thread;
  static std::atomic<std::int64_t> living;  // allocations not freed yet, of all threads
};

// This thread is the test's; `call` runs leasehold on it.
class TestThread {
 public:
  TestThread() : before_(Allocations::exempt) { Allocations::exempt = true; }
  ~TestThread() { Allocations::exempt = before_; }
  TestThread(const TestThread&) = delete;
  TestThread& operator=(const TestThread&) = delete;

 private:
  bool before_;
};

class Calling {
 public:
  Calling() { Allocations::calling = true; }
  ~Calling() { Allocations::calling = false; }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
};

// How often this thread allocated in a thousand calls, after ten.
template <class Call>
std::uint64_t allocations_in(Call call) {
  for (int i = 0; i < 10; ++i) call();
  const std::uint64_t before = Allocations::of_this_thread;
  for (int i = 0; i < 1000; ++i) call();
  return Allocations::of_this_thread - before;
}

}  // namespace leasehold::failures
