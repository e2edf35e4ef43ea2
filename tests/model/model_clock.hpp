#pragma once

// The time of the model.

#include <stdexcept>

#include "scheduler.hpp"

namespace leasehold::model {

class ModelClock final : public Clock {
 public:
  explicit ModelClock(Scheduler& scheduler) noexcept : scheduler_(scheduler) {}

  time_point now() const noexcept override { return scheduler_.now(); }
  time_point coarse_now() const noexcept override { return scheduler_.coarse_now(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    if (Scheduler::current()) return scheduler_.park(word, expected, deadline);
    if (word.load() == expected) throw std::logic_error("parks outside of a run");
    return true;
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override {
    if (Scheduler::current()) scheduler_.unpark(word, count);
  }

 private:
  Scheduler& scheduler_;
};

}  // namespace leasehold::model
