#include "manager/health_machine.hpp"
#include "manager/lifecycle.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace leasehold;
using detail::HealthMachine;
using detail::Lifecycle;

namespace {

std::string play_life(const std::string& script) {
  Lifecycle life;
  std::string log;
  const auto say = [&](Lifecycle::Answer answer) {
    switch (answer) {
      case Lifecycle::Answer::proceed:
        return "";
      case Lifecycle::Answer::wait:
        return "wait:";
      case Lifecycle::Answer::done:
        return "done:";
      case Lifecycle::Answer::refused:
        return "refused:";
    }
    return "?";
  };
  std::istringstream words(script);
  for (std::string word; words >> word;) {
    std::string said;
    if (word == "start") said = say(life.begin_start());
    if (word == "good") said = life.end_start(true) ? "" : "late:";
    if (word == "bad") said = life.end_start(false) ? "" : "late:";
    if (word == "close") said = say(life.begin_close());
    if (word == "end") life.end_close();
    log += (log.empty() ? "" : " ") + said + std::string(detail::to_string(life.phase()));
  }
  return log;
}

std::string play_health(const std::string& script) {
  HealthMachine machine;
  std::string log;
  for (const char c : script) {
    const auto health = c == 'h'   ? ResourceHealth::healthy
                        : c == 'd' ? ResourceHealth::degraded
                        : c == 'u' ? ResourceHealth::unhealthy
                                   : ResourceHealth::unknown;
    const auto effects = machine.report(health);
    log += std::string(log.empty() ? "" : " ") + std::string(to_string(machine.health())) +
           (effects.changed ? "!" : "") + (effects.retire ? " retire" : "");
  }
  return log;
}

}  // namespace

TEST_CASE("the life of a manager") {
  const std::pair<const char*, const char*> cases[] = {
      {"start good", "starting running"},
      {"start bad start good", "starting created starting running"},
      {"start start good", "starting wait:starting running"},
      {"start good start good", "starting running starting running"},
      {"close end", "closing closed"},
      {"close close end close", "closing wait:closing closed done:closed"},
      {"start close good end", "starting closing late:closing closed"},
      {"start close bad end", "starting closing late:closing closed"},
      {"start good close end start", "starting running closing closed refused:closed"},
      {"close start end", "closing refused:closing closed"},
      {"end good bad", "created late:created late:created"},
  };
  for (const auto& [script, expected] : cases) CHECK(play_life(script) == expected);
}

TEST_CASE("a manager: where each event leads from each phase") {
  const char* const events[] = {"start", "good", "bad", "close", "end"};
  struct Row {
    const char* phase;
    const char* reached_by;
    const char* leads_to[5];
  };
  const Row table[] = {
      {"created", "", {"starting", "late:created", "late:created", "closing", "created"}},
      {"starting", "start", {"wait:starting", "running", "created", "closing", "starting"}},
      {"running", "start good", {"starting", "late:running", "late:running", "closing", "running"}},
      {"closing", "close", {"refused:closing", "late:closing", "late:closing", "wait:closing", "closed"}},
      {"closed", "close end", {"refused:closed", "late:closed", "late:closed", "done:closed", "closed"}},
  };
  for (const Row& row : table)
    for (std::size_t i = 0; i < std::size(events); ++i) {
      const std::string log = play_life(std::string(row.reached_by) + " " + events[i]);
      CAPTURE(row.phase);
      CAPTURE(events[i]);
      const std::string before = play_life(row.reached_by);
      CHECK((before.empty() ? "created" : before.substr(before.rfind(' ') + 1)) == row.phase);
      CHECK(log.substr(log.rfind(' ') + 1) == row.leads_to[i]);
    }
}

TEST_CASE("the thread whose step it is does not wait for itself") {
  Lifecycle life;
  ManualClock clock;
  REQUIRE(life.begin_start() == Lifecycle::Answer::proceed);
  CHECK_FALSE(life.wait_while(detail::LifePhase::starting, clock, Clock::never));
}

TEST_CASE("the health of a provider: where each report leads from each") {
  const std::string reports = "?hdu";
  const char* const table[4][4] = {
      {"unknown", "healthy!", "degraded!", "unhealthy! retire"},
      {"unknown!", "healthy", "degraded!", "unhealthy! retire"},
      {"unknown!", "healthy!", "degraded", "unhealthy! retire"},
      {"unhealthy", "healthy!", "degraded!", "unhealthy retire"},  // no word is no recovery
  };
  for (std::size_t from = 0; from < 4; ++from)
    for (std::size_t to = 0; to < 4; ++to) {
      CAPTURE(reports[from]);
      CAPTURE(reports[to]);
      const std::string first = play_health(reports.substr(from, 1));
      CHECK(play_health({reports[from], reports[to]}) == first + " " + table[from][to]);
    }
}

TEST_CASE("the health of a provider: what each report changes") {
  const std::pair<const char*, const char*> cases[] = {
      {"hh", "healthy! healthy"},
      {"hu", "healthy! unhealthy! retire"},
      {"uu", "unhealthy! retire unhealthy retire"},
      {"uh", "unhealthy! retire healthy!"},
      {"ud", "unhealthy! retire degraded!"},
      {"u?", "unhealthy! retire unhealthy"},
      {"h?h", "healthy! unknown! healthy!"},
      {"dd?", "degraded! degraded unknown!"},
      {"dhu", "degraded! healthy! unhealthy! retire"},
      {"?", "unknown"},
  };
  for (const auto& [script, expected] : cases) CHECK(play_health(script) == expected);
}
