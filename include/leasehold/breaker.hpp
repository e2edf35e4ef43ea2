#pragma once

// A circuit breaker: after too many failures it refuses at once instead of letting everybody wait for
// something that is down, then lets a few probes through to find out whether it is back. YAML `breaker:`.
//
// It counts creation, validation and operation failures (ConnectionError, TimeoutError of the outside), never
// saturation of the pool. Counts live in a sliding window of the last `window` calls.
//
// Threads: any. Nothing blocks.

#include <leasehold/config.hpp>

#include <memory>

namespace leasehold {

struct BreakerConfig {
  std::size_t failures = 0;  // opens at this many failures in the window; 0: not by count
  double failure_rate = 0;   // opens at this share of failures, 0..1; 0: not by rate
  std::optional<Duration> slow_call = std::nullopt;  // a call that took longer is slow
  double slow_rate = 0;                              // opens at this share of slow calls, 0..1; 0: not by it
  std::size_t window = 100;                          // calls looked at
  std::size_t minimum_calls = 10;                    // no rate is judged below this many
  Duration open = std::chrono::seconds(30);          // how long it refuses before it probes
  std::size_t probes = 1;                            // calls let through half open; all must succeed to close

  bool enabled() const noexcept { return failures > 0 || failure_rate > 0 || slow_rate > 0; }
  friend bool operator==(const BreakerConfig&, const BreakerConfig&) = default;
};

const Fields<BreakerConfig>& breaker_fields();

enum class BreakerState { closed, open, half_open, forced_open, forced_closed };

std::string_view to_string(BreakerState) noexcept;

class Breaker {
 public:
  // Leave to make one call; give it back with the result. Its epoch makes results of an earlier state count
  // for nothing.
  struct Permit {
    std::uint64_t epoch = 0;
    bool probe = false;
  };

  Breaker(BreakerConfig config, std::shared_ptr<const Clock> clock);
  ~Breaker();

  // Throws CircuitOpenError with retry_after if the call must not be made.
  Permit admit(std::string_view resource);

  // Exactly one of these per permit. `cancel`: the call was not made after all.
  void succeeded(Permit permit, Duration took) noexcept;
  void failed(Permit permit, Duration took) noexcept;
  void cancel(Permit permit) noexcept;

  BreakerState state() const;
  Duration retry_after() const;  // zero unless open

  // Forced states stay until reset(), which closes it with an empty window.
  void force_open();
  void force_closed();
  void reset();

  // Whether an exception says that the outside failed (as opposed to the caller's mistake or a full pool): a
  // ConnectionError, a TimeoutError that is no PoolExhaustedError, http.failed, llm.failed, llm.rate_limited,
  // or a std::runtime_error that is no leasehold::Error.
  static bool counts(const std::exception& error) noexcept;

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace leasehold
