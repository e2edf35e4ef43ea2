#include "acquirer.hpp"

using namespace fake;

namespace {

// Whoever is woken runs only while the test lets it.
class SlowWaking final : public Clock {
 public:
  time_point now() const noexcept override { return time_point(1h); }
  bool park(std::atomic<std::uint32_t>&, std::uint32_t, time_point) override {
    ++parked;
    may_run.wait(false);
    return true;
  }
  void unpark(std::atomic<std::uint32_t>&, int) noexcept override { ++woken; }
  void let_run() {
    may_run = true;
    may_run.notify_all();
  }

  std::atomic<int> parked = 0, woken = 0;
  std::atomic<bool> may_run = true;
};

// A clock on which a thread that is drowsy dozes before it parks, for as long as the test wants.
class DozingClock final : public Clock {
 public:
  time_point now() const noexcept override { return time.now(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    if (drowsy) {
      ++dozing;
      may_run.wait(false);
      --dozing;
    }
    return time.park(word, expected, deadline);
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { time.unpark(word, count); }
  void let_run() {
    may_run = true;
    may_run.notify_all();
  }

  static inline thread_local bool drowsy = false;
  std::atomic<int> dozing = 0;
  std::atomic<bool> may_run = false;
  ManualClock time;
};

bool waiting(const Rig& rig, std::size_t count) {
  return eventually([&] { return rig.pool->counts().waiting == count; });
}

}  // namespace

TEST_CASE("a full pool makes an acquire wait until a lease ends") {
  Rig rig(of_size(1));
  Lease held = rig.get("a");
  Acquirer waiter(rig, "b");
  REQUIRE(waiting(rig, 1));
  held.release();
  CHECK(waiter.wait_granted());
  CHECK(waiter.number == 1);
  CHECK(rig.provider->opened == 1);
  CHECK(rig.pool->metrics().waits == 1);
}

TEST_CASE("timeout 0 never waits, but may create") {
  Rig rig(of_size(1));
  Lease made = rig.try_get("a");
  CHECK(made);
  try {
    rig.try_get("b");
    FAIL("no error");
  } catch (const PoolExhaustedError& error) {
    CHECK(error.message() ==
          "no 'db' at once: total 1 of 1, active 1, idle 0, waiting 0; held by 'a' for 0 (import.cpp:42)");
  }
}

TEST_CASE("a timeout is a diagnosis") {
  Rig rig(of_size(2));
  bool fail = false;
  rig.provider->on_acquire = [&](const AcquireContext&) {
    if (fail) throw ConnectionError(errc::db_unreachable, "nobody listens on port 5432");
  };
  Lease a = rig.get("a");
  fail = true;
  CHECK(thrown([&] { rig.get("b"); }) == "db.unreachable");
  Lease revoked;
  fail = false;
  rig.clock->advance(10s);
  PoolConfig one = of_size(1);
  rig.pool->resize(one);
  std::string text;
  Duration elapsed{};
  std::jthread waiter([&] {
    try {
      rig.get("c", 250ms);
    } catch (const PoolExhaustedError& error) {
      text = error.what();
      elapsed = error.elapsed();
    }
  });
  REQUIRE(waiting(rig, 1));
  rig.clock->wait_for_parked(1);
  rig.clock->advance(250ms);
  waiter.join();
  CHECK(elapsed == 250ms);
  CHECK(text ==
        "acquire.timeout: no 'db' within 250ms: total 1 of 1, active 1, idle 0, waiting 1; position 1 in the "
        "queue; "
        "held by 'a' for 10.25s (import.cpp:42); last failure to open: db.unreachable: nobody listens on "
        "port 5432; "
        "hold leases for a shorter time, or raise max_size or the timeout");
  const ResourceMetrics metrics = rig.pool->metrics();
  CHECK(metrics.timeouts == 1);
  CHECK(metrics.failures == 2);
  CHECK(metrics.create_failures == 1);
  CHECK(metrics.waiting == 0);
}

TEST_CASE("the diagnosis names the five oldest holders") {
  Rig rig(of_size(7));
  std::vector<Lease> held;
  for (int i = 0; i < 7; ++i) {
    held.push_back(rig.get("owner" + std::to_string(i)));
    rig.clock->advance(1s);
  }
  try {
    rig.try_get("x");
    FAIL("no error");
  } catch (const PoolExhaustedError& error) {
    const std::string message = error.message();
    CHECK(message.find("held by 'owner0' for 7s (import.cpp:42), 'owner1' for 6s") != std::string::npos);
    CHECK(message.find("'owner4'") != std::string::npos);
    CHECK(message.find("'owner5'") == std::string::npos);
    CHECK(message.find("and 2 more") != std::string::npos);
  }
  CHECK(rig.pool->holders().front().owner == "owner0");
  CHECK(rig.pool->holders().front().site == "import.cpp:42");
}

TEST_CASE("a stop token ends a wait") {
  Rig rig(of_size(1));
  Lease held = rig.get("a");
  std::stop_source stop;
  Acquirer waiter(rig, "b", 10s, stop.get_token());
  REQUIRE(waiting(rig, 1));
  stop.request_stop();
  CHECK(waiter.wait_done());
  CHECK(waiter.failed == "acquire.cancelled");
  CHECK(rig.pool->counts().waiting == 0);
  CHECK(thrown([&] { rig.get("c", 10s, stop.get_token()); }) == "acquire.cancelled");
}

TEST_CASE("close wakes everybody, whatever they wait for") {
  Rig rig(of_size(2));
  std::promise<void> go;
  auto gate = go.get_future().share();
  Lease held = rig.get("a");
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  Acquirer creating(rig, "b");
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  Acquirer queued(rig, "c"), following(rig, "b");
  REQUIRE(waiting(rig, 2));
  rig.pool->begin_close();
  CHECK(creating.wait_done());
  CHECK(queued.wait_done());
  CHECK(following.wait_done());
  CHECK(creating.failed == "acquire.closed");
  CHECK(queued.failed == "acquire.closed");
  CHECK(following.failed == "acquire.closed");
  CHECK(thrown([&] { rig.get("d"); }) == "acquire.closed");
  go.set_value();
  held.release();
  CHECK(rig.pool->drain(rig.clock->now() + 1s));
  CHECK(rig.provider->live == 0);
}

TEST_CASE("drain waits for leases until its deadline; what is left is revoked") {
  Rig rig(of_size(2));
  Lease held = rig.get("a");
  rig.pool->begin_close();
  auto drained = std::async(std::launch::async, [&] { return rig.pool->drain(rig.clock->now() + 5s); });
  REQUIRE(rig.clock->wait_for_parked(1));
  rig.clock->advance(5s);
  CHECK(!drained.get());
  rig.pool->detach_all();
  CHECK(held.revoked());
  CHECK(rig.pool->drain(rig.clock->now()));
  held.release();
  CHECK(rig.provider->live == 0);

  Rig other(of_size(1));
  Lease last = other.get("a");
  other.pool->begin_close();
  auto ended = std::async(std::launch::async, [&] { return other.pool->drain(other.clock->now() + 5s); });
  REQUIRE(other.clock->wait_for_parked(1));
  last.release();
  CHECK(ended.get());
}

TEST_CASE("suspend makes acquires wait, resume serves them") {
  Rig rig(of_size(2));
  rig.get("a");
  rig.pool->suspend();
  CHECK(rig.pool->suspended());
  Acquirer one(rig, "a"), two(rig, "b");
  REQUIRE(waiting(rig, 2));
  try {
    rig.try_get("c");
    FAIL("no error");
  } catch (const PoolExhaustedError& error) {
    CHECK(error.message() == "no 'db' at once, it is suspended: total 1 of 2, active 0, idle 1, waiting 2");
    CHECK(error.hint() == "resume it first");
  }
  rig.pool->resume();
  CHECK(one.wait_granted());
  CHECK(two.wait_granted());
}

TEST_CASE("max_waiters refuses at once") {
  PoolConfig config = of_size(1);
  config.max_waiters = 1;
  Rig rig(config);
  Lease held = rig.get("a");
  Acquirer waiter(rig, "b");
  REQUIRE(waiting(rig, 1));
  CHECK(thrown([&] { rig.get("c"); }) == "acquire.exhausted");
  CHECK(rig.pool->metrics().timeouts == 0);
  held.release();
  CHECK(waiter.wait_granted());
}

TEST_CASE("strict fairness serves in order, and a newcomer does not overtake") {
  PoolConfig config = of_size(1);
  config.fairness = 0s;
  Rig rig(config);
  Lease held = rig.get("a");
  Acquirer first(rig, "b");
  REQUIRE(waiting(rig, 1));
  rig.clock->advance(1ms);
  Acquirer second(rig, "c");
  REQUIRE(waiting(rig, 2));
  held.release();
  CHECK(thrown([&] { rig.try_get("newcomer"); }) == "acquire.timeout");
  REQUIRE(first.wait_granted());
  CHECK(!second.granted);
  first.let_go();
  REQUIRE(second.wait_granted());
  CHECK(first.order < second.order);
}

TEST_CASE("who found something unusable has its old place in the queue") {
  PoolConfig config = of_size(1);
  config.fairness = 0s;
  config.validate_after = 0s;
  Rig rig(config);
  std::promise<void> checked;
  rig.provider->on_validate = [&, go = checked.get_future().share()] {
    go.wait();
    return false;
  };
  rig.get("before");
  Acquirer first(rig, "a");
  REQUIRE(eventually([&] { return rig.provider->validated == 1; }));
  rig.clock->advance(1ms);
  Acquirer second(rig, "b");
  REQUIRE(waiting(rig, 1));
  rig.clock->advance(1ms);
  Acquirer third(rig, "c");
  REQUIRE(waiting(rig, 2));
  checked.set_value();  // what it had is gone, and the next is its own
  REQUIRE(first.wait_granted());
  REQUIRE(waiting(rig, 2));
  rig.provider->on_validate = nullptr;
  first.let_go();
  REQUIRE(second.wait_granted());
  CHECK(!third.granted);
  second.let_go();
  CHECK(third.wait_granted());
}

TEST_CASE("who found something unusable is served nothing else after its deadline") {
  const auto clock = std::make_shared<DozingClock>();
  PoolConfig config = of_size(2);
  config.validate_after = 500ms;
  Rig rig(config, Sharing::exclusive, clock);
  Lease fresh = rig.get("fresh");
  rig.get("stale");
  clock->time.advance(500ms);
  rig.provider->on_validate = [&] {
    CHECK(eventually([&] { return clock->dozing == 1; }));
    return false;
  };
  std::string failed;
  std::jthread late([&] {
    DozingClock::drowsy = true;
    failed = thrown([&] { rig.get("late", 100ms); });
  });
  // In time it is given room for a new one, and sleeps over it; what comes back then is not for it.
  CHECK(eventually([&] { return rig.pool->counts().creating == 1; }));
  clock->time.advance(100ms);
  fresh.release();
  CHECK(rig.pool->counts().idle == 1);
  clock->let_run();
  late.join();
  CHECK(failed == "acquire.timeout");
  CHECK(eventually([&] { return rig.pool->counts().idle == 2; }));
}

TEST_CASE("who follows another acquire of its owner shares nothing after its deadline") {
  const auto clock = std::make_shared<DozingClock>();
  Rig rig(of_size(1), Sharing::exclusive, clock);
  std::promise<void> made;
  rig.provider->on_acquire = [go = made.get_future().share()](const AcquireContext&) { go.wait(); };
  Acquirer leader(rig, "a");
  REQUIRE(eventually([&] { return rig.provider->opened == 1; }));
  std::string failed;
  std::jthread follower([&] {
    DozingClock::drowsy = true;
    failed = thrown([&] { rig.get("a", 1s); });
  });
  REQUIRE(eventually([&] { return clock->dozing == 1; }));
  clock->time.advance(1s);
  made.set_value();
  REQUIRE(leader.wait_granted());
  clock->let_run();
  follower.join();
  CHECK(failed == "acquire.timeout");
}

TEST_CASE("what is made for somebody whose time is over goes to who waits in time") {
  const auto clock = std::make_shared<DozingClock>();
  Rig rig(of_size(1), Sharing::exclusive, clock);
  std::promise<void> made;
  rig.provider->on_acquire = [go = made.get_future().share()](const AcquireContext&) { go.wait(); };
  std::string failed;
  std::jthread late([&] {
    DozingClock::drowsy = true;
    failed = thrown([&] { rig.get("late", 1s); });
  });
  REQUIRE(eventually([&] { return clock->dozing == 1; }));
  Acquirer next(rig, "next");
  REQUIRE(waiting(rig, 1));
  clock->time.advance(1s);
  made.set_value();
  CHECK(next.wait_granted());
  clock->let_run();
  late.join();
  CHECK(failed == "acquire.timeout");
  CHECK(next.number == 1);
}

TEST_CASE("a waiter that waited longer than fairness gets the resource from hand to hand") {
  PoolConfig config = of_size(1);
  config.fairness = 1ms;
  Rig rig(config);
  Lease held = rig.get("a");
  Acquirer waiter(rig, "b");
  REQUIRE(waiting(rig, 1));
  rig.clock->advance(1ms);
  held.release();
  CHECK(rig.pool->counts().idle == 0);
  CHECK(thrown([&] { rig.try_get("newcomer"); }) == "acquire.timeout");
  CHECK(waiter.wait_granted());
}

TEST_CASE("whoever became the oldest while it waited is not overtaken either") {
  PoolConfig config = of_size(1);
  config.fairness = 1ms;
  Rig rig(config);
  Lease held = rig.get("a");
  Acquirer first(rig, "b");
  REQUIRE(waiting(rig, 1));
  rig.clock->advance(100us);
  Acquirer second(rig, "c");
  REQUIRE(waiting(rig, 2));
  rig.clock->advance(900us);
  held.release();
  REQUIRE(first.wait_granted());
  CHECK(!second.granted);
  rig.clock->advance(100us);
  first.let_go();
  CHECK(thrown([&] { rig.try_get("newcomer"); }) == "acquire.timeout");
  CHECK(second.wait_granted());
}

TEST_CASE("every return wakes one more, though nobody who was woken has run yet") {
  const auto clock = std::make_shared<SlowWaking>();
  Rig rig(of_size(2), Sharing::exclusive, clock);
  Lease a = rig.get("a"), b = rig.get("b");
  clock->may_run = false;
  clock->parked = 0;
  Acquirer first(rig, "c"), second(rig, "d"), third(rig, "e");
  REQUIRE(eventually([&] { return clock->parked == 3; }));
  const int before = clock->woken;
  a.release();
  CHECK(clock->woken == before + 1);
  b.release();
  CHECK(clock->woken == before + 2);
  for (int i = 0; i < 3; ++i) rig.try_get("newcomer").release();
  CHECK(clock->woken == before + 2);  // no more than there are slots
  clock->let_run();
  const auto granted = [&] { return first.granted + second.granted + third.granted; };
  CHECK(eventually([&] { return granted() == 2; }));
  for (Acquirer* each : {&first, &second, &third}) {
    each->release = true;
    each->release.notify_all();
  }
  CHECK(eventually([&] { return granted() == 3; }));
}

TEST_CASE("what a waiter that gave up was woken for goes to the next") {
  const auto clock = std::make_shared<DozingClock>();
  PoolConfig config = of_size(1);
  config.fairness = config.validate_after = 1h;
  Rig rig(config, Sharing::exclusive, clock);
  Lease held = rig.get("a");
  std::string failed;
  std::jthread first([&] {
    DozingClock::drowsy = true;
    failed = thrown([&] { rig.get("b", 1s); });
  });
  REQUIRE(eventually([&] { return clock->dozing == 1; }));
  Acquirer second(rig, "c", 100s);
  REQUIRE(waiting(rig, 2));
  REQUIRE(clock->time.wait_for_parked(1));
  held.release();  // the first is told to try for it, and does not
  clock->time.advance(1s);
  CHECK(rig.pool->counts().idle == 1);
  clock->let_run();
  first.join();
  CHECK(failed == "acquire.timeout");
  CHECK(second.wait_granted());
}

TEST_CASE("what was left to a waiter that is served otherwise goes to the next") {
  const auto clock = std::make_shared<DozingClock>();
  PoolConfig config = of_size(2);
  config.fairness = 1ms;
  Rig rig(config, Sharing::exclusive, clock);
  Lease one = rig.get("a"), two = rig.get("b");
  std::string failed;
  std::jthread first([&] {
    DozingClock::drowsy = true;
    failed = thrown([&] { rig.get("c"); });
  });
  REQUIRE(eventually([&] { return clock->dozing == 1; }));
  Acquirer second(rig, "d");
  REQUIRE(waiting(rig, 2));
  one.release();  // the first is told to try for it, and does not
  clock->time.advance(1ms);
  two.release();  // from hand to hand, to the first
  CHECK(second.wait_granted());
  clock->let_run();
  first.join();
  CHECK(failed.empty());
}

TEST_CASE("resize grows for waiters at once and shrinks as leases end") {
  Rig rig(of_size(1));
  Lease a = rig.get("a");
  Acquirer b(rig, "b"), c(rig, "c");
  REQUIRE(waiting(rig, 2));
  rig.pool->resize(of_size(3));
  REQUIRE(b.wait_granted());
  REQUIRE(c.wait_granted());
  rig.pool->resize(of_size(1));
  CHECK(rig.pool->counts().total == 3);
  b.let_go();
  CHECK(rig.pool->counts().total == 2);
  c.let_go();
  CHECK(rig.pool->counts().total == 1);
  a.release();
  CHECK(rig.pool->counts().total == 1);
  CHECK(rig.pool->counts().idle == 1);

  rig.pool->resize(of_size(3));
  { Lease x = rig.get("x"), y = rig.get("y"); }
  CHECK(rig.pool->counts().idle == 2);
  rig.pool->resize(of_size(1));
  CHECK(rig.pool->counts().idle == 1);
}

TEST_CASE("a waiter that is revoked for gets the capacity at once") {
  Rig rig(of_size(1));
  Lease held = rig.get("a");
  Acquirer waiter(rig, "b");
  REQUIRE(waiting(rig, 1));
  std::jthread([&] { CHECK(rig.pool->release("a")); }).join();
  CHECK(waiter.wait_granted());
  CHECK(waiter.number == 2);
  CHECK(held.revoked());
}
