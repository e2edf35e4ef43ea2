#include "batch.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

using namespace leasehold;
using namespace leasehold::tool;
using namespace std::chrono_literals;

namespace {

// {"n": 1}, {"n": 2} and so on; may end in an error or wait for its stop.
class Numbers final : public RecordReader {
 public:
  explicit Numbers(std::size_t count) : count_(count) {}
  std::optional<Record> next(const std::stop_token& stop) override {
    if (next_ == fails_after) throw Failure(ExitStatus::usage, "cannot read 'x': Input/output error");
    while (next_ == waits_after && !stop.stop_requested()) std::this_thread::sleep_for(1ms);
    if (next_ == count_ || stop.stop_requested()) return std::nullopt;
    ++next_;
    return Record{.number = next_, .line = 0, .data = {{"n", next_}}};
  }
  std::optional<std::size_t> total() const override { return count_; }

  std::size_t fails_after = SIZE_MAX;
  std::size_t waits_after = SIZE_MAX;

 private:
  std::size_t count_;
  std::size_t next_ = 0;
};

struct Delivered {
  std::vector<std::size_t> records;
  std::size_t cancelled = 0;
  Batch::Deliver function() {
    return [this](std::size_t record, Outcome&& outcome) {
      records.push_back(record);
      if (outcome.cancelled) ++cancelled;
    };
  }
};

std::vector<std::size_t> up_to(std::size_t count) {
  std::vector<std::size_t> all;
  for (std::size_t n = 1; n <= count; ++n) all.push_back(n);
  return all;
}

Outcome succeed(Record&&, const std::stop_token&) {
  return {.success = true};
}

}  // namespace

TEST_CASE("every record runs once, and outcomes come in the order of the records") {
  for (const std::size_t jobs : {1, 4}) {
    Numbers numbers(200);
    Delivered delivered;
    Batch batch(numbers,
                [](Record&& record, const std::stop_token&) -> Outcome {
                  if (record.number % 7 == 0) std::this_thread::sleep_for(1ms);
                  return {.success = record.number % 2 == 0};
                },
                delivered.function(), {.jobs = jobs});
    Progress last;
    batch.run([&](const Progress& progress) { last = progress; });
    CHECK(delivered.records == up_to(200));
    CHECK_FALSE(batch.interrupted());
    CHECK(last.done == 200);
    CHECK(last.failed == 100);
    CHECK(last.running == 0);
    CHECK(last.total == 200);
  }
}

TEST_CASE("a slow record holds back what comes after it, within bounds") {
  Numbers numbers(1000);
  Delivered delivered;
  std::latch slow_may_end(1);
  std::atomic<std::size_t> ran = 0;
  Batch batch(numbers,
              [&](Record&& record, const std::stop_token&) -> Outcome {
                if (record.number == 1) {
                  slow_may_end.wait();
                } else {
                  ++ran;
                }
                return {.success = true};
              },
              delivered.function(), {.jobs = 2});
  batch.run([&](const Progress& progress) {
    // The other job ran ahead as far as it may: the window of 64 less the slow one.
    if (progress.done == 63 && delivered.records.empty() && !slow_may_end.try_wait())
      slow_may_end.count_down();
    CHECK((slow_may_end.try_wait() || ran <= 63));
  });
  CHECK(delivered.records == up_to(1000));
}

TEST_CASE("stop lets the running ones end and starts no more") {
  Numbers numbers(100);
  Delivered delivered;
  std::stop_source stop;
  Batch batch(numbers,
              [&](Record&& record, const std::stop_token& cancel) -> Outcome {
                if (record.number == 10) stop.request_stop();
                if (record.number >= 10)
                  std::this_thread::sleep_for(250ms);  // beyond the tick that sees the stop
                return {.success = true, .cancelled = cancel.stop_requested()};
              },
              delivered.function(), {.jobs = 2, .stop = stop.get_token()});
  batch.run(nullptr);
  CHECK(batch.interrupted());
  CHECK(delivered.records.size() >= 10);
  CHECK(delivered.records.size() < 20);
  CHECK(delivered.records == up_to(delivered.records.size()));
  CHECK(delivered.cancelled == 0);
}

TEST_CASE("what is still running when the drain ends, or at the second interruption, is cancelled") {
  const auto until_cancelled = [](Record&&, const std::stop_token& cancel) -> Outcome {
    while (!cancel.stop_requested()) std::this_thread::sleep_for(1ms);
    return {.cancelled = true};
  };
  std::stop_source stop, cancel;
  stop.request_stop();

  Numbers numbers(100);
  Delivered delivered;
  SUBCASE("the drain ends") {
    std::stop_source later;
    Batch batch(numbers, until_cancelled, delivered.function(),
                {.jobs = 3, .drain = 20ms, .stop = later.get_token()});
    batch.run([&](const Progress& progress) {
      if (progress.running == 3) later.request_stop();
    });
    CHECK(delivered.records == up_to(3));
    CHECK(delivered.cancelled == 3);
  }
  SUBCASE("the second interruption") {
    std::stop_source later;
    Batch batch(numbers, until_cancelled, delivered.function(),
                {.jobs = 3, .drain = 1h, .stop = later.get_token(), .cancel = cancel.get_token()});
    batch.run([&](const Progress& progress) {
      if (progress.draining) cancel.request_stop();
      if (progress.running == 3) later.request_stop();
    });
    CHECK(delivered.records == up_to(3));
    CHECK(delivered.cancelled == 3);
  }
}

TEST_CASE("a stop ends a wait for input") {
  Numbers numbers(10);
  numbers.waits_after = 4;
  Delivered delivered;
  std::stop_source stop;
  Batch batch(numbers, succeed, delivered.function(), {.jobs = 2, .stop = stop.get_token()});
  batch.run([&](const Progress& progress) {
    if (progress.done == 4) stop.request_stop();
  });
  CHECK(batch.interrupted());
  CHECK(delivered.records == up_to(4));
}

TEST_CASE("a stop after the last record has started interrupts nothing") {
  Numbers numbers(3);
  Delivered delivered;
  std::stop_source stop;
  Batch batch(numbers,
              [&](Record&& record, const std::stop_token&) -> Outcome {
                if (record.number == 3) stop.request_stop();
                return {.success = true};
              },
              delivered.function(), {.stop = stop.get_token()});
  batch.run(nullptr);
  CHECK_FALSE(batch.interrupted());
  CHECK(delivered.records == up_to(3));
}

TEST_CASE("input that breaks off ends the batch after what was read") {
  Numbers numbers(10);
  numbers.fails_after = 4;
  Delivered delivered;
  Batch batch(numbers, succeed, delivered.function(), {.jobs = 2});
  CHECK_THROWS_WITH_AS(batch.run(nullptr), "cannot read 'x': Input/output error", Failure);
  CHECK(batch.interrupted());
  CHECK(delivered.records.size() <= 4);
}
