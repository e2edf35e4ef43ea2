// Who waits for the provider waits in the queue: it takes what comes first, and keeps its place by age.

#include "acquirer.hpp"
#include "held_up.hpp"

using namespace fake;

namespace {

PoolConfig in_order(std::size_t max_size) {
  PoolConfig config = of_size(max_size);
  config.fairness = 0ns;
  return config;
}

PoolConfig checked(PoolConfig config) {
  config.validate_after = 0ns;
  return config;
}

bool waiting(const Rig& rig, std::size_t count) {
  return eventually([&] { return rig.pool->counts().waiting == count; });
}

// Whatever is checked is dead, which shows once the test lets it.
void find_dead(Rig& rig, HeldUp& check) {
  rig.provider->on_validate = [&check] {
    check.pass();
    return false;
  };
}

}  // namespace

TEST_CASE("what comes back goes to who waits for a slow creation, and what is made late is kept") {
  for (const Duration fairness : {0ns, 1000000ns}) {
    PoolConfig config = of_size(2);
    config.fairness = fairness;
    Rig rig(config);
    HeldUp creation;
    Lease lent = rig.get("holder");
    rig.provider->on_acquire = [&](const AcquireContext&) { creation.pass(); };
    Acquirer taker(rig, "taker");
    REQUIRE(creation.reached());
    CHECK(rig.pool->counts().waiting == 0);  // the provider is at work for it
    lent.release();
    CHECK(taker.wait_granted());
    taker.let_go();
    creation.go_on();
    CHECK(eventually([&] { return rig.pool->counts().idle == 2; }));
    CHECK(rig.provider->opened == 2);
  }
}

TEST_CASE("what comes back goes to who waits for a slow check") {
  Rig rig(checked(of_size(2)));
  HeldUp check;
  Lease first = rig.get("a");
  rig.get("b");
  rig.provider->on_validate = [&, slow = std::make_shared<std::atomic<bool>>(true)] {
    if (slow->exchange(false)) check.pass();
    return true;
  };
  Acquirer taker(rig, "taker");
  REQUIRE(check.reached());
  first.release();
  CHECK(taker.wait_granted());
  taker.let_go();
  check.go_on();
  CHECK(eventually([&] { return rig.pool->counts().idle == 2; }));
}

TEST_CASE("who finds a dead resource keeps its place before who came later") {
  Rig rig(checked(in_order(1)));
  HeldUp check;
  rig.get("before");
  find_dead(rig, check);
  Acquirer first(rig, "first");
  REQUIRE(check.reached());
  Acquirer second(rig, "second");
  REQUIRE(waiting(rig, 1));
  check.go_on();
  REQUIRE(first.wait_granted());
  CHECK(!second.granted);
  first.let_go();
  CHECK(second.wait_granted());
}

TEST_CASE("who finds a worn resource keeps its place while that is disposed of") {
  PoolConfig config = in_order(1);
  config.max_lifetime = 1min;
  Rig rig(config);
  HeldUp disposal;
  rig.get("before");
  rig.clock->advance(1min);
  rig.provider->on_release = [&] { disposal.pass(); };
  Acquirer first(rig, "first");
  REQUIRE(disposal.reached());
  Acquirer second(rig, "second");
  REQUIRE(waiting(rig, 2));
  disposal.go_on();
  REQUIRE(first.wait_granted());
  CHECK(!second.granted);
  first.let_go();
  CHECK(second.wait_granted());
  second.let_go();
  CHECK(rig.provider->most_live == 1);
}

TEST_CASE("with fairness 0 the older of two creators is served first, whosever creation ends first") {
  Rig rig(in_order(2));
  HeldUp slow, fast;
  std::atomic<int> number = 0;
  rig.provider->on_acquire = [&](const AcquireContext&) { (++number == 1 ? slow : fast).pass(); };
  Acquirer older(rig, "older");
  REQUIRE(slow.reached());
  Acquirer younger(rig, "younger");
  REQUIRE(fast.reached());
  fast.go_on();
  CHECK(older.wait_granted());
  CHECK(!younger.granted);
  slow.go_on();
  CHECK(younger.wait_granted());
  CHECK(rig.provider->opened == 2);
}

TEST_CASE("who took another's resource leaves it its own creation, also if that fails") {
  Rig rig(in_order(2));
  HeldUp slow, fast;
  std::atomic<int> number = 0;
  rig.provider->on_acquire = [&](const AcquireContext&) {
    const int mine = ++number;
    if (mine <= 2) (mine == 1 ? slow : fast).pass();
    if (mine == 1) throw ConnectionError(errc::db_unreachable, "down");
  };
  Acquirer older(rig, "older");
  REQUIRE(slow.reached());
  Acquirer younger(rig, "younger");
  REQUIRE(fast.reached());
  fast.go_on();
  REQUIRE(older.wait_granted());
  slow.go_on();
  CHECK(younger.wait_granted());  // by a third creation
  CHECK(younger.failed.empty());
}

TEST_CASE("an acquire that may not wait takes what comes back during its creation, and does not wait after") {
  Rig rig(checked(of_size(1)));
  HeldUp check;
  rig.get("before");
  find_dead(rig, check);
  rig.provider->on_acquire = [&](const AcquireContext&) {
    throw ConnectionError(errc::db_unreachable, "down");
  };
  std::string error;
  std::jthread trying([&] { error = thrown([&] { rig.try_get("taker"); }); });
  REQUIRE(check.reached());
  rig.pool->suspend();
  check.go_on();
  trying.join();
  CHECK(error == "acquire.timeout");
  CHECK(rig.pool->counts().waiting == 0);
}

TEST_CASE("what is made or checked while the pool is suspended is not lent before it is resumed") {
  for (const Sharing mode : {Sharing::exclusive, Sharing::shared}) {
    for (const bool check : {false, true}) {
      CAPTURE(check);
      Rig rig(checked(of_size(1)), mode);
      HeldUp held;
      if (check) rig.get("before");
      rig.provider->on_acquire = [&](const AcquireContext&) { held.pass(); };
      rig.provider->on_validate = [&] {
        held.pass();
        return true;
      };
      Acquirer taker(rig, "taker");
      REQUIRE(held.reached());
      rig.pool->suspend();
      held.go_on();
      REQUIRE(eventually([&] { return rig.pool->counts().idle == 1; }));
      CHECK(waiting(rig, 1));
      CHECK(!taker.granted);
      rig.pool->resume();
      CHECK(taker.wait_granted());
      CHECK(rig.provider->opened == 1);
    }
  }
}

TEST_CASE("max_waiters bounds all who wait, also for another acquire of their owner") {
  PoolConfig config = of_size(1);
  config.max_waiters = 2;
  Rig rig(config);
  const Lease held = rig.get("holder");
  Acquirer first(rig, "one"), second(rig, "one");
  REQUIRE(waiting(rig, 2));
  CHECK(thrown([&] { rig.get("one"); }) == "acquire.exhausted");
  CHECK(thrown([&] { rig.get("another"); }) == "acquire.exhausted");
  rig.pool->begin_close();
}

TEST_CASE("who was let in to wait is not refused as one too many when its resource is dead") {
  PoolConfig config = checked(of_size(1));
  config.max_waiters = 1;
  Rig rig(config);
  HeldUp check;
  rig.get("before");
  find_dead(rig, check);
  Acquirer first(rig, "first");
  REQUIRE(check.reached());
  Acquirer second(rig, "second");
  REQUIRE(waiting(rig, 1));
  check.go_on();
  CHECK(first.wait_granted());
  first.let_go();
  CHECK(second.wait_granted());
}
