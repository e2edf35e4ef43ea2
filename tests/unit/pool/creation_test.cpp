#include "fake.hpp"

using namespace fake;

namespace {
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}
}  // namespace

TEST_CASE("what the provider throws is the caller's error, and nobody's secret") {
  Rig rig(of_size(1));
  rig.provider->on_acquire = [](const AcquireContext&) {
    throw ConnectionError(errc::db_auth, "user 'x' refused");
  };
  CHECK(message_of([&] { rig.get("a"); }) == "db.auth: user 'x' refused");
  rig.provider->on_acquire = [](const AcquireContext&) { throw std::runtime_error("password=hunter2"); };
  CHECK(message_of([&] { rig.get("a"); }) ==
        "resource.create_failed: opening 'db' failed with std::runtime_error; see the provider's own log");
  rig.provider->on_acquire = [](const AcquireContext&) { throw 42; };
  CHECK(message_of([&] { rig.get("a"); }) ==
        "resource.create_failed: opening 'db' failed with int; see the provider's own log");
  CHECK(rig.pool->counts().total == 0);
  CHECK(rig.pool->metrics().create_failures == 3);
  CHECK(rig.pool->metrics().failures == 3);
  rig.provider->on_acquire = nullptr;
  CHECK(rig.get("a"));
}

TEST_CASE("an error of the provider says whose it is, also if the provider did not") {
  Rig rig(of_size(1));
  const auto whose = [&]<class E>(const E* kind) {
    try {
      rig.get("a");
    } catch (const E& error) {
      CHECK(typeid(error) == typeid(*kind));
      return error.resource() + " " + error.owner() + " " + error.what();
    }
    return std::string();
  };
  struct OwnError : ConnectionError {
    using ConnectionError::ConnectionError;
  };
  const auto says = [&](const auto& error) {
    rig.provider->on_acquire = [error](const AcquireContext&) { throw error; };
    return whose(&error);
  };
  CHECK(says(ConnectionError(errc::db_auth, "refused", {.hint = "ask"})) == "db a db.auth: refused; ask");
  CHECK(says(TimeoutError(errc::http_deadline, "late")) == "db a http.deadline: late");
  CHECK(says(Error(errc::file_failed, "broken", {.resource = "disk"})) == "disk a file.failed: broken");
  CHECK(says(StateError(errc::fsm_invalid, "odd", {.owner = "b"})) == "db b fsm.invalid: odd");
  CHECK(says(OwnError(errc::db_auth, "as it is")) ==
        "  db.auth: as it is");  // it may know more than its bases
  rig.provider->on_acquire = nullptr;
  rig.provider->table.add({"fail", "", {}, [](Resource&, const nlohmann::json&, const OperationContext&) {
                             throw ConnectionError(errc::db_unreachable, "gone");
                             return nlohmann::json();
                           }});
  Lease lease = rig.get("c");
  try {
    lease.call("fail", {});
  } catch (const ConnectionError& error) {
    CHECK(error.resource() + " " + error.owner() == "db c");
  }
}

TEST_CASE("a creation that fails frees its capacity and wakes a waiter") {
  Rig rig(of_size(1));
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::atomic<int> calls = 0;
  rig.provider->on_acquire = [&, gate](const AcquireContext&) {
    if (++calls > 1) return;
    gate.wait();
    throw ConnectionError(errc::db_unreachable, "down");
  };
  auto failing = std::async(std::launch::async, [&] { return thrown([&] { rig.get("a"); }); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  auto waiting = std::async(std::launch::async, [&] { return rig.get("b"); });
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 1; }));
  go.set_value();
  CHECK(failing.get() == "db.unreachable");
  CHECK(waiting.get());
}

TEST_CASE("a creation that hangs does not hang the acquire; what it makes late is used") {
  Rig rig(of_size(1));
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  auto acquired = std::async(std::launch::async, [&] { return message_of([&] { rig.get("a", 5s); }); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  REQUIRE(rig.clock->wait_for_parked(1));
  rig.clock->advance(5s);
  CHECK(acquired.get() ==
        "acquire.timeout: no 'db' within 5s: total 1 of 1, active 0, idle 0, waiting 0, being opened 1; find "
        "out why "
        "opening one takes so long");
  CHECK(rig.pool->counts().total == 1);
  go.set_value();
  REQUIRE(eventually([&] { return rig.pool->counts().idle == 1; }));
  rig.provider->on_acquire = nullptr;
  CHECK(rig.get("b").as<Thing>().number == 1);
}

TEST_CASE("what comes late goes to who waits then") {
  Rig rig(of_size(1));
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  std::stop_source stop;
  auto first =
      std::async(std::launch::async, [&] { return thrown([&] { rig.get("a", 5s, stop.get_token()); }); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  auto second = std::async(std::launch::async, [&] { return rig.get("b"); });
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 1; }));
  stop.request_stop();
  CHECK(first.get() == "acquire.cancelled");
  go.set_value();
  CHECK(second.get().as<Thing>().number == 1);
}

TEST_CASE("a slow creation delays no other acquire and no release") {
  Rig rig(of_size(3));
  Lease a = rig.get("a"), b = rig.get("b");
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  auto slow = std::async(std::launch::async, [&] { return rig.get("slow"); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  a.release();
  CHECK(slow.get().as<Thing>().number == 1);  // not slow either: it takes what comes first
  b.release();
  CHECK(rig.get("c"));
  CHECK(rig.pool->counts().creating == 1);
  go.set_value();
}

TEST_CASE("creation_concurrency bounds what is opened at once") {
  PoolConfig config = of_size(8);
  config.creation_concurrency = 2;
  Rig rig(config);
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::atomic<int> now = 0, most = 0;
  rig.provider->on_acquire = [&, gate](const AcquireContext&) {
    most = std::max(most.load(), ++now);
    gate.wait();
    --now;
  };
  std::vector<std::future<Lease>> leases;
  for (int i = 0; i < 5; ++i)
    leases.push_back(
        std::async(std::launch::async, [&rig, i] { return rig.get("owner" + std::to_string(i)); }));
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 3; }));
  CHECK(rig.pool->counts().creating == 2);
  go.set_value();
  std::vector<Lease> held;
  for (auto& lease : leases) held.push_back(lease.get());
  CHECK(most <= 2);
  CHECK(rig.pool->counts().active == 5);
}

TEST_CASE("max_size bounds what lives, also while a dead one is replaced") {
  PoolConfig config = of_size(2);
  config.validate_after = 500ms;
  Rig rig(config);
  { Lease a = rig.get("a"), b = rig.get("b"); }
  rig.clock->advance(1s);
  rig.provider->on_validate = [] { return false; };
  {
    Lease a = rig.get("a"), b = rig.get("b");
    CHECK(a.as<Thing>().number + b.as<Thing>().number == 3 + 4);
  }
  CHECK(rig.provider->most_live == 2);
  CHECK(rig.provider->disposed == 2);
  CHECK(rig.pool->metrics().health_failures == 2);
}

TEST_CASE("an acquire validates only what was idle for validate_after, and trusts no validate that throws") {
  Rig rig(of_size(1));
  rig.get("a");
  rig.clock->advance(499ms);
  rig.get("a");
  CHECK(rig.provider->validated == 0);
  rig.clock->advance(500ms);
  rig.get("a");
  CHECK(rig.provider->validated == 1);
  CHECK(rig.provider->opened == 1);
  rig.clock->advance(500ms);
  rig.provider->on_validate = []() -> bool { throw std::runtime_error("gone"); };
  CHECK(rig.get("a").as<Thing>().number == 2);
}

TEST_CASE("a validation that hangs does not hang the acquire") {
  Rig rig(of_size(1));
  rig.get("a");
  rig.clock->advance(1s);
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_validate = [gate] {
    gate.wait();
    return true;
  };
  auto acquired = std::async(std::launch::async, [&] { return thrown([&] { rig.get("a", 5s); }); });
  REQUIRE(eventually([&] { return rig.provider->validated == 1; }));
  REQUIRE(rig.clock->wait_for_parked(1));
  rig.clock->advance(5s);
  CHECK(acquired.get() == "acquire.timeout");
  go.set_value();
  CHECK(eventually([&] { return rig.pool->counts().idle == 1; }));
}

TEST_CASE("reset that refuses or throws discards the resource") {
  Rig rig(of_size(1));
  rig.provider->on_reset = [] { return false; };
  rig.get("a");
  CHECK(rig.pool->counts().total == 0);
  rig.provider->on_reset = []() -> bool { throw 1; };
  rig.get("a");
  CHECK(rig.pool->counts().total == 0);
  CHECK(rig.provider->disposed == 2);
  CHECK(rig.pool->metrics().destroyed == 2);
}

TEST_CASE("max_uses retires a resource") {
  PoolConfig config = of_size(1);
  config.max_uses = 2;
  Rig rig(config);
  CHECK(rig.get("a").as<Thing>().number == 1);
  CHECK(rig.get("a").as<Thing>().number == 1);
  CHECK(rig.get("a").as<Thing>().number == 2);
}

TEST_CASE("evict and a bad generation: idle ones go now, held ones at their return") {
  Rig rig(of_size(2));
  Lease held = rig.get("a");
  rig.get("b");
  rig.pool->evict();
  CHECK(rig.provider->disposed == 1);
  CHECK(held.as<Thing>().number == 1);
  CHECK(rig.get("c").as<Thing>().number == 3);
  held.release();
  CHECK(rig.provider->disposed == 2);
  rig.pool->retire_generation();
  CHECK(rig.provider->disposed == 3);
  CHECK(rig.pool->metrics().health_failures == 1);
  CHECK(rig.pool->counts().total == 0);
}

TEST_CASE("what was begun before an eviction is lent once, to who waited for it") {
  Rig rig(of_size(1));
  std::promise<void> made;
  rig.provider->on_acquire = [go = made.get_future().share()](const AcquireContext&) { go.wait(); };
  auto lease = std::async(std::launch::async, [&] { return rig.get("a"); });
  REQUIRE(eventually([&] { return rig.provider->opened == 1; }));
  rig.pool->evict();
  made.set_value();
  CHECK(lease.get().as<Thing>().number == 1);
  CHECK(rig.provider->disposed == 1);
  CHECK(rig.get("b").as<Thing>().number == 2);
}

TEST_CASE("nothing is lent after its time or its eviction, though nobody has taken it away yet") {
  PoolConfig config = of_size(2);
  config.max_lifetime = 1000s;
  config.validate_after = 2000s;
  Rig rig(config);
  { Lease a = rig.get("a"), b = rig.get("b"); }
  SUBCASE("expired") {
    rig.clock->advance(1000s);
    CHECK(rig.get("a").as<Thing>().number == 3);
  }
  SUBCASE("evicted, and the provider is still at the first") {
    std::promise<void> disposed;
    rig.provider->on_release = [go = disposed.get_future().share()] { go.wait(); };
    auto evicting = std::async(std::launch::async, [&] { rig.pool->evict(); });
    REQUIRE(eventually([&] { return rig.pool->counts().idle == 1; }));
    auto number = std::async(std::launch::async, [&] { return rig.get("a", 1h).as<Thing>().number; });
    REQUIRE(eventually([&] { return rig.pool->counts().idle == 0; }));
    disposed.set_value();
    CHECK(number.get() == 3);
    evicting.get();
  }
}

TEST_CASE("an acquire does not wait for the end of what it found outdated if there is another") {
  Rig rig(of_size(2));
  { Lease a = rig.get("a"), b = rig.get("b"); }
  std::promise<void> disposed;
  rig.provider->on_release = [go = disposed.get_future().share()] { go.wait(); };
  auto evicting = std::async(std::launch::async, [&] { rig.pool->evict(); });
  REQUIRE(eventually([&] { return rig.pool->counts().idle == 1; }));
  PoolConfig larger = of_size(3);
  auto number = std::async(std::launch::async, [&] { return rig.get("a", 24h).as<Thing>().number; });
  REQUIRE(eventually([&] { return rig.pool->counts().idle == 0; }));
  auto resizing = std::async(std::launch::async, [&] { rig.pool->resize(larger); });
  CHECK(eventually([&] {
    rig.clock->advance(1ms);
    return number.wait_for(0s) == std::future_status::ready;
  }));
  disposed.set_value();
  CHECK(number.get() == 3);
  evicting.get();
  resizing.get();
}

TEST_CASE("an open breaker refuses to open more, and creation feeds it") {
  Rig plain;
  detail::PoolSetup setup;
  setup.name = "db";
  setup.provider = plain.provider;
  setup.config = of_size(2);
  setup.clock = plain.clock;
  setup.breaker = std::make_shared<Breaker>(BreakerConfig{.failures = 2}, plain.clock);
  const auto pool = Pool::open(setup);
  const auto get = [&] { return pool->acquire("a", plain.clock->now() + 5s, true, {}, {}); };
  plain.provider->on_acquire = [](const AcquireContext&) {
    throw ConfigError(errc::config_value, "no such database");  // a mistake, not a failure of the outside
  };
  for (int i = 0; i < 5; ++i) CHECK(thrown(get) == "config.value");
  plain.provider->on_acquire = [](const AcquireContext&) {
    throw ConnectionError(errc::db_unreachable, "down");
  };
  CHECK(thrown(get) == "db.unreachable");
  CHECK(thrown(get) == "db.unreachable");
  CHECK(thrown(get) == "breaker.open");
  CHECK(plain.provider->opened == 7);
  CHECK(pool->counts().total == 0);
}

TEST_CASE("a failed validation and a failed operation count for the breaker, a caller's mistake does not") {
  Rig plain;
  detail::PoolSetup setup;
  setup.name = "db";
  setup.provider = plain.provider;
  setup.config = of_size(2);
  setup.clock = plain.clock;
  setup.breaker = std::make_shared<Breaker>(BreakerConfig{.failures = 2}, plain.clock);
  const auto pool = Pool::open(setup);
  const auto fail_with = [&](errc code) {
    plain.provider->table.add(
        {"run", "", {}, [code](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
           throw_error(code, "no");
         }});
  };
  const auto get = [&] { return pool->acquire("a", plain.clock->now() + 5s, true, {}, {}); };
  get();
  plain.clock->advance(1s);
  plain.provider->on_validate = [] { return false; };
  Lease lease = get();
  fail_with(errc::db_constraint);
  for (int i = 0; i < 5; ++i) CHECK(thrown([&] { lease.call("run", {}); }) == "db.constraint");
  fail_with(errc::db_unreachable);
  CHECK(thrown([&] { lease.call("run", {}); }) == "db.unreachable");
  CHECK(thrown([&] { lease.call("run", {}); }) == "breaker.open");
  lease.release();
  CHECK(thrown([&] { get(); }).empty());  // what is idle and fresh can be lent
  plain.clock->advance(1s);
  CHECK(thrown([&] { get(); }) == "breaker.open");  // what needs a check cannot
  CHECK(pool->counts().idle == 1);
}

TEST_CASE("operations: the nearest name, breaker, metrics, and no foreign text") {
  Rig rig;
  rig.provider->table.add(
      {"query", "", {}, [](Resource& resource, const nlohmann::json& in, const OperationContext&) {
         return nlohmann::json{{"in", in}, {"number", resource.as<Thing>().number}};
       }});
  rig.provider->table.add(
      {"explode", "", {}, [](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
         throw std::runtime_error("token=abc");
       }});
  rig.provider->table.add(
      {"refuse", "", {}, [](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
         throw Error(errc::db_constraint, "not unique");
       }});
  Lease lease = rig.get("a");
  CHECK(lease.call("query", {{"x", 1}}) == nlohmann::json{{"in", {{"x", 1}}}, {"number", 1}});
  CHECK(message_of([&] { lease.call("qery", {}); }) ==
        "resource.operation: 'db' (fake) has no operation 'qery'; did you mean 'query'?");
  CHECK(message_of([&] { lease.call("explode", {}); }) ==
        "resource.operation: operation 'explode' of 'db' failed with std::runtime_error; see the provider's "
        "own log");
  CHECK(thrown([&] { lease.call("refuse", {}); }) == "db.constraint");
  CHECK(rig.pool->metrics().operations == 3);
  CHECK(rig.pool->metrics().operation_failures == 2);
  lease.release();
  CHECK(thrown([&] { lease.call("query", {}); }) == "lease.revoked");
}
