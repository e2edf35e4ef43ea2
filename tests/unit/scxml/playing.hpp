#pragma once

// A chart played by a script: events, and after each the configuration that the specification demands and
// what ran meanwhile.
//
// In charts of these tests `enter` and `leave` note "+state" and "-state", `say` notes "state!event".

#include "running.hpp"

#include <initializer_list>
#include <optional>

namespace leasehold::fsm::test {

struct Cue {
  std::string event;                                // "" starts the execution; "+2s" lets time pass
  std::string configuration;                        // names, document order; "." once finished
  std::optional<std::string> noted = std::nullopt;  // what ran, in order; not looked at if not given
};

struct Playing : Running {
  explicit Playing(std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>())
      : Running(clock_), clock(std::move(clock_)) {
    functions.action("enter", [this](Context& c) { seen.push_back("+" + std::string(c.state)); });
    functions.action("leave", [this](Context& c) { seen.push_back("-" + std::string(c.state)); });
    functions.action("say",
                     [this](Context& c) { seen.push_back(std::string(c.state) + "!" + c.event.name); });
    functions.action("unreachable", [](Context&) { throw_error(errc::http_unreachable, "nobody there"); });
    functions.action("constraint", [](Context&) {
      throw_error(errc::db_constraint, "there is one already", {.resource = "db"});
    });
    functions.guard("broken", [](const Context&) -> bool { throw std::runtime_error("no answer"); });
  }

  static std::string joined(const Names& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
  }

  // Plays the script and returns what it came to.
  RunResult play(const std::string& states, std::initializer_list<Cue> script, nlohmann::json data = {}) {
    const Machine machine = chart(states);
    std::optional<Execution> run;
    seen.clear();
    for (const Cue& cue : script) {
      CAPTURE(cue.event);
      if (!run) {
        run.emplace(machine.start(data));
      } else if (cue.event.starts_with('+')) {
        clock->advance(std::chrono::seconds(std::stoi(cue.event.substr(1))));
        run->advance();
      } else {
        run->send(cue.event);
      }
      CHECK((run->finished() ? "." : joined(run->configuration())) == cue.configuration);
      if (cue.noted) CHECK(joined(seen) == *cue.noted);
      seen.clear();
    }
    return run->result();
  }

  std::shared_ptr<ManualClock> clock;
};

}  // namespace leasehold::fsm::test
