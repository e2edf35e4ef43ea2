#include "metrics/histogram.hpp"

#include <algorithm>

namespace leasehold::detail {

Histogram::Reading::Reading(const Histogram& histogram) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) {
    counts_[i] = histogram.counts_[i].load(std::memory_order_acquire);
    count_ += counts_[i];
  }
  max_ = histogram.max_.load(std::memory_order_relaxed);
}

void Histogram::Reading::add(Duration each, std::uint64_t times) noexcept {
  counts_[bucket_of(static_cast<std::uint64_t>(each.count()))] += times;
  count_ += times;
}

DurationSummary Histogram::Reading::summary() const noexcept {
  if (count_ == 0) return {};
  double sum = 0;
  for (std::size_t i = 0; i < buckets; ++i)
    sum += static_cast<double>(counts_[i]) * static_cast<double>(std::min(value_of(i), max_));

  // The value of rank ceil(count * per_cent / 100), counted from 1.
  const auto quantile = [&](std::uint64_t per_cent) {
    std::uint64_t rank = std::max<std::uint64_t>(
        1, count_ - count_ / 100 * (100 - per_cent) - count_ % 100 * (100 - per_cent) / 100);
    std::size_t bucket = 0;
    while (counts_[bucket] < rank) rank -= counts_[bucket++];
    return Duration(std::min(value_of(bucket), max_));
  };
  constexpr auto longest = static_cast<double>(Duration::max().count());
  DurationSummary summary;
  summary.count = count_;
  summary.mean = Duration(static_cast<Duration::rep>(sum / static_cast<double>(count_)));
  summary.p50 = quantile(50);
  summary.p99 = quantile(99);
  summary.max = Duration(max_);
  summary.total = sum < longest ? Duration(static_cast<Duration::rep>(sum)) : Duration::max();
  return summary;
}

}  // namespace leasehold::detail
