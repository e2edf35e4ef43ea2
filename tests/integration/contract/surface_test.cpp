// Every declaration of the core contract, used as a program would.

#include <leasehold/adapters/dict.hpp>

#include <sstream>
#include <thread>

#include "service.hpp"

using namespace leasehold;

namespace {
struct Pair {
  int first;
  std::string second;
};
}  // namespace

TEST_CASE("a provider is registered with designated, nested and default options") {
  auto clock = std::make_shared<ManualClock>();
  ResourceManager manager(ManagerOptions{.clock = clock});
  const auto service = std::make_shared<Service>();
  manager.register_provider("plain", service);
  manager.register_provider("db", service, {.pool = {.max_size = 2}});
  manager.register_provider(
      "all", service,
      ProviderOptions{.pool = PoolConfig{.min_size = 0, .max_size = 4, .acquire_timeout = 5s},
                      .breaker = BreakerConfig{.failures = 5, .open = 30s},
                      .metadata = {{"team", "import"}}});
  CHECK(manager.get_provider("db") == service);
  CHECK(manager.get_provider("none") == nullptr);
  CHECK(manager.get_resource_status("all").metadata.at("team") == "import");
  CHECK_THROWS_AS(manager.register_provider("db", service), ConfigError);
  try {
    manager.register_provider("wrong", service, {.pool = {.min_size = 3, .max_size = 2}});
    FAIL("accepted");
  } catch (const ConfigError& error) {
    CHECK(error.code() == errc::config_value);
    CHECK(std::string(error.what()).find("min_size") != std::string::npos);
  }
  CHECK(manager.unregister_provider("plain"));
  CHECK_FALSE(manager.unregister_provider("plain"));
}

TEST_CASE("leases, typed and not, by every accessor") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<Service>(), {.pool = {.max_size = 2}});
  {
    Lease lease = manager.acquire("db", "orders/store#42");
    CHECK(lease);
    CHECK((*lease).as<Session>().number == 1);
    CHECK(lease->as<Session>().query(5) == 105);
    CHECK(lease.as<Session>().number == 1);
    CHECK(lease.get().as<Session>().number == 1);
    CHECK(lease.owner() == "orders/store#42");
    CHECK(lease.owner().name() == "orders/store#42");
    CHECK(lease.name() == "db");
    CHECK_THROWS_WITH_AS(lease.as<std::string>(), doctest::Contains("Session"), Error);

    auto typed = manager.acquire<Session>("db", std::string("b"), {.timeout = 250ms});
    CHECK(typed->query(1) == 201);
    CHECK((*typed).number == 2);
    CHECK(typed.as<Session>().number == 2);
    CHECK(typed.name() == "db");
    CHECK(typed.fence() > lease.fence());
    CHECK_THROWS_AS(manager.acquire<std::string>("db", "b"), Error);

    std::stop_source stop;
    CHECK(manager.acquire("db", "b", {.timeout = 1s, .stop = stop.get_token()}));
    CHECK(manager.acquire("db", "b", AcquireOptions{}));
    CHECK(manager.acquire("db", "b", {}));
    CHECK_FALSE(manager.try_acquire("db", "c"));
    lease.discard();
  }
  std::optional<Lease> third = manager.try_acquire("db", OwnerId("c"));
  REQUIRE(third);
  CHECK(third->as<Session>().number == 2);
  CHECK(manager.try_acquire<Session>("db", "d").value()->number == 3);
  Lease moved = std::move(*third);
  CHECK(moved);
  CHECK_FALSE(*third);
  CHECK_THROWS_AS(third->get(), StateError);
  static_assert(!std::is_copy_constructible_v<Lease>);
  static_assert(std::is_nothrow_move_constructible_v<Lease> && std::is_nothrow_destructible_v<Lease>);
}

TEST_CASE("requirements come as a list, a vector, an array or a temporary") {
  ResourceManager manager;
  manager.register_provider("a", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  manager.register_provider("b", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  {
    LeaseSet both = manager.acquire_all({{.name = "a"}, {.name = "b"}}, "o");
    CHECK(both.size() == 2);
    CHECK(both.at("a").as<Session>().number == 1);
    CHECK(both["b"]->as<Session>().number == 1);
    CHECK_THROWS_AS(both.at("c"), Error);
    for (auto& entry : both) CHECK(entry.lease.owner() == "o");
  }
  CHECK(manager.acquire_all({{"a"}, {"b", false}}, "o", {.timeout = 1s}).size() == 2);
  CHECK(manager.acquire_all({{.name = "a"}}, "o").size() == 1);
  CHECK(manager.acquire_all({}, "o").empty());
  const std::vector<ResourceRequirement> list = {
      {.name = "b", .required = false, .timeout = 250ms, .role = "archive"}, {.name = "a"}};
  CHECK(manager.acquire_all(list, "o").at("archive"));
  CHECK(manager.acquire_all(std::vector<ResourceRequirement>{{.name = "a"}}, "o").size() == 1);
  const std::array<ResourceRequirement, 1> one = {{{.name = "a"}}};
  CHECK(manager.acquire_all(one, "o").size() == 1);
  CHECK(manager.acquire_all(std::span(list), "o").size() == 2);
  CHECK(manager.configure_from_requirements(list, "o").size() == 2);
  CHECK(manager.configure_from_requirements({{.name = "a"}, {.name = "b"}}, "o").size() == 2);
  CHECK(manager.get_all_resources().at("a").active_count == 0);
}

TEST_CASE("looking: status, owners, metrics and health, of one or all") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<Service>());
  auto lease = manager.acquire("db", "importer");
  CHECK(manager.has_resource("db", "importer"));
  CHECK_FALSE(manager.has_resource("db", "other"));
  CHECK_FALSE(manager.has_resource("none", "other"));
  CHECK(manager.get_resource_owners("db") == std::vector<std::string>{"importer"});
  CHECK(manager.get_all_resources().at("db").owners[0].owner == "importer");
  const ResourceStatusReport status = manager.get_resource_status("db");
  CHECK(status.provider_exists);
  CHECK(status.has_pool);
  CHECK(status.active_count == 1);
  CHECK(status.idle_count == 0);
  CHECK(status.waiting_count == 0);
  CHECK(status.owners.at(0).site.find("surface_test.cpp") != std::string::npos);
  CHECK_FALSE(manager.get_resource_status("none").provider_exists);
  CHECK(manager.get_metrics("db").at("db").acquisitions == 1);
  CHECK(manager.get_metrics(std::string("db")).size() == 1);
  CHECK(manager.get_metrics().at("db").active == 1);
  CHECK(manager.health_check("db").at("db").health == ResourceHealth::healthy);
  CHECK(manager.health_check().at("db").message == "as told");
  CHECK(manager.validate_resource("db"));
  CHECK(manager.release("db", "importer"));
  CHECK_FALSE(manager.release("db", "importer"));
  CHECK(manager.release_all("importer") == 0);
  CHECK_FALSE(lease);
  CHECK_THROWS_AS(lease.get(), StateError);
  manager.suspend("db");
  CHECK_FALSE(manager.try_acquire("db", "x"));
  manager.resume("db");
  manager.evict("db");
  manager.resize_pool("db", {.max_size = 1});
  CHECK(manager.try_acquire("db", "x"));
}

TEST_CASE("errors are caught by class and compared by code") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<Service>(), {.pool = {.max_size = 1}});
  auto held = manager.acquire("db", "a");
  try {
    manager.acquire("db", "b", {.timeout = 1ms});
    FAIL("lent twice");
  } catch (const TimeoutError& e) {
    CHECK(e.code() == errc::acquire_timeout);
    CHECK(e.code() == leasehold::errc::acquire_timeout);
    CHECK(e.reason() == errc::acquire_timeout);
    CHECK(e.resource() == "db");
    CHECK(e.owner() == "b");
    CHECK(e.elapsed() >= 1ms);
    CHECK_FALSE(e.hint().empty());
  }
  CHECK_THROWS_AS(manager.acquire("db", "b", {.timeout = 0s}), PoolExhaustedError);
  CHECK_THROWS_AS(manager.acquire("db", "b", {.timeout = 0s}), std::system_error);
  CHECK_THROWS_AS(manager.acquire("none", "b"), Error);
  CHECK_THROWS_AS(manager.acquire("db", ""), ConfigError);
  std::ostringstream out;
  out << errc::acquire_timeout << ' ' << errc::net_address_denied;
  CHECK(out.str() == "acquire.timeout net.address_denied");
  CHECK(to_string(errc::breaker_open) == "breaker.open");
  const std::error_code code = errc::db_unreachable;
  CHECK(code == errc::db_unreachable);
}

TEST_CASE(
    "what a provider throws reaches the caller: its own errors as they are, others by the type's name") {
  ResourceManager manager;
  const auto service = std::make_shared<Service>();
  manager.register_provider("db", service);
  service->on_acquire = [](const AcquireContext& context) {
    CHECK(context.owner == "a");
    throw_error(errc::db_unreachable, "nobody listens", {.hint = "start it"});
  };
  CHECK_THROWS_AS(manager.acquire("db", "a"), ConnectionError);
  service->on_acquire = [](const AcquireContext&) { throw std::runtime_error("password=hunter2"); };
  try {
    manager.acquire("db", "a");
    FAIL("lent");
  } catch (const Error& error) {
    CHECK(error.code() == errc::resource_create_failed);
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
  service->on_acquire = [](const AcquireContext&) { throw 42; };
  CHECK_THROWS_AS(manager.acquire("db", "a"), Error);
  service->on_acquire = nullptr;
  CHECK(manager.acquire("db", "a"));
}

TEST_CASE("simple data and custom types come from dictionaries") {
  ResourceManager manager;
  manager.register_from_dict("cfg", {{"data", {{"k", 1}}}});
  CHECK(manager.acquire<Dict>("cfg", "o")->get("k") == 1);
  CHECK(manager.acquire("cfg", "o").call("get", {{"key", "k"}}) == 1);
  manager.register_provider("simple", create_simple_provider("simple", {{"a", 1}, {"b", "two"}}));
  auto simple = manager.acquire<Dict>("simple", "o");
  CHECK(simple->to_dict() == json({{"a", 1}, {"b", "two"}}));

  manager.register_type("named", [](const std::string& name, const json& config) {
    return create_simple_provider(name, config);
  });
  manager.register_type("nameless", [](const json&) { return std::make_shared<Service>(); });
  manager.register_from_dict("n", {{"type", "named"}, {"x", 7}});
  CHECK(manager.acquire<Dict>("n", "o")->get("x") == 7);
  manager.register_from_dict("s", {{"type", "nameless"}, {"pool", {{"max_size", 1}}}});
  CHECK(manager.acquire<Session>("s", "o")->number == 1);
  CHECK_THROWS_AS(manager.register_from_dict("t", {{"type", "unheard of"}}), ConfigError);
}

TEST_CASE("a resource is made of constructors, aggregates and values") {
  CHECK(Resource::make<std::string>(std::size_t{3}, 'x').as<std::string>() == "xxx");
  CHECK(Resource::make<Pair>(1, "one").as<Pair>().second == "one");
  CHECK(Resource::make<std::unique_ptr<int>>(std::make_unique<int>(4)).as<std::unique_ptr<int>>());
  CHECK(Resource::make<int>().as<int>() == 0);
  CHECK_FALSE(Resource());
}

TEST_CASE("hooks start in order, unwind on failure and stop in reverse") {
  std::string log;
  {
    ResourceManager manager;
    for (const char* name : {"a", "b"}) {
      manager.add_startup_hook([&log, name] { log += std::string("+") + name; });
      manager.add_shutdown_hook([&log, name] { log += std::string("-") + name; });
    }
    manager.initialize();
    manager.initialize();
    manager.close();
    manager.close(0s);
    CHECK_THROWS_AS(manager.acquire("x", "o"), StateError);
  }
  CHECK(log == "+a+b-b-a");
  log.clear();
  {
    ResourceManager manager;
    manager.add_startup_hook([&] { log += "+a"; });
    manager.add_startup_hook([] { throw std::runtime_error("no"); });
    manager.add_shutdown_hook([&] { log += "-a"; });
    manager.add_shutdown_hook([&] { log += "-b"; });
    CHECK_THROWS_AS(manager.initialize(), std::runtime_error);
  }
  CHECK(log == "+a-a");
}
