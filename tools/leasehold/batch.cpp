#include "batch.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace leasehold::tool {

namespace {

// How many outcomes may wait for an older one, so that one slow record neither stalls the others at once nor
// lets memory grow.
std::size_t window_for(std::size_t jobs) {
  return jobs == 1 ? 1 : 32 * jobs;
}

}  // namespace

Batch::Batch(RecordReader& reader, Run run, Deliver deliver, BatchOptions options)
    : reader_(reader),
      run_(std::move(run)),
      deliver_(std::move(deliver)),
      options_(std::move(options)),
      window_(window_for(options_.jobs)),
      started_at_(Clock::steady()->now()) {}

void Batch::run(const Tick& tick) {
  constexpr auto tick_every = std::chrono::milliseconds(100);
  std::vector<std::jthread> threads;
  workers_ = options_.jobs;
  for (std::size_t i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });

  std::optional<std::chrono::steady_clock::time_point> drain_until;
  std::unique_lock lock(mutex_);
  while (workers_ > 0) {
    changed_.wait_for(lock, tick_every, [this] { return workers_ == 0; });
    if (options_.stop.stop_requested()) halted_ = true;
    if (halted_ && !drain_until) drain_until = std::chrono::steady_clock::now() + options_.drain;
    const bool cancel =
        drain_until && (options_.cancel.stop_requested() || std::chrono::steady_clock::now() >= *drain_until);
    const bool halted = halted_;
    const Progress now = progress();
    lock.unlock();
    changed_.notify_all();  // whoever waits for the window may have been halted
    if (halted) reading_.request_stop();
    if (cancel) cancel_.request_stop();
    if (tick) tick(now);
    lock.lock();
  }
  interrupted_ = halted_ && !exhausted_ && reader_.total() != started_;
  lock.unlock();
  threads.clear();
  if (failure_) std::rethrow_exception(failure_);
}

void Batch::work() {
  while (std::optional<Record> record = take()) {
    const std::size_t number = record->number;
    finish(number, run_(std::move(*record), cancel_.get_token()));
  }
  const std::lock_guard lock(mutex_);
  --workers_;
  changed_.notify_all();
}

std::optional<Record> Batch::take() {
  const std::lock_guard reading(reader_mutex_);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return halted_ || exhausted_ || started_ - delivered_ < window_; });
    if (options_.stop.stop_requested()) halted_ = true;  // at once, not at the next tick
    if (halted_ || exhausted_) return std::nullopt;
  }
  std::optional<Record> record;
  try {
    record = reader_.next(reading_.get_token());
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    halted_ = true;
    changed_.notify_all();
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  if (record) {
    ++started_;
  } else if (!reading_.stop_requested()) {
    exhausted_ = true;
    changed_.notify_all();
  }
  return record;
}

void Batch::finish(std::size_t record, Outcome&& outcome) {
  std::unique_lock lock(mutex_);
  ++ended_;
  if (!outcome.success) ++failed_;
  waiting_.emplace(record, std::move(outcome));
  if (delivering_) return;  // whoever is delivering takes this one along
  delivering_ = true;
  while (!waiting_.empty() && waiting_.begin()->first == delivered_ + 1) {
    auto oldest = waiting_.extract(waiting_.begin());
    lock.unlock();
    deliver_(oldest.key(), std::move(oldest.mapped()));
    lock.lock();
    ++delivered_;
    changed_.notify_all();
  }
  delivering_ = false;
}

Progress Batch::progress() const {
  return {.done = ended_,
          .failed = failed_,
          .running = started_ - ended_,
          .total = reader_.total(),
          .elapsed = Clock::steady()->now() - started_at_,
          .draining = halted_};
}

}  // namespace leasehold::tool
