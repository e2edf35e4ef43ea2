#include <random>

#include "fake.hpp"

using namespace fake;

namespace {

// Every n-th call of it fails, in one way or another.
class EveryNth {
 public:
  explicit EveryNth(unsigned n) : n_(n) {}
  bool operator()() { return n_ != 0 && ++calls_ % n_ == 0; }

 private:
  unsigned n_;
  std::atomic<unsigned> calls_ = 0;
};

struct Faults {
  unsigned acquire = 0, validate = 0, reset = 0;
};

// Threads take, share, nest, discard, hand over and revoke for a while. No exclusive resource may ever have
// two owners, no more than max_size may live (revoked ones aside), and in the end nothing is in use.
void storm(unsigned seed, Sharing mode, Faults faults, std::size_t max_size) {
  CAPTURE(seed);
  PoolConfig config = of_size(max_size);
  config.validate_after = 100us;
  config.max_uses = 50;
  config.fairness = seed % 2 == 0 ? 0ns : Duration(1ms);
  Rig rig(config, mode, Clock::steady());
  EveryNth acquire(faults.acquire), validate(faults.validate), reset(faults.reset);
  rig.provider->on_acquire = [&](const AcquireContext&) {
    if (acquire()) throw ConnectionError(errc::db_unreachable, "down");
  };
  rig.provider->on_validate = [&]() -> bool {
    if (validate()) throw std::runtime_error("gone");
    return true;
  };
  rig.provider->on_reset = [&] { return !reset(); };

  std::atomic<int> doubled = 0, unexpected = 0, served = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        std::mt19937 random(seed * 100 + t);
        const OwnerId mine("owner" + std::to_string(t)), common("common");
        for (int i = 0; i < 150; ++i) {
          const auto dice = static_cast<unsigned>(random() % 20);
          try {
            if (dice == 0) {
              rig.pool->release(common);
              continue;
            }
            Lease lease = rig.get(dice < 4 ? common : mine, 20s);
            ++served;
            if (dice >= 4) {
              Thing& thing = lease.as<Thing>();
              if (++thing.users != 1 && mode == Sharing::exclusive) ++doubled;
              if (dice == 5) lease.discard();
              if (dice == 6) std::this_thread::yield();
              if (dice == 7) Lease nested = rig.get(mine, 20s);
              --thing.users;
              if (dice == 8) lease.hand_over("heir of " + std::to_string(t));
              if (dice == 9) rig.pool->release(mine);
            }
            if (dice == 10) rig.pool->evict();
          } catch (const ConnectionError&) {
          } catch (const StateError&) {  // the common owner's lease was revoked
            if (dice >= 4) ++unexpected;
          } catch (...) {
            ++unexpected;
          }
        }
      });
  }
  CHECK(doubled == 0);
  CHECK(unexpected == 0);
  CHECK(served > 500);
  // The provider may still be at work for somebody who was served otherwise.
  CHECK(eventually([&] {
    const auto now = rig.pool->counts();
    return now.total == now.idle;
  }));
  const auto counts = rig.pool->counts();
  CHECK(counts.active == 0);
  CHECK(counts.waiting == 0);
  CHECK(counts.creating == 0);
  CHECK(counts.revoked_in_use == 0);
  CHECK(counts.total == counts.idle);
  CHECK(counts.total <= max_size);
  CHECK(rig.provider->live == static_cast<int>(counts.total));
  const ResourceMetrics metrics = rig.pool->metrics();
  CHECK(metrics.created - metrics.destroyed == counts.total);
  CHECK(metrics.acquisitions >= static_cast<std::uint64_t>(served));
  rig.pool->begin_close();
  CHECK(rig.pool->drain({}, rig.pool->clock().deadline_after(20s)));
  CHECK(rig.provider->live == 0);
}

}  // namespace

TEST_CASE("a storm of owners leaves nothing in use") {
  for (unsigned seed = 1; seed <= 4; ++seed) storm(seed, Sharing::exclusive, {}, 3);
}

TEST_CASE("a storm on a shared resource") {
  for (unsigned seed = 1; seed <= 2; ++seed) storm(seed, Sharing::shared, {}, 3);
}

TEST_CASE("a storm while every n-th call of the provider fails") {
  storm(11, Sharing::exclusive, {3, 0, 0}, 2);
  storm(12, Sharing::exclusive, {0, 3, 0}, 2);
  storm(13, Sharing::exclusive, {0, 0, 3}, 2);
  storm(14, Sharing::exclusive, {5, 4, 3}, 1);
  storm(15, Sharing::shared, {5, 4, 3}, 2);
}

TEST_CASE("max_size holds while threads fight for it without revocation") {
  Rig rig(of_size(3), Sharing::exclusive, Clock::steady());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const OwnerId owner("owner" + std::to_string(t));
      for (int i = 0; i < 300; ++i) {
        Lease lease = rig.get(owner, 20s);
        if (i % 10 == 0) lease.discard();
      }
    });
  threads.clear();
  CHECK(rig.provider->most_live <= 3);
  CHECK(rig.pool->metrics().acquisitions == 2400);
  CHECK(rig.pool->counts().active == 0);
}

TEST_CASE("close in the middle of everything") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Rig rig(of_size(2), Sharing::exclusive, Clock::steady());
    const auto provider = rig.provider;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 5; ++t)
      threads.emplace_back([&, t] {
        const OwnerId owner("owner" + std::to_string(t));
        while (thrown([&] { Lease lease = rig.get(owner, 20s); }).empty()) {
        }
      });
    std::this_thread::sleep_for(std::chrono::milliseconds(seed));
    rig.pool->begin_close();
    CHECK(rig.pool->drain(Clock::steady()->deadline_after(20s)));
    threads.clear();
    CHECK(eventually([&] { return provider->live == 0; }));
  }
}
