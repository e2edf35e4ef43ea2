// A provider that does not return from disposing of a resource: who else has to do with its pool goes on.

#include <algorithm>
#include <future>
#include <mutex>
#include <vector>

#include "watched.hpp"

using namespace leasehold;
using namespace leasehold::test;

namespace {

// Runs something that a provider may hold up, and lets go of that in the end.
template <class Call>
class Started {
 public:
  Started(WatchedProvider& provider, Call call)
      : provider_(provider), done_(std::async(std::launch::async, call)) {}
  ~Started() { provider_.clinging = false; }
  bool returned() {
    return eventually([&] { return done_.wait_for(0s) == std::future_status::ready; });
  }

 private:
  WatchedProvider& provider_;
  std::future<void> done_;
};

// With what is idle in "db" held by its provider from now on, once somebody asks it to dispose of that.
struct Clinging : Bench {
  explicit Clinging(PoolConfig config = quiet(0, 1), std::size_t idle = 1) : Bench(config) {
    std::vector<Lease> leases;
    for (std::size_t i = 0; i < idle; ++i) leases.push_back(get("owner" + std::to_string(i)));
    provider->clinging = true;
  }
  ~Clinging() { provider->clinging = false; }
};

}  // namespace

TEST_CASE("a provider that clings to what is idle holds up the upkeep of its own pool only") {
  ResourceManager manager;
  const auto clinging = std::make_shared<WatchedProvider>(), other = std::make_shared<WatchedProvider>();
  PoolConfig config = quiet(0, 2);
  config.max_idle_time = 1ms;
  manager.register_provider("clinging", clinging, {.pool = config});
  manager.register_provider("other", other, {.pool = quiet(1, 2)});
  REQUIRE(eventually([&] { return other->live == 1; }));
  clinging->clinging = true;
  manager.acquire("clinging", "o").release();
  REQUIRE(eventually([&] { return clinging->disposing == 1; }));
  for (int i = 0; i < 3; ++i) {
    manager.evict("other");
    CHECK(eventually([&] { return other->opened == i + 2; }));
  }
  CHECK(clinging->disposing == 1);
  clinging->clinging = false;
  CHECK(eventually([&] { return clinging->disposed == 1; }));
}

TEST_CASE("a round of upkeep goes on without a provider that does not return") {
  Clinging bench;
  PoolConfig config = quiet(0, 1);
  config.max_idle_time = 1ms;
  bench.manager.resize_pool("db", config);
  bench.clock->advance(1ms);
  Started round(*bench.provider, [&] { static_cast<void>(bench.manager.maintain()); });
  REQUIRE(eventually([&] { return bench.provider->disposing == 1; }));
  REQUIRE(bench.clock->wait_for_parked(1));
  bench.clock->advance(1s);
  CHECK(round.returned());
  static_cast<void>(bench.manager.maintain());  // leaves the pool alone meanwhile
}

TEST_CASE("close returns at its deadline, and says what a provider clings to") {
  std::mutex mutex;
  std::vector<std::string> lines;
  const auto clock = std::make_shared<ManualClock>();
  const auto provider = std::make_shared<WatchedProvider>(), other = std::make_shared<WatchedProvider>();
  auto manager = std::make_unique<ResourceManager>(
      ManagerOptions{.clock = clock, .logger = [&](LogLevel, std::string_view line) {
                       const std::lock_guard lock(mutex);
                       lines.emplace_back(line);
                     }});
  for (const auto& [name, its] : {std::pair("db", provider), std::pair("other", other)})
    manager->register_provider(name, its, {.pool = quiet(0, 2)});
  for (const char* name : {"db", "other"}) {
    const Lease first = manager->acquire(name, "a"), second = manager->acquire(name, "b");
  }
  provider->clinging = true;
  {
    Started close(*provider, [&] { manager->close(300ms); });
    REQUIRE(eventually([&] { return provider->disposing > 0 && other->disposed == 2; }));
    REQUIRE(eventually([&] {
      clock->advance(100ms);
      return manager->get_resource_status("other").idle_count == 0;
    }));
    CHECK(eventually([&] {
      clock->advance(1ms);
      const std::lock_guard lock(mutex);
      return std::count(lines.begin(), lines.end(),
                        "closing: the provider of 'db' does not let go; left behind, and not closed") == 1;
    }));
    CHECK(close.returned());
    CHECK(other->closed == 1);
    CHECK(provider->closed == 0);  // it is in use
    manager.reset();
  }
  CHECK(eventually([&] { return provider->disposed == 2; }));  // the pool lives as long as that takes
}

TEST_CASE("unregister_provider leaves what a provider clings to") {
  Clinging bench;
  Started gone(*bench.provider, [&] { CHECK(bench.manager.unregister_provider("db")); });
  REQUIRE(eventually([&] { return bench.provider->disposing == 1; }));
  REQUIRE(bench.clock->wait_for_parked(1));
  bench.clock->advance(1s);
  CHECK(gone.returned());
  CHECK(bench.provider->closed == 0);
  bench.provider->clinging = false;
  CHECK(eventually([&] {
    static_cast<void>(bench.manager.maintain());
    return bench.provider->closed == 1;
  }));
}

TEST_CASE("evict and resize_pool do not wait longer than a second for what a provider clings to") {
  const auto shrink = [](ResourceManager& manager) { manager.resize_pool("db", quiet(0, 1)); };
  const auto evict = [](ResourceManager& manager) { manager.evict("db"); };
  for (const auto& call : {std::function<void(ResourceManager&)>(shrink), {evict}}) {
    Clinging bench(quiet(0, 2), 2);
    Started started(*bench.provider, [&] { call(bench.manager); });
    REQUIRE(eventually([&] { return bench.provider->disposing == 1; }));
    REQUIRE(bench.clock->wait_for_parked(1));
    bench.clock->advance(1s);
    CHECK(started.returned());
    bench.provider->clinging = false;
    CHECK(eventually([&] { return bench.provider->disposing == 0; }));
    CHECK(bench.get("next"));
  }
}

TEST_CASE("an acquire that finds a worn resource does not wait beyond its deadline for its disposal") {
  PoolConfig config = quiet(0, 1);
  config.max_lifetime = 1min;
  Clinging bench(config);
  bench.clock->advance(1min);
  std::string error;
  Started acquire(*bench.provider, [&] {
    try {
      bench.get("late", 5s);
    } catch (const PoolExhaustedError& exhausted) {
      error = exhausted.what();
    }
  });
  REQUIRE(eventually([&] { return bench.provider->disposing == 1; }));
  CHECK(eventually([&] {
    bench.clock->advance(1s);
    return bench.metrics().timeouts == 1;
  }));
  CHECK(acquire.returned());
  CHECK(error.starts_with("acquire.timeout: "));
  bench.provider->clinging = false;
  CHECK(bench.get("next"));
}
