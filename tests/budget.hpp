#pragma once

// How long the checks that never end by themselves go on, and with which seeds. LEASEHOLD_STRESS_SECONDS sets
// the time (./dev stress does); without it a test takes its own few seconds and always the same seeds.
// LEASEHOLD_STRESS_SEED replays one seed for as long.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

namespace leasehold::test {

inline std::optional<std::uint64_t> number_from_environment(const char* name) {
  const char* const text = std::getenv(name);
  if (!text || !*text) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class Budget {
 public:
  explicit Budget(std::chrono::milliseconds usual) {
    const auto seconds = number_from_environment("LEASEHOLD_STRESS_SECONDS");
    end_ = std::chrono::steady_clock::now() + (seconds ? std::chrono::milliseconds(*seconds * 1000) : usual);
    if (seconds) seed_ = std::random_device()() % 1'000'000'000u + 1;
    if ((only_ = number_from_environment("LEASEHOLD_STRESS_SEED"))) seed_ = *only_;
    first_ = seed_;
  }

  // The next seed, at least one; nothing once the time is over.
  std::optional<std::uint64_t> next() {
    if (rounds_ > 0 && std::chrono::steady_clock::now() >= end_) return std::nullopt;
    ++rounds_;
    return only_ ? seed_ : seed_++;
  }

  std::uint64_t rounds() const noexcept { return rounds_; }
  std::string told() const { return std::to_string(rounds_) + " rounds from seed " + std::to_string(first_); }
  static std::string replay(std::uint64_t seed) {
    return "replay with LEASEHOLD_STRESS_SEED=" + std::to_string(seed);
  }

 private:
  std::chrono::steady_clock::time_point end_;
  std::optional<std::uint64_t> only_;
  std::uint64_t seed_ = 1;
  std::uint64_t first_ = 1;
  std::uint64_t rounds_ = 0;
};

}  // namespace leasehold::test
