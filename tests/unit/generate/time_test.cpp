// Generated machines tell time as the interpreter does.

#include "compare.hpp"
#include "limited_run.hpp"
#include "timed.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("delays, events to come and limits of time are as in YAML") {
  compare<timed::Machine>("timed.yaml", {"work", "work", "next", "next", "again", "back", "told", "reset"},
                          900);
}

TEST_CASE("a run by itself has its time, as in YAML") {
  compare<limited_run::Machine>("limited_run.yaml", {}, 300);
}
