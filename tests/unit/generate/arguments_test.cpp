// What generated machines are given: resources for their arcs, and their input.

#include "borrowing.hpp"
#include "compare.hpp"
#include "order_input.hpp"

using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

TEST_CASE("arcs have resources for their actions as in YAML") {
  compare<borrowing::Machine>(
      "borrowing.yaml", {"work", "work", "next", "next", "note", "note", "back", "reset", "close"}, 600);
}

TEST_CASE("input that does not fit ends a machine before it begins, as in YAML") {
  for (const char* const text :
       {R"({"amount": 1})", R"({"amount": 0})", R"({"amount": 2, "a\"b?": 3})", "{}", "null", "[1]"}) {
    CAPTURE(text);
    Side left(1, false);
    Side right(1, false);
    const Machine machine = load_machine(folders::source("tests/unit/generate/machines/order_input.yaml"),
                                         left.manager, left.functions);
    order_input::Machine<Side> generated({right.manager, "generated"}, right);
    const auto input = nlohmann::json::parse(text);
    const Execution interpreted = machine.start(input);
    generated.start(input);
    alike(left, interpreted, right, generated);
    if (!generated.failure()) continue;
    CHECK(generated.failure()->message() == interpreted.result().error);
    CHECK_FALSE(generated.send("next"));
    generated.start({{"amount", 1}});
    CHECK(generated.send("next"));
    CHECK(generated.success());
  }
}
