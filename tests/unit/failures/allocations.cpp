#include "allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace leasehold::failures {

constinit Nth Allocations::nth;
constinit std::atomic<Side> Allocations::side = Side::caller;
constinit thread_local bool Allocations::calling = false;
constinit thread_local bool Allocations::exempt = false;
constinit thread_local std::uint64_t Allocations::of_this_thread = 0;
constinit std::atomic<std::int64_t> Allocations::living = 0;

namespace {

bool counted() noexcept {
  return Allocations::side.load() == Side::caller ? Allocations::calling : !Allocations::exempt;
}

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  ++Allocations::of_this_thread;
  if (counted() && Allocations::nth()) return nullptr;
  Allocations::living.fetch_add(1, std::memory_order_relaxed);
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size ? size : 1);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void give_back(void* memory) noexcept {
  if (memory) Allocations::living.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* const memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}

}  // namespace
}  // namespace leasehold::failures

namespace failures = leasehold::failures;

void* operator new(std::size_t size) {
  return failures::allocate_or_throw(size, 1);
}
void* operator new[](std::size_t size) {
  return failures::allocate_or_throw(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return failures::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return failures::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return failures::allocate(size, 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return failures::allocate(size, 1);
}
void operator delete(void* memory) noexcept {
  failures::give_back(memory);
}
void operator delete[](void* memory) noexcept {
  failures::give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  failures::give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  failures::give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  failures::give_back(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  failures::give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  failures::give_back(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  failures::give_back(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  failures::give_back(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  failures::give_back(memory);
}
