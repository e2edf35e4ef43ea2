#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <budget.hpp>
#include <functional>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "scenario.hpp"

using namespace leasehold;
using namespace leasehold::failures;
using namespace std::chrono_literals;

namespace {

// Every feature that is on by default or costs nothing at rest, and a closed breaker; but no upkeep, which
// has an idle resource in its hands for a moment when it looks at it: who comes then has to wait.
struct Bench {
  Bench() {
    BreakerConfig breaker;
    breaker.failures = 5;
    manager.register_provider("db", std::make_shared<FailingProvider>(), {.pool = {}, .breaker = breaker});
    manager.register_provider("files", std::make_shared<FailingProvider>());
  }
  ResourceManager manager{{.maintenance = false}};
};

}  // namespace

TEST_CASE("once warm, an acquire and its release allocate nothing") {
  Bench bench;
  const OwnerId owner("orders/store#42"), other("orders/store#43");
  CHECK(allocations_in([&] { bench.manager.acquire("db", owner).release(); }) == 0);
  CHECK(allocations_in(
            [&] { bench.manager.acquire("db", owner, {.timeout = 5s}).as<Session>().number = 1; }) == 0);
  CHECK(allocations_in([&] { bench.manager.try_acquire("db", owner).value().release(); }) == 0);
  CHECK(allocations_in([&] {  // two at once, and nested by the same owner
          const Lease one = bench.manager.acquire("db", owner);
          const Lease files = bench.manager.acquire("files", owner);
          const Lease two = bench.manager.acquire("db", other);
          const Lease nested = bench.manager.acquire("db", owner);
        }) == 0);
  CHECK(allocations_in([&] { static_cast<void>(bench.manager.has_resource("db", owner)); }) == 0);
  const std::vector<ResourceRequirement> both{{"files"}, {"db"}};
  CHECK(allocations_in([&] { bench.manager.acquire_all(both, owner).release(); }) == 0);
  const ResourceId db = bench.manager.resource_id("db");
  CHECK(allocations_in([&] { bench.manager.acquire(db, owner).release(); }) == 0);
  const RequirementSet prepared = bench.manager.prepare(both);
  CHECK(allocations_in([&] { bench.manager.acquire_all(prepared, owner).release(); }) == 0);
}

TEST_CASE("an attempt that gets nothing looks at nobody who holds") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<FailingProvider>(), {.pool = {.max_size = 400}});
  const OwnerId late("late");
  std::vector<Lease> leases;
  const auto refused_with = [&](std::size_t holders) {
    manager.resize_pool("db", {.max_size = holders});
    while (leases.size() < holders)
      leases.push_back(manager.acquire("db", OwnerId(std::to_string(leases.size()))));
    return allocations_in([&] {
      if (manager.try_acquire("db", late)) throw std::logic_error("one too many");
    });
  };
  const auto of_two = refused_with(2);
  CHECK(refused_with(400) == of_two);
}

TEST_CASE("resources that end, however they do, leave nothing behind") {
  Bench bench;
  const OwnerId owner("orders/store#42");
  const auto discard = [&] { bench.manager.acquire("db", owner).discard(); };
  const auto revoke = [&] {
    const Lease lease = bench.manager.acquire("db", owner);
    std::thread([&] { bench.manager.release("db", owner); }).join();
  };
  const auto return_by_name = [&] {
    const Lease lease = bench.manager.acquire("db", owner);
    bench.manager.release("db", owner);
  };
  const std::initializer_list<std::function<void()>> ends = {discard, revoke, return_by_name};
  for (const auto& end : ends) {
    for (int i = 0; i < 10; ++i) end();
    const std::int64_t before = Allocations::living;
    for (int i = 0; i < 500; ++i) end();
    CHECK(Allocations::living - before <= 16);  // no slot for each, of which eight are one allocation
  }
}

TEST_CASE("owners that are used once leave nothing behind") {
  const bool stress = test::number_from_environment("LEASEHOLD_STRESS_SECONDS").has_value();
  const int count = stress ? 10'000'000 : 200'000;
  Bench bench;
  const auto use = [&](int number) {
    bench.manager
        .acquire("db", "customer-" + std::to_string(number) + "/a name too long for the small buffer")
        .release();
  };
  for (int i = 0; i < 100; ++i) use(i);
  const std::size_t owners = OwnerId::living();
  const std::int64_t before = Allocations::living;
  for (int i = 0; i < count; ++i) use(i);
  CHECK(OwnerId::living() == owners);
  CHECK(Allocations::living - before <= 16);  // a table that grew, not something for each
}
