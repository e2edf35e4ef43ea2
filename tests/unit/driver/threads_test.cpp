// One execution and many threads: events are handled one after the other and none is lost.

#include "running.hpp"

#include <atomic>
#include <latch>

#include "counting.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Counting : Running {
  explicit Counting(std::shared_ptr<Clock> clock = nullptr) : Running(std::move(clock)) {
    functions.action("count", [this](Context&) {
      CHECK(inside++ == 0);
      ++count;
      --inside;
    });
  }
  std::atomic<int> inside = 0;
  int count = 0;  // guarded by the execution
};

}  // namespace

TEST_CASE("events from many threads are handled one at a time, and all of them") {
  Counting r;
  Execution run = r.chart(counting).start({});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) CHECK(run.send("more", i % 2 ? json(i) : json()));
      });
  }
  run.advance();
  CHECK(r.count == 800);
  CHECK(run.send("end"));
  CHECK(run.finished());
  CHECK_FALSE(run.send("more"));
  CHECK(run.result().metadata["transitions"] == 801);
}

TEST_CASE("no event is lost while one of them waits for a resource") {
  Counting r;
  r.thing("db");
  Execution run = r.chart(
                       "  - {name: a, arcs: [{event: go, target: b}]}\n"
                       "  - {name: b, resources: [db], arcs: [{event: more, actions: [count]}]}\n")
                      .start({});
  Lease held = r.manager.acquire("db", "somebody");
  std::jthread blocked([&] { run.send("go"); });
  while (r.manager.get_resource_status("db").waiting_count == 0) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) CHECK(run.send("more"));  // returns at once
  CHECK(r.count == 0);
  held.release();
  blocked.join();
  CHECK(r.count == 3);
  CHECK(run.configuration() == Names{"b"});
}

TEST_CASE("what others send to an execution that a thread drives waits for that thread") {
  Counting r;
  const Machine machine = r.chart(counting);
  Execution run = machine.start({});
  const EventId more = machine.event("more");
  CHECK(more.name() == "more");
  CHECK(run.fire(more));
  const auto elsewhere = [&](const std::function<void()>& work) { std::jthread thread(work); };

  elsewhere([&] { CHECK(run.send("more")); });
  CHECK(r.count == 1);
  CHECK(run.fire(more));  // its own, then the other's
  CHECK(r.count == 3);
  elsewhere([&] { run.send("more"); });
  CHECK_FALSE(run.advance());  // nothing by the clock, but this lets go
  CHECK(r.count == 4);
  elsewhere([&] { run.send("more"); });
  CHECK(r.count == 5);

  CHECK(run.fire(more));
  elsewhere([&] { run.cancel(); });
  CHECK_FALSE(run.finished());
  CHECK(run.fire(more));
  CHECK(run.finished());
  CHECK(run.result().code == errc::fsm_cancelled);
  CHECK_FALSE(run.fire(more));
}

TEST_CASE("an execution passes from one driving thread to the next") {
  Counting r;
  const Machine machine = r.chart(counting);
  Execution run = machine.start({});
  const EventId more = machine.event("more");
  run.fire(more);
  std::jthread([&] { run.fire(more); }).join();
  run.fire(more);
  CHECK(run.configuration() == Names{"a"});
  run.fire(machine.event("end"));
  CHECK(r.count == 3);
  CHECK(run.finished());
}

TEST_CASE("an event is looked up in the machine that it is for") {
  Counting r;
  const Machine machine = r.chart(counting);
  Execution run = machine.start({});
  CHECK_THROWS_WITH_AS(
      run.fire(r.chart(counting).event("more")),
      "fsm.invalid: the event 'more' was looked up in another machine; use Machine::event of the "
      "execution's own machine",
      StateError);
  CHECK(run.fire(machine.event("more.of.it")));  // covered by 'more'
  CHECK(run.fire(machine.event("unknown")));
  CHECK(r.count == 1);
}

TEST_CASE("functions send to their own execution without waiting for themselves") {
  Counting r;
  Execution* self = nullptr;
  r.functions.action("again", [&](Context&) {
    CHECK(self->send("more"));
    CHECK(self->configuration() == Names{"a"});
    CHECK(r.count == 0);
  });
  Execution run = r.chart(
                       "  - {name: a, arcs: [{event: go, internal: true, actions: [again]}, {event: more, "
                       "actions: [count]}]}\n")
                      .start({});
  self = &run;
  run.send("go");
  CHECK(r.count == 1);
}

TEST_CASE("a full queue refuses, naming the knob, and what it holds is handled") {
  Counting r;
  Execution run = r.chart(counting).start({}, {.event_queue = 2});
  CHECK(run.post("more"));
  CHECK(run.post("more"));
  CHECK_THROWS_WITH_AS(
      run.post("more"),
      "fsm.invalid: the event queue of 2 is full; send less, or raise RunOptions::event_queue", StateError);
  CHECK(r.count == 0);
  CHECK(run.send("more"));  // after those that wait
  CHECK(r.count == 3);
}

TEST_CASE("wait ends with the execution, whoever ends it, or with its deadline") {
  Counting r;
  const Machine machine = r.chart(counting);
  Execution run = machine.start({});
  CHECK_FALSE(run.wait(Clock::steady()->now()));
  std::jthread other([&] {
    run.send("more");
    run.send("end");
  });
  CHECK(run.wait(soon()));
  CHECK(r.count == 1);

  Execution posted = machine.start({});
  posted.post("end");
  CHECK_FALSE(posted.finished());
  CHECK(posted.wait(soon()));

  Execution cancelled = machine.start({});
  cancelled.request_cancel();
  CHECK_FALSE(cancelled.finished());
  CHECK(cancelled.wait(soon()));
  CHECK(cancelled.result().code == errc::fsm_cancelled);
}
