// Machines that run on data to their end: one after the other, and many at once.

#include "allocations.hpp"
#include "groups.hpp"
#include "harness.hpp"
#include "null_provider.hpp"
#include "ring_msm.hpp"

#include <fmt/format.h>
#include <leasehold/fsm/machine.hpp>

#include <ranges>

namespace bench {

namespace {

constexpr const char* three = R"(
name: three
networks:
  - name: main
    initial: load
    states:
      - {name: load, functions: {transform: [nothing]}, arcs: [{target: store}]}
      - {name: store, resources: [db], functions: {transform: [nothing]}, arcs: [{target: done}]}
      - {name: done, type: final}
)";

// A record's worth of work: some microseconds of jq.
constexpr const char* working = R"(
name: working
networks:
  - name: main
    initial: sum
    states:
      - name: sum
        resources: [db]
        functions: {transform: [{jq: '[range(200)] | add', into: .sum}]}
        arcs: [{target: done}]
      - {name: done, type: final}
)";

}  // namespace

void machine_runs() {
  leasehold::ResourceManager manager;
  manager.register_provider("db", std::make_shared<NullProvider>(), {.pool = {.max_size = 4}});
  leasehold::fsm::FunctionRegistry functions;
  functions.action("nothing", [](leasehold::fsm::Context&) {});
  const auto three_machine = leasehold::fsm::load_machine_text(three, manager, functions);
  const auto working_machine = leasehold::fsm::load_machine_text(working, manager, functions);
  Counters counters;
  MsmRing msm(counters);

  const auto ns = measure(
      "a run of three states, ns",
      {{"Boost.MSM, an event", [&] { return time_per_call([&](std::size_t calls) { msm.next(calls); }); }},
       {"leasehold, a run", [&] {
          return time_per_call([&](std::size_t calls) {
            for (std::size_t i = 0; i < calls; ++i) keep(three_machine.run(nullptr));
          });
        }}});
  for (const auto& [name, value] : ns)
    tell(fmt::format("  {:<32} {:>9.1f} ns, {:.0f} thousand per second", name, value, 1e6 / value));
  judge("three states, one lease: runs per Boost.MSM event, of 300,000 / 100 M",
        ns.at("Boost.MSM, an event") / ns.at("leasehold, a run") * 1e8 / 3e5, Reach::at_least, 1,
        "a run makes an execution with its owner and result, all of which an event of Boost.MSM has already");

  const auto batch = [&](std::size_t workers) {
    return [&, workers] {
      return time_per_call([&](std::size_t calls) {
        const auto records = std::views::iota(std::size_t{0}, calls) |
                             std::views::transform([](std::size_t) { return nlohmann::json::object(); });
        keep(
            leasehold::fsm::run_batch(working_machine, records, {.workers = workers, .keep_results = false}));
      });
    };
  };
  const auto batches = measure("a record of a batch, ns", {{"1 worker", batch(1)}, {"2 workers", batch(2)}});
  for (const auto& [name, value] : batches) tell(fmt::format("  {:<32} {:>9.1f} ns", name, value));
  judge("run_batch: throughput with two workers / one", batches.at("1 worker") / batches.at("2 workers"),
        Reach::at_least, 1.8);
}

}  // namespace bench
