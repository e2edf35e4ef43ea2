#pragma once

// The life of an execution, as a small Boost.MSM machine. Nothing that can throw runs inside it: the
// interpreter catches first and then says what happened.

#include <cstddef>

namespace leasehold::fsm {

enum class Life { idle, running, waiting, finished, failed, cancelled };

const char* life_name(Life life) noexcept;

class Lifecycle {
 public:
  Lifecycle();
  ~Lifecycle();
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // Each returns whether the present state of life allows it; if not, nothing changes.
  bool begin() noexcept;   // idle -> running
  bool wait() noexcept;    // running -> waiting: stable, until an event or a delay
  bool resume() noexcept;  // waiting -> running
  bool finish() noexcept;  // running -> finished: a final state
  bool fail() noexcept;    // idle, running -> failed: a fault that nothing caught
  bool cancel() noexcept;  // idle, running, waiting -> cancelled

  Life now() const noexcept;
  bool ended() const noexcept { return now() >= Life::finished; }

 private:
  struct Chart;
  Chart& chart() noexcept;
  const Chart& chart() const noexcept;

  alignas(8) std::byte place_[32];  // of the chart: MSM's headers stay where it is made
};

}  // namespace leasehold::fsm
