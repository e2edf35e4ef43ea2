#pragma once

// What a generated machine waits for by the clock: delayed events, arcs after a delay, and the time that its
// states have. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/clock.hpp>
#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/msm/scope.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace leasehold::fsm::msm {

// How long a state or a machine may take, and what it is if it takes longer.
struct Limit {
  Duration time;
  std::string_view late;
};

// An arc that is taken when its source has been active for so long.
struct Delay {
  std::size_t arc;  // its number
  Duration time;
};

struct Timer {
  enum class Kind : char { after, timeout, send };

  Clock::time_point due;
  Kind kind = Kind::send;
  const Scope* state = nullptr;  // after, timeout
  std::size_t arc = 0;           // after: its number
  Event event = {};              // send
  std::string id = {};           // send
  std::uint64_t order = 0;
};

class Timers {
 public:
  void add(Timer timer);
  void cancel(std::string_view id);          // what was sent with it
  void forget(const Scope& state) noexcept;  // which is left
  void clear() noexcept { all_.clear(); }

  std::uint64_t last() const noexcept { return order_; }
  void rewind(std::uint64_t last) noexcept;  // to what it was

  std::optional<Clock::time_point> next() const noexcept;
  std::optional<Timer> take(Clock::time_point now);  // the first that is due

 private:
  std::vector<Timer> all_;
  std::uint64_t order_ = 0;
};

// Time as the machine has it. What takes too long fails with what says so.
class ChartTime {
 public:
  explicit ChartTime(std::shared_ptr<Clock> clock) noexcept : clock_(std::move(clock)) {}

  Clock& clock() const noexcept { return *clock_; }
  Timers timers;

  void start(const std::optional<Limit>& limit);                              // of the whole machine
  void limit(const Scope& state, std::string_view name, const Limit& limit);  // from now on
  void unlimit(const Scope& state) noexcept;
  void await(const Scope& state, std::span<const Delay> delays);  // from now on
  void send(Event event, Duration after, std::string id);

  Clock::time_point deadline_of(const Scope& state) const noexcept;  // and of what is around it
  std::optional<Clock::time_point> next_due() const noexcept;
  std::optional<Timer> take_due(
      Clock::time_point now);  // one of no kind but timeout if the machine's time is over

  bool is_over() const noexcept { return find_late() != nullptr; }
  void check() const;  // throws if it is, which judge() explains
  void judge(Fault& fault) const;
  Fault late_fault(std::string_view why = {}, const std::string& resource = {}) const;  // once it is over

 private:
  struct Limited {
    const Scope* state;  // null: the machine
    std::string_view name;
    std::string_view late;
    Clock::time_point until;
  };

  const Limited* find_late() const noexcept;

  std::shared_ptr<Clock> clock_;
  std::vector<Limited> limited_;  // outer before inner
};

}  // namespace leasehold::fsm::msm
