// Many records through one machine.

#include "running.hpp"

#include <algorithm>
#include <list>
#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

namespace {

struct Doubler : Running {
  Doubler() {
    functions.action("twice", [](Context& c) {
      if (c.data["n"] == 3) throw std::runtime_error("three");
      c.data["n"] = c.data["n"].get<int>() * 2;
    });
  }
  Machine machine = chart(
      "  - {name: a, functions: {transform: nothing}, arcs: [{target: done}]}\n  - {name: done, type: "
      "final}\n");
};

struct Awkward {
  int value;
};
void to_json(json& to, const Awkward& from) {
  if (from.value == 2) throw std::runtime_error("cannot be told");
  to = {{"n", from.value}};
}

const char* const doubling =
    "  - {name: a, functions: {transform: twice}, arcs: [{target: done}]}\n  - {name: done, type: final}\n";

std::vector<json> records(int count) {
  std::vector<json> all;
  for (int i = 0; i < count; ++i) all.push_back({{"n", i}});
  return all;
}

}  // namespace

TEST_CASE("every record runs, on as many threads as wanted, and results stand in order") {
  Doubler r;
  const Machine machine = r.chart(doubling);
  for (const std::size_t workers : {std::size_t{1}, std::size_t{4}}) {
    std::size_t results = 0;
    std::vector<std::size_t> progress;
    std::atomic<int> inside = 0;
    BatchOptions options;
    options.workers = workers;
    options.on_result = [&](std::size_t index, const RunResult& result) {
      CHECK(++inside == 1);
      CHECK(result.data["n"] == (index == 3 ? 3 : static_cast<int>(index) * 2));
      ++results;
      --inside;
    };
    options.on_progress = [&](const BatchProgress& now) {
      CHECK(now.total == 20);
      progress.push_back(now.done);
    };
    const BatchResult batch = run_batch(machine, records(20), options);
    CHECK(batch.total == 20);
    CHECK(batch.succeeded == 19);
    CHECK(batch.failed == 1);
    CHECK_FALSE(batch.stopped);
    CHECK(results == 20);
    CHECK(progress.size() == 20);
    CHECK(progress.back() == 20);
    CHECK(std::is_sorted(progress.begin(), progress.end()));
    REQUIRE(batch.results.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) CHECK(batch.results[i].success == (i != 3));
  }
}

TEST_CASE("a record that cannot become JSON fails alone") {
  Doubler r;
  const Machine machine = r.chart(doubling);
  const BatchResult batch = run_batch(machine, std::list<Awkward>{{1}, {2}, {4}});
  CHECK(batch.total == 3);
  CHECK(batch.failed == 1);
  CHECK(batch.results[1].error == "fsm.input: the record 1 cannot become JSON: cannot be told");
  CHECK(batch.results[1].code == errc::fsm_input);
  CHECK(batch.results[2].data["n"] == 8);
}

TEST_CASE("a record of the wrong type fails alone") {
  Doubler r;
  const BatchResult batch = run_batch(r.chart(doubling), std::vector<json>{{{"n", 1}}, 5, {{"n", 2}}});
  CHECK(batch.succeeded == 2);
  CHECK(batch.results[1].code == errc::fsm_input);
}

TEST_CASE("stop drains: nothing new starts, what runs ends") {
  Doubler r;
  std::stop_source stop;
  BatchOptions options;
  options.run.stop = stop.get_token();
  options.on_result = [&](std::size_t index, const RunResult& result) {
    CHECK(result.code != errc::fsm_cancelled);
    if (index == 4) stop.request_stop();
  };
  const BatchResult batch = run_batch(r.chart(doubling), records(1000), options);
  CHECK(batch.stopped);
  CHECK(batch.total == 5);
}

TEST_CASE("what a callback throws ends the batch and comes out") {
  Doubler r;
  const Machine machine = r.chart(doubling);
  std::atomic<std::size_t> started = 0;
  BatchOptions options;
  options.workers = 3;
  options.on_result = [&](std::size_t, const RunResult&) {
    ++started;
    throw std::runtime_error("enough");
  };
  CHECK_THROWS_WITH(run_batch(machine, records(1000), options), "enough");
  CHECK(started < 10);
}

TEST_CASE("results need not be kept, and ids are told apart") {
  Doubler r;
  std::vector<std::string> ids;
  BatchOptions options;
  options.keep_results = false;
  options.run.id = "job";
  options.on_result = [&](std::size_t, const RunResult& result) {
    ids.push_back(result.metadata["execution"]);
  };
  const BatchResult batch = run_batch(r.chart(doubling), records(2), options);
  CHECK(batch.results.empty());
  CHECK(ids == Names{"job-0", "job-1"});
}
