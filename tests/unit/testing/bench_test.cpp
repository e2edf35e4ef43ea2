#include "kit.hpp"

#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using namespace std::chrono_literals;

TEST_CASE("a bench drives a machine from C++, with doubles of the kit or of one's own") {
  const ScratchDirectory directory;
  const std::string file = directory.write("m.yaml", R"(name: m
resources: {db: {type: service}, other: {type: service}}
states:
- {name: a, resources: [db, other], arcs: [{event: go, target: b, actions: [{call: db.get, with: {id: 1}, into: .x}, {call: other.get, with: {id: 2}, into: .y}]}, {after: 5s, target: b}]}
- {name: b, type: final}
)");
  TestBench bench(file,
                  {.doubles = {{"db", {{"replies", {{"get", {42}}}}}}},
                   .providers = {{"other", std::make_shared<Service>()}}},
                  options());
  Execution run = bench.machine().start({});
  CHECK(bench.manager().get_resource_status("db").active_count == 1);
  CHECK(bench.manager().get_resource_status("db").type == "service");
  pass_time(run, bench.clock(), 4999ms);
  CHECK_FALSE(run.finished());
  run.send("go");
  CHECK(run.result().data == nlohmann::json({{"x", 42}, {"y", "the real answer"}}));
  CHECK(bench.calls("db", "get") == std::vector<nlohmann::json>{{{"id", 1}}});
  CHECK_FALSE(bench.calls("other", "get"));
}

TEST_CASE("virtual time jumps over sleeps, and lets waits for others take real time") {
  const auto clock = std::make_shared<VirtualClock>();
  const auto start = clock->now();
  CHECK(clock->sleep_until(start + 1h, {}));
  CHECK(clock->now() == start + 1h);
  std::stop_source stopped;
  stopped.request_stop();
  CHECK_FALSE(clock->sleep_until(start + 2h, stopped.get_token()));
  CHECK(clock->now() == start + 1h);

  std::atomic<std::uint32_t> word = 0;
  std::thread other([&] {
    std::this_thread::sleep_for(5ms);
    word = 1;
    clock->unpark(word, 1);
  });
  CHECK(clock->park(word, 0, clock->now() + 1min));  // woken, and no time has passed
  other.join();
  CHECK(clock->now() == start + 1h);
  CHECK_FALSE(clock->park(word, 1, clock->now() + 20ms));
  CHECK(clock->now() == start + 1h + 20ms);
}
