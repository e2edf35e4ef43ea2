// Policies under `use:`, which states refer to by name.

#include "loaded.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace std::chrono_literals;
using test::Document;

namespace {

const char* const header = R"(name: m
use:
  retries:
    patient: {errors: [connection], attempts: 5, delay: 10ms}
  catches:
    park: {errors: [db], target: parked, into: .why}
    both: [{errors: [http], target: parked}, {target: done}]
  timeouts: {short: 5s, never: off}
  contracts:
    positive: {pre: ['.n > 0'], invariant: [is_large]}
networks:
  - name: main
)";

}  // namespace

TEST_CASE("a state may refer to policies by name, as if they stood there") {
  const Document m(std::string(header) + R"(
    on_error: [both]
    states:
      - {name: a, retry: patient, catch: [{errors: [fsm], target: done}, park, both], timeout: short, contract: positive, arcs: [{target: b}]}
      - {name: b, retry: {attempts: 2}, catch: park, timeout: never, arcs: [{target: done}]}
      - {name: parked, type: final, success: false}
      - {name: done, type: final}
)");
  CHECK(Document::text(m.errors) == "");
  CHECK(Document::text(m.warnings) == "");
  const Network& network = m.loaded.definition->networks[0];
  const State& a = network.states[1];
  CHECK(a.retry->attempts == 5);
  CHECK(a.retry->delay == 10ms);
  CHECK(a.timeout == 5s);
  CHECK(a.pre.size() == 1);
  CHECK(a.invariant.size() == 1);
  std::vector<std::string> errors;
  for (const Catch& caught : a.catches) errors.push_back(caught.errors.at(0));
  CHECK(errors == std::vector<std::string>{"fsm", "db", "http", "*"});
  CHECK(network.states[a.catches[1].target].name == "parked");
  CHECK(a.catches[1].into->text() == ".why");
  const State& b = network.states[2];
  CHECK(b.retry->attempts == 2);
  CHECK(b.catches.size() == 1);
  CHECK_FALSE(b.timeout.has_value());
  CHECK(network.on_error.size() == 2);
}

TEST_CASE("a policy that nobody uses is a warning") {
  const Document m(std::string(header) + R"(
    states:
      - {name: a, retry: patient, contract: positive, arcs: [{target: done}]}
      - {name: parked, type: final}
      - {name: done, type: final}
)");
  CHECK(Document::lines(m.warnings)[0] ==
        "6:5 fsm.invalid the catch 'park' is used by nobody; refer to it in a state, or remove it");
  CHECK(Document::lines(m.warnings)[2] ==
        "8:14 fsm.invalid the timeout 'short' is used by nobody; refer to it in a state, or remove it");
}

TEST_CASE("what a policy refers to is looked for where it is used") {
  const Document m(std::string(header) + R"(
    states:
      - {name: a, catch: park, arcs: [{target: done}]}
      - {name: b, catch: park, arcs: [{target: done}]}
      - {name: done, type: final}
)");
  CHECK(Document::lines(m.errors) ==
        std::vector<std::string>{
            "6:34 fsm.target the network 'main' has no state 'parked'; known: a, b, done"});
}
