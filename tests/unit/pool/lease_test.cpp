#include "fake.hpp"

using namespace fake;

TEST_CASE("a lease lends, gives back by itself, and the next grant reuses the resource") {
  Rig rig;
  std::uint64_t first_fence = 0;
  {
    Lease lease = rig.get("a");
    CHECK(lease);
    CHECK(lease.as<Thing>().number == 1);
    CHECK(lease.owner() == OwnerId("a"));
    CHECK(lease.name() == "db");
    first_fence = lease.fence();
    CHECK(first_fence > 0);
    CHECK(rig.pool->counts().active == 1);
    CHECK(rig.pool->holds("a"));
  }
  CHECK(rig.pool->counts().active == 0);
  CHECK(rig.pool->counts().idle == 1);
  CHECK(!rig.pool->holds("a"));
  CHECK(rig.provider->resets == 1);
  Lease again = rig.get("b");
  CHECK(again.as<Thing>().number == 1);
  CHECK(again.fence() > first_fence);
  CHECK(rig.pool->metrics().reused == 1);
}

TEST_CASE("an empty lease has no resource and ends without effect") {
  Lease lease;
  CHECK(!lease);
  CHECK(thrown([&] { lease.get(); }) == "lease.revoked");
  CHECK(lease.name().empty());
  CHECK(lease.fence() == 0);
  lease.release();
  lease.discard();
  CHECK(!lease.revoked());
}

TEST_CASE("a wrong type names both types") {
  Rig rig;
  Lease lease = rig.get("a");
  try {
    lease.as<int>();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.message() == "the resource is a fake::Thing, not a int");
  }
}

TEST_CASE("a lease moves, and assignment ends the lease assigned to") {
  Rig rig;
  Lease a = rig.get("a");
  Lease b = rig.get("b");
  a = std::move(b);
  CHECK(rig.pool->counts().active == 1);
  CHECK(a.owner() == OwnerId("b"));
  CHECK(!b);
}

TEST_CASE("the same owner shares one resource, which goes back with the last lease") {
  Rig rig;
  Lease first = rig.get("a");
  Lease second = rig.get("a");
  CHECK(&first.get() == &second.get());
  CHECK(rig.pool->counts().active == 1);
  CHECK(rig.pool->holders().at(0).leases == 2);
  first.release();
  CHECK(rig.pool->counts().active == 1);
  second.release();
  CHECK(rig.pool->counts().active == 0);
  CHECK(rig.pool->metrics().acquisitions == 2);
}

TEST_CASE("another thread of an owner waits for the first acquire of that owner and shares it") {
  Rig rig;
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  auto first = std::async(std::launch::async, [&] { return rig.get("a"); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  auto second = std::async(std::launch::async, [&] { return rig.get("a"); });
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 1; }));
  CHECK(thrown([&] { rig.try_get("a"); }) == "acquire.timeout");
  go.set_value();
  Lease one = first.get(), two = second.get();
  CHECK(&one.get() == &two.get());
  CHECK(rig.provider->opened == 1);
}

TEST_CASE("a follower tries for itself when the first acquire of its owner fails") {
  Rig rig;
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::atomic<int> calls = 0;
  rig.provider->on_acquire = [&, gate](const AcquireContext&) {
    gate.wait();
    if (++calls == 1) throw ConnectionError(errc::db_unreachable, "down");
  };
  auto first = std::async(std::launch::async, [&] { return thrown([&] { rig.get("a"); }); });
  REQUIRE(eventually([&] { return rig.pool->counts().creating == 1; }));
  auto second = std::async(std::launch::async, [&] { return rig.get("a"); });
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 1; }));
  go.set_value();
  CHECK(first.get() == "db.unreachable");
  CHECK(second.get());
}

TEST_CASE("release by name from the acquiring thread returns the resource and empties the lease") {
  Rig rig(of_size(1));
  Lease lease = rig.get("a");
  Lease nested = rig.get("a");
  CHECK(rig.pool->release("a"));
  CHECK(thrown([&] { lease.get(); }) == "lease.revoked");
  CHECK(thrown([&] { nested.get(); }) == "lease.revoked");
  nested.discard();  // there is nothing left of it to discard
  CHECK(rig.pool->counts().idle == 1);
  CHECK(rig.pool->counts().revoked_in_use == 0);
  CHECK(!rig.pool->release("a"));
  Lease other = rig.get("b");
  CHECK(other.as<Thing>().number == 1);
  lease.release();
  nested.release();
  CHECK(rig.pool->counts().active == 1);
  CHECK(rig.provider->disposed == 0);
}

TEST_CASE("a use that was ended by name counts towards max_uses") {
  PoolConfig config = of_size(1);
  config.max_uses = 2;
  Rig rig(config);
  Lease lease = rig.get("a");
  CHECK(rig.pool->release("a"));
  rig.get("b");
  CHECK(rig.provider->disposed == 1);
}

TEST_CASE("release from another thread revokes: capacity at once, disposal with the last user") {
  Rig rig(of_size(1));
  Lease lease = rig.get("a");
  Thing& thing = lease.as<Thing>();
  std::thread([&] { CHECK(rig.pool->release("a")); }).join();
  CHECK(lease.revoked());
  CHECK(thrown([&] { lease.get(); }) == "lease.revoked");
  CHECK(thing.number == 1);  // alive still
  CHECK(rig.pool->counts().total == 0);
  CHECK(rig.pool->counts().revoked_in_use == 1);
  Lease other = rig.get("b");
  CHECK(other.as<Thing>().number == 2);
  CHECK(rig.provider->disposed == 0);
  lease.release();
  CHECK(rig.provider->disposed == 1);
  CHECK(rig.pool->counts().revoked_in_use == 0);
  CHECK(rig.pool->metrics().revoked == 1);
}

TEST_CASE("what was released by name has a higher number at its next grant, though another thread gets it") {
  Rig rig(of_size(1));
  for (int i = 0; i < 100; ++i) rig.get("a");
  const Lease before = rig.get("a");
  CHECK(rig.pool->release("a"));
  Lease after;
  std::thread([&] { after = rig.get("b"); }).join();  // at the same time on this clock
  CHECK(after.fence() > before.fence());
}

TEST_CASE("a revoked lease has no number that could be above the next owner's") {
  Rig rig(of_size(1));
  rig.get("b");
  Lease revoked;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) rig.get("a");
    revoked = rig.get("a");
  }).join();
  CHECK(rig.pool->release("a"));
  const Lease next = rig.get("b");  // at the same time on this clock
  CHECK(revoked.fence() == 0);
  CHECK(next.fence() > 0);
}

TEST_CASE("the numbers of a shared resource grow from thread to thread") {
  Rig rig(of_size(1), Sharing::shared);
  for (int i = 0; i < 100; ++i) rig.get("a");
  const Lease before = rig.get("a");
  Lease after;
  std::thread([&] { after = rig.get("b"); }).join();
  CHECK(after.fence() > before.fence());
}

TEST_CASE("the numbers of a shared resource grow when it is handed over, too") {
  Rig rig(of_size(1), Sharing::shared);
  Lease handed_over = rig.get("a");
  Lease next, last;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) rig.get("b");
    next = rig.get("b");
  }).join();
  handed_over.hand_over("c");  // all at the same time on this clock
  handed_over.hand_over("d");
  std::thread([&] { last = rig.get("e"); }).join();
  CHECK(next.fence() < handed_over.fence());
  CHECK(handed_over.fence() < last.fence());
}

TEST_CASE("a lease that another thread used is revoked, not returned, by its own thread") {
  Rig rig(of_size(1));
  Lease lease = rig.get("a");
  std::thread([&] { lease.get(); }).join();
  CHECK(rig.pool->release("a"));
  CHECK(rig.pool->counts().revoked_in_use == 1);
  CHECK(rig.pool->counts().idle == 0);
}

TEST_CASE("a lease with a running call is revoked, and its resource lives until the call is over") {
  Rig rig(of_size(1));
  rig.provider->table.add(
      {"touch", "", {}, [&](Resource& resource, const nlohmann::json&, const OperationContext&) {
         CHECK(rig.pool->release("a"));
         CHECK(rig.pool->counts().revoked_in_use == 1);
         CHECK(rig.provider->disposed == 0);
         return nlohmann::json(resource.as<Thing>().number);
       }});
  Lease lease = rig.get("a");
  CHECK(lease.call("touch", {}) == 1);
  CHECK(rig.provider->disposed == 0);
  lease.release();
  CHECK(rig.provider->disposed == 1);
}

TEST_CASE("discard: the resource is not lent again, the lease goes on") {
  Rig rig;
  Lease lease = rig.get("a");
  lease.discard();
  CHECK(lease.as<Thing>().number == 1);
  lease.release();
  CHECK(rig.provider->disposed == 1);
  CHECK(rig.pool->counts().total == 0);
  CHECK(rig.get("a").as<Thing>().number == 2);
}

TEST_CASE("hand_over changes owner and fence and keeps the resource") {
  Rig rig(of_size(1));
  Lease lease = rig.get("a");
  const Resource* const resource = &lease.get();
  const std::uint64_t fence = lease.fence();
  rig.clock->advance(1s);
  lease.hand_over("b");
  CHECK(&lease.get() == resource);
  CHECK(lease.owner() == OwnerId("b"));
  CHECK(lease.fence() > fence);
  CHECK(!rig.pool->holds("a"));
  CHECK(rig.pool->holds("b"));
  CHECK(rig.pool->holders().at(0).age == 0s);
  CHECK(rig.pool->metrics().hold.count == 1);
  CHECK(rig.pool->metrics().acquisitions == 2);
  Lease nested = rig.get("b");
  CHECK(thrown([&] { lease.hand_over("c"); }) == "lease.fenced");
  nested.release();
  CHECK(thrown([&] { lease.hand_over(OwnerId()); }) == "config.value");
  CHECK(rig.pool->release("b"));
  CHECK(thrown([&] { lease.hand_over("c"); }) == "lease.revoked");
  CHECK(rig.pool->holders().empty());
}

TEST_CASE("hand_over refuses an owner who holds one already") {
  Rig rig(of_size(2));
  Lease a = rig.get("a"), b = rig.get("b");
  CHECK(thrown([&] { a.hand_over("b"); }) == "lease.fenced");
  CHECK(a.owner() == OwnerId("a"));
  CHECK(rig.pool->holds("a"));
}

TEST_CASE("release_all takes back what one owner holds, and nothing of another") {
  Rig one, two;
  detail::PoolSetup setup;
  Lease a = one.get("a"), prefixed = one.get("a:b");
  Lease elsewhere = two.get("a");
  CHECK(detail::release_all("a", &one) == 1);
  CHECK(!one.pool->holds("a"));
  CHECK(one.pool->holds("a:b"));
  CHECK(two.pool->holds("a"));
  CHECK(prefixed.as<Thing>().number > 0);
  CHECK(detail::release_all("nobody here", &one) == 0);
  CHECK(detail::release_all(OwnerId(), &one) == 0);
}

TEST_CASE("owners leave nothing behind") {
  const std::size_t before = OwnerId::living();
  {
    Rig rig;
    for (int i = 0; i < 1000; ++i) rig.get("owner " + std::to_string(i));
    CHECK(OwnerId::living() == before);
    const Lease lease = rig.get("x");
    CHECK(OwnerId::living() == before + 1);
    CHECK(OwnerId("x") == lease.owner());
    CHECK(OwnerId("x").value() == lease.owner().value());
  }
  CHECK(OwnerId::living() == before);
  CHECK(OwnerId("").value() == 0);
  CHECK(!OwnerId(""));
}

TEST_CASE("an acquire for nobody is refused") {
  Rig rig;
  CHECK(thrown([&] { rig.get(OwnerId()); }) == "config.value");
}

TEST_CASE("a shared provider lends one resource to many owners") {
  Rig rig(of_size(4), Sharing::shared);
  Lease a = rig.get("a"), b = rig.get("b");
  CHECK(&a.get() == &b.get());
  CHECK(rig.provider->opened == 1);
  CHECK(rig.pool->counts().active == 2);
  CHECK(rig.pool->holders().size() == 2);
  std::thread([&] { CHECK(rig.pool->release("a")); }).join();
  CHECK(thrown([&] { a.get(); }) == "lease.revoked");
  CHECK(b.as<Thing>().number == 1);
  a.release();
  b.release();
  CHECK(rig.pool->counts().idle == 1);
  CHECK(rig.provider->disposed == 0);
  Lease c = rig.get("c");
  c.discard();
  Lease d = rig.get("d");
  CHECK(d.as<Thing>().number == 2);
  CHECK(c.as<Thing>().number == 1);
  CHECK(rig.provider->disposed == 0);
  c.release();
  CHECK(rig.provider->disposed == 1);
}

TEST_CASE("of a shared resource one is made at a time") {
  Rig rig(of_size(2), Sharing::shared);
  std::promise<void> made;
  rig.provider->on_acquire = [go = made.get_future().share()](const AcquireContext&) { go.wait(); };
  auto a = std::async(std::launch::async, [&] { return rig.get("a"); });
  REQUIRE(eventually([&] { return rig.provider->opened == 1; }));
  auto b = std::async(std::launch::async, [&] { return rig.get("b"); });
  REQUIRE(eventually([&] { return rig.pool->counts().waiting == 1; }));
  made.set_value();
  const Lease one = a.get(), two = b.get();
  CHECK(&one.get() == &two.get());
  CHECK(rig.provider->opened == 1);
}

TEST_CASE("a shared resource that is to be retired frees its capacity once only revoked users are left") {
  Rig rig(of_size(1), Sharing::shared);
  Lease a = rig.get("a"), b = rig.get("b");
  const auto revoke = [&](const char* owner) {
    std::thread([&] { CHECK(rig.pool->release(owner)); }).join();
  };
  SUBCASE("revoked, then evicted") {
    revoke("a");
    revoke("b");
    CHECK(rig.pool->counts().total == 1);  // it could be lent again
    rig.pool->evict();
  }
  SUBCASE("evicted, then revoked") {
    rig.pool->evict();
    revoke("a");
    CHECK(thrown([&] { rig.try_get("c"); }) == "acquire.timeout");  // b has it
    revoke("b");
  }
  SUBCASE("evicted, one revoked, the other ends by itself") {
    rig.pool->evict();
    revoke("a");
    b.release();
  }
  CHECK(rig.pool->counts().total == 0);
  Lease c = rig.get("c");
  CHECK(c.as<Thing>().number == 2);
  CHECK(rig.pool->counts().total == 1);
  CHECK(rig.provider->disposed == 0);
  a.release();
  b.release();
  CHECK(rig.provider->disposed == 1);
  CHECK(rig.pool->counts().total == 1);
  CHECK(&rig.get("d").get() == &c.get());
}

TEST_CASE("a shared resource that is slow to go does not keep the next from being made") {
  Rig rig(of_size(2), Sharing::shared);
  std::promise<void> let_go;
  rig.provider->on_release = [&, done = let_go.get_future().share()] { done.wait(); };
  Lease a = rig.get("a");
  a.discard();
  std::thread going([&] { a.release(); });
  CHECK(eventually([&] { return rig.pool->counts().active == 0; }));
  CHECK(rig.try_get("b").as<Thing>().number == 2);
  let_go.set_value();
  going.join();
}

TEST_CASE("leases outlive their pool's handle: they are revoked and clean up at their end") {
  auto provider = std::make_shared<Provider>();
  Lease lease;
  {
    Rig rig;
    provider = rig.provider;
    lease = rig.get("a");
    rig.get("b");
  }
  CHECK(provider->disposed == 1);  // the idle one
  CHECK(lease.revoked());
  CHECK(lease.name() == "db");
  lease.release();
  CHECK(provider->live == 0);
}

TEST_CASE("a lease set finds by name and role and ends in reverse order") {
  Rig rig;
  LeaseSet set;
  set.add({"db", "source", rig.get("a")});
  set.add({"files", "", Lease()});
  CHECK(set.at("source").name() == "db");
  CHECK(set["db"].name() == "db");
  CHECK(set.find("nothing") == nullptr);
  CHECK(thrown([&] { set.at("sources"); }) == "resource.unknown");
  set.release();
  CHECK(set.empty());
  CHECK(rig.pool->counts().active == 0);
}

TEST_CASE("a lease set keeps its own copy of names and roles") {
  LeaseSet set;
  const auto all_there = [](LeaseSet& one) {
    bool all = one.size() == 40;
    for (int i = 0; i < 40; ++i)
      all = all && one.find("resource " + std::to_string(i)) && one.find("role " + std::to_string(i));
    return all;
  };
  for (int i = 0; i < 40; ++i) {
    std::string name = "resource " + std::to_string(i), role = "role " + std::to_string(i);
    set.add({name, role, Lease()});
    name.assign(name.size(), '-');
    role.assign(role.size(), '-');
  }
  CHECK(all_there(set));
  LeaseSet moved(std::move(set));
  CHECK(all_there(moved));
  LeaseSet assigned;
  assigned.add({"a", "", Lease()});
  assigned = std::move(moved);
  CHECK(all_there(assigned));
  for (LeaseSet* left : {&set, &moved}) {  // NOLINT(bugprone-use-after-move): empty, and good for more
    CHECK(left->empty());
    left->add({"b", "second", Lease()});
    CHECK(left->find("second") == left->find("b"));
  }
  assigned.release();
  assigned.add({"c", "", Lease()});
  CHECK(assigned.find("c"));
  CHECK_FALSE(assigned.find(""));
  CHECK(all_there(assigned) == false);
}
