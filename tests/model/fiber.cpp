// A fiber begins through ucontext and then switches with _setjmp and _longjmp, which make no system call.

#undef _FORTIFY_SOURCE  // whose longjmp takes another stack for a mistake
#include "fiber.hpp"

#include "address_sanitizer.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#ifdef LEASEHOLD_MODEL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace leasehold::model {

namespace {
constexpr std::size_t guard = 4096;
Fiber* arriving = nullptr;  // whom a switch goes to
Fiber* leaving = nullptr;   // whom it comes from
}  // namespace

Fiber::Fiber() = default;

Fiber::Fiber(std::function<void()> body) : begun_(false), body_(std::move(body)) {
  memory_ = mmap(nullptr, stack_size + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
  mprotect(memory_, guard, PROT_NONE);
  bottom_ = static_cast<char*>(memory_) + guard;
  size_ = stack_size;
}

Fiber::~Fiber() {
  if (memory_) munmap(memory_, stack_size + guard);
}

void Fiber::arrived() noexcept {
#ifdef LEASEHOLD_MODEL_ASAN
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
  if (leaving && !leaving->memory_) {  // the thread's own stack, of which nobody told us
    leaving->bottom_ = bottom;
    leaving->size_ = size;
  }
#endif
  std::memcpy(static_cast<void*>(abi::__cxa_get_globals()), &exceptions_, sizeof exceptions_);
}

void Fiber::begin(unsigned high, unsigned low) {
  auto* const self = reinterpret_cast<Fiber*>((std::uintptr_t{high} << 32) | low);  // NOLINT
  self->arrived();
  self->body_();
}

void Fiber::switch_to(Fiber& to) {
  std::memcpy(&exceptions_, static_cast<void*>(abi::__cxa_get_globals()), sizeof exceptions_);
  leaving = this;
  arriving = &to;
  if (_setjmp(place_) == 0) {
#ifdef LEASEHOLD_MODEL_ASAN
    __sanitizer_start_switch_fiber(&fake_stack_, to.bottom_, to.size_);
#endif
    if (arriving->begun_) _longjmp(arriving->place_, 1);
    arriving->begun_ = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = const_cast<void*>(arriving->bottom_);
    context.uc_stack.ss_size = arriving->size_;
    context.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(arriving);
    makecontext(&context, reinterpret_cast<void (*)()>(&Fiber::begin), 2,
                static_cast<unsigned>(address >> 32), static_cast<unsigned>(address & 0xffffffffU));
    setcontext(&context);
  }
  arriving->arrived();
}

}  // namespace leasehold::model
