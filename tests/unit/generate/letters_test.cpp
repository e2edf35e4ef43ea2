// What a generated machine sends itself comes in the interpreter's order, and not without end.

#include "letters.hpp"
#include "compare.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("what a machine sends itself goes on with what the event before has set off, as in YAML") {
  compare<letters::Machine>("letters.yaml", {"next", "next", "next", "told", "spin"}, 100);
}
