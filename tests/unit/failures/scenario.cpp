#include "scenario.hpp"

#include <new>
#include <thread>

#include "allocations.hpp"

namespace leasehold::failures {

using namespace std::chrono_literals;

Resource FailingProvider::acquire(const AcquireContext&) {
  const int now = ++live;
  int seen = most_live.load();
  while (now > seen && !most_live.compare_exchange_weak(seen, now)) {
  }
  struct Undo {
    std::atomic<int>* live;
    ~Undo() {
      if (live) --*live;
    }
  } undo{&live};
  if (opens()) {
    if (fault == Fault::throws_error) throw ConnectionError(errc::db_unreachable, "the server is down");
    if (fault == Fault::throws_foreign) throw std::runtime_error("password=secret");
    return {};
  }
  Resource resource = Resource::make<Session>(now);
  undo.live = nullptr;
  return resource;
}

void FailingProvider::release(Resource&& resource) noexcept {
  resource.clear();
  --live;
}

HealthReport FailingProvider::health_check(const AcquireContext&) {
  if (ill) throw ConnectionError(errc::db_unreachable, "the server is down, for all that can be said of it");
  return {ResourceHealth::healthy, "", {}};
}

bool FailingProvider::answer(Nth& calls) const {
  if (!calls()) return true;
  if (fault == Fault::throws_error) throw ConnectionError(errc::db_unreachable, "the server is down");
  if (fault == Fault::throws_foreign) throw std::runtime_error("password=secret");
  return false;
}

Scenario::Scenario(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}

void Scenario::attempt(const std::function<void()>& step) {
  std::string error, other;
  try {
    const Calling calling;
    step();
  } catch (const Error& e) {
    error = e.what();
  } catch (const std::bad_alloc&) {
  } catch (const std::exception& e) {
    other = e.what();
  } catch (...) {
    other = "unknown";
  }
  const std::lock_guard lock(mutex_);
  if (!error.empty()) errors.push_back(error);
  if (!other.empty()) foreign.push_back(other);
}

void Scenario::play() {
  const TestThread test_thread;
  PoolConfig config;
  config.max_size = 2;
  config.validate_after = 0ns;  // each grant validates
  config.keepalive = 1ns;
  config.fairness = 0ns;
  config.creation_concurrency = 1;  // so that one that is not given back is missed

  attempt([&] {
    ManagerOptions options;
    options.clock = clock_;
    options.maintenance = false;
    auto manager = std::make_unique<ResourceManager>(std::move(options));
    manager->register_provider("db", provider, {.pool = config});
    manager->register_provider("files", provider, {.pool = config});
    manager_ = std::move(manager);
  });
  if (!manager_) return;
  ResourceManager& manager = *manager_;

  attempt([&] { static_cast<void>(manager.acquire("db", "first", {.timeout = 5s}).as<Session>()); });
  attempt([&] {  // shared by its owner, discarded
    Lease one = manager.acquire("db", "first", {.timeout = 5s});
    Lease same = manager.acquire("db", "first", {.timeout = 5s});
    one.discard();
  });
  attempt([&] {  // a full pool: nothing at once, nothing in time, then one for who waits
    std::atomic<bool> done = false;
    std::jthread waiter;  // joined when the leases below have ended
    Lease one = manager.acquire("db", "first", {.timeout = 5s});
    Lease two = manager.acquire("db", "second", {.timeout = 5s});
    if (manager.try_acquire("db", "third")) throw std::logic_error("one too many");
    waiter = std::jthread([&] {
      const TestThread test;
      attempt([&] { manager.acquire("db", "third", {.timeout = 5s}).release(); });
      done = true;
    });
    while (!done && manager.get_resource_status("db").waiting_count == 0) std::this_thread::yield();
  });
  attempt([&] {
    Lease one = manager.acquire("db", "first", {.timeout = 5s});
    Lease two = manager.acquire("db", "second", {.timeout = 5s});
    manager.acquire("db", "third", {.timeout = 1ms}).release();
  });
  attempt([&] {
    Lease lease = manager.acquire("db", "first", {.timeout = 5s});
    lease.hand_over("heir");
    manager.release("db", "heir");
  });
  attempt([&] {  // revoked by another thread, for one who waits
    Lease lease = manager.acquire("db", "first", {.timeout = 5s});
    std::jthread([&] {
      const TestThread test;
      attempt([&] { manager.release_all("first"); });
    }).join();
  });
  attempt([&] {
    LeaseSet set = manager.acquire_all({{.name = "files"}, {.name = "db"}}, "both", {.timeout = 5s});
    manager.release_all("both");
  });
  attempt([&] { manager.evict("db"); });
  attempt([&] {
    PoolConfig larger = config;
    larger.max_size = 20;  // beyond the first block of slots
    larger.min_size = 3;
    manager.resize_pool("db", larger);
    static_cast<void>(manager.maintain());
    std::vector<Lease> many;
    for (int i = 0; i < 12; ++i)
      many.push_back(manager.acquire("db", "many#" + std::to_string(i), {.timeout = 5s}));
    larger.max_size = larger.min_size = 1;
    manager.resize_pool("db", larger);
  });
  attempt([&] { manager.resize_pool("db", config); });
  attempt([&] {  // with one too many that is idle
    PoolConfig larger = config;
    larger.max_size = 3;
    manager.resize_pool("db", larger);
    LeaseSet all;
    for (const char* const owner : {"first", "second", "third"})
      all.add("db", owner, manager.acquire("db", owner, {.timeout = 5s}));
    all.release();
    manager.resize_pool("db", config);
  });
  attempt([&] { static_cast<void>(manager.validate_resource("db")); });
  attempt([&] { static_cast<void>(manager.maintain()); });
  attempt([&] {
    manager.suspend("db");
    manager.acquire("db", "first", {.timeout = 1ms}).release();
  });
  attempt([&] { manager.resume("db"); });
  provider->ill = true;
  attempt([&] { static_cast<void>(manager.health_check()); });
  provider->ill = false;
  attempt([&] { static_cast<void>(manager.health_check()); });
  attempt([&] { static_cast<void>(to_prometheus(manager.get_metrics())); });
  attempt([&] { static_cast<void>(manager.get_all_resources()); });
}

void Scenario::close() {
  const TestThread test_thread;
  if (!manager_) return;
  errors.clear();  // those of the play
  std::atomic<bool> done = false;
  Lease one, two;
  attempt([&] { one = manager_->acquire("db", "holder", {.timeout = 5s}); });
  attempt([&] { two = manager_->acquire("db", "another", {.timeout = 5s}); });
  attempt([&] { manager_->add_shutdown_hook([] {}); });
  std::jthread waiter([&] {
    const TestThread test;
    attempt([&] { manager_->acquire("db", "waiter", {.timeout = 5s}).release(); });
    done = true;
  });
  while (!done && manager_->get_resource_status("db").waiting_count == 0) std::this_thread::yield();
  attempt([&] { manager_->close(1ms); });
  waiter.join();
  manager_.reset();
}

std::string Scenario::verify() {
  const TestThread test_thread;
  if (!foreign.empty()) return "a foreign exception: " + foreign.front();
  if (manager_) {
    ResourceManager& manager = *manager_;
    try {
      for (const auto& [name, report] : manager.health_check())
        if (report.health != ResourceHealth::healthy) return name + " is ill: " + report.message;
      PoolConfig config = manager.get_pool_config("db");
      manager.resume("db");
      config.max_size = 2;
      config.min_size = 0;
      manager.resize_pool("db", config);
      for (const std::string name : {"db", "files"}) {
        {
          Lease one = manager.acquire(name, "one", {.timeout = 10s});
          Lease two = manager.acquire(name, "two", {.timeout = 10s});
          if (manager.try_acquire(name, "three")) return name + ": one too many";
        }
        const ResourceStatusReport status = manager.get_resource_status(name);
        if (status.active_count + status.waiting_count + status.revoked_in_use != 0)
          return name + ": " + to_json(status).dump();
      }
    } catch (const std::exception& error) {
      return std::string("capacity was lost: ") + error.what();
    }
    bool closed_late = false;
    attempt([&] { manager.close(5s); });  // may fail as well
    for (int i = 0; i < 5000 && provider->live != 0; ++i) std::this_thread::sleep_for(1ms);
    if (!manager.closed()) return "close left it open";
    manager_.reset();
    closed_late = provider->live != 0;
    if (closed_late) return "left open: " + std::to_string(provider->live);
  }
  // What a worker still lets go of.
  for (int i = 0; i < 5000 && OwnerId::living() != 0; ++i) std::this_thread::sleep_for(1ms);
  if (OwnerId::living() != 0) return "owners left behind: " + std::to_string(OwnerId::living());
  return provider->live == 0 ? "" : "left open: " + std::to_string(provider->live);
}

}  // namespace leasehold::failures
