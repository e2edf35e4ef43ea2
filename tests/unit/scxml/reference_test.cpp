// Random charts, played by the interpreter and by SCXML's appendix D as it stands: both note the same in the
// same order and are in the same states, step by step.

#include "budget.hpp"
#include "reference_chart.hpp"
#include "running.hpp"

#include <random>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

namespace {

struct Player {
  explicit Player(const Chart& chart) {
    std::set<std::string> names;
    each_note(chart, [&](const std::string& name) { names.insert(name); });
    for (const std::string& name : names)
      functions.action(name, [this, name](Context&) { notes += name + " "; });
    functions.action("count", [](Context& c) { c.data["count"] = c.data["count"].get<int>() + 1; });
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  ResourceManager manager{{.clock = clock, .maintenance = false}};
  FunctionRegistry functions;
  std::string notes;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// How far both agree; "" if to the end. `steps` counts what was compared.
std::string compare(std::uint64_t seed, bool trace, std::size_t& steps) {
  const Chart chart = random_chart(seed);
  Player player(chart);
  const Machine machine = load_machine_text(to_yaml(chart), player.manager, player.functions);
  Reference reference(chart);
  reference.start();
  Execution run = machine.start({{"count", 0}}, {.trace = trace});
  std::mt19937_64 random(seed);
  std::string script = "start";
  for (int step = 0; step < 30; ++step) {
    if (reference.endless()) return {};
    const std::string expected = reference.notes() + "| " + reference.configuration();
    const std::string found = player.notes + "| " + joined(run.configuration());
    if (found != expected || run.finished() != reference.finished())
      return script + "\nhere:   " + found + "\nthere:  " + expected + "\nerror: " + run.result().error;
    ++steps;
    if (reference.finished()) break;
    if (random() % 5 == 0) {
      script += " +1s";
      player.clock->advance(std::chrono::seconds(1));
      run.advance();
      reference.advance(1);
    } else {
      const char* const events[] = {"a", "b", "c", "a.x", "b.x.y", "b.x"};
      const std::string event = events[random() % 6];
      script += " " + event;
      run.send(event);
      reference.send(event);
    }
  }
  return {};
}

}  // namespace

TEST_CASE("random charts do what appendix D of SCXML says") {
  leasehold::test::Budget budget(std::chrono::seconds(3));
  std::size_t steps = 0;
  while (const auto seed = budget.next()) {
    const std::string difference = compare(*seed, *seed % 2 == 0, steps);
    if (difference.empty()) continue;
    FAIL("seed " << *seed << ", " << budget.replay(*seed) << "\n"
                 << difference << "\n"
                 << to_yaml(random_chart(*seed)));
  }
  CHECK(steps > budget.rounds() * 4);
}
