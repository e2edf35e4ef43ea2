// The promises of the core, attacked.

#include <latch>
#include <set>
#include <thread>

#include "service.hpp"

using namespace leasehold;

namespace {

template <class Action>
std::optional<errc> code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.reason();
  }
  return std::nullopt;
}

// A provider call that never ends by itself.
class Hang {
 public:
  void wait() {
    ++entered;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  std::atomic<int> entered = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

}  // namespace

TEST_CASE("a storm: max_size holds while resources die, and no resource has two owners") {
  constexpr int max_size = 3;
  ResourceManager manager;
  const auto service = std::make_shared<Service>();
  service->on_validate = [](const Session& session) { return session.number % 3 != 0; };
  manager.register_provider("db", service,
                            {.pool = {.max_size = max_size, .validate_after = 0s, .max_uses = 5}});
  std::array<std::atomic<int>, 20000> users{};
  std::atomic<bool> shared = false;
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 150; ++i) {
          auto lease = manager.acquire<Session>("db", "o" + std::to_string(t));
          ++granted;
          auto& mine = users.at(static_cast<std::size_t>(lease->number));
          if (++mine != 1) shared = true;
          if (i % 7 == 0) lease.discard();
          if (i % 50 == 0) manager.evict("db");
          --mine;
        }
      });
  }
  CHECK_FALSE(shared);
  CHECK(service->most_live <= max_size);
  const ResourceMetrics metrics = manager.get_metrics("db").at("db");
  CHECK(metrics.acquisitions == static_cast<std::uint64_t>(granted));
  CHECK(metrics.hold.count == metrics.acquisitions);
  CHECK(metrics.created == static_cast<std::uint64_t>(service->opened));
  CHECK(metrics.created - metrics.destroyed == static_cast<std::uint64_t>(service->live));
  CHECK(metrics.active == 0);
  CHECK(metrics.failures == 0);
  CHECK(metrics.peak_active <= max_size);
}

TEST_CASE("whatever frees a resource wakes a waiter") {
  ResourceManager manager;
  const auto service = std::make_shared<Service>();
  manager.register_provider("db", service, {.pool = {.max_size = 1}});
  std::optional<Lease> held = manager.acquire("db", "holder");
  std::optional<errc> expected = std::nullopt;
  std::function<void()> free_it;
  SUBCASE("return") {
    free_it = [&] { held.reset(); };
  }
  SUBCASE("discard") {
    free_it = [&] {
      held->discard();
      held.reset();
    };
  }
  SUBCASE("release by name") {
    free_it = [&] { manager.release("db", "holder"); };
  }
  SUBCASE("revocation") {
    free_it = [&] { std::jthread([&] { manager.release_all("holder"); }); };
  }
  SUBCASE("growth") {
    free_it = [&] { manager.resize_pool("db", {.max_size = 2}); };
  }
  SUBCASE("a bad generation") {
    free_it = [&] {
      service->health = ResourceHealth::unhealthy;
      manager.health_check();
      held.reset();
    };
  }
  SUBCASE("close") {
    expected = errc::acquire_closed;
    free_it = [&] { manager.close(0s); };
  }
  SUBCASE("unregistration") {
    expected = errc::acquire_closed;
    free_it = [&] { manager.unregister_provider("db"); };
  }
  std::optional<errc> got = errc::acquire_timeout;
  std::jthread waiter(
      [&] { got = code_of([&] { manager.acquire<Session>("db", "waiter", {.timeout = 20s}); }); });
  REQUIRE(eventually([&] { return manager.get_resource_status("db").waiting_count == 1; }));
  free_it();
  waiter.join();
  CHECK(got == expected);
}

TEST_CASE("a waiter is woken by resume, and by a creation that fails") {
  ResourceManager manager;
  const auto service = std::make_shared<Service>();
  manager.register_provider("db", service, {.pool = {.max_size = 1}});
  manager.suspend("db");
  std::jthread waiter([&] { CHECK(manager.acquire("db", "a", {.timeout = 20s})); });
  REQUIRE(eventually([&] { return manager.get_resource_status("db").waiting_count == 1; }));
  manager.resume("db");
  waiter.join();
  manager.evict("db");

  Hang hang;
  std::atomic<int> calls = 0;
  service->on_acquire = [&](const AcquireContext&) {
    if (++calls > 1) return;
    hang.wait();
    throw std::runtime_error("down");
  };
  std::jthread first(
      [&] { CHECK(code_of([&] { manager.acquire("db", "first"); }) == errc::resource_create_failed); });
  REQUIRE(eventually([&] { return hang.entered == 1; }));
  std::jthread second([&] { CHECK(manager.acquire("db", "second", {.timeout = 20s})); });
  REQUIRE(eventually([&] { return manager.get_resource_status("db").waiting_count >= 1; }));
  hang.end();
}

TEST_CASE("a provider that hangs costs its caller the deadline, and the manager nothing") {
  const auto hang = std::make_shared<Hang>();
  const auto service = std::make_shared<Service>();
  service->on_acquire = [hang](const AcquireContext&) { hang->wait(); };
  const auto began = std::chrono::steady_clock::now();
  {
    ResourceManager manager;
    manager.register_provider("db", service);
    CHECK(code_of([&] { manager.acquire("db", "a", {.timeout = 30ms}); }) == errc::acquire_timeout);
    std::stop_source stop;
    std::jthread stopper([&] {
      eventually([&] { return hang->entered == 2; });
      stop.request_stop();
    });
    CHECK(code_of([&] { manager.acquire("db", "a", {.timeout = 20s, .stop = stop.get_token()}); }) ==
          errc::acquire_cancelled);
  }
  CHECK(std::chrono::steady_clock::now() - began < 10s);
  hang->end();  // what comes now belongs to nobody
  CHECK(eventually([&] { return service->opened == 2 && service->live == 0; }));
}

TEST_CASE("a health check that hangs is unhealthy, and acquires go on") {
  const auto hang = std::make_shared<Hang>();
  class Sick : public Service {
   public:
    explicit Sick(std::shared_ptr<Hang> hang) : hang_(std::move(hang)) {}
    HealthReport health_check(const AcquireContext&) override {
      hang_->wait();
      return {.health = ResourceHealth::healthy};
    }

   private:
    std::shared_ptr<Hang> hang_;
  };
  ResourceManager manager({.health_timeout = 30ms});
  manager.register_provider("db", std::make_shared<Sick>(hang));
  CHECK(manager.health_check("db").at("db").health == ResourceHealth::unhealthy);
  CHECK(manager.acquire("db", "a"));
  hang->end();
}

TEST_CASE("threads of one owner share one resource, which goes back with the last lease") {
  ResourceManager manager;
  const auto service = std::make_shared<Service>();
  manager.register_provider("db", service, {.pool = {.max_size = 4}});
  std::latch all(6);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&] {
        auto lease = manager.acquire<Session>("db", "one");
        CHECK(lease->number == 1);
        all.arrive_and_wait();
      });
  }
  CHECK(service->opened == 1);
  CHECK(manager.get_resource_status("db").active_count == 0);
}

TEST_CASE("release_all takes from exactly the named owner") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<Service>());
  manager.register_provider("files", std::make_shared<Service>());
  auto a = manager.acquire_all({{"db"}, {"files"}}, "a");
  auto b = manager.acquire_all({{"db"}, {"files"}}, "a:b");
  CHECK(manager.release_all("a") == 2);
  CHECK_FALSE(a["db"]);
  CHECK(b["db"]);
  CHECK(b["files"].as<Session>().number == 2);
}

TEST_CASE("acquire_all is all or none, and goes without what is optional") {
  ResourceManager manager;
  manager.register_provider("a", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  manager.register_provider("b", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  auto held = manager.acquire("b", "other");
  CHECK_THROWS_AS(manager.acquire_all({{"a"}, {"b"}}, "o", {.timeout = 10ms}), TimeoutError);
  CHECK_FALSE(manager.has_resource("a", "o"));
  CHECK_THROWS_AS(manager.acquire_all({{"a"}, {"none"}}, "o"), Error);

  LeaseSet some = manager.acquire_all(
      {{.name = "none", .required = false}, {.name = "b", .required = false, .timeout = 1ms}, {.name = "a"}},
      "o");
  CHECK(some.size() == 3);
  CHECK(some["a"]);
  CHECK_FALSE(some["b"]);
  CHECK_FALSE(some["none"]);
}

TEST_CASE("opposite orders in acquire_all never deadlock") {
  ResourceManager manager;
  manager.register_provider("a", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  manager.register_provider("b", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string owner = std::to_string(t);
        LeaseSet both = t % 2 == 0 ? manager.acquire_all({{"a"}, {"b"}}, owner, {.timeout = 20s})
                                   : manager.acquire_all({{"b"}, {"a"}}, owner, {.timeout = 20s});
        CHECK(both.size() == 2);
      }
    });
  threads.clear();
  CHECK(manager.get_metrics().at("a").deadlocks == 0);
  CHECK(manager.get_metrics().at("b").deadlocks == 0);
}

TEST_CASE("acquire_all inside a hold: the cycle is found") {
  ResourceManager manager;
  for (const char* name : {"a", "b", "c"})
    manager.register_provider(name, std::make_shared<Service>(), {.pool = {.max_size = 1}});
  std::latch both(2);
  std::atomic<int> deadlocks = 0, served = 0;
  const auto play = [&](const std::string& owner, const char* first, ResourceRequirement second) {
    auto mine = manager.acquire(first, owner);
    both.arrive_and_wait();
    try {
      auto more = manager.acquire_all({{"b"}, std::move(second)}, owner, {.timeout = 20s});
      ++served;
    } catch (const DeadlockError& error) {
      CHECK(error.cycle().size() == 2);
      ++deadlocks;
    }
  };
  {
    std::jthread one([&] { play("one", "a", {"c"}); });
    std::jthread two([&] { play("two", "c", {"a"}); });
  }
  CHECK(deadlocks == 1);
  CHECK(served == 1);
}

TEST_CASE("a lease that outlives its manager is revoked, and disposed of at its end") {
  const auto service = std::make_shared<Service>();
  Lease lease;
  {
    ResourceManager manager;
    manager.register_provider("db", service);
    lease = manager.acquire("db", "a");
    CHECK(lease.as<Session>().number == 1);
  }
  CHECK_FALSE(lease);
  CHECK(lease.revoked());
  CHECK(code_of([&] { lease.get(); }) == errc::lease_revoked);
  CHECK(service->live == 1);
  lease = Lease();
  CHECK(service->live == 0);
}

TEST_CASE("close drains: it waits for what is held, to its own deadline") {
  const auto service = std::make_shared<Service>();
  ResourceManager manager;
  manager.register_provider("db", service);
  auto lease = std::make_unique<Lease>(manager.acquire("db", "a"));
  std::jthread closer([&] { manager.close(20s); });
  REQUIRE(eventually([&] { return manager.closed(); }));
  CHECK(lease->as<Session>().number == 1);
  CHECK(code_of([&] { manager.acquire("db", "b"); }) == errc::acquire_closed);
  lease.reset();
  closer.join();
  CHECK(service->live == 0);
}

TEST_CASE("half open, the breaker lets exactly its probes through") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto service = std::make_shared<Service>();
  manager.register_provider("db", service,
                            {.pool = {.max_size = 8, .creation_concurrency = 8},
                             .breaker = {.failures = 2, .open = 10s, .probes = 2}});
  service->on_acquire = [](const AcquireContext&) { throw_error(errc::db_unreachable, "down"); };
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(manager.acquire("db", "a"), ConnectionError);
  try {
    manager.acquire("db", "a");
    FAIL("let through");
  } catch (const CircuitOpenError& error) {
    CHECK(error.retry_after() == 10s);
  }
  CHECK(service->opened == 0);
  clock->advance(10s);

  Hang hang;
  std::atomic<int> refused = 0, served = 0;
  service->on_acquire = [&](const AcquireContext&) { hang.wait(); };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        try {
          auto lease = manager.acquire("db", std::to_string(t));
          ++served;
        } catch (const CircuitOpenError&) {
          ++refused;
        }
      });
    // A probe is let through before its worker reaches the provider.
    CHECK(eventually([&] { return refused == 4 && hang.entered >= 2; }));
    CHECK(hang.entered == 2);
    hang.end();
  }
  CHECK(served == 2);
  CHECK(manager.acquire("db", "z"));
  CHECK(manager.get_resource_status("db").breaker == BreakerState::closed);
}

TEST_CASE("a leak is told once") {
  const auto clock = std::make_shared<ManualClock>();
  std::vector<std::string> told;
  ResourceManager manager({.clock = clock,
                           .logger = [&](LogLevel, std::string_view message) { told.emplace_back(message); },
                           .maintenance = false});
  manager.register_provider("db", std::make_shared<Service>(), {.pool = {.leak_threshold = 1min}});
  auto lease = manager.acquire("db", "forgetful");
  for (int i = 0; i < 3; ++i) {
    clock->advance(40s);
    manager.maintain();
  }
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("'forgetful'") != std::string::npos);
  CHECK(told[0].find("semantics_test.cpp") != std::string::npos);
  CHECK(manager.get_metrics().at("db").leaked == 1);
}

TEST_CASE("a timeout is a diagnosis") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  auto held = manager.acquire("db", "the holder");
  try {
    manager.acquire("db", "late", {.timeout = 5ms});
    FAIL("lent twice");
  } catch (const TimeoutError& error) {
    for (const char* part : {"total 1 of 1", "active 1", "idle 0", "waiting 1", "'the holder'", "position 1",
                             "semantics_test.cpp"})
      CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos, error.what());
  }
}
