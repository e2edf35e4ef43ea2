// What the generated machines do is what the interpreter does.

#include "compare.hpp"
#include "ledger.hpp"
#include "orders.hpp"
#include "ring.hpp"
#include "roles.hpp"
#include "run.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("a flat ring takes the same ways as in YAML") {
  compare<ring::Machine>("ring.yaml", {"next", "back", "stay", "other"}, 60);
}

TEST_CASE("a nested machine with guards, resources and handlers takes the same ways as in YAML") {
  compare<orders::Machine>("orders.yaml",
                           {"order", "order.urgent", "order.late", "next", "next", "back", "cancel", "again",
                            "note", "close.now", "reset"},
                           150);
}

TEST_CASE("a machine of jq and operations computes the same as in YAML") {
  compare<ledger::Machine>("ledger.yaml", {"add", "add", "add", "next", "next", "note", "close", "reset"},
                           150);
}

TEST_CASE("a machine without events runs to the same end as in YAML") {
  compare<new_run::Machine>("run.yaml", {}, 150);
}

TEST_CASE("names and roles find the same resources as in YAML") {
  compare<roles::Machine>("roles.yaml", {"next", "next", "next", "back", "again"}, 100);
}
