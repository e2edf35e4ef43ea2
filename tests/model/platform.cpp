#include "platform.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "address_sanitizer.hpp"
#include "pool/workers.hpp"
#include "scheduler.hpp"
#include "thread/barrier.hpp"

namespace leasehold::detail {

namespace {
model::Barriers barriers;
}

constinit std::atomic<bool> membarrier_works = true;

void prepare_barriers() noexcept {}

void full_barrier() noexcept {
  model::Scheduler* const model = model::Scheduler::current();
  if (!model) return;
  model->step("barrier", nullptr, {});
  if (barriers.full) model->show_all();
}

void heavy_barrier() noexcept {
  model::Scheduler* const model = model::Scheduler::current();
  if (!model) return;
  model->step("heavy barrier", nullptr, {});
  model->show_all();
  if (barriers.membarrier && barriers.heavy) model->show_everybody();
}

void run_on_worker(std::function<void()> task) {
  model::Scheduler* const model = model::Scheduler::current();
  if (!model || !model->spawn(task)) task();
}

}  // namespace leasehold::detail

namespace leasehold::model {

void set_barriers(const Barriers& barriers) noexcept {
  detail::barriers = barriers;
  detail::membarrier_works.store(barriers.membarrier);
}

namespace {

constinit std::ptrdiff_t blocks = 0;

// Kept without operator new, which it serves.
struct Kept {
  void** blocks = nullptr;
  std::size_t count = 0, room = 0;
  bool keeping = false;

  void add(void* block) noexcept {
    if (count == room) {
      room = room == 0 ? 1024 : 2 * room;
      blocks = static_cast<void**>(std::realloc(blocks, room * sizeof *blocks));
    }
    blocks[count++] = block;
  }
  void free_all() noexcept {
    while (count > 0) std::free(blocks[--count]);
  }
};
constinit Kept kept;

}  // namespace

Quarantine::Quarantine() noexcept {
  kept.keeping = true;
}
Quarantine::~Quarantine() {
  kept.keeping = false;
  kept.free_all();
}

std::ptrdiff_t blocks_in_use() noexcept {
  return blocks;
}

}  // namespace leasehold::model

#ifndef LEASEHOLD_MODEL_ASAN

namespace {
using leasehold::model::blocks;
using leasehold::model::kept;

void* got(void* block) {
  if (!block) throw std::bad_alloc();
  ++blocks;
  return block;
}
void give_back(void* block) noexcept {
  if (!block) return;
  --blocks;
  if (kept.keeping)
    kept.add(block);
  else
    std::free(block);
}
}  // namespace

void* operator new(std::size_t size) {
  return got(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return got(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* block) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
  give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  give_back(block);
}

#endif
