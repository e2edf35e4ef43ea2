#pragma once

// Random charts for Reference: anything that is legal in them, nothing that fails. The same seed gives the
// same.

#include "reference.hpp"

#include <random>
#include <string>

namespace leasehold::fsm::test {

Chart random_chart(std::uint64_t seed);

// The same as a machine of leasehold. What a chart notes are the names of functions, `count` is one too.
std::string to_yaml(const Chart& chart);

// Calls note(text) for each text that the chart may note.
template <class Note>
void each_note(const Chart& chart, const Note& note) {
  const auto look = [&](const Chart::Steps& steps) {
    for (const Chart::Step& step : steps)
      if (step.kind == Chart::Step::Kind::note) note(step.text);
  };
  for (const Chart::State& state : chart.states) {
    for (const Chart::Steps* const steps : {&state.on_entry, &state.on_exit, &state.initial_steps})
      look(*steps);
    for (const Chart::Arc& arc : state.arcs) look(arc.steps);
  }
}

}  // namespace leasehold::fsm::test
