#pragma once

// What the threads of the core meet at, as the model has it: see lib/sync/sync.hpp, in whose place this is.
// Outside of a run these are plain values.

#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "scheduler.hpp"

namespace leasehold::detail::sync {

using model::Scheduler;
using model::Where;

template <class T>
class Atomic {
  static_assert(sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>);

 public:
  constexpr Atomic() noexcept : value_(T()) {}
  constexpr Atomic(T value) noexcept : value_(value) {}  // NOLINT(google-explicit-constructor)
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;
  ~Atomic() {
    if (Scheduler* const model = Scheduler::current()) {
      check(*model);
      model->forget_stores(this);
    }
    *const_cast<volatile std::uint32_t*>(&mark_) = model::gone;
  }

  T load(std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) const noexcept {
    Scheduler* const model = Scheduler::current();
    if (!model) return value_.load(std::memory_order_relaxed);
    model->step("load", this, where);
    check(*model);
    const std::uint64_t* const own = model->own_store(this);
    const T value = own ? from_bits(*own) : value_.load(std::memory_order_relaxed);
    model->note(to_bits(value));
    return value;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst,
             Where where = Where::here()) noexcept {
    Scheduler* const model = Scheduler::current();
    if (!model) return value_.store(value, std::memory_order_relaxed);
    model->step("store", this, where);
    model->note(to_bits(value));
    check(*model);
    if (order != std::memory_order_seq_cst)
      return model->store_later({this, to_bits(value), show, order == std::memory_order_release});
    model->show_all();
    value_.store(value, std::memory_order_relaxed);
    model->look_again();
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) noexcept {
    return change("exchange", where, [&](T) { return value; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order = std::memory_order_seq_cst,
                               Where where = Where::here()) noexcept {
    const T before =
        change("compare", where, [&](T now) { return to_bits(now) == to_bits(expected) ? desired : now; });
    const bool same = to_bits(before) == to_bits(expected);
    expected = before;
    return same;
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst,
                             Where where = Where::here()) noexcept {
    if (Scheduler* const model = Scheduler::current(); model && model->fails_weakly()) {
      expected = load(order, where);
      return false;
    }
    return compare_exchange_strong(expected, desired, order, where);
  }
  T fetch_add(T by, std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) noexcept {
    return change("add", where, [&](T now) { return static_cast<T>(now + by); });
  }
  T fetch_sub(T by, std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) noexcept {
    return change("subtract", where, [&](T now) { return static_cast<T>(now - by); });
  }
  T fetch_or(T bits, std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) noexcept {
    return change("or", where, [&](T now) { return static_cast<T>(now | bits); });
  }
  T fetch_and(T bits, std::memory_order = std::memory_order_seq_cst, Where where = Where::here()) noexcept {
    return change("and", where, [&](T now) { return static_cast<T>(now & bits); });
  }
  T operator++() noexcept { return static_cast<T>(fetch_add(1) + 1); }
  operator T() const noexcept { return load(); }  // NOLINT(google-explicit-constructor)

  // For the Clock, which parks on it.
  operator std::atomic<T>&() noexcept { return value_; }  // NOLINT(google-explicit-constructor)

 private:
  static std::uint64_t to_bits(T value) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T from_bits(std::uint64_t bits) noexcept {
    T value;
    std::memcpy(static_cast<void*>(&value), &bits, sizeof value);
    return value;
  }
  static void show(const void* cell, std::uint64_t bits) {
    auto* const self = static_cast<Atomic*>(const_cast<void*>(cell));
    self->check(*Scheduler::current());
    self->value_.store(from_bits(bits), std::memory_order_relaxed);
  }
  void check(Scheduler& model) const { model.check(mark_, "an atomic"); }

  template <class Change>
  T change(const char* what, Where where, Change to) noexcept {
    Scheduler* const model = Scheduler::current();
    if (model) {
      model->step(what, this, where);
      check(*model);
      model->show_all();
    }
    const T before = value_.load(std::memory_order_relaxed);
    const T after = to(before);
    value_.store(after, std::memory_order_relaxed);
    if (model) {
      model->note(to_bits(after));
      model->look_again();
    }
    return before;
  }

  std::atomic<T> value_;
  std::uint32_t mark_ = model::alive;
};

// One writer or any number of readers.
class SharedMutex {
 public:
  constexpr SharedMutex() noexcept = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;
  ~SharedMutex() {
    if (Scheduler* const model = Scheduler::current()) {
      model->check(mark_, "a mutex");
      if (holders_ != 0) model->fail("a mutex ends while it is locked");
    }
    *const_cast<volatile std::uint32_t*>(&mark_) = model::gone;
  }
  void lock() {
    take("lock", writer, [this] { return holders_ == 0; });
  }
  bool try_lock() {
    return try_take("try lock", writer, [this] { return holders_ == 0; });
  }
  void unlock() { give("unlock", writer); }
  void lock_shared() {
    take("share", 1, [this] { return holders_ >= 0; });
  }
  bool try_lock_shared() {
    return try_take("try share", 1, [this] { return holders_ >= 0; });
  }
  void unlock_shared() { give("unshare", 1); }

 private:
  static constexpr int writer = -1;

  template <class Free>
  void take(const char* what, int kind, Free free) {
    while (!try_take(what, kind, free)) Scheduler::current()->lock_out(this);
  }
  template <class Free>
  bool try_take(const char* what, int kind, Free free) {
    Scheduler* const model = Scheduler::current();
    if (model) {
      model->step(what, this, {});
      model->check(mark_, "a mutex");
      model->show_all();
    }
    if (!free()) return false;
    holders_ += kind;
    if (model) model->count_lock(1);
    return true;
  }
  void give(const char* what, int kind) {
    Scheduler* const model = Scheduler::current();
    if (model) {
      model->step(what, this, {});
      model->check(mark_, "a mutex");
      model->show_all();
    }
    holders_ -= kind;
    if (!model) return;
    model->count_lock(-1);
    model->unlocked(this);
  }

  int holders_ = 0;
  std::uint32_t mark_ = model::alive;
};

using Mutex = SharedMutex;

using ThreadId = std::size_t;
inline ThreadId this_thread_id() noexcept {
  Scheduler* const model = Scheduler::current();
  return model ? model->self().index + 1 : 0;
}

inline void yield() noexcept {
  if (Scheduler* const model = Scheduler::current()) model->yield();
}

}  // namespace leasehold::detail::sync
