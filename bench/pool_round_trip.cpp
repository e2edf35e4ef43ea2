// One thread: what a lease costs when nobody else wants it.

#include "groups.hpp"
#include "harness.hpp"
#include "null_provider.hpp"
#include "peers.hpp"

#include <Poco/ObjectPool.h>
#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <leasehold/manager.hpp>

namespace bench {

using namespace std::chrono_literals;

void pool_round_trip() {
  leasehold::ResourceManager manager;
  leasehold::ProviderOptions options;
  options.pool.max_size = 4;
  options.breaker.failures = 5;
  manager.register_provider("db", std::make_shared<NullProvider>(), options);
  manager.register_provider("files", std::make_shared<NullProvider>(), options);
  manager.register_provider("rates", std::make_shared<NullProvider>(), options);

  const leasehold::OwnerId owner = "import/store#1";
  const leasehold::ResourceId db = manager.resource_id("db");
  MutexPool mutex_pool(4);
  soci::connection_pool soci_pool(4);
  Poco::ObjectPool<int> poco_pool(4, 4);
  std::mutex mutex;
  std::atomic<int> word = 0;

  const auto per_call = [](auto operation) {
    return [operation] {
      return time_per_call([&](std::size_t calls) {
        for (std::size_t i = 0; i < calls; ++i) operation();
      });
    };
  };
  const leasehold::RequirementSet three =
      manager.prepare({{.name = "db"}, {.name = "files"}, {.name = "rates"}});

  const auto ns =
      measure("round trip, one thread, ns",
              {{"leasehold", per_call([&] { keep(manager.acquire(db, owner)); })},
               {"leasehold, by strings", per_call([&] { keep(manager.acquire("db", "import/store#2")); })},
               {"leasehold, nested",
                [&] {
                  const leasehold::Lease outer = manager.acquire(db, owner);
                  return time_per_call([&](std::size_t calls) {
                    for (std::size_t i = 0; i < calls; ++i) keep(manager.acquire(db, owner));
                  });
                }},
               {"leasehold, three at once", per_call([&] { keep(manager.acquire_all(three, owner)); })},
               {"mutex + condition variable", per_call([&] {
                  const int resource = mutex_pool.acquire(1000ms);
                  keep(resource);
                  mutex_pool.release(resource);
                })},
               {"SOCI connection_pool", per_call([&] {
                  std::size_t at = 0;
                  soci_pool.try_lease(at, 1000);
                  keep(at);
                  soci_pool.give_back(at);
                })},
               {"Poco ObjectPool", per_call([&] {
                  int* const resource = poco_pool.borrowObject(1000);
                  keep(resource);
                  poco_pool.returnObject(resource);
                })},
               {"mutex lock + unlock", per_call([&] {
                  mutex.lock();
                  keep(word);
                  mutex.unlock();
                })},
               {"compare-and-swap pair", per_call([&] {
                  int free = 0;
                  word.compare_exchange_strong(free, 1);
                  int taken = 1;
                  word.compare_exchange_strong(taken, 0);
                })}});
  for (const auto& [name, value] : ns) tell(fmt::format("  {:<32} {:>9.1f} ns", name, value));

  constexpr std::string_view why =
      "beside its compare-and-swap a lease enters its owner, reads the coarse clock twice and asks the "
      "provider to reset the resource";
  const double mine = ns.at("leasehold");
  judge("round trip / mutex + condition variable pool", mine / ns.at("mutex + condition variable"),
        Reach::at_most, 0.45, why);
  judge("round trip / SOCI connection_pool", mine / ns.at("SOCI connection_pool"), Reach::at_most, 0.65);
  judge("round trip / uncontended mutex pair", mine / ns.at("mutex lock + unlock"), Reach::at_most, 1.6, why);
  judge("by strings / mutex + condition variable pool",
        ns.at("leasehold, by strings") / ns.at("mutex + condition variable"), Reach::at_most, 1.2);
  judge("nested by the same owner / plain", ns.at("leasehold, nested") / mine, Reach::at_most, 1.5);
  judge(
      "acquire_all of three / one acquire", ns.at("leasehold, three at once") / mine, Reach::at_most, 3.3,
      "the set checks the canonical order, copies names and roles, and each compare-and-swap waits for what "
      "was stored before them");
}

}  // namespace bench
