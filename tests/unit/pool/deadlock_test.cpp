#include "fake.hpp"
#include "pool/wait_graph.hpp"

using namespace fake;

namespace {

// Pools of one manager on the real clock or one that the test moves.
struct World {
  explicit World(std::vector<std::size_t> sizes, std::shared_ptr<Clock> clock = Clock::steady()) {
    for (std::size_t i = 0; i < sizes.size(); ++i)
      rigs.push_back(std::make_unique<Rig>(of_size(sizes[i]), Sharing::exclusive, clock, graph,
                                           std::string(1, static_cast<char>('A' + i))));
  }
  Rig& operator[](std::size_t i) { return *rigs[i]; }

  std::shared_ptr<detail::WaitGraph> graph = detail::make_wait_graph();
  std::vector<std::unique_ptr<Rig>> rigs;
};

// Each of n threads takes one of its own pool, then one of the next pool's. Returns how many failed, and with
// what.
struct Outcome {
  std::atomic<int> deadlocks = 0, served = 0, others = 0;
  std::mutex mutex;
  std::vector<DeadlockStep> cycle;
  std::string message;
};

void run_ring(World& world, std::size_t n, Outcome& outcome) {
  std::latch all_hold(static_cast<std::ptrdiff_t>(n));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      const std::string owner = "owner" + std::to_string(i);
      Lease mine = world[i].get(owner, 20s);
      all_hold.arrive_and_wait();
      try {
        Lease next = world[(i + 1) % n].get(owner, 20s);
        ++outcome.served;
      } catch (const DeadlockError& error) {
        ++outcome.deadlocks;
        const std::lock_guard lock(outcome.mutex);
        outcome.cycle = error.cycle();
        outcome.message = error.what();
      } catch (...) {
        ++outcome.others;
      }
    });
  }
}

}  // namespace

TEST_CASE("n owners in a ring: exactly one fails, and the error names the cycle") {
  for (const std::size_t n : {2u, 3u, 6u}) {
    CAPTURE(n);
    World world(std::vector<std::size_t>(n, 1));
    Outcome outcome;
    const auto start = std::chrono::steady_clock::now();
    run_ring(world, n, outcome);
    CHECK(std::chrono::steady_clock::now() - start < 10s);
    CHECK(outcome.deadlocks == 1);
    CHECK(outcome.served == static_cast<int>(n) - 1);
    CHECK(outcome.others == 0);
    REQUIRE(outcome.cycle.size() == n);
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(outcome.cycle[i].waits_for == outcome.cycle[(i + 1) % n].holds);
      CHECK(outcome.cycle[i].waiting_for >= outcome.cycle[0].waiting_for);  // the youngest is first, and lost
      CHECK(outcome.cycle[i].held_for >= outcome.cycle[i].waiting_for);
    }
  }
}

TEST_CASE("the message of a deadlock, on a clock that the test moves") {
  const auto clock = std::make_shared<ManualClock>();
  World world({1, 1}, clock);
  std::latch first_holds(1), second_holds(1);
  std::string oldest_failed, message;
  std::jthread oldest([&] {
    Lease mine = world[0].get("x");
    first_holds.count_down();
    second_holds.wait();
    oldest_failed = thrown([&] { world[1].get("x"); });
  });
  first_holds.wait();
  clock->advance(1s);
  std::jthread youngest([&] {
    Lease mine = world[1].get("y");
    second_holds.count_down();
    eventually([&] { return world[1].pool->counts().waiting == 1; });
    clock->advance(10ms);
    try {
      world[0].get("y");
    } catch (const DeadlockError& error) {
      message = error.what();
    }
  });
  REQUIRE(eventually([&] { return world[0].pool->counts().waiting == 1; }));
  REQUIRE(clock->wait_for_parked(2));
  clock->advance(20ms);
  youngest.join();
  oldest.join();
  CHECK(oldest_failed.empty());
  CHECK(
      message ==
      "acquire.deadlock: waiting for 'A' would never end: 'y' holds 'B' for 30ms and waits for 'A' for 20ms, "
      "'x' holds 'A' for 1.03s and waits for 'B' for 30ms; acquire them together with acquire_all, or always "
      "in one "
      "order");
}

TEST_CASE("a thread that waits for itself is told so") {
  World world({1});
  Lease mine = world[0].get("a");
  try {
    world[0].get("b", 20s);
    FAIL("no error");
  } catch (const DeadlockError& error) {
    REQUIRE(error.cycle().size() == 1);
    CHECK(error.cycle()[0].owner == "a");
    CHECK(error.cycle()[0].holds == "A");
    CHECK(error.cycle()[0].waits_for == "A");
    CHECK(error.resource() == "A");
    CHECK(error.owner() == "b");
    CHECK(error.hint() == "acquire them together with acquire_all, or always in one order");
  }
  CHECK(world[0].pool->metrics().deadlocks == 1);
}

TEST_CASE("pools of several slots: stuck only if all their holders are") {
  World world({2, 1});
  Lease free_one = world[0].get("bystander");  // its thread waits for nothing in the cycle
  std::latch both(2);
  std::atomic<int> deadlocks = 0, served = 0;
  const auto cross = [&](std::size_t first, std::size_t second, const char* owner) {
    Lease mine = world[first].get(owner, 20s);
    both.arrive_and_wait();
    const std::string failed = thrown([&] { Lease next = world[second].get(owner, 20s); });
    failed == "acquire.deadlock" ? ++deadlocks : ++served;
  };
  {
    std::jthread x([&] { cross(0, 1, "x"); }), y([&] { cross(1, 0, "y"); });
    std::this_thread::sleep_for(100ms);  // five looks, none of which may find anything
    CHECK(deadlocks == 0);
    free_one.release();
  }
  CHECK(deadlocks == 0);
  CHECK(served == 2);
}

TEST_CASE("pools of several slots, all of whose holders wait for each other") {
  World world({2, 2});
  std::latch all(4);
  std::atomic<int> deadlocks = 0, served = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        const std::string owner = "owner" + std::to_string(i);
        Lease mine = world[i % 2].get(owner, 20s);
        all.arrive_and_wait();
        const std::string failed = thrown([&] { Lease next = world[(i + 1) % 2].get(owner, 20s); });
        if (failed == "acquire.deadlock") ++deadlocks;
        if (failed.empty()) ++served;
      });
  }
  CHECK(deadlocks >= 1);
  CHECK(deadlocks + served == 4);
  CHECK(served >= 2);
}

TEST_CASE("no alarm for a holder that another thread uses: it may let go") {
  World world({1});
  Lease mine = world[0].get("a");
  std::jthread other([&] {
    mine.get();
    std::this_thread::sleep_for(100ms);
    mine.release();
  });
  REQUIRE(eventually([&] { return world[0].pool->counts().active == 1; }));
  std::this_thread::sleep_for(10ms);
  CHECK(thrown([&] { world[0].get("b", 20s); }).empty());
}

TEST_CASE("no alarm for what merely takes long") {
  World world({1, 1});
  std::atomic<int> failed = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string owner = "owner" + std::to_string(t);
        if (!thrown([&] {
               Lease a = world[0].get(owner, 20s);
               Lease b = world[1].get(owner, 20s);
               std::this_thread::sleep_for(1ms);
             }).empty())
          ++failed;
      }
    });
  threads.clear();
  CHECK(failed == 0);
}

// A's first thread waits for x; its second holds y and waits for what the first gets. B holds x and waits for
// y.
TEST_CASE("a thread that waits for its own owner's pending acquire can be part of a cycle") {
  World world({1, 1});
  Lease x = world[0].get("B");
  std::atomic<int> deadlocks = 0, served = 0;
  const auto try_for = [&](std::size_t pool, const char* owner) {
    try {
      const Lease lease = world[pool].get(owner, 5s);
      ++served;
    } catch (const DeadlockError&) {
      ++deadlocks;
    } catch (const Error&) {
    }
  };
  std::jthread leader([&] { try_for(0, "A"); });
  REQUIRE(eventually([&] { return world[0].pool->counts().waiting == 1; }));
  std::latch holds(1);
  std::jthread follower([&] {
    const Lease y = world[1].get("A");
    holds.count_down();
    try_for(0, "A");
  });
  holds.wait();
  try_for(1, "B");
  x.release();
  leader.join();
  follower.join();
  CHECK(deadlocks == 1);
  CHECK(served == 2);
}
