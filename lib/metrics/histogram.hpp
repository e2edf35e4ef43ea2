#pragma once

// Durations counted in buckets of at most 1/32 of their value, so that any quantile is within 1.6 % of the
// true one, in 15 KiB whatever is recorded. Values below 32 ns are exact, and so is the maximum.
//
// Threads: any. record is one atomic addition and, for a new maximum, one exchange; nothing waits.

#include <leasehold/metrics.hpp>

#include <array>
#include <atomic>
#include <bit>

namespace leasehold::detail {

class Histogram {
 public:
  // A negative duration counts as zero.
  void record(Duration duration, std::uint64_t times = 1) noexcept {
    const auto value = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
    std::uint64_t seen = max_.load(std::memory_order_relaxed);
    while (value > seen && !max_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
    // Release after the maximum, so that a reader of the bucket sees a maximum at least as large.
    counts_[bucket_of(value)].fetch_add(times, std::memory_order_release);
  }

  // What was recorded so far, and what is added because it counts too: of one moment, p50 <= p99 <= max.
  class Reading;
  DurationSummary summary() const noexcept;

  static constexpr unsigned sub_bits = 5;
  static constexpr std::size_t per_octave = std::size_t{1} << sub_bits;
  static constexpr std::size_t buckets = (64 - sub_bits) * per_octave;  // of values below 2^63

  // Values below 2 * per_octave have a bucket each; above, each octave has per_octave buckets.
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < per_octave) return static_cast<std::size_t>(value);
    const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
    return octave * per_octave + static_cast<std::size_t>(value >> octave);
  }

  // The middle of a bucket.
  static constexpr std::uint64_t value_of(std::size_t bucket) noexcept {
    if (bucket < 2 * per_octave) return bucket;
    const unsigned octave = static_cast<unsigned>(bucket / per_octave) - 1;
    const std::uint64_t lowest = (per_octave + bucket % per_octave) << octave;
    return lowest + ((std::uint64_t{1} << octave) - 1) / 2;
  }

 private:
  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
  std::atomic<std::uint64_t> max_ = 0;
};

class Histogram::Reading {
 public:
  explicit Reading(const Histogram& histogram) noexcept;
  void add(Duration each, std::uint64_t times) noexcept;  // none longer than the longest recorded
  std::uint64_t count() const noexcept { return count_; }
  DurationSummary summary() const noexcept;

 private:
  std::array<std::uint64_t, buckets> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

inline DurationSummary Histogram::summary() const noexcept {
  return Reading(*this).summary();
}

}  // namespace leasehold::detail
