#include <leasehold/fsm/driver.hpp>

#include "running.hpp"

#include <atomic>
#include <set>

#include "counting.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using namespace std::chrono_literals;

namespace {

struct Driving : Running {
  explicit Driving(std::shared_ptr<Clock> clock = nullptr) : Running(std::move(clock)) {
    functions.action("count", [](Context& c) { c.data["n"] = c.data.value("n", 0) + 1; });
    functions.action("wait", [this](Context& c) {
      ++waiting;
      while (!go && !c.stop.stop_requested()) std::this_thread::yield();
    });
  }
  std::atomic<int> waiting = 0;
  std::atomic<bool> go = false;
};

}  // namespace

TEST_CASE("many executions share few threads, and each gets all of its events in order") {
  Driving r;
  const Machine machine = r.chart(counting);
  Driver driver(r.manager, {.threads = 3});
  std::vector<Driver::Handle> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(driver.add(machine.start({})));
  CHECK(driver.running() == 20);
  {
    std::vector<std::jthread> senders;
    for (int t = 0; t < 2; ++t)
      senders.emplace_back([&] {
        for (int i = 0; i < 20; ++i)
          for (const Driver::Handle run : runs) CHECK(driver.send(run, "more"));
      });
  }
  for (const Driver::Handle run : runs) CHECK(driver.send(run, "end"));
  for (const Driver::Handle run : runs) {
    REQUIRE(driver.wait(run, soon()));
    const std::optional<RunResult> result = driver.take(run);
    REQUIRE(result);
    CHECK(result->success);
    CHECK(result->data["n"] == 40);
    CHECK_FALSE(driver.take(run));
    CHECK_FALSE(driver.send(run, "more"));
    CHECK(driver.wait(run, soon()));
  }
  CHECK(driver.running() == 0);
}

TEST_CASE("delays are over by the manager's clock, whichever thread is free") {
  const auto clock = std::make_shared<ManualClock>();
  Driving r(clock);
  const Machine machine = r.chart(
      "  - {name: a, arcs: [{after: 5s, target: b}]}\n"
      "  - {name: b, arcs: [{after: 1s, target: z}]}\n"
      "  - {name: z, type: final}\n");
  Driver driver(r.manager, {.threads = 2});
  const Driver::Handle run = driver.add(machine.start({}));
  CHECK_FALSE(driver.wait(run, clock->now()));
  REQUIRE(clock->wait_for_parked(2));
  clock->advance(5s);
  while (driver.running() > 0 && !driver.take(run)) {
    REQUIRE(clock->wait_for_parked(2));
    clock->advance(1s);
  }
  CHECK(driver.running() == 0);
}

TEST_CASE("an execution that waits for a resource keeps one thread, and the others go on") {
  Driving r;
  r.thing("db");
  const Machine blocking = r.chart(
      "  - {name: a, arcs: [{event: go, target: b}]}\n"
      "  - {name: b, resources: [db], arcs: [{target: z}]}\n"
      "  - {name: z, type: final}\n");
  const Machine machine = r.chart(counting);
  Lease held = r.manager.acquire("db", "somebody");
  Driver driver(r.manager, {.threads = 2});
  const Driver::Handle blocked = driver.add(blocking.start({}));
  driver.send(blocked, "go");
  const Driver::Handle other = driver.add(machine.start({}));
  driver.send(other, "end");
  CHECK(driver.wait(other, soon()));
  CHECK_FALSE(driver.wait(blocked, Clock::steady()->now()));
  held.release();
  CHECK(driver.wait(blocked, soon()));
  CHECK(driver.take(blocked)->success);
}

TEST_CASE("cancelling reaches what runs and what waits for events") {
  Driving r;
  const Machine machine = r.chart("  - {name: a, arcs: [{event: go, actions: [wait]}]}\n");
  Driver driver(r.manager, {.threads = 1});
  const Driver::Handle inside = driver.add(machine.start({}));
  driver.send(inside, "go");
  while (r.waiting == 0) std::this_thread::yield();
  const Driver::Handle idle = driver.add(machine.start({}));
  CHECK(driver.cancel(inside));
  CHECK(driver.cancel(idle));
  for (const Driver::Handle run : {inside, idle}) {
    REQUIRE(driver.wait(run, soon()));
    CHECK_FALSE(driver.cancel(run));
    CHECK(driver.take(run)->code == errc::fsm_cancelled);
    CHECK_FALSE(driver.cancel(run));
  }
}

TEST_CASE("a queue that is full refuses while a thread is at the execution") {
  Driving r;
  const Machine machine = r.chart(
      "  - {name: a, arcs: [{event: go, actions: [wait]}, {event: end, target: z}]}\n"
      "  - {name: z, type: final}\n");
  Driver driver(r.manager, {.threads = 1});
  const Driver::Handle run = driver.add(machine.start({}, {.event_queue = 1}));
  driver.send(run, "go");
  while (r.waiting == 0) std::this_thread::yield();
  CHECK(driver.send(run, "end"));
  CHECK_THROWS_WITH_AS(
      driver.send(run, "end"),
      "fsm.invalid: the event queue of 1 is full; send less, or raise RunOptions::event_queue", StateError);
  r.go = true;
  CHECK(driver.wait(run, soon()));
  CHECK(driver.take(run)->success);
}

TEST_CASE("closing lets finish what can, cancels the rest, and keeps the results") {
  Driving r;
  const Machine machine = r.chart(counting);
  Driver driver(r.manager);
  const Driver::Handle ends = driver.add(machine.start({}));
  driver.send(ends, "end");
  REQUIRE(driver.wait(ends, soon()));
  const Driver::Handle stays = driver.add(machine.start({}));
  driver.close();
  driver.close();
  CHECK(driver.take(ends)->success);
  CHECK(driver.take(stays)->code == errc::fsm_cancelled);
  CHECK_THROWS_WITH_AS(driver.add(machine.start({})),
                       "fsm.invalid: the driver is closed; add executions before Driver::close", StateError);
}

TEST_CASE("results go to the callback, and nothing is left") {
  Driving r;
  const Machine machine = r.chart(counting);
  std::mutex mutex;
  std::multiset<int> counts;
  {
    Driver driver(r.manager, {.threads = 2, .on_end = [&](RunResult result) {
                                const std::lock_guard lock(mutex);
                                counts.insert(result.data.value("n", 0));
                                throw 7;
                              }});
    for (int i = 0; i < 3; ++i) {
      const Driver::Handle run = driver.add(machine.start({}));
      for (int n = 0; n < i; ++n) driver.send(run, "more");
      driver.send(run, "end");
    }
    driver.close(10s);
  }
  CHECK(counts == std::multiset<int>{0, 1, 2});
}

TEST_CASE("a driver refuses what it cannot drive") {
  Driving r;
  CHECK_THROWS_WITH_AS(Driver(r.manager, {.threads = 0}),
                       "config.value: a driver needs a thread; set DriverOptions::threads", ConfigError);
  Driving other(std::make_shared<ManualClock>());
  Driver driver(r.manager);
  CHECK_THROWS_WITH_AS(
      driver.add(other.chart(counting).start({})),
      "fsm.invalid: the execution runs on another clock than the driver; make the driver with the "
      "manager of the machine",
      StateError);
}
