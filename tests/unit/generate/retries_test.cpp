// Generated machines try again, and clean up after a failure.

#include "retries.hpp"
#include "compare.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("states are retried, and visited after a failure, as in YAML") {
  compare<retries::Machine>("retries.yaml", {"work", "work", "deep", "next", "next", "again", "back", "told"},
                            900);
}
