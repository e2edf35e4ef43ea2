// Machines driven by events, beside the same machine written by hand with Boost.MSM.

#include "allocations.hpp"
#include "generated.hpp"
#include "groups.hpp"
#include "harness.hpp"
#include "null_provider.hpp"
#include "ring_msm.hpp"

#include <fmt/format.h>
#include <leasehold/fsm/machine.hpp>

namespace bench {

namespace {

using leasehold::fsm::Context;
using leasehold::fsm::Execution;
using leasehold::fsm::Machine;

constexpr const char* nested = R"(
name: nested
networks:
  - name: main
    initial: a
    states:
      - name: a
        initial: b
        states:
          - name: b
            initial: c
            states: [{name: c, arcs: [{event: next, target: r}]}]
      - name: p
        initial: q
        states:
          - name: q
            initial: r
            states: [{name: r, arcs: [{event: next, target: c}]}]
)";

constexpr const char* flat = R"(
name: flat
networks:
  - name: main
    initial: a
    states:
      - {name: a, arcs: [{event: next, target: b}]}
      - {name: b, arcs: [{event: next, target: a}]}
)";

std::function<double()> by_event(Execution& run, const Machine& machine) {
  return [&run, next = machine.event("next")] {
    return time_per_call([&](std::size_t calls) {
      for (std::size_t i = 0; i < calls; ++i) run.fire(next);
    });
  };
}

double idle_bytes(const Machine& machine) {
  constexpr std::size_t count = 1000;
  std::vector<Execution> runs;
  runs.reserve(count);
  const std::size_t before = bytes_allocated();
  for (std::size_t i = 0; i < count; ++i) runs.push_back(machine.start(nullptr));
  return static_cast<double>(bytes_allocated() - before) / count + sizeof(Execution);
}

}  // namespace

void machine_events() {
  leasehold::ResourceManager manager;
  manager.register_provider("db", std::make_shared<NullProvider>(), {.pool = {.max_size = 4}});
  Counters counters;
  Counters msm_counters;
  leasehold::fsm::FunctionRegistry functions;
  functions.guard("below", [&](const Context&) { return counters.taken < counters.limit; });
  functions.action("count", [&](Context&) { ++counters.taken; });
  functions.action("nothing", [](Context&) {});
  const auto load_file = [&](const std::string& file) {
    return leasehold::fsm::load_machine(BENCH_SOURCE_DIR "/" + file, manager, functions);
  };
  const auto load = [&](const char* text) {
    return leasehold::fsm::load_machine_text(text, manager, functions);
  };

  const Machine ring_machine = load_file("ring.yaml");
  const Machine visits_machine = load_file("visits.yaml");
  const Machine nested_machine = load(nested);
  const Machine flat_machine = load(flat);
  Execution ring_run = ring_machine.start(nullptr);
  Execution sent_run = ring_machine.start(nullptr);
  Execution visits_run = visits_machine.start(nullptr);
  Execution nested_run = nested_machine.start(nullptr);
  Execution flat_run = flat_machine.start(nullptr);
  MsmRing msm_ring(msm_counters);
  MsmVisits msm_visits(manager, "visits/main.working#0");
  GeneratedRing generated_ring(manager, counters);
  GeneratedVisits generated_visits(manager, "visits#generated");

  const auto ns = measure(
      "an event, one thread, ns",
      {{"ring, Boost.MSM", [&] { return time_per_call([&](std::size_t calls) { msm_ring.next(calls); }); }},
       {"ring, by interned event", by_event(ring_run, ring_machine)},
       {"ring, by name through send",
        [&] {
          return time_per_call([&](std::size_t calls) {
            for (std::size_t i = 0; i < calls; ++i) sent_run.send("next");
          });
        }},
       {"ring, generated",
        [&] { return time_per_call([&](std::size_t calls) { generated_ring.next(calls); }); }},
       {"visit with a lease, Boost.MSM",
        [&] { return time_per_call([&](std::size_t calls) { msm_visits.visit(calls); }); }},
       {"visit with a lease",
        [&, next = visits_machine.event("next")] {
          return time_per_call([&](std::size_t calls) {
            for (std::size_t i = 0; i < calls; ++i) {
              visits_run.fire(next);
              visits_run.fire(next);
            }
          });
        }},
       {"visit with a lease, generated",
        [&] { return time_per_call([&](std::size_t calls) { generated_visits.visit(calls); }); }},
       {"flat", by_event(flat_run, flat_machine)},
       {"three deep", by_event(nested_run, nested_machine)}});
  for (const auto& [name, value] : ns) tell(fmt::format("  {:<32} {:>9.1f} ns", name, value));

  const double msm = ns.at("ring, Boost.MSM");
  judge("4-state ring by interned event / Boost.MSM", ns.at("ring, by interned event") / msm, Reach::at_most,
        2, "Boost.MSM's tables are compiled in and nobody may cancel, time out or look at it");
  judge("4-state ring by name through send / Boost.MSM", ns.at("ring, by name through send") / msm,
        Reach::at_most, 8,
        "the turn of a thread-safe execution takes two compare-and-swaps beside the dispatch");
  judge("a visit with one lease / Boost.MSM + that lease",
        ns.at("visit with a lease") / ns.at("visit with a lease, Boost.MSM"), Reach::at_most, 1.5,
        "its resource and functions are found in a table, not compiled in");
  tell(fmt::format("  a generated 4-state ring is {:.1f} x Boost.MSM by hand, {:.2f} x the interpreter",
                   ns.at("ring, generated") / msm,
                   ns.at("ring, generated") / ns.at("ring, by interned event")));
  tell(fmt::format(
      "  a generated visit with one lease is {:.2f} x Boost.MSM by hand, {:.2f} x the interpreter",
      ns.at("visit with a lease, generated") / ns.at("visit with a lease, Boost.MSM"),
      ns.at("visit with a lease, generated") / ns.at("visit with a lease")));
  judge("a transition three deep / flat", ns.at("three deep") / ns.at("flat"), Reach::at_most, 3);
  judge("an idle execution, bytes / 2 KiB", idle_bytes(ring_machine) / 2048, Reach::at_most, 1);
}

}  // namespace bench
