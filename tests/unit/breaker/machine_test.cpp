#include "breaker/machine.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>

using namespace leasehold;
using namespace std::chrono_literals;
using detail::BreakerMachine;

namespace {

// Plays a script against the machine and writes down what it answers. Words, with time in seconds:
//   a     ask for a permit, kept under the next number from 1      -> "+" "probe" or "-"
//   sN fN permit N succeeded / failed;  SN FN: the same, slowly
//   cN    permit N cancelled
//   @N    time is N from here on
//   open closed reset: forced / reset
// After each word the state is written when it changed.
std::string play(const BreakerConfig& config, const std::string& script) {
  BreakerMachine machine(config);
  std::vector<Breaker::Permit> permits(1);
  auto now = Clock::time_point(0s);
  std::string log;
  BreakerState before = machine.state();
  std::istringstream words(script);
  for (std::string word; words >> word;) {
    std::string said;
    if (word == "a") {
      const auto permit = machine.admit(now);
      permits.push_back(permit.value_or(Breaker::Permit{}));
      said = permit ? (permit->probe ? "probe" : "+") : "-";
    } else if (word == "open") {
      machine.force_open();
    } else if (word == "closed") {
      machine.force_closed();
    } else if (word == "reset") {
      machine.reset();
    } else if (word[0] == '@') {
      now = Clock::time_point(std::chrono::seconds(std::stoi(word.substr(1))));
    } else {
      const auto permit = permits.at(std::stoul(word.substr(1)));
      const bool slow = word[0] == 'S' || word[0] == 'F';
      if (word[0] == 'c') {
        machine.cancelled(permit);
      } else {
        machine.ended(permit, {word[0] == 'f' || word[0] == 'F', slow}, now);
      }
    }
    if (machine.state() != before) {
      before = machine.state();
      said += (said.empty() ? "" : ">") + std::string(to_string(before));
    }
    if (!said.empty()) log += (log.empty() ? "" : " ") + said;
  }
  return log;
}

struct Case {
  const char* name;
  BreakerConfig config;
  const char* script;
  const char* expected;
};

BreakerConfig by_count(std::size_t failures, std::size_t probes = 1) {
  return {.failures = failures, .open = 30s, .probes = probes};
}
BreakerConfig by_rate(double rate, std::size_t window, std::size_t minimum) {
  return {.failure_rate = rate, .window = window, .minimum_calls = minimum};
}
BreakerConfig by_slow(double rate) {
  return {.slow_call = 1s, .slow_rate = rate, .window = 4, .minimum_calls = 4};
}

const Case cases[] = {
    {"opens at the count of failures", by_count(2), "a f1 a f2 a", "+ + open -"},
    {"successes between do not matter within the window", by_count(2), "a a a f1 s2 f3", "+ + + open"},
    {"failures leave the window", {.failures = 2, .window = 2}, "a a a a f1 s2 s3 f4 a", "+ + + + +"},
    {"a disabled one never opens", {}, "a f1 a f2 a f3 a", "+ + + +"},
    {"no rate below minimum_calls", by_rate(0.5, 10, 4), "a a a f1 f2 f3 a", "+ + + +"},
    {"a rate at minimum_calls", by_rate(0.5, 10, 4), "a a a a f1 f2 s3 s4", "+ + + + open"},
    {"a rate just below", by_rate(0.5, 10, 4), "a a a a f1 s2 s3 s4 a", "+ + + + +"},
    {"the rate is of the last calls", by_rate(0.75, 4, 4), "a a a a a a a s1 s2 s3 s4 f5 f6 f7",
     "+ + + + + + + open"},
    {"slow calls open", by_slow(0.5), "a a a a S1 s2 S3 s4", "+ + + + open"},
    {"too few slow calls do not", by_slow(0.75), "a a a a S1 s2 S3 s4 a", "+ + + + +"},
    {"slow calls leave the window", by_slow(0.5), "a a a a a a S1 s2 s3 s4 s5 S6 a", "+ + + + + + +"},
    {"failures that are slow count as slow", by_slow(0.5), "a a a a F1 F2 s3 s4", "+ + + + open"},
    {"open until its time", by_count(1), "a f1 @29 a @30 a", "+ open - probe>half_open"},
    {"one success of one probe closes", by_count(1), "a f1 @30 a s2 a a",
     "+ open probe>half_open closed + +"},
    {"a failed probe opens for the whole time again", by_count(1), "a f1 @30 a f2 @59 a @60 a",
     "+ open probe>half_open open - probe>half_open"},
    {"exactly N probes, and all must pass", by_count(1, 3), "a f1 @30 a a a a a s2 s3 a s4 a",
     "+ open probe>half_open probe probe - - - closed +"},
    {"one bad probe of three opens", by_count(1, 3), "a f1 @30 a a a s2 f3 s4 a",
     "+ open probe>half_open probe probe open -"},
    {"a slow probe is a bad one where slowness opens", by_slow(0.5), "a a a a S1 S2 S3 S4 @30 a S5",
     "+ + + + open probe>half_open open"},
    {"a slow probe is good where it does not", by_count(1), "a f1 @30 a S2", "+ open probe>half_open closed"},
    {"a cancelled probe is free again", by_count(1), "a f1 @30 a a c2 a s4",
     "+ open probe>half_open - probe closed"},
    {"a late failure of the closed epoch is ignored half open", by_count(1), "a a f1 @30 a f2 s3",
     "+ + open probe>half_open closed"},
    {"a late success of the closed epoch closes nothing", by_count(1), "a a f1 @30 a s2 a s3",
     "+ + open probe>half_open - closed"},
    {"a late probe result of an earlier round is ignored", by_count(1, 2), "a f1 @30 a a f2 @60 a s3 a s4 s5",
     "+ open probe>half_open probe open probe>half_open probe closed"},
    {"a late cancel gives no extra probe", by_count(1), "a a f1 @30 a c2 a", "+ + open probe>half_open -"},
    {"closing starts with an empty window", by_count(2), "a a f1 f2 @30 a s3 a f4 a",
     "+ + open probe>half_open closed + +"},
    {"forced open stays", by_count(1), "open a @1000 a", "forced_open - -"},
    {"forced closed lets through whatever fails", by_count(1), "closed a f1 a f2 a", "forced_closed + + +"},
    {"reset closes", by_count(1), "a f1 reset a", "+ open closed +"},
    {"reset of a forced one closes with an empty window", by_count(2), "a f1 open a reset a f3 a",
     "+ forced_open - closed + +"},
    {"reset while closed empties the window", by_count(2), "a f1 reset a f2 a", "+ + +"},
    {"what was let through before a reset does not count", by_count(1), "a reset f1 a", "+ +"},
    {"forced from one to the other", by_count(1), "closed open a closed a",
     "forced_closed forced_open - forced_closed +"},
    {"half open can be forced", by_count(1), "a f1 @30 a open s2 a reset a",
     "+ open probe>half_open forced_open - closed +"},
};

}  // namespace

TEST_CASE("what a breaker decides") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(play(c.config, c.script) == c.expected);
  }
}

TEST_CASE("a breaker: where each event leads from each state") {
  using enum BreakerState;
  // Of a breaker that opens at the first failure, for 30 s. Permits are of the present epoch.
  const char* const events[] = {"asked early", "asked in time", "succeeded", "failed",
                                "cancelled",   "open",          "closed",    "reset"};
  struct Row {
    BreakerState state;
    std::uint64_t epoch;
    BreakerState leads_to[8];
  };
  const Row table[] = {
      {closed, 1, {closed, closed, closed, open, closed, forced_open, forced_closed, closed}},
      {open, 2, {open, half_open, open, open, open, forced_open, forced_closed, closed}},
      {half_open, 3, {half_open, half_open, closed, open, half_open, forced_open, forced_closed, closed}},
      {forced_open,
       2,
       {forced_open, forced_open, forced_open, forced_open, forced_open, forced_open, forced_closed, closed}},
      {forced_closed,
       2,
       {forced_closed, forced_closed, forced_closed, forced_closed, forced_closed, forced_open, forced_closed,
        closed}},
  };
  const auto start = Clock::time_point(0s);
  for (const Row& row : table)
    for (std::size_t i = 0; i < std::size(events); ++i) {
      BreakerMachine machine(by_count(1));
      if (row.state == open || row.state == half_open) machine.ended({1, false}, {.failed = true}, start);
      if (row.state == half_open) REQUIRE(machine.admit(start + 30s)->epoch == row.epoch);
      if (row.state == forced_open) machine.force_open();
      if (row.state == forced_closed) machine.force_closed();
      REQUIRE(machine.state() == row.state);
      const std::string event = events[i];
      const Breaker::Permit permit{row.epoch, row.state == half_open};
      if (event == "asked early") machine.admit(start + 29s);
      if (event == "asked in time") machine.admit(start + 30s);
      if (event == "succeeded") machine.ended(permit, {}, start + 31s);
      if (event == "failed") machine.ended(permit, {.failed = true}, start + 31s);
      if (event == "cancelled") machine.cancelled(permit);
      if (event == "open") machine.force_open();
      if (event == "closed") machine.force_closed();
      if (event == "reset") machine.reset();
      CAPTURE(to_string(row.state));
      CAPTURE(event);
      CHECK(to_string(machine.state()) == to_string(row.leads_to[i]));
    }
}

TEST_CASE("retry_after is the rest of the open time, and zero otherwise") {
  BreakerMachine machine(by_count(1));
  const auto start = Clock::time_point(0s);
  CHECK(machine.retry_after(start) == 0s);
  machine.ended(*machine.admit(start), {.failed = true}, start + 5s);
  CHECK(machine.retry_after(start + 5s) == 30s);
  CHECK(machine.retry_after(start + 15s) == 20s);
  CHECK(machine.retry_after(start + 50s) == 0s);
  REQUIRE(machine.admit(start + 50s));
  CHECK(machine.retry_after(start + 50s) == 0s);
}

TEST_CASE("an open time that never ends does not overflow") {
  BreakerMachine machine({.failures = 1, .open = Duration::max()});
  machine.ended(*machine.admit(Clock::time_point(1h)), {.failed = true}, Clock::time_point(1h));
  CHECK_FALSE(machine.admit(Clock::time_point(10000h)));
}
