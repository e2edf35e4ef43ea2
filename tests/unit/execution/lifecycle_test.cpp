#include "execution/lifecycle.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using leasehold::fsm::Life;
using leasehold::fsm::Lifecycle;

namespace {

bool apply(Lifecycle& life, const std::string& event) {
  if (event == "begin") return life.begin();
  if (event == "wait") return life.wait();
  if (event == "resume") return life.resume();
  if (event == "finish") return life.finish();
  if (event == "fail") return life.fail();
  return life.cancel();
}

const std::vector<std::string> events = {"begin", "wait", "resume", "finish", "fail", "cancel"};

// How each state of life is reached, and where each event leads from it ("" nowhere).
struct Row {
  Life state;
  std::vector<std::string> reached_by;
  std::vector<std::string> leads_to;
};
const std::vector<Row> table = {
    {Life::idle, {}, {"running", "", "", "", "failed", "cancelled"}},
    {Life::running, {"begin"}, {"", "waiting", "", "finished", "failed", "cancelled"}},
    {Life::waiting, {"begin", "wait"}, {"", "", "running", "", "", "cancelled"}},
    {Life::finished, {"begin", "finish"}, {"", "", "", "", "", ""}},
    {Life::failed, {"begin", "fail"}, {"", "", "", "", "", ""}},
    {Life::cancelled, {"cancel"}, {"", "", "", "", "", ""}},
};

}  // namespace

TEST_CASE("an execution's life knows these ways and no other") {
  for (const Row& row : table)
    for (std::size_t i = 0; i < events.size(); ++i) {
      Lifecycle life;
      for (const std::string& event : row.reached_by) REQUIRE(apply(life, event));
      REQUIRE(life.now() == row.state);
      CAPTURE(life_name(row.state));
      CAPTURE(events[i]);
      CHECK(apply(life, events[i]) == !row.leads_to[i].empty());
      CHECK(std::string(life_name(life.now())) ==
            (row.leads_to[i].empty() ? std::string(life_name(row.state)) : row.leads_to[i]));
      CHECK(life.ended() == (life.now() >= Life::finished));
    }
}
