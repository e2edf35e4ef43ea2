#include "allocations.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t bytes = 0;
thread_local std::size_t calls = 0;

void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  bytes += malloc_usable_size(memory);
  ++calls;
  return memory;
}

void uncount(void* memory) noexcept {
  bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

namespace bench {
std::size_t bytes_allocated() noexcept {
  return bytes;
}
std::size_t allocations() noexcept {
  return calls;
}
}  // namespace bench

void* operator new(std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* memory) noexcept {
  uncount(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  uncount(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  uncount(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  uncount(memory);
}
