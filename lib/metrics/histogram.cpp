#include "metrics/histogram.hpp"

#include <algorithm>

namespace leasehold::detail {

DurationSummary Histogram::summary(std::span<const More> more) const noexcept {
  std::array<std::uint64_t, buckets> counts;
  std::uint64_t total = 0;
  double sum = 0;
  for (std::size_t i = 0; i < buckets; ++i) counts[i] = counts_[i].load(std::memory_order_acquire);
  for (const More& some : more)
    counts[bucket_of(static_cast<std::uint64_t>(some.duration.count()))] += some.times;
  for (std::size_t i = 0; i < buckets; ++i) {
    total += counts[i];
    sum += static_cast<double>(counts[i]) * static_cast<double>(value_of(i));
  }
  if (total == 0) return {};
  const std::uint64_t max = max_.load(std::memory_order_relaxed);

  // The value of rank ceil(total * per_cent / 100), counted from 1.
  const auto quantile = [&](std::uint64_t per_cent) {
    std::uint64_t rank = std::max<std::uint64_t>(
        1, total - total / 100 * (100 - per_cent) - total % 100 * (100 - per_cent) / 100);
    std::size_t bucket = 0;
    while (counts[bucket] < rank) rank -= counts[bucket++];
    return Duration(std::min(value_of(bucket), max));
  };
  DurationSummary summary;
  summary.count = total;
  summary.p50 = quantile(50);
  summary.p99 = quantile(99);
  summary.max = Duration(max);
  summary.mean =
      std::min(Duration(static_cast<Duration::rep>(sum / static_cast<double>(total))), summary.max);
  return summary;
}

}  // namespace leasehold::detail
