// A pool that shrinks while its resources are in the middle of something: nothing is lent beyond max_size
// then.

#include "acquirer.hpp"
#include "held_up.hpp"

using namespace fake;

namespace {

// One resource is lent, the pool has shrunk to that, and another has just come in.
void check_bound(Rig& rig) {
  CHECK(eventually([&] { return rig.provider->live == 1; }));
  CHECK(rig.pool->counts().idle == 0);
  CHECK(thrown([&] { rig.try_get("late"); }) == "acquire.timeout");
  CHECK(rig.pool->counts().total == 1);
}

}  // namespace

TEST_CASE("what is made for nobody any more goes if the pool shrank meanwhile") {
  Rig rig(of_size(2));
  HeldUp creation;
  const Lease lent = rig.get("holder");
  rig.provider->on_acquire = [&](const AcquireContext&) { creation.pass(); };
  Acquirer gives_up(rig, "gives up", 1s);
  REQUIRE(creation.reached());
  REQUIRE(rig.clock->wait_for_parked(1));
  rig.clock->advance(1s);
  gives_up.let_go();
  REQUIRE(gives_up.failed == "acquire.timeout");
  rig.pool->resize(of_size(1));
  creation.go_on();
  check_bound(rig);
}

TEST_CASE("who waits for a creation while the pool shrinks goes on waiting, within the new bound") {
  Rig rig(of_size(2));
  HeldUp creation;
  Lease lent = rig.get("holder");
  rig.provider->on_acquire = [&](const AcquireContext&) { creation.pass(); };
  Acquirer taker(rig, "taker");
  REQUIRE(creation.reached());
  rig.pool->resize(of_size(1));
  creation.go_on();
  check_bound(rig);
  CHECK(!taker.granted);
  lent.release();
  CHECK(taker.wait_granted());
  CHECK(rig.provider->live == 1);
}

TEST_CASE("what is in reset when the pool shrinks goes") {
  Rig rig(of_size(2));
  HeldUp reset;
  const Lease lent = rig.get("holder");
  Acquirer taker(rig, "taker");
  REQUIRE(taker.wait_granted());
  rig.provider->on_reset = [&] {
    reset.pass();
    return true;
  };
  std::jthread end([&] { taker.let_go(); });
  REQUIRE(reset.reached());
  rig.pool->resize(of_size(1));
  reset.go_on();
  end.join();
  check_bound(rig);
}

TEST_CASE("what upkeep checks when the pool shrinks goes") {
  PoolConfig config = of_size(2);
  config.keepalive = 1min;
  Rig rig(config);
  HeldUp check;
  const Lease lent = rig.get("holder");
  rig.get("other");
  rig.clock->advance(1min);
  rig.provider->on_validate = [&] {
    check.pass();
    return true;
  };
  std::jthread upkeep([&] { rig.pool->maintain(); });
  REQUIRE(check.reached());
  config.max_size = 1;
  rig.pool->resize(config);
  check.go_on();
  upkeep.join();
  check_bound(rig);
}
