#include "fake_provider.hpp"

#include <leasehold/adapters/dict.hpp>

#include <doctest/doctest.h>

#include <future>
#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct BoxOptions {
  std::string label = "none";
  Duration wait = 5s;
  Secret password;
};
const Fields<BoxOptions>& box_fields() {
  static const Fields<BoxOptions> fields = Fields<BoxOptions>()
                                               .field("label", &BoxOptions::label, "what stands on it")
                                               .field("wait", &BoxOptions::wait, "how long it takes")
                                               .field("password", &BoxOptions::password, "never shown");
  return fields;
}

class BoxProvider final : public IResourceProvider {
 public:
  explicit BoxProvider(BoxOptions options) : options_(std::move(options)) {}
  std::string_view type() const noexcept override { return "box"; }
  Resource acquire(const AcquireContext&) override { return Resource::make<std::string>(options_.label); }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  json describe() const override { return box_fields().write(options_); }

 private:
  BoxOptions options_;
};

// A manager that knows boxes; everything declared comes from a place.
struct Shop {
  Shop() {
    manager.register_type("box", [this](const std::string&, const json& config) {
      ++made;
      return std::make_shared<BoxProvider>(box_fields().read(config));
    });
    manager.register_type("dict", dict_factory());
  }
  std::string declare(const std::string& name, const json& config, const std::string& origin = "a.yaml:1:1") {
    const ResourceDeclaration one[] = {{name, config, origin}};
    return error_of([&] { manager.declare(one); });
  }
  std::atomic<int> made = 0;
  ResourceManager manager;
};

}  // namespace

TEST_CASE("a provider is registered once, under a name that is not empty, with settings that agree") {
  ResourceManager manager;
  const auto provider = fake();
  manager.register_provider("a", provider, {.metadata = {{"team", "data"}}});
  CHECK(manager.get_provider("a") == provider);
  CHECK(manager.get_provider("b") == nullptr);
  CHECK(manager.get_resource_status("a").metadata.at("team") == "data");
  CHECK(manager.get_resource_status("a").configuration == json{{"kind", "fake"}});
  CHECK(error_of([&] { manager.register_provider("a", fake()); }) ==
        "resource.duplicate: resource 'a' is registered already, by the program; give it another name, or "
        "unregister "
        "the other first");
  CHECK_THROWS_AS(manager.register_provider("", fake()), ConfigError);
  CHECK_THROWS_AS(manager.register_provider("n", nullptr), ConfigError);
  CHECK(error_of([&] { manager.register_provider("b", fake(), {.pool = {.min_size = 5, .max_size = 2}}); }) ==
        "config.value: /pool/min_size: min_size 5 is above max_size 2; lower min_size or raise max_size");
  CHECK(error_of([&] { manager.register_provider("b", fake(), {.breaker = {.window = 0}}); }) ==
        "config.value: /breaker/window: window is 0; look at one call at least");
  CHECK(manager.names() == std::vector<std::string>{"a"});
}

TEST_CASE("register_from_dict splits off what is the manager's") {
  Shop shop;
  shop.manager.register_from_dict("box", {{"type", "box"},
                                          {"label", "tea"},
                                          {"pool", {{"max_size", 3}, {"acquire_timeout", "2s"}}},
                                          {"breaker", {{"failures", 5}}},
                                          {"metadata", {{"team", "data"}}}});
  CHECK(shop.manager.get_pool_config("box").max_size == 3);
  CHECK(shop.manager.get_pool_config("box").acquire_timeout == 2s);
  CHECK(*shop.manager.acquire<std::string>("box", "o") == "tea");
  shop.manager.register_from_dict("settings", {{"data", {{"n", 1}}}});
  CHECK(shop.manager.acquire<Dict>("settings", "o")->get("n") == 1);
  CHECK(shop.manager.names() == std::vector<std::string>{"box", "settings"});
}

TEST_CASE("a plain dictionary needs no registered type") {
  ResourceManager manager;
  manager.register_from_dict("settings", {{"data", {{"n", 1}}}});
  CHECK(manager.types().empty());
  CHECK(manager.get_resource_status("settings").type == "dict");
}

TEST_CASE("what is wrong with a declaration is said at once and with its place, and nothing is registered") {
  Shop shop;
  CHECK(shop.declare("b", {{"type", "box"},
                           {"lable", "x"},
                           {"pool", {{"max_sise", 3}, {"min_size", -1}}},
                           {"breaker", {{"open", 5}}},
                           {"metadata", 3}})
            .starts_with(
                "config.unknown_key: /b/pool/max_sise: unknown key 'max_sise'; did you mean 'max_size'?\n"
                "/b/pool/min_size: a whole number from 0 up is needed here, not -1\n"
                "/b/breaker/open: a duration is needed here, not 5;"));
  CHECK(shop.declare("b", {{"type", "box"}, {"lable", "x"}}) ==
        "config.unknown_key: /b/lable: unknown key 'lable'; did you mean 'label'?");
  CHECK(shop.declare("b", {{"type", "bx"}}) ==
        "config.value: /b/type: no type 'bx' is registered; did you mean 'box'?");
  CHECK(
      shop.declare("b", {{"label", "x"}}) ==
      "config.missing: /b: 'type' is missing; add type: <kind of resource>, or data: for a plain dictionary");
  CHECK(
      shop.declare("b", 5) ==
      "config.value: /b: a resource is a mapping, not number; write it as {type: ..., ...} or {data: {...}}");
  CHECK(shop.declare("b", {{"type", 7}}) ==
        "config.value: /b/type: text is needed here, not 7; put it in quotes");
  CHECK(
      error_of([&] {
        ResourceManager().register_from_dict("x", {{"type", "box"}});
      }) ==
      "config.value: /type: no type 'box' is registered; call register_type or register_builtin_types first");
  CHECK(shop.manager.names().empty());
}

TEST_CASE("what a factory throws is told as what it is") {
  ResourceManager manager;
  manager.register_type("secret", [](const std::string&, const json&) -> std::shared_ptr<IResourceProvider> {
    throw_error(errc::secret_missing, "KEY is not set", {.hint = "set it"});
  });
  manager.register_type("broken", [](const std::string&, const json&) -> std::shared_ptr<IResourceProvider> {
    throw std::runtime_error("oops");
  });
  manager.register_type("null",
                        [](const std::string&, const json&) { return std::shared_ptr<FakeProvider>(); });
  CHECK(error_of([&] {
          manager.register_from_dict("x", {{"type", "secret"}});
        }) == "secret.missing: KEY is not set; set it");
  CHECK(error_of([&] {
          manager.register_from_dict("x", {{"type", "broken"}});
        }) ==
        "config.value: the factory of its type failed with std::runtime_error; throw a "
        "leasehold::ConfigError to say why");
  CHECK(error_of([&] {
          manager.register_from_dict("x", {{"type", "null"}});
        }) == "config.value: the factory of its type made nothing; return a provider or throw ConfigError");
}

TEST_CASE("declaring is all or nothing") {
  Shop shop;
  const ResourceDeclaration both[] = {{"good", {{"type", "box"}}, "a.yaml:2:3"},
                                      {"bad", {{"type", "box"}, {"wait", "long"}}, "a.yaml:3:3"}};
  CHECK_THROWS_AS(shop.manager.declare(both), ConfigError);
  CHECK(shop.manager.names().empty());
  const ResourceDeclaration twice[] = {{"x", {{"type", "box"}}, "a.yaml:2:3"},
                                       {"x", {{"type", "box"}}, "a.yaml:9:3"}};
  CHECK(error_of([&] { shop.manager.declare(twice); }) ==
        "resource.duplicate: /x: resource 'x' of a.yaml:9:3 is registered already, by a.yaml:2:3; give it "
        "another name");
  CHECK(shop.manager.names().empty());
}

TEST_CASE("equal declarations are shared, however they are written") {
  Shop shop;
  CHECK(shop.declare(
            "x", {{"type", "box"}, {"wait", "5s"}, {"password", "hunter2"}, {"pool", {{"max_size", 10}}}}) ==
        "");
  const auto provider = shop.manager.get_provider("x");
  CHECK(shop.declare("x", {{"type", "box"}, {"wait", "5000ms"}, {"label", "none"}, {"password", "hunter2"}},
                     "b.yaml:4:3") == "");
  CHECK(shop.manager.get_provider("x") == provider);
  CHECK(shop.manager.names().size() == 1);
}

TEST_CASE("a different declaration is refused, naming both places and the keys, never the values") {
  Shop shop;
  CHECK(shop.declare("x", {{"type", "box"}, {"label", "tea"}, {"password", "hunter2"}}) == "");
  CHECK(shop.declare("x", {{"type", "box"}, {"label", "cake"}, {"password", "hunter2"}}, "b.yaml:4:3") ==
        "resource.duplicate: /x: resource 'x' of b.yaml:4:3 is registered already, by a.yaml:1:1; give it "
        "another name, "
        "or make equal: label");
  const std::string other =
      shop.declare("x", {{"type", "box"}, {"label", "tea"}, {"password", "hunter3"}}, "b.yaml:4:3");
  CHECK(other.find("make equal: password") != std::string::npos);
  CHECK(other.find("hunter") == std::string::npos);
  CHECK(shop.declare("x", {{"type", "box"},
                           {"label", "tea"},
                           {"password", "hunter2"},
                           {"pool", {{"max_size", 3}}},
                           {"breaker", {{"failures", 2}}}})
            .ends_with("make equal: pool.max_size, breaker"));
  CHECK(shop.declare("x", {{"type", "dict"}}).ends_with("make equal: type"));
  CHECK(shop.manager.get_pool_config("x").max_size == 10);
}

TEST_CASE("what the program registered is not replaced by a declaration") {
  Shop shop;
  shop.manager.register_provider("x", fake());
  CHECK(shop.declare("x", {{"type", "box"}}) ==
        "resource.duplicate: /x: resource 'x' of a.yaml:1:1 is registered already, by the program; give it "
        "another name");
}

TEST_CASE("dicts with other data are not equal, though describe shows no values") {
  Shop shop;
  CHECK(shop.declare("d", {{"type", "dict"}, {"data", {{"n", 1}}}}) == "");
  CHECK(shop.declare("d", {{"data", {{"n", 1}}}}) == "");
  CHECK(shop.declare("d", {{"data", {{"n", 2}}}}).ends_with("make equal: data"));
}

TEST_CASE("examine tells what declare would do, and registers nothing") {
  Shop shop;
  std::vector<ConfigIssue> issues;
  const auto fresh = shop.manager.examine({"x", {{"type", "box"}}, "a.yaml:1:1"}, issues);
  REQUIRE(fresh);
  CHECK(issues.empty());
  CHECK(shop.manager.names().empty());
  CHECK(shop.declare("x", {{"type", "box"}}) == "");
  CHECK(shop.manager.examine({"x", {{"type", "box"}}, "b.yaml:1:1"}, issues) ==
        shop.manager.get_provider("x"));
  CHECK_FALSE(shop.manager.examine({"x", {{"type", "box"}, {"label", "y"}}, "b.yaml:1:1"}, issues));
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].code == errc::resource_duplicate);
  CHECK(issues[0].pointer == "/x");
}

TEST_CASE("threads that declare the same resource at once all succeed and share it") {
  Shop shop;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      const ResourceDeclaration both[] = {{"x", {{"type", "box"}}, "a"}, {"y", {{"type", "box"}}, "a"}};
      try {
        shop.manager.declare(both);
      } catch (const Error&) {
        ++failed;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(shop.manager.names().size() == 2);
}

TEST_CASE("types are known by name, once") {
  Shop shop;
  CHECK(shop.manager.has_type("box"));
  CHECK_FALSE(shop.manager.has_type("bag"));
  CHECK(shop.manager.types() == std::vector<std::string>{"box", "dict"});
  CHECK_THROWS_AS(shop.manager.register_type("box", dict_factory()), ConfigError);
  CHECK_THROWS_AS(shop.manager.register_type("", dict_factory()), ConfigError);
  CHECK_THROWS_AS(shop.manager.register_type("bag", nullptr), ConfigError);
}

TEST_CASE(
    "unregistering refuses new leases, leaves held ones usable, and closes the provider after the last") {
  ResourceManager manager({.maintenance = false});
  const auto provider = fake();
  manager.register_provider("a", provider);
  auto held = manager.acquire<Thing>("a", "o");
  CHECK(manager.unregister_provider("a"));
  CHECK_FALSE(manager.unregister_provider("a"));
  CHECK_THROWS_AS(manager.acquire("a", "p"), Error);
  CHECK(held->number == 1);
  manager.maintain();
  CHECK(provider->closed == 0);
  manager.register_provider("a", fake());  // the name is free at once
  held.release();
  CHECK(provider->disposed == 1);
  manager.maintain();
  CHECK(provider->closed == 1);
}

TEST_CASE("unregistering what is idle closes it at once, unless it serves another name") {
  ResourceManager manager;
  const auto provider = fake();
  manager.register_provider("a", provider);
  manager.register_provider("b", provider);
  manager.acquire("a", "o").release();
  CHECK(manager.unregister_provider("a"));
  CHECK(provider->disposed == 1);
  CHECK(provider->closed == 0);
  CHECK(manager.unregister_provider("b"));
  CHECK(provider->closed == 1);
}

TEST_CASE("closing the manager closes a provider that another thread is just unregistering") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = fake();
  manager.register_provider("a", provider);
  auto held = manager.acquire("a", "o");
  std::thread unregistering([&] { CHECK(manager.unregister_provider("a", 10s)); });
  REQUIRE(clock->wait_for_parked(1));
  manager.close(0s);
  CHECK(provider->closed == 1);
  held.release();
  unregistering.join();
  CHECK(provider->disposed == 1);
  CHECK(provider->closed == 1);
}

TEST_CASE("upkeep closes an unregistered provider as soon as it is told that its last lease may have ended") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock});
  const auto provider = fake();
  std::promise<void> closed;
  provider->on_close = [&] { closed.set_value(); };
  manager.register_provider("a", provider, {.pool = {.keepalive = std::nullopt}});
  auto held = manager.acquire("a", "o");
  std::thread unregistering([&] { CHECK(manager.unregister_provider("a", 10s)); });
  REQUIRE(clock->wait_for_parked(2));
  clock->advance(10s);
  unregistering.join();
  held.release();
  for (int i = 0; i < 5 && provider->closed == 0; ++i) {  // long before any other upkeep is due
    clock->wait_for_parked(1);
    clock->advance(1s);
  }
  CHECK(closed.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("unregistering wakes who waits") {
  ResourceManager manager;
  manager.register_provider("a", fake(), {.pool = {.max_size = 1}});
  auto held = manager.acquire("a", "o");
  std::string woken;
  std::thread waiter([&] { woken = error_of([&] { manager.acquire("a", "p"); }); });
  while (manager.get_resource_status("a").waiting_count == 0) std::this_thread::yield();
  manager.unregister_provider("a");
  waiter.join();
  CHECK(woken.starts_with("acquire.closed"));
}

TEST_CASE("a name that is not UTF-8 text is refused: metrics with it could not be read") {
  ResourceManager manager;
  for (const char* const name : {"a\xff", "\xc3", "\xed\xa0\x80"})
    CHECK_THROWS_WITH_AS(manager.register_provider(name, std::make_shared<FakeProvider>()),
                         "config.value: the name of a resource is not UTF-8 text; give one that is",
                         ConfigError);
  manager.register_provider("l\xc3\xa4nder \"1\"\n", std::make_shared<FakeProvider>());
  CHECK(manager.names().size() == 1);
}
