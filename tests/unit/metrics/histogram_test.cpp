#include "metrics/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

using leasehold::Duration;
using leasehold::detail::Histogram;

TEST_CASE("every duration falls into a bucket whose value is within 1.6 % of it") {
  for (unsigned bit = 0; bit < 63; ++bit) {
    for (const std::uint64_t offset :
         {std::uint64_t{0}, (std::uint64_t{1} << bit) / 3, (std::uint64_t{1} << bit) - 1}) {
      const std::uint64_t value = (std::uint64_t{1} << bit) + offset;
      const std::size_t bucket = Histogram::bucket_of(value);
      REQUIRE(bucket < Histogram::buckets);
      const double error =
          std::abs(static_cast<double>(Histogram::value_of(bucket)) - static_cast<double>(value));
      CAPTURE(value);
      CHECK(error <= static_cast<double>(value) * 0.016);
    }
  }
  CHECK(Histogram::bucket_of(std::uint64_t(Duration::max().count())) == Histogram::buckets - 1);
  for (std::size_t bucket = 0; bucket < Histogram::buckets; ++bucket)
    REQUIRE(Histogram::bucket_of(Histogram::value_of(bucket)) == bucket);
}

TEST_CASE("quantiles are within 3 % of the sorted values") {
  auto histogram = std::make_unique<Histogram>();
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> spread(12, 3);
  std::vector<double> values;
  double sum = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto value = static_cast<std::int64_t>(spread(random));
    histogram->record(Duration(value));
    values.push_back(static_cast<double>(value));
    sum += static_cast<double>(value);
  }
  std::sort(values.begin(), values.end());
  const auto summary = histogram->summary();
  const auto close = [](Duration got, double want) {
    return std::abs(static_cast<double>(got.count()) - want) <= want * 0.03;
  };
  CHECK(summary.count == 20000);
  CHECK(close(summary.p50, values[9999]));
  CHECK(close(summary.p99, values[19799]));
  CHECK(close(summary.mean, sum / 20000));
  CHECK(summary.max == Duration(static_cast<std::int64_t>(values.back())));
}

TEST_CASE("an empty histogram is all zero, one value is all values, and a negative one is zero") {
  auto histogram = std::make_unique<Histogram>();
  CHECK(histogram->summary().count == 0);
  CHECK(histogram->summary().max == Duration::zero());
  histogram->record(Duration(1'000'003));
  CHECK(histogram->summary().p50 == histogram->summary().p99);
  CHECK(histogram->summary().max == Duration(1'000'003));
  CHECK(histogram->summary().p99 <= histogram->summary().max);
  CHECK(histogram->summary().mean <= histogram->summary().max);

  auto other = std::make_unique<Histogram>();
  other->record(Duration(-5));
  CHECK(other->summary().count == 1);
  CHECK(other->summary().max == Duration::zero());
}

TEST_CASE("records of many threads are all counted, and a reader meanwhile sees an ordered summary") {
  auto histogram = std::make_unique<Histogram>();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 1; i <= 2000; ++i) histogram->record(Duration(i * (t + 1)));
    });
  for (int i = 0; i < 20; ++i) {
    const auto summary = histogram->summary();
    CHECK(summary.p50 <= summary.p99);
    CHECK(summary.p99 <= summary.max);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(histogram->summary().count == 16000);
  CHECK(histogram->summary().max == Duration(16000));
}
