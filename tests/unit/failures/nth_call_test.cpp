// Each call of a manager by itself, with every one of its allocations failing in turn. None with JSON in it,
// whose destructor allocates and ends the program where it cannot.

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "scenario.hpp"

using namespace leasehold;
using namespace leasehold::failures;
using namespace std::chrono_literals;

namespace {

struct SharedProvider final : IResourceProvider {
  std::string_view type() const noexcept override { return "shared"; }
  Resource acquire(const AcquireContext&) override { return Resource::make<Session>(); }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  Sharing sharing() const noexcept override { return Sharing::shared; }
  nlohmann::json describe() const override { return {{"kind", "shared"}}; }
};

const std::vector<ResourceRequirement> both{{.name = "files", .role = "where"}, {.name = "db"}};

using Call = void (*)(ResourceManager&);
const std::pair<const char*, Call> calls_of_a_manager[] = {
    {"acquire", [](ResourceManager& m) { m.acquire("db", "a"); }},
    {"acquire typed", [](ResourceManager& m) { m.acquire<Session>("db", "a"); }},
    {"acquire of the wrong type", [](ResourceManager& m) { m.acquire<int>("db", "a"); }},
    {"acquire by id", [](ResourceManager& m) { m.acquire(m.resource_id("db"), "a"); }},
    {"acquire of an unknown name", [](ResourceManager& m) { m.acquire("dbb", "a"); }},
    {"acquire of a shared resource",
     [](ResourceManager& m) {
       const Lease a = m.acquire("shared", "a");
       const Lease b = m.acquire("shared", "b");
       std::jthread([&] {
         const TestThread test;
         m.release("shared", "a");
       }).join();
     }},
    {"try_acquire", [](ResourceManager& m) { static_cast<void>(m.try_acquire("db", "a")); }},
    {"acquire of a full pool",
     [](ResourceManager& m) {
       const Lease a = m.acquire("db", "a"), b = m.acquire("db", "b");
       m.acquire("db", "c", {.timeout = 1ms});
     }},
    {"acquire in a deadlock",
     [](ResourceManager& m) {
       const Lease a = m.acquire("db", "a"), b = m.acquire("db", "b");
       m.acquire("db", "c", {.timeout = 50ms});
     }},
    {"acquire_all", [](ResourceManager& m) { m.acquire_all(both, "a"); }},
    {"acquire_all with what is not there",
     [](ResourceManager& m) {
       m.acquire_all({{.name = "no", .required = false}, {.name = "db"}}, "a");
     }},
    {"acquire_all of a prepared set", [](ResourceManager& m) { m.acquire_all(m.prepare(both), "a"); }},
    {"configure_from_requirements", [](ResourceManager& m) { m.configure_from_requirements(both, "a"); }},
    {"release",
     [](ResourceManager& m) {
       const Lease lease = m.acquire("db", "a");
       m.release("db", "a");
     }},
    {"release_all",
     [](ResourceManager& m) {
       const LeaseSet set = m.acquire_all(both, "a");
       m.release_all("a");
     }},
    {"looking",
     [](ResourceManager& m) {
       const Lease lease = m.acquire("db", "a");
       static_cast<void>(m.has_resource("db", "a"));
       static_cast<void>(m.get_resource_owners("db"));
       static_cast<void>(m.get_resource_status("db"));
       static_cast<void>(to_prometheus(m.get_metrics("db")));
       static_cast<void>(to_table(m.get_metrics()));
     }},
    {"resize_pool", [](ResourceManager& m) { m.resize_pool("db", {.min_size = 1, .max_size = 2}); }},
    {"suspend and resume",
     [](ResourceManager& m) {
       m.suspend("db");
       m.resume("db");
     }},
    {"evict", [](ResourceManager& m) { m.evict("db"); }},
    {"maintain", [](ResourceManager& m) { static_cast<void>(m.maintain()); }},
    {"health_check", [](ResourceManager& m) { static_cast<void>(m.health_check()); }},
    {"validate_resource", [](ResourceManager& m) { static_cast<void>(m.validate_resource("db")); }},
    {"register_provider",
     [](ResourceManager& m) { m.register_provider("new", std::make_shared<SharedProvider>()); }},
    {"unregister_provider", [](ResourceManager& m) { m.unregister_provider("spare"); }},
    {"unregister_provider of what is held",
     [](ResourceManager& m) {
       const Lease lease = m.acquire("spare", "a");
       m.unregister_provider("spare");
     }},
};

// What is wrong afterwards, "" if nothing.
std::string lost(ResourceManager& manager) {
  try {
    manager.resume("db");
    for (const std::string name : {"db", "files"}) {
      const Lease one = manager.acquire(name, "one", {.timeout = 10s});
      const Lease two = manager.acquire(name, "two", {.timeout = 10s});
      if (manager.try_acquire(name, "three")) return name + ": one too many";
    }
    for (const std::string name : {"spare", "new"}) {  // there or not, but whole
      if (!manager.get_provider(name)) continue;
      manager.acquire(name, "one", {.timeout = 10s}).release();
      if (!manager.unregister_provider(name)) return name + ": was known and is not";
    }
    manager.register_provider("new", std::make_shared<SharedProvider>());
    for (const auto& [name, status] : manager.get_all_resources())
      if (status.active_count + status.waiting_count + status.revoked_in_use != 0)
        return name + ": " + to_json(status).dump();
    manager.close(5s);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::uint64_t each_allocation_fails(Call call, Side side) {
  const TestThread test_thread;
  std::uint64_t n = 1;
  for (bool happened = true; happened; ++n) {
    CAPTURE(n);
    const auto provider = std::make_shared<FailingProvider>();
    auto manager = std::make_unique<ResourceManager>(ManagerOptions{.maintenance = false});
    PoolConfig config;
    config.max_size = 2;
    for (const char* const name : {"db", "files", "spare"})
      manager->register_provider(name, provider, {.pool = config});
    manager->register_provider("shared", std::make_shared<SharedProvider>());
    std::string foreign;
    Allocations::side = side;
    Allocations::nth.arm(n);
    try {
      const Calling calling;
      call(*manager);
    } catch (const Error&) {
    } catch (const std::bad_alloc&) {
    } catch (const std::exception& other) {
      foreign = other.what();
    }
    happened = Allocations::nth.happened();
    Allocations::nth.disarm();
    Allocations::side = Side::caller;
    CHECK(foreign == "");
    REQUIRE(lost(*manager) == "");
    manager.reset();
    for (int i = 0; i < 5000 && (provider->live != 0 || OwnerId::living() != 0); ++i)
      std::this_thread::sleep_for(1ms);
    REQUIRE(provider->live == 0);
    REQUIRE(OwnerId::living() == 0);
  }
  return n - 2;
}

}  // namespace

TEST_CASE("whichever allocation of whichever call fails, nothing is lost and nothing is left") {
  std::uint64_t failed = 0;
  for (const auto& named : calls_of_a_manager) {
    CAPTURE(named.first);
    for (const Side side : {Side::caller, Side::library}) failed += each_allocation_fails(named.second, side);
  }
  CHECK(failed > 300);
}

TEST_CASE("a thread whose first call finds no memory to remember it is told so, and may try again") {
  std::latch over(1);
  std::atomic<int> known = 0;
  std::vector<std::jthread> others;  // so many that nobody left a place behind
  for (int i = 0; i < 100; ++i)
    others.emplace_back([&] {
      const OwnerId owner("other");
      ++known;
      over.wait();
    });
  while (known < 100) std::this_thread::yield();
  std::jthread([] {
    const TestThread test_thread;
    bool told = false;
    Allocations::nth.arm(1);
    try {
      const Calling calling;
      const OwnerId owner("first");
    } catch (const std::bad_alloc&) {
      told = true;
    }
    Allocations::nth.disarm();
    CHECK(told);
    CHECK(OwnerId("first").name() == "first");
  }).join();
  over.count_down();
}
