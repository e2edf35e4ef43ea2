#pragma once

// The life of a manager: created, starting (its startup hooks run), running, closing, closed. A small
// Boost.MSM machine that only decides; hooks, pools and threads are handled by who asks it.
//
// Threads: any; a lock of its own guards the machine, and waiting is done on the Clock.

#include <leasehold/clock.hpp>

#include <memory>
#include <string_view>

#include "sync/sync.hpp"

namespace leasehold::detail {

enum class LifePhase { created, starting, running, closing, closed };

std::string_view to_string(LifePhase) noexcept;

class Lifecycle {
 public:
  Lifecycle();
  ~Lifecycle();

  // What one may do next. `proceed`: the step is the caller's to do. `wait`: another thread is at it, see
  // wait_while. `done`: there is nothing to do. `refused`: it is closing or closed.
  enum class Answer { proceed, wait, done, refused };

  Answer begin_start() noexcept;       // proceed: the caller runs the startup hooks, then ends the start
  bool end_start(bool good) noexcept;  // false: it was closed meanwhile
  Answer begin_close() noexcept;       // proceed: the caller closes everything, then calls end_close
  void end_close() noexcept;

  LifePhase phase() const noexcept;

  // Blocks until the phase is another or `deadline`. False at the deadline, or at once for the thread whose
  // step it is (a hook that calls initialize or close).
  bool wait_while(LifePhase phase, Clock& clock, Clock::time_point deadline) const noexcept;
  void wake(Clock& clock) const noexcept;  // after each of the calls above that changed the phase

 private:
  struct Chart;
  std::unique_ptr<Chart> chart_;
};

}  // namespace leasehold::detail
