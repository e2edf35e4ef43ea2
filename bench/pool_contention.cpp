// Many threads: what a lease costs, in CPU time and in waiting, when everybody wants it.

#include "groups.hpp"
#include "harness.hpp"
#include "null_provider.hpp"
#include "peers.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <leasehold/manager.hpp>

#include <algorithm>
#include <latch>
#include <thread>

namespace bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

double process_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Outcome {
  double operations_per_second = 0;
  double cpu_ns_per_operation = 0;
  double p99_wait_ns = 0;
  double p999_wait_ns = 0;
};

// `threads` threads call `round` (which returns the nanoseconds it waited) for 200 ms. `each`: every wait is
// kept, not one in eight.
Outcome contend(int threads, const std::function<double(int thread)>& round, bool each = false) {
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> operations = 0;
  std::vector<std::vector<double>> waits(static_cast<std::size_t>(threads));
  std::latch ready(threads + 1);
  std::vector<std::jthread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      auto& mine = waits[static_cast<std::size_t>(t)];
      mine.reserve(1 << 16);
      ready.arrive_and_wait();
      std::uint64_t count = 0;
      while (!stop.load(std::memory_order_relaxed)) {
        const double wait = round(t);
        if (++count % (each ? 1 : 8) == 0 && mine.size() < mine.capacity()) mine.push_back(wait);
      }
      operations += count;
    });
  }
  ready.arrive_and_wait();
  const double cpu = process_cpu_seconds();
  const auto start = clock::now();
  std::this_thread::sleep_for(200ms);
  stop = true;
  all.clear();
  const std::chrono::duration<double> took = clock::now() - start;
  const double used = process_cpu_seconds() - cpu;

  std::vector<double> merged;
  for (const auto& some : waits) merged.insert(merged.end(), some.begin(), some.end());
  Outcome outcome;
  const double count = static_cast<double>(operations.load());
  outcome.operations_per_second = count / took.count();
  outcome.cpu_ns_per_operation = used * 1e9 / std::max(1.0, count);
  if (!merged.empty()) {
    const auto quantile = [&](std::size_t per_mille) {
      const auto at = merged.begin() + static_cast<std::ptrdiff_t>(merged.size() * per_mille / 1000);
      std::nth_element(merged.begin(), at, merged.end());
      return *at;
    };
    outcome.p99_wait_ns = quantile(990);
    outcome.p999_wait_ns = quantile(999);
  }
  return outcome;
}

// What is done with a resource: nothing, computing, or waiting for an answer from outside.
using Use = std::function<void()>;

void work() {
  const auto end = clock::now() + 50us;
  while (clock::now() < end) {
  }
}

void wait_outside() {
  std::this_thread::sleep_for(50us);
}

struct Arena {
  leasehold::ResourceManager manager;
  leasehold::ResourceId db = manager.resource_id("db");
  std::vector<leasehold::OwnerId> owners;

  Arena(std::size_t slots, int threads) {
    leasehold::ProviderOptions options;
    options.pool.max_size = slots;
    manager.register_provider("db", std::make_shared<NullProvider>(), options);
    for (int t = 0; t < threads; ++t) owners.emplace_back(fmt::format("worker#{}", t));
  }

  std::function<double(int)> round(Use use) {
    return [this, use = std::move(use)](int thread) {
      if (!use) {
        keep(manager.acquire(db, owners[static_cast<std::size_t>(thread)]));
        return 0.0;
      }
      const auto start = clock::now();
      const leasehold::Lease lease = manager.acquire(db, owners[static_cast<std::size_t>(thread)]);
      const double waited = std::chrono::duration<double, std::nano>(clock::now() - start).count();
      use();
      return waited;
    };
  }
};

std::function<double(int)> round(MutexPool& pool, Use use) {
  return [&pool, use = std::move(use)](int) {
    if (!use) {
      pool.release(pool.acquire(30s));
      return 0.0;
    }
    const auto start = clock::now();
    const int resource = pool.acquire(30s);
    const double waited = std::chrono::duration<double, std::nano>(clock::now() - start).count();
    use();
    pool.release(resource);
    return waited;
  };
}

// More threads than resources, each held for 50 us: who waits how long, and what the waiting costs.
void saturated(const std::string& how, const Use& use, std::string_view why_waits) {
  Arena arena(4, 32);
  MutexPool pool(4);
  std::map<std::string, std::vector<Outcome>> outcomes;
  const auto contender = [&](const std::string& name, std::function<double(int)> once) {
    return Contender{name, [&outcomes, name, once] {
                       outcomes[name].push_back(contend(32, once, true));
                       return outcomes[name].back().operations_per_second;
                     }};
  };
  const std::string what = "32 threads, 4 slots, 50 us hold " + how + ": ";
  const auto throughput =
      measure(what + "operations/s",
              {contender("leasehold", arena.round(use)), contender("mutex", round(pool, use))}, 5);
  // Of medians of each repetition; the first did not count.
  const auto ratio = [&](double Outcome::*value) {
    const auto median = [&](const std::string& name) {
      std::vector<double> values;
      for (std::size_t i = 1; i < outcomes[name].size(); ++i) values.push_back(outcomes[name][i].*value);
      std::sort(values.begin(), values.end());
      return values[values.size() / 2];
    };
    return median("leasehold") / median("mutex");
  };
  judge(what + "p99 wait / mutex pool", ratio(&Outcome::p99_wait_ns), Reach::at_most, 0.2, why_waits);
  judge(what + "p99.9 wait / mutex pool", ratio(&Outcome::p999_wait_ns), Reach::at_most, 0.2, why_waits);
  judge(what + "throughput / mutex pool", throughput.at("leasehold") / throughput.at("mutex"),
        Reach::at_least, 0.95, "a resource waits until the thread whose turn it is runs");
  judge(what + "CPU time per operation / mutex pool", ratio(&Outcome::cpu_ns_per_operation), Reach::at_most,
        1.0, "a turn is a switch of threads, which the mutex pool does without");
}

}  // namespace

void pool_contention() {
  for (const std::size_t slots : {std::size_t{4}, std::size_t{32}}) {
    double alone = 0;
    for (const int threads : {1, 2, 8, 32}) {
      Arena arena(slots, threads);
      MutexPool pool(slots);
      std::map<std::string, double> cpu;
      const auto throughput =
          measure(fmt::format("{} threads, {} slots, no hold, operations/s", threads, slots),
                  {{"leasehold",
                    [&] {
                      const Outcome outcome = contend(threads, arena.round(nullptr));
                      cpu["leasehold"] = cpu.contains("leasehold")
                                             ? std::min(cpu["leasehold"], outcome.cpu_ns_per_operation)
                                             : outcome.cpu_ns_per_operation;
                      return outcome.operations_per_second;
                    }},
                   {"mutex", [&] { return contend(threads, round(pool, nullptr)).operations_per_second; }}},
                  5);
      if (threads == 1) {
        alone = cpu["leasehold"];
        continue;
      }
      judge(fmt::format("{} threads, {} slots: CPU time per operation / one thread's", threads, slots),
            cpu["leasehold"] / alone, Reach::at_most, 1.5);
      judge(fmt::format("{} threads, {} slots: throughput / mutex pool", threads, slots),
            throughput.at("leasehold") / throughput.at("mutex"), Reach::at_least, 10,
            "each core adds one thread's rate and no more; with few cores the mutex pool collapses less than "
            "the goal takes for granted");
    }
  }

  saturated("outside", wait_outside, "");
  saturated(
      "computing", work,
      "more threads compute than there are cores: who returns takes again until its time slice is over, so "
      "that about one acquire in a hundred waits at all, for slices; here everybody waits for its turn");
}

}  // namespace bench
