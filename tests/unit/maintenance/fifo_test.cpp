// Strict order: with fairness 0 nobody overtakes anybody.

#include <algorithm>
#include <mutex>
#include <vector>

#include "watched.hpp"

using namespace leasehold;
using namespace leasehold::test;

TEST_CASE("fairness 0 serves in order of arrival, and no newcomer gets anything before") {
  constexpr int crowd = 8;
  for (const std::size_t slots : {1u, 2u})
    for (int round = 0; round < 10; ++round) {
      PoolConfig config = quiet(0, slots);
      config.fairness = 0ns;
      ResourceManager manager({.maintenance = false});
      manager.register_provider("db", std::make_shared<WatchedProvider>(), {.pool = config});
      std::vector<Lease> all;
      for (std::size_t i = 0; i < slots; ++i)
        all.push_back(manager.acquire("db", "first#" + std::to_string(i)));

      std::atomic<int> granted = 0, overtaken = 0;
      std::mutex mutex;
      std::vector<std::pair<std::uint64_t, int>> order;  // by fence
      std::vector<std::jthread> threads;
      for (int i = 0; i < crowd; ++i) {
        threads.emplace_back([&, i] {
          const Lease lease = manager.acquire("db", "waiter#" + std::to_string(i), {.timeout = 60s});
          {
            const std::lock_guard lock(mutex);
            order.emplace_back(lease.fence(), i);
          }
          ++granted;
        });
        REQUIRE(eventually(
            [&] { return manager.get_metrics("db").at("db").waiting == static_cast<std::size_t>(i) + 1; }));
      }
      std::atomic<bool> over = false;
      for (int n = 0; n < 2; ++n)
        threads.emplace_back([&, n] {
          const OwnerId newcomer("newcomer#" + std::to_string(n));
          while (!over) {
            const std::optional<Lease> lease = manager.try_acquire("db", newcomer);
            // A waiter that was served before counts itself before it lets go; with two slots the last may
            // still be about to.
            if (lease && granted < crowd - static_cast<int>(slots) + 1) ++overtaken;
          }
        });
      for (Lease& lease : all) lease.release();
      CHECK(eventually([&] { return granted == crowd; }));
      over = true;
      threads.clear();
      CHECK(overtaken == 0);
      std::sort(order.begin(), order.end());
      if (slots == 1)
        for (int i = 0; i < crowd; ++i) CHECK(order[static_cast<std::size_t>(i)].second == i);
    }
}
