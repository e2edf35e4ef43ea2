#include <leasehold/clock.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their unit and nothing else") {
  const std::pair<const char*, Duration> good[] = {
      {"250ms", 250ms}, {"5s", 5s},     {"1.5m", 90s}, {"2h", 2h}, {"3d", 72h},
      {"100us", 100us}, {"50ns", 50ns}, {"0", 0s},     {"0s", 0s}, {"0.5ns", 1ns}};
  for (const auto& [text, duration] : good) CHECK_MESSAGE(parse_duration(text) == duration, text);
  for (const char* text : {"", "5", "s", "-5s", "-0s", "5 s", " 5s", "5s ", "1e3s", "5S", "5sec", "nan",
                           "inf", "0x5s", "300000d", "9223372036.9s", "1m30s", "+5s", "five"})
    CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("durations are written so that people read them, and read back") {
  const std::pair<Duration, const char*> cases[] = {
      {0s, "0"},  {250ms, "250ms"}, {1500ms, "1.5s"}, {30s, "30s"},           {5min, "5m"},   {90s, "90s"},
      {2h, "2h"}, {72h, "3d"},      {100us, "100us"}, {1234567ns, "1.235ms"}, {17ns, "17ns"}, {-5s, "-5s"}};
  for (const auto& [duration, text] : cases) CHECK(format_duration(duration) == text);
  CHECK(format_duration(Duration::min()).starts_with("-"));
  for (const auto duration : {Duration(250ms), Duration(90s), Duration(5min), Duration(36h)})
    CHECK(parse_duration(format_duration(duration)) == duration);
}

TEST_CASE("a deadline does not overflow, and a negative timeout is zero") {
  const ManualClock clock;
  CHECK(clock.deadline_after(5s) == clock.now() + 5s);
  CHECK(clock.deadline_after(-5s) == clock.now());
  CHECK(clock.deadline_after(Duration::max()) == Clock::never);
}

TEST_CASE("a manual clock stands still until it is moved") {
  ManualClock clock;
  const auto start = clock.now();
  CHECK(clock.now() == start);
  clock.advance(3s);
  CHECK(clock.now() == start + 3s);
}

TEST_CASE(
    "parking ends with the deadline, with unpark after the word changed, or not at all for another word") {
  ManualClock clock;
  std::atomic<std::uint32_t> word = 7;
  CHECK(clock.park(word, 6, Clock::never));       // changed already
  CHECK_FALSE(clock.park(word, 7, clock.now()));  // passed already

  std::atomic<int> woken = 0;
  std::thread by_time([&] {
    CHECK_FALSE(clock.park(word, 7, clock.now() + 10s));
    ++woken;
  });
  REQUIRE(clock.wait_for_parked(1));
  clock.advance(9s);
  CHECK(woken == 0);
  clock.advance(1s);
  by_time.join();
  CHECK(woken == 1);

  std::thread by_word([&] {
    CHECK(clock.park(word, 7, clock.now() + 10s));
    ++woken;
  });
  REQUIRE(clock.wait_for_parked(1));
  word = 8;
  clock.unpark(word, 1);
  by_word.join();
  CHECK(woken == 2);
  CHECK_FALSE(clock.wait_for_parked(1, 1ms));
}

TEST_CASE("sleeping ends with the deadline or with stop, and says which") {
  ManualClock clock;
  std::stop_source stop;
  bool slept = false, stopped = true;
  std::thread sleeper([&] { slept = clock.sleep_until(clock.now() + 5s, stop.get_token()); });
  REQUIRE(clock.wait_for_parked(1));
  clock.advance(5s);
  sleeper.join();
  CHECK(slept);
  std::thread other([&] { stopped = !clock.sleep_until(Clock::never, stop.get_token()); });
  REQUIRE(clock.wait_for_parked(1));
  stop.request_stop();
  other.join();
  CHECK(stopped);
  CHECK_FALSE(clock.sleep_until(Clock::never, stop.get_token()));  // stopped before
}

TEST_CASE("the steady clock parks until its deadline or an unpark") {
  const auto clock = Clock::steady();
  std::atomic<std::uint32_t> word = 0;
  const auto start = clock->now();
  CHECK_FALSE(clock->park(word, 0, start + 5ms));
  CHECK(clock->now() >= start + 5ms);
  CHECK_FALSE(clock->park(word, 0, Clock::time_point(-1s)));
  CHECK(clock->park(word, 1, Clock::never));  // another value: at once
  std::thread waker([&] {
    word = 1;
    clock->unpark(word, 1);
  });
  while (word == 0) clock->park(word, 0, start + 60s);
  waker.join();
  CHECK(clock->now() < start + 60s);
  const auto coarse = clock->coarse_now();
  CHECK(clock->now() + 1s > coarse);
}
