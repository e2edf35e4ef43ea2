// Cycles of owners through a manager, on a clock that the test moves: who is told, who is served, and when
// nobody is.

#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <eventually.hpp>
#include <plain_provider.hpp>

#include <atomic>
#include <mutex>
#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;
using test::eventually;

namespace {

struct World {
  // Pools A, B, C ... of `slots` each.
  World(std::size_t pools, std::size_t slots) : manager({.clock = clock, .maintenance = false}) {
    for (std::size_t i = 0; i < pools; ++i)
      manager.register_provider(name(i), provider, {.pool = {.max_size = slots}});
  }
  static std::string name(std::size_t pool) { return std::string(1, static_cast<char>('A' + pool)); }

  std::size_t waiting() const {
    std::size_t sum = 0;
    for (const auto& [pool, metrics] : manager.get_metrics()) sum += metrics.waiting;
    return sum;
  }
  std::uint64_t deadlocks() const {
    std::uint64_t sum = 0;
    for (const auto& [pool, metrics] : manager.get_metrics()) sum += metrics.deadlocks;
    return sum;
  }
  // Lets time pass in the steps in which waiters look for cycles.
  void let_pass(Duration time) {
    for (Duration passed{}; passed < time; passed += 20ms) {
      clock->advance(20ms);
      std::this_thread::sleep_for(2ms);
    }
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<test::PlainProvider> provider = std::make_shared<test::PlainProvider>();
  ResourceManager manager;
};

// Threads that hold something, then want something, one after the other in time.
class Cast {
 public:
  explicit Cast(World& world) : world_(world) {}

  // Returns when it holds what it holds.
  void enter(const std::string& owner, const std::vector<std::string>& holds, const std::string& wants,
             Duration timeout = 1h) {
    enter_with(owner, holds, [this, owner, wants, timeout] {
      return world_.manager.acquire(wants, owner, {.timeout = timeout});
    });
  }
  template <class Want>
  void enter_with(const std::string& owner, const std::vector<std::string>& holds, Want want) {
    threads_.emplace_back([this, owner, holds, want] {
      std::vector<Lease> held;
      try {
        for (const std::string& one : holds) held.push_back(world_.manager.acquire(one, owner));
        ++ready_;
        while (!go_) std::this_thread::sleep_for(100us);
        while (turn_ != order_of(owner)) std::this_thread::sleep_for(100us);
        const auto got = want();
        ++served;
      } catch (const DeadlockError& error) {
        const std::lock_guard lock(mutex_);
        told.push_back(owner);
        errors.push_back(error);
      } catch (const PoolExhaustedError&) {
        ++timed_out;
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex_);
        others += error.what();
      }
    });
    order_.push_back(owner);
    REQUIRE(eventually([&] { return ready_ == order_.size(); }));
  }

  // All hold what they hold; now each wants what it wants, 1 ms after the one before.
  void go() {
    go_ = true;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      world_.clock->advance(1ms);
      const std::size_t before = world_.waiting();
      turn_ = i;
      REQUIRE(eventually([&] { return world_.waiting() == before + 1 || over(); }));
    }
  }
  bool over() const { return finished() == order_.size(); }
  std::size_t finished() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(served.load() + timed_out.load()) + told.size() +
           (others.empty() ? 0 : 1);
  }
  // All wait, and time passes until somebody is told, 100 ms at most; how much.
  Duration until_told() {
    const auto anybody = [this] {
      const std::lock_guard lock(mutex_);
      return !told.empty();
    };
    REQUIRE(world_.clock->wait_for_parked(static_cast<int>(order_.size())));
    Duration passed{};
    for (; passed < 100ms && !anybody(); passed += 20ms) world_.let_pass(20ms);
    return eventually(anybody) ? passed : Duration::max();
  }
  void end() {
    REQUIRE(eventually([&] {
      world_.clock->advance(20ms);
      return over();
    }));
    threads_.clear();
  }

  std::atomic<int> served = 0, timed_out = 0;
  std::vector<std::string> told;  // in this order
  std::vector<DeadlockError> errors;
  std::string others;

 private:
  std::size_t order_of(const std::string& owner) const {
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (order_[i] == owner) return i;
    return order_.size();
  }

  World& world_;
  mutable std::mutex mutex_;
  std::vector<std::string> order_;  // complete once go_
  std::atomic<std::size_t> ready_ = 0;
  std::atomic<bool> go_ = false;
  std::atomic<std::size_t> turn_ = ~std::size_t{0};
  std::vector<std::jthread> threads_;
};

std::string owner(std::size_t i) {
  return "owner" + std::to_string(i);
}

}  // namespace

TEST_CASE(
    "rings of n owners over pools of s slots: found within 100 ms, the youngest loses, the rest are served") {
  for (const std::size_t n : {2u, 3u, 5u})
    for (const std::size_t slots : {1u, 2u}) {
      CAPTURE(n);
      CAPTURE(slots);
      World world(n, slots);
      Cast cast(world);
      for (std::size_t i = 0; i < n * slots; ++i)
        cast.enter(owner(i), {World::name(i % n)}, World::name((i + 1) % n));
      cast.go();
      CHECK(cast.until_told() <= 100ms);
      cast.end();
      CHECK(cast.others == "");
      REQUIRE(!cast.told.empty());
      if (slots == 1) {
        CHECK(cast.told == std::vector{owner(n - 1)});  // who came last
        CHECK(cast.errors[0].cycle().size() == n);
      }
      for (const DeadlockError& error : cast.errors) {
        const auto& cycle = error.cycle();
        for (std::size_t i = 0; i < cycle.size(); ++i) {
          CHECK(cycle[i].waits_for == cycle[(i + 1) % cycle.size()].holds);
          CHECK(cycle[i].waiting_for >= cycle[0].waiting_for);
        }
        CHECK(cycle[0].owner == error.owner());
      }
      CHECK(cast.served == static_cast<int>(n * slots - cast.told.size()));
      CHECK(world.deadlocks() == cast.told.size());
    }
}

TEST_CASE("nested holds: a cycle that runs through what was taken in between") {
  World world(4, 1);
  Cast cast(world);
  cast.enter("x", {"A", "B"}, "C");
  cast.enter("y", {"C", "D"}, "B");
  cast.go();
  CHECK(cast.until_told() <= 100ms);
  cast.end();
  CHECK(cast.told == std::vector<std::string>{"y"});
  CHECK(cast.served == 1);
  REQUIRE(cast.errors[0].cycle().size() == 2);
  CHECK(cast.errors[0].cycle()[0].holds == "C");
  CHECK(cast.errors[0].cycle()[1].holds == "B");
}

TEST_CASE("acquire_all inside holds: the cycle is found, and what it had taken goes back") {
  World world(4, 1);
  Cast cast(world);
  const auto all = [&](const char* who, const char* one, const char* two) {
    return [&world, who, one, two] {
      return world.manager.acquire_all({{.name = one}, {.name = two}}, who, {.timeout = 1h});
    };
  };
  cast.enter_with("x", {"C"}, all("x", "A", "D"));  // gets A, waits for D
  cast.enter_with("y", {"D"}, all("y", "B", "C"));  // gets B, waits for C
  cast.go();
  CHECK(cast.until_told() <= 100ms);
  cast.end();
  CHECK(cast.told == std::vector<std::string>{"y"});
  CHECK(cast.served == 1);
  for (const auto& [name, metrics] : world.manager.get_metrics()) CHECK(metrics.active == 0);
}

TEST_CASE("no alarm while somebody outside the cycle can still let go") {
  World world(2, 2);
  Lease third = world.manager.acquire("A", "third");  // its thread waits for nothing
  Lease fourth = world.manager.acquire("B", "fourth");
  Cast cast(world);
  cast.enter("x", {"A"}, "B");
  cast.enter("y", {"B"}, "A");
  cast.go();
  world.let_pass(400ms);
  CHECK(cast.finished() == 0);
  third.release();  // serves y, whose end serves x
  cast.end();
  CHECK(cast.served == 2);
  CHECK(world.deadlocks() == 0);
}

TEST_CASE("no alarm while a pool may still make one, is suspended, or is about to grow") {
  World world(2, 1);
  Cast cast(world);
  cast.enter("x", {"A"}, "B");
  cast.enter("y", {"B"}, "A");
  world.manager.suspend("A");
  cast.go();
  world.let_pass(400ms);
  CHECK(cast.finished() == 0);
  world.manager.resize_pool("A", {.max_size = 2});
  world.let_pass(400ms);
  CHECK(cast.finished() == 0);
  world.manager.resume("A");
  cast.end();
  CHECK(cast.served == 2);
  CHECK(world.deadlocks() == 0);
}

TEST_CASE("no alarm while a resource is on its way out, which makes room for another") {
  std::atomic<bool> may_end = false;
  std::atomic<bool> ending = false;
  class SlowToEnd final : public IResourceProvider {
   public:
    SlowToEnd(std::atomic<bool>& begun, std::atomic<bool>& go) : begun_(begun), go_(go) {}
    std::string_view type() const noexcept override { return "slow to end"; }
    Resource acquire(const AcquireContext&) override { return Resource::make<int>(0); }
    void release(Resource&&) noexcept override {
      begun_ = true;
      while (!go_) std::this_thread::sleep_for(100us);
    }
    bool validate(Resource&) override { return true; }
    HealthReport health_check(const AcquireContext&) override { return {}; }
    nlohmann::json describe() const override { return nlohmann::json::object(); }

   private:
    std::atomic<bool>& begun_;
    std::atomic<bool>& go_;
  };
  World world(1, 1);
  world.manager.register_provider("C", std::make_shared<SlowToEnd>(ending, may_end),
                                  {.pool = {.max_size = 2}});
  Cast cast(world);
  cast.enter("x", {"C"}, "A");
  cast.enter("y", {"A"}, "C");
  std::jthread leaver([&] { world.manager.acquire("C", "leaver").discard(); });
  REQUIRE(eventually([&] { return ending.load(); }));
  cast.go();
  world.let_pass(400ms);
  CHECK(cast.finished() == 0);
  may_end = true;  // serves y, whose end serves x
  cast.end();
  CHECK(cast.served == 2);
  CHECK(world.deadlocks() == 0);
}

TEST_CASE("no alarm for a wait that ends by itself before anybody looks") {
  World world(2, 1);
  Cast cast(world);
  cast.enter("x", {"A"}, "B");
  cast.enter("y", {"B"}, "A", 5ms);
  cast.go();
  world.clock->advance(5ms);
  cast.end();
  CHECK(cast.timed_out == 1);
  CHECK(cast.served == 1);
  CHECK(world.deadlocks() == 0);
}

TEST_CASE("no alarm for an owner of which another thread uses the lease") {
  World world(2, 1);
  Lease shared = world.manager.acquire("A", "x");
  Cast cast(world);
  cast.enter("x", {"A"}, "B");  // shares A with this thread, which can let go of it
  cast.enter("y", {"B"}, "A");
  cast.go();
  world.let_pass(400ms);
  CHECK(cast.finished() == 0);
  CHECK(world.manager.release_all("x") == 1);  // breaks it: A is revoked and y served
  shared.release();
  cast.end();
  CHECK(cast.served == 2);
  CHECK(world.deadlocks() == 0);
}

TEST_CASE("no alarm for a lease that is left to another thread of the owner, unused") {
  for (const bool suspended : {false, true}) {  // meanwhile its owner may share it all the same
    World world(2, 1);
    Lease first = world.manager.acquire("A", "x");
    if (suspended) world.manager.suspend("A");
    Lease second;
    std::thread([&] { second = world.manager.acquire("A", "x"); }).join();
    world.manager.resume("A");
    first.release();  // the other may let go of it at any time
    std::jthread other([&] {
      const Lease b = world.manager.acquire("B", "y");
      CHECK_NOTHROW(static_cast<void>(world.manager.acquire("A", "y", {.timeout = 1h})));
    });
    REQUIRE(eventually([&] { return world.waiting() == 1; }));
    std::jthread waiter([&] {
      REQUIRE(eventually([&] { return world.waiting() == 2; }));
      world.let_pass(400ms);
      second.release();
    });
    CHECK_NOTHROW(static_cast<void>(world.manager.acquire("B", "x", {.timeout = 1h})));
    CHECK(world.deadlocks() == 0);
  }
}

TEST_CASE("who is told keeps what it holds, and may let go of it and try again") {
  World world(2, 1);
  Cast cast(world);
  cast.enter("x", {"A"}, "B");
  cast.enter_with("y", {"B"}, [&] {
    CHECK_THROWS_AS(world.manager.acquire("A", "y", {.timeout = 1h}), DeadlockError);
    CHECK(world.manager.has_resource("B", "y"));
    CHECK(world.manager.release("B", "y"));  // serves x, whose end serves y
    return world.manager.acquire("A", "y", {.timeout = 1h});
  });
  cast.go();
  cast.end();
  CHECK(cast.others == "");
  CHECK(cast.served == 2);
  CHECK(world.deadlocks() == 1);
}

namespace {
// A clock that the test moves, and that counts.
class CountingClock final : public Clock {
 public:
  time_point now() const noexcept override {
    ++looks;
    return clock.now();
  }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    ++parks;
    return clock.park(word, expected, deadline);
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { clock.unpark(word, count); }

  ManualClock clock;
  mutable std::atomic<int> looks = 0;
  std::atomic<int> parks = 0;
};
}  // namespace

TEST_CASE("who holds something and waits looks at those whom it waits for, not at all who wait") {
  constexpr int crowd = 40;
  const auto clock = std::make_shared<CountingClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = std::make_shared<test::PlainProvider>();
  manager.register_provider("own", provider, {.pool = {.max_size = crowd}});
  manager.register_provider("busy", provider, {.pool = {.max_size = 1, .fairness = 1h}});
  Lease busy = manager.acquire("busy", "main");
  std::atomic<int> served = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < crowd; ++i)
    threads.emplace_back([&, i] {
      const Lease own = manager.acquire("own", owner(static_cast<std::size_t>(i)));
      const Lease lease = manager.acquire("busy", owner(static_cast<std::size_t>(i)), {.timeout = 2h});
      ++served;
    });
  REQUIRE(eventually([&] { return manager.get_metrics("busy").at("busy").waiting == crowd; }));
  REQUIRE(clock->clock.wait_for_parked(crowd));
  const int parks = clock->parks;
  clock->looks = 0;
  clock->clock.advance(20ms);  // everybody looks once
  REQUIRE(eventually([&] { return clock->parks >= parks + crowd; }));
  CHECK(clock->looks < 12 * crowd);
  busy.release();
  threads.clear();
  CHECK(served == crowd);
}
