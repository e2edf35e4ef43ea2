// The slot, gate and waiter protocol under every interleaving that a seed, or a search, comes to. The code
// under test is the core's own; see seam/sync/sync.hpp for what is put in its way and scheduler.hpp for what
// that does.
//
// LEASEHOLD_STRESS_SECONDS sets how long the random search goes on, LEASEHOLD_STRESS_SEED replays one seed
// and LEASEHOLD_MODEL_STEPS says how many of its last steps to show.

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <budget.hpp>
#include <functional>

#include "world.hpp"

using namespace leasehold;
using namespace leasehold::model;

namespace {

Scheduler& scheduler() {
  static Scheduler& only = *new Scheduler;
  return only;
}

Outcome run(const Plan& plan) {
  const auto strategy = random_strategy(plan.seed);
  return run(scheduler(), *strategy, plan);
}

// Says what was run when the process comes to grief.
class Crashes {
 public:
  explicit Crashes(std::function<std::string()> what) : what_(std::move(what)) {
    current = this;
    struct sigaction tell {};
    tell.sa_handler = [](int signal) {
      const std::string text =
          "the model crashed; " + current->what_() + scheduler().trace(shown_steps()) + "\n";
      static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
      for (const Before& before : handlers) sigaction(before.signal, &before.action, nullptr);
      raise(signal);
    };
    tell.sa_flags = SA_ONSTACK;
    for (Before& before : handlers) sigaction(before.signal, &tell, &before.action);
  }
  ~Crashes() {
    for (const Before& before : handlers) sigaction(before.signal, &before.action, nullptr);
  }
  Crashes(const Crashes&) = delete;
  Crashes& operator=(const Crashes&) = delete;

 private:
  struct Before {
    int signal;
    struct sigaction action;
  };
  const std::function<std::string()> what_;
  static inline const Crashes* current = nullptr;
  static inline std::array<Before, 3> handlers = {{{SIGSEGV, {}}, {SIGABRT, {}}, {SIGBUS, {}}}};
};

// What `search` returns, in a process of its own: nothing can go on after a model that failed.
template <class Search>
std::string in_child(Search search) {
  scheduler();
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string found = search();
    const auto written = write(ends[1], found.data(), found.size());
    _exit(written == static_cast<ssize_t>(found.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string found;
  char part[4096];
  for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;)
    found.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return found;
}

Plan small(std::size_t max_size, bool warm, std::vector<std::vector<Step>> threads) {
  Plan plan;
  PoolPlan pool;
  pool.name = "pool0";
  pool.config.max_size = pool.largest = max_size;
  pool.config.acquire_timeout = forever;
  plan.pools.push_back(pool);
  plan.warm = warm;
  plan.threads = std::move(threads);
  for (const auto& steps : plan.threads)
    for (const Step& step : steps) plan.common_owner = plan.common_owner || step.owner == "common";
  return plan;
}

Step acquire(std::string owner, Duration time = forever) {
  return {.action = Action::acquire, .owner = std::move(owner), .time = time};
}
const Step use{.action = Action::use};
const Step drop{.action = Action::drop};
const Step discard{.action = Action::discard};

}  // namespace

TEST_CASE("a seed replays step by step") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Outcome first = run(make_plan(seed));
    REQUIRE(first.failure == "");
    const Outcome second = run(make_plan(seed));
    REQUIRE(first.steps == second.steps);
    REQUIRE(first.digest == second.digest);
  }
}

TEST_CASE("the model finds a barrier that does nothing") {
  struct Broken {
    std::string what;
    Barriers barriers;
  };
  const std::vector<Broken> all = {{"heavy", {.heavy = false}}, {"full", {.full = false}}};
  for (const Broken& broken : all) {
    const std::string found = in_child([&] {
      for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        Plan plan = make_plan(seed);
        plan.barriers = broken.barriers;
        if (const Outcome outcome = run(plan); !outcome.failure.empty())
          return fmt::format("seed {}: {}", seed, outcome.failure.substr(0, outcome.failure.find('\n')));
      }
      return std::string();
    });
    CHECK_MESSAGE(found != "", "nobody misses the ", broken.what, " barrier");
    MESSAGE(broken.what, ": ", found);
  }
}

TEST_CASE("the model finds an overtaking where the order is strict") {
  const std::string found = in_child([] {
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
      Plan plan = make_plan(seed);
      for (PoolPlan& pool : plan.pools)
        if (pool.in_order) pool.config.fairness = 1ms;  // so that newcomers may barge
      if (const Outcome outcome = run(plan); !outcome.failure.empty())
        return fmt::format("seed {}: {}", seed, outcome.failure.substr(0, outcome.failure.find('\n')));
    }
    return std::string();
  });
  CHECK(found.find("was overtaken") != std::string::npos);
  MESSAGE(found);
}

TEST_CASE("few threads that do little hold in every interleaving with few switches") {
  struct Case {
    std::string what;
    std::size_t bound;
    Plan plan;
  };
  const std::vector<Step> lends_a = {acquire("a"), drop};
  const std::vector<Step> lends_b = {acquire("b"), drop};
  const std::vector<Step> pauses = {acquire("a"), {.action = Action::pause}, drop};
  const auto rests = [](const char* owner) {
    return std::vector<Step>{acquire(owner), {.action = Action::sleep, .time = 20us}, drop};
  };
  const std::vector<Step> shares = {acquire("common"), drop};
  const auto ends = [](Action action) { return std::vector<Step>{{.action = action, .time = 0ns}}; };
  Plan destroyed = small(1, true, {{acquire("a")}, {acquire("b", 0ns)}});
  destroyed.destroys = true;
  Plan fair = small(1, true, {lends_a, lends_b, {acquire("c"), drop}});
  fair.pools[0].config.fairness = 0ns;
  Plan bare = small(1, true, {lends_a, lends_b});
  bare.barriers.membarrier = false;
  const std::vector<Case> cases = {
      {"one slot, two owners", 2, small(1, true, {lends_a, lends_b})},
      {"without membarrier", 2, bare},
      {"three owners in strict order", 1, fair},
      {"two slots, four owners", 0, small(2, true, {rests("a"), rests("b"), rests("c"), rests("d")})},
      {"made when needed", 1, small(1, false, {lends_a, lends_b})},
      {"discarded", 2, small(1, true, {{acquire("a"), discard}, lends_b})},
      {"one owner, two threads", 2, small(1, true, {shares, shares})},
      {"the same, made when needed", 1, small(1, false, {shares, shares})},
      {"taken away", 2,
       small(1, true, {{acquire("a"), use, drop}, {{.action = Action::release, .owner = "a"}}})},
      {"gives up", 2, small(1, true, {lends_a, {acquire("b", 50us), drop}})},
      {"closed", 2, small(1, true, {lends_a, ends(Action::close)})},
      {"closed while it is made", 2, small(1, false, {lends_a, ends(Action::close)})},
      {"closed while it comes back", 2, small(1, true, {pauses, ends(Action::close)})},
      {"unregistered while it comes back", 1, small(1, true, {pauses, ends(Action::unregister)})},
      {"unregistered", 1, small(1, true, {lends_a, ends(Action::unregister)})},
      {"unregistered and closed", 1, small(1, true, {ends(Action::unregister), ends(Action::close)})},
      {"destroyed", 2, destroyed},
  };
  // With time to spare, one deviation more in each.
  const auto seconds = test::number_from_environment("LEASEHOLD_STRESS_SECONDS");
  std::uint64_t runs = 0;
  for (const Case& each : cases) {
    const Crashes crashes([&] { return each.what + "\n" + describe(each.plan); });
    Exhaustive search(each.bound + (seconds ? 1 : 0));
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(seconds.value_or(3600)) / cases.size();
    const std::uint64_t before = runs;
    do {
      const Outcome outcome = run(scheduler(), search, each.plan);
      ++runs;
      REQUIRE_MESSAGE(outcome.failure.empty(), each.what, ", interleaving ", runs - before, ": ",
                      outcome.failure);
    } while (std::chrono::steady_clock::now() < end && search.next_run());
    if (seconds) MESSAGE(each.what, ": ", runs - before);
  }
  MESSAGE(runs, " interleavings");
}

TEST_CASE("whatever threads do, and whenever, nothing is lent twice or lost, and nobody waits for nothing") {
  test::Budget budget(5s);
  std::uint64_t current = 0;
  const Crashes crashes([&] { return test::Budget::replay(current) + "\n" + describe(make_plan(current)); });
  std::uint64_t steps = 0;
  while (const auto seed = budget.next()) {
    current = *seed;
    const Plan plan = make_plan(current);
    const Outcome outcome = run(plan);
    steps += outcome.steps;
    REQUIRE_MESSAGE(outcome.failure.empty(), "seed ", current, ": ", outcome.failure, "\n",
                    test::Budget::replay(current));
    // What is kept for the next use is kept once.
    REQUIRE_MESSAGE((outcome.left <= 0 || run(plan).left <= 0), "seed ", current, " leaves memory behind; ",
                    test::Budget::replay(current));
  }
  MESSAGE(budget.told(), ", ", steps, " steps");
}
