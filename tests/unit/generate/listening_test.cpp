// Generated machines whose arcs listen to any event or to errors do what the interpreter does.

#include "any.hpp"
#include "compare.hpp"
#include "errors.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("arcs for any event, beside others and around them, are taken as in YAML") {
  compare<any::Machine>("any.yaml",
                        {"order", "order.late", "order.late.again", "orders", "pay", "pay.now", "next", "odd",
                         "error.odd", "reset", "x.y.z"},
                        300);
}

TEST_CASE("arcs for errors take faults, and the events that tell of them, as in YAML") {
  compare<errors::Machine>("errors.yaml",
                           {"work", "work", "next", "next", "tell", "error.db", "error.db.unreachable.now",
                            "error.http.unreachable", "error.odd", "reset"},
                           600);
}
