// What a lease costs beside much of everything: other leases, other resources, other threads, metrics, slots.

#include "groups.hpp"
#include "harness.hpp"
#include "null_provider.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <time.h>
#include <leasehold/manager.hpp>

#include <latch>
#include <thread>

namespace bench {

namespace {

using leasehold::Lease;
using leasehold::OwnerId;
using leasehold::ResourceManager;

void add(ResourceManager& manager, const std::string& name, std::size_t slots = 4) {
  leasehold::ProviderOptions options;
  options.pool.max_size = slots;
  manager.register_provider(name, std::make_shared<NullProvider>(), options);
}

double calls(const std::function<void()>& operation) {
  return time_per_call([&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) operation();
  });
}

// Others hold `pools` times `each` leases.
struct Holders {
  Holders(std::size_t pools, std::size_t each) {
    for (std::size_t p = 0; p < pools; ++p) {
      const std::string name = fmt::format("pool{}", p);
      add(manager, name, each + 1);
      for (std::size_t i = 0; i < each; ++i)
        leases.push_back(manager.acquire(name, fmt::format("holder#{}.{}", p, i)));
    }
  }
  ~Holders() { leases.clear(); }

  ResourceManager manager;
  std::vector<Lease> leases;
  const OwnerId owner = "import/store#1";

  void round() {
    const Lease one = manager.acquire("pool0", owner), two = manager.acquire("pool1", owner);
    keep(manager.release_all(owner));
  }
};

void beside_many_leases() {
  Holders few(2, 5), many(100, 1000);
  const auto ns = measure("two acquires and release_all, ns",
                          {{"beside 10 leases", [&] { return calls([&] { few.round(); }); }},
                           {"beside 100,000 leases", [&] { return calls([&] { many.round(); }); }}});
  judge("acquire and release_all with 100,000 other leases held / with 10",
        ns.at("beside 100,000 leases") / ns.at("beside 10 leases"), Reach::at_most, 1.2);
}

void among_many_resources() {
  ResourceManager few, many;
  for (int i = 0; i < 10; ++i) add(few, fmt::format("resource{}", i));
  for (int i = 0; i < 10'000; ++i) add(many, fmt::format("resource{}", i));
  const OwnerId owner = "import/store#1";
  const auto ns =
      measure("round trip among others, ns",
              {{"10 resources", [&] { return calls([&] { keep(few.acquire("resource7", owner)); }); }},
               {"10,000 resources", [&] { return calls([&] { keep(many.acquire("resource7", owner)); }); }}});
  judge("acquire among 10,000 registered resources / among 10",
        ns.at("10,000 resources") / ns.at("10 resources"), Reach::at_most, 1.2);
}

void with_and_without_metrics() {
  ResourceManager with, without({.metrics = false});
  add(with, "db");
  add(without, "db");
  const OwnerId owner = "import/store#1";
  const auto ns =
      measure("round trip, ns",
              {{"with metrics", [&] { return calls([&] { keep(with.acquire("db", owner)); }); }},
               {"without metrics", [&] { return calls([&] { keep(without.acquire("db", owner)); }); }}});
  judge("all metrics of a round trip", ns.at("with metrics") - ns.at("without metrics"), Reach::at_most, 10,
        "", " ns");
}

double thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// CPU time per round trip, each of the threads on a resource and with an owner of its own.
double on_distinct_resources(ResourceManager& manager, std::size_t threads) {
  constexpr int rounds = 200'000;
  std::latch ready(static_cast<std::ptrdiff_t>(threads));
  std::vector<double> used(threads);
  std::vector<std::jthread> all;
  for (std::size_t t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      const std::string name = fmt::format("resource{}", t);
      const OwnerId owner(fmt::format("worker#{}", t));
      keep(manager.acquire(name, owner));
      ready.arrive_and_wait();
      const double start = thread_cpu_ns();
      for (int i = 0; i < rounds; ++i) keep(manager.acquire(name, owner));
      used[t] = thread_cpu_ns() - start;
    });
  all.clear();
  double sum = 0;
  for (const double one : used) sum += one;
  return sum / static_cast<double>(threads) / rounds;
}

void threads_apart() {
  ResourceManager manager;
  for (int i = 0; i < 16; ++i) add(manager, fmt::format("resource{}", i));
  std::vector<Contender> contenders;
  for (const std::size_t threads : {1u, 2u, 4u, 8u, 16u})
    contenders.push_back(
        {fmt::to_string(threads), [&manager, threads] { return on_distinct_resources(manager, threads); }});
  const auto ns = measure("round trip on distinct resources by threads, CPU ns", contenders, 5);
  const unsigned cores = std::thread::hardware_concurrency();
  for (const std::size_t threads : {2u, 4u, 8u, 16u})
    judge(fmt::format("{} threads on distinct resources ({} cores): CPU per operation / one thread's",
                      threads, cores),
          ns.at(fmt::to_string(threads)) / ns.at("1"), Reach::at_most, 1.3);
}

std::size_t bytes_in_use() {
  const auto info = mallinfo2();  // of all arenas: workers make the resources
  return info.uordblks + info.hblkhd;
}

void memory() {
  constexpr std::size_t count = 10'000;
  std::size_t before = bytes_in_use();
  std::vector<leasehold::Resource> resources(count);
  before = bytes_in_use();
  for (auto& resource : resources) resource = leasehold::Resource::make<int>(0);
  const double resource = static_cast<double>(bytes_in_use() - before) / count;

  ResourceManager manager;
  add(manager, "db", count);
  keep(manager.acquire("db", "first"));
  std::vector<Lease> leases(count);
  before = bytes_in_use();
  for (std::size_t i = 0; i < count; ++i) leases[i] = manager.acquire("db", fmt::format("owner#{}", i));
  for (Lease& lease : leases) lease.release();
  const double slot = static_cast<double>(bytes_in_use() - before) / (count - 1);
  judge("memory of a slot beside its resource", slot - resource, Reach::at_most, 256, "", " B");
}

}  // namespace

void pool_scale() {
  memory();  // first: what is freed later may be kept by the allocator
  with_and_without_metrics();
  threads_apart();
  among_many_resources();
  beside_many_leases();
}

}  // namespace bench
