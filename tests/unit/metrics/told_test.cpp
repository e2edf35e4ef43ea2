// What metrics and status tell of things that are easily missed, and while other threads are at it.

#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <eventually.hpp>
#include <plain_provider.hpp>

#include <atomic>
#include <latch>
#include <thread>

#include "exposition.hpp"

using namespace leasehold;
using namespace std::chrono_literals;
using test::eventually;

namespace {

ResourceMetrics metrics_of(const ResourceManager& manager) {
  return manager.get_metrics("db").at("db");
}

struct OnePool {
  explicit OnePool(std::size_t slots) {
    manager.register_provider("db", std::make_shared<test::PlainProvider>(), {.pool = {.max_size = slots}});
  }
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  ResourceManager manager{{.clock = clock, .maintenance = false}};
};

}  // namespace

TEST_CASE("an acquire that waits for another of its owner, and then shares with it, has waited") {
  OnePool pool(1);
  Lease other = pool.manager.acquire("db", "other");
  std::latch both_served(2);
  const auto acquire = [&] {
    const Lease lease = pool.manager.acquire("db", "owner", {.timeout = 1h});
    both_served.arrive_and_wait();
  };
  std::jthread first(acquire), second(acquire);
  REQUIRE(eventually([&] { return metrics_of(pool.manager).waiting == 2; }));
  REQUIRE(pool.clock->wait_for_parked(2));
  pool.clock->advance(1s);
  other.release();
  first.join();
  second.join();
  const ResourceMetrics told = metrics_of(pool.manager);
  CHECK(told.acquisitions == 3);
  CHECK(told.waits == 2);
  CHECK(told.wait.count == 3);
  CHECK(told.wait.max == 1s);
  CHECK(told.wait.p50 >= 970ms);
  CHECK(told.wait.total >= 1940ms);
  CHECK(told.wait.total <= 2060ms);
}

TEST_CASE("the sum of few waits among many acquires is kept, and only grows") {
  OnePool pool(1);
  Lease other = pool.manager.acquire("db", "other");
  std::jthread waiter([&] { pool.manager.acquire("db", "owner", {.timeout = 1h}).release(); });
  REQUIRE(eventually([&] { return metrics_of(pool.manager).waiting == 1; }));
  REQUIRE(pool.clock->wait_for_parked(1));
  pool.clock->advance(1500ns);
  other.release();
  waiter.join();
  double before = 0;
  for (int i = 0; i < 50; ++i) {
    for (int k = 0; k < 40; ++k) pool.manager.acquire("db", "owner").release();
    const Exposition text(to_prometheus(pool.manager.get_metrics()));
    const double sum = text.samples.at(R"(leasehold_wait_seconds_sum{resource="db"})");
    REQUIRE(sum >= before);
    before = sum;
  }
  CHECK(before == doctest::Approx(1.5e-6).epsilon(0.03));
}

namespace {
class SlowToDispose final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "slow"; }
  Resource acquire(const AcquireContext&) override { return Resource::make<int>(0); }
  void release(Resource&&) noexcept override {
    disposing.count_down();
    go_on.wait();
  }
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }

  std::latch disposing{1}, go_on{1};
};
}  // namespace

TEST_CASE("the peak is told also if a slot was first lent while one before it was in the provider's hands") {
  const auto provider = std::make_shared<SlowToDispose>();
  ResourceManager manager({.clock = std::make_shared<ManualClock>(), .maintenance = false});
  manager.register_provider("db", provider, {.pool = {.max_size = 2}});
  Lease first = manager.acquire("db", "first");
  first.discard();
  std::jthread ends([&] { first.release(); });
  provider->disposing.wait();
  manager.acquire("db", "second").release();
  CHECK(metrics_of(manager).peak_active == 1);
  provider->go_on.count_down();
  ends.join();
  {
    const Lease third = manager.acquire("db", "third");
    const Lease fourth = manager.acquire("db", "fourth");
  }
  CHECK(metrics_of(manager).peak_active == 2);
}

TEST_CASE("while others lease: the active are those who are named, nothing counted goes back") {
  constexpr std::size_t slots = 3;
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<test::PlainProvider>(), {.pool = {.max_size = slots}});
  std::atomic<bool> over = false;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const OwnerId owner("owner" + std::to_string(t));
      while (!over) {
        const Lease lease = manager.acquire("db", owner);
        if (t % 2 == 0) const Lease nested = manager.acquire("db", owner);
      }
    });
  ResourceMetrics before;
  for (int i = 0; i < 3000; ++i) {
    const ResourceStatusReport status =
        i % 2 == 0 ? manager.get_resource_status("db") : manager.get_all_resources().at("db");
    REQUIRE(status.active_count == status.owners.size());
    REQUIRE(status.active_count + status.idle_count <= slots);
    for (const HolderInfo& owner : status.owners) REQUIRE(owner.age >= 0s);
    const ResourceMetrics now = metrics_of(manager);
    REQUIRE(now.active + now.idle <= slots);
    REQUIRE(now.hold.count <= now.acquisitions);
    REQUIRE(now.acquisitions >= before.acquisitions);
    REQUIRE(now.reused >= before.reused);
    REQUIRE(now.waits >= before.waits);
    REQUIRE(now.wait.count >= before.wait.count);
    REQUIRE(now.wait.total >= before.wait.total);
    REQUIRE(now.hold.count >= before.hold.count);
    REQUIRE(now.hold.total >= before.hold.total);
    before = now;
  }
  over = true;
  threads.clear();
  const ResourceMetrics end = metrics_of(manager);
  CHECK(end.wait.count == end.acquisitions);
}
