#include "single_pools.hpp"

#include <leasehold/adapters/dict.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;

namespace {

struct Two : SinglePools {
  Two() : SinglePools({"a", "b"}) {}
};

}  // namespace

TEST_CASE("an id lends what its name lends") {
  Two two;
  const ResourceId a = two.manager.resource_id("a");
  CHECK(a.name() == "a");
  CHECK(a);
  CHECK(a == two.manager.resource_id(std::string("a")));
  CHECK_FALSE(a == two.manager.resource_id("b"));
  for (int i = 0; i < 3; ++i) {  // made, found idle, found again
    Lease lease = two.manager.acquire(a, "import#1");
    CHECK(lease.name() == "a");
    CHECK(lease.as<Thing>().number == 1);
    CHECK(two.manager.has_resource("a", "import#1"));
    CHECK(two.manager.get_resource_status("a").owners.at(0).site.find("resource_id_test.cpp:") !=
          std::string::npos);
    CHECK(&two.manager.acquire<Thing>("a", "import#1").get() == &lease.as<Thing>());
    CHECK(&two.manager.acquire<Thing>(a, "import#1").get() == &lease.as<Thing>());
    CHECK_FALSE(two.manager.try_acquire(a, "import#2"));
    CHECK_FALSE(two.manager.try_acquire<Thing>(a, "import#2"));
  }
  CHECK(two.manager.try_acquire<Thing>(a, "import#2").value()->number == 1);
  CHECK(two.manager.try_acquire(a, "import#2"));
  CHECK(two.manager.get_metrics("a").at("a").created == 1);
}

TEST_CASE("by id the errors are those of the name") {
  Two two;
  two.manager.register_provider("settings", create_simple_provider("settings", {{"n", 1}}));
  const auto by_both = [&](const std::string& name, const OwnerId& owner,
                           const AcquireOptions& options = {}) {
    const ResourceId id = two.manager.resource_id(name);
    const std::string by_name = error_of([&] { two.manager.acquire(name, owner, options, {"here.cpp", 1}); });
    CHECK(error_of([&] { two.manager.acquire(id, owner, options, {"here.cpp", 1}); }) == by_name);
    return by_name;
  };
  CHECK(by_both("setings", "o") ==
        "resource.unknown: no resource 'setings' is registered; did you mean 'settings'?");
  CHECK_FALSE(by_both("", "o").empty());
  CHECK_FALSE(by_both("a", OwnerId()).empty());
  CHECK_FALSE(error_of([&] { two.manager.acquire<int>(two.manager.resource_id("a"), "o"); }).empty());
  two.manager.close(0s);
  CHECK_FALSE(by_both("a", "o").empty());
}

TEST_CASE("an id of nothing and that of another manager are refused") {
  Two one, other;
  CHECK(error_of([&] { one.manager.acquire(ResourceId(), "o"); }) ==
        "config.value: the resource id is empty; get one from resource_id of the manager");
  CHECK(ResourceId().name().empty());
  CHECK_FALSE(ResourceId());
  const ResourceId a = one.manager.resource_id("a");
  CHECK_FALSE(a == other.manager.resource_id("a"));
  one.manager.acquire(a, "o");
  const std::string refusal =
      "config.value: the id of 'a' is of another manager; get one from resource_id of this manager";
  CHECK(error_of([&] { other.manager.acquire(a, "o"); }) == refusal);
  CHECK(error_of([&] { other.manager.try_acquire(a, "o"); }) == refusal);
  CHECK(error_of([&] { other.manager.acquire_all(one.manager.prepare({{.name = "a"}}), "o"); }) == refusal);
  CHECK(other.manager.get_resource_owners("a").empty());
}

TEST_CASE("an id follows its name through registrations") {
  Two two;
  const ResourceId c = two.manager.resource_id("c");
  CHECK_THROWS_AS(two.manager.acquire(c, "o"), Error);
  two.add("c");
  CHECK(two.manager.acquire(c, "o").as<Thing>().number == 1);
  Lease held = two.manager.acquire(c, "o");
  const std::shared_ptr<FakeProvider> before = two.providers["c"];
  REQUIRE(two.manager.unregister_provider("c"));
  CHECK_THROWS_AS(two.manager.acquire(c, "p"), Error);
  two.add("c");
  CHECK(two.manager.acquire(c, "p").as<Thing>().number == 1);
  CHECK(two.providers["c"]->opened == 1);
  CHECK(before->opened == 1);
  held.release();
  CHECK(two.manager.get_resource_status("c").idle_count == 1);
}

TEST_CASE("one id serves many threads while its name comes and goes") {
  Two two;
  const ResourceId c = two.manager.resource_id("c");
  std::atomic<bool> stop = false;
  std::atomic<int> lent = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      const OwnerId owner("o" + std::to_string(t));
      while (!stop) {
        try {
          two.manager.acquire(c, owner).as<Thing>().number = t;
          ++lent;
        } catch (const Error&) {  // not registered just now
          std::this_thread::yield();
        }
      }
    });
  for (int round = 0; round < 20; ++round) {
    two.add("c");
    for (const int before = lent; lent < before + 10;) std::this_thread::yield();
    two.manager.unregister_provider("c");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(two.manager.get_resource_owners("c").empty());
}

TEST_CASE("a prepared set is acquired like its requirements") {
  Two two;
  two.add("c");
  const RequirementSet set =
      two.manager.prepare({{.name = "c", .role = "target"}, {.name = "a"}, {.name = "b", .timeout = 0s}});
  CHECK_FALSE(set.empty());
  CHECK(set.requirements()[0].name == "a");
  CHECK(set.ids()[2] == two.manager.resource_id("c"));
  for (int i = 0; i < 2; ++i) {
    LeaseSet leases = two.manager.acquire_all(set, "o");
    CHECK(names_of(leases) == std::vector<std::string>{"a", "b", "c"});
    CHECK(leases["target"].name() == "c");
    CHECK(two.manager.get_resource_status("c").owners.at(0).site.find("resource_id_test.cpp:") !=
          std::string::npos);
  }
  Lease held = two.manager.acquire("b", "other");
  CHECK_THROWS_AS(two.manager.acquire_all(set, "o"), PoolExhaustedError);  // all or nothing
  CHECK_FALSE(two.manager.has_resource("a", "o"));
  CHECK_FALSE(two.manager.has_resource("c", "o"));
  CHECK_THROWS_AS(two.manager.acquire_all(set, OwnerId()), ConfigError);
  CHECK(two.manager.acquire_all(RequirementSet(), "o").empty());
  two.manager.close(0s);
  CHECK_THROWS_AS(two.manager.acquire_all(set, "o"), StateError);
}

TEST_CASE("a prepared set follows registrations, and keeps to the canonical order") {
  Two two;
  const RequirementSet set =
      two.manager.prepare({{.name = "c", .required = false}, {.name = "b"}, {.name = "a"}});
  LeaseSet without = two.manager.acquire_all(set, "o");
  CHECK(names_of(without) == std::vector<std::string>{"a", "b", "c"});
  CHECK_FALSE(without["c"]);
  without.release();
  two.manager.unregister_provider("a");
  CHECK(error_of([&] { two.manager.acquire_all(set, "o"); }).find("no resource 'a' is registered") !=
        std::string::npos);
  two.add("c");
  two.add("a");
  LeaseSet all = two.manager.acquire_all(set, "o");
  CHECK(names_of(all) == std::vector<std::string>{"b", "c", "a"});
  CHECK(all["c"]);
}

TEST_CASE("in a prepared set required serves optional of the same name") {
  Two two;
  const RequirementSet set = two.manager.prepare(
      {{.name = "a", .required = false, .role = "maybe"}, {.name = "a", .role = "surely"}});
  CHECK(set.requirements()[0].role == "surely");
  LeaseSet leases = two.manager.acquire_all(set, "o");
  CHECK(&leases["maybe"].as<Thing>() == &leases["surely"].as<Thing>());
}

TEST_CASE("what was done to one set does not show in the next of the same requirements") {
  Two two;
  const RequirementSet set = two.manager.prepare({{.name = "a", .role = "source"}, {.name = "b"}});
  const RequirementSet other = two.manager.prepare({{.name = "b", .role = "only"}});
  const auto check = [&] {
    LeaseSet leases = two.manager.acquire_all(set, "o");
    CHECK(names_of(leases) == std::vector<std::string>{"a", "b"});
    CHECK(leases["source"].name() == "a");
    CHECK(leases["b"].name() == "b");
    CHECK_FALSE(leases.find("only"));
    const LeaseSet& seen = leases;
    CHECK(&seen["source"] == &leases["source"]);
    CHECK(seen.find("b") == &seen.begin()[1].lease);
  };
  check();
  SUBCASE("its entries changed places and names") {
    LeaseSet leases = two.manager.acquire_all(set, "o");
    std::swap(leases.entries()[0], leases.entries()[1]);
    leases.entries()[0].name = "mine";
  }
  SUBCASE("a lease was moved out") {
    const Lease kept = std::move(two.manager.acquire_all(set, "o")["b"]);
    CHECK(kept.name() == "b");
    check();
  }
  SUBCASE("a lease was added") {
    LeaseSet leases = two.manager.acquire_all(set, "o");
    leases.add("more", "extra", Lease());
    CHECK(leases.size() == 3);
  }
  SUBCASE("another set came in between") {
    LeaseSet leases = two.manager.acquire_all(other, "o");
    CHECK(names_of(leases) == std::vector<std::string>{"b"});
  }
  SUBCASE("one by names came in between") {
    CHECK(two.manager.acquire_all({{.name = "b"}}, "o").size() == 1);
  }
  SUBCASE("it could not be had") {
    const Lease held = two.manager.acquire("b", "p");
    CHECK_THROWS_AS(two.manager.acquire_all(set, "o", {.timeout = 0s}), PoolExhaustedError);
  }
  SUBCASE("it was let go on another thread") {
    LeaseSet leases = two.manager.acquire_all(set, "o");
    std::thread([&] { leases.release(); }).join();
  }
  check();
  CHECK(two.manager.get_resource_owners("a").empty());
  CHECK(two.manager.get_resource_owners("b").empty());
}
