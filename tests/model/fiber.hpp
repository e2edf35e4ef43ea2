#pragma once

// Fiber: a stack of its own that runs until it switches to another one, all on one thread of the system.

#include <csetjmp>
#include <cstddef>
#include <functional>

namespace leasehold::model {

class Fiber {
 public:
  Fiber();                                     // of the code that calls it: the thread's own stack
  explicit Fiber(std::function<void()> body);  // which must never return
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  // Goes on where `to` left off, or begins it; returns when somebody switches back to this one, which must be
  // the one that runs.
  void switch_to(Fiber& to);

 private:
  static constexpr std::size_t stack_size = std::size_t{256} * 1024;
  static void begin(unsigned high, unsigned low);
  void arrived() noexcept;

  std::jmp_buf place_;
  bool begun_ = true;
  std::function<void()> body_;
  void* memory_ = nullptr;  // of the stack, with a guard page below
  // What the C++ runtime keeps for each thread about exceptions that are being handled.
  struct Exceptions {
    void* caught;
    unsigned uncaught;
  };
  Exceptions exceptions_{};
  // For AddressSanitizer, which must know which stack is in use.
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace leasehold::model
