#include <leasehold/adapters/dict.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// A double on its own, called as a lease would.
struct Bench {
  explicit Bench(const json& config) : provider(make_dict_provider("db", read_dict_options(config))) {
    resource = provider->acquire({.clock = clock});
  }
  json call(const std::string& operation, const json& arguments = json::object(),
            Clock::time_point deadline = Clock::never, std::stop_token stop = {}) {
    const Operation* found = provider->operations().find(operation);
    REQUIRE(found);
    return found->call(resource, arguments, {deadline, stop, OwnerId(), clock});
  }
  std::string error(const std::string& operation) {
    try {
      return "no error but " + call(operation).dump();
    } catch (const Error& e) {
      return e.what();
    }
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<DictProvider> provider;
  Resource resource;
};

std::vector<std::string> issues_of(const json& config) {
  try {
    read_dict_options(config);
    return {};
  } catch (const ConfigError& error) {
    std::vector<std::string> all;
    for (const ConfigIssue& issue : error.issues()) all.push_back(issue.pointer + ": " + issue.message);
    return all;
  }
}

}  // namespace

TEST_CASE("the built-in operations work on the data and have closed schemas") {
  Bench bench(json{{"data", {{"a", 1}}}});
  CHECK(bench.call("get", {{"key", "a"}}) == 1);
  CHECK(bench.call("get", {{"key", "b"}, {"default", 7}}) == 7);
  CHECK(bench.call("set", {{"key", "b"}, {"value", 2}}) == 2);
  CHECK(bench.call("update", {{"values", {{"c", 3}, {"d", 4}}}}) == 2);
  CHECK(bench.call("delete", {{"key", "a"}}) == true);
  CHECK(bench.call("delete", {{"key", "a"}}) == false);
  CHECK(bench.call("to_dict") == json{{"b", 2}, {"c", 3}, {"d", 4}});
  for (const auto& [name, operation] : bench.provider->operations())
    CHECK(operation.arguments.at("additionalProperties") == false);
}

TEST_CASE("scripted replies come in order, then as the script says") {
  Bench bench(json{{"replies",
                    {{"last", {1, 2}},
                     {"again", {{"list", {1, 2}}, {"then", "repeat"}}},
                     {"once", {{"list", {1}}, {"then", "error"}}},
                     {"empty", json::array()}}},
                   {"operations", {"silent"}}});
  const auto three = [&](const std::string& operation) {
    return json{bench.call(operation), bench.call(operation), bench.call(operation)};
  };
  CHECK(three("last") == json{1, 2, 2});
  CHECK(three("again") == json{1, 2, 1});
  CHECK(three("empty") == json{nullptr, nullptr, nullptr});
  CHECK(three("silent") == json{nullptr, nullptr, nullptr});
  CHECK(bench.call("once") == 1);
  CHECK(bench.error("once") ==
        "resource.operation: the script of 'db' has no reply to call 2 of 'once'; add replies, or set then: "
        "to last or "
        "repeat");
  CHECK(bench.provider->operations().find("last")->arguments == json{{"type", "object"}});
}

TEST_CASE("faults have the code and the class of the real error, on the calls named") {
  Bench bench(
      {{"replies", {{"query", {1}}}},
       {"faults",
        {{"query", {{{"error", "db.unreachable"}, {"on", {2, 3}}}, {{"error", "db.deadline"}, {"on", 4}}}},
         {"fetch", "http.unreachable"},
         {"get", {{"error", "db.syntax"}, {"message", "no such table"}, {"on", 1}}}}},
       {"data", {{"a", 5}}}});
  CHECK(bench.call("query") == 1);
  CHECK_THROWS_AS(bench.call("query"), ConnectionError);
  CHECK(bench.error("query") == "db.unreachable: injected fault");
  CHECK_THROWS_AS(bench.call("query"), TimeoutError);
  CHECK(bench.call("query") == 1);
  CHECK(bench.error("fetch") == "http.unreachable: injected fault");
  CHECK(bench.error("fetch") == "http.unreachable: injected fault");
  CHECK(bench.error("get") == "db.syntax: no such table");
  CHECK(bench.call("get", {{"key", "a"}}) == 5);  // still its own work
}

TEST_CASE("calls are recorded with arguments, owner, time and fault, up to the bound") {
  Bench bench(
      {{"operations", {"query"}}, {"faults", {{"query", {{"error", "db.full"}, {"on", 2}}}}}, {"record", 2}});
  bench.clock->advance(5s);
  const auto at = bench.clock->now();
  bench.call("query", {{"sql", "one"}});
  CHECK_THROWS(bench.call("query", {{"sql", "two"}}));
  bench.clock->advance(1s);
  bench.call("query", {{"sql", "three"}});
  const auto calls = bench.provider->calls("query");
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].arguments == json{{"sql", "two"}});
  CHECK(calls[0].failed == errc::db_full);
  CHECK(calls[0].at == at);
  CHECK(calls[1].arguments == json{{"sql", "three"}});
  CHECK(calls[1].at == at + 1s);
  CHECK_FALSE(calls[1].failed);
  CHECK(bench.provider->call_count("query") == 3);
  CHECK(bench.provider->call_count("acquire") == 1);
  bench.provider->clear_calls();
  CHECK(bench.provider->calls().empty());
  CHECK_THROWS((bench.call("query"), bench.call("query")));  // counted from 1 again
}

TEST_CASE("a delay passes on the clock of the call") {
  Bench bench(json{{"operations", {"query"}}, {"delays", {{"query", {{"delay", "10s"}, {"on", 1}}}}}});
  std::atomic<bool> done = false;
  std::thread caller([&] {
    bench.call("query");
    done = true;
  });
  REQUIRE(bench.clock->wait_for_parked(1));
  CHECK_FALSE(done);
  bench.clock->advance(10s);
  caller.join();
  CHECK(done);
  bench.call("query");  // the second is not delayed
}

TEST_CASE("a delay obeys deadline and stop") {
  Bench bench(json{{"operations", {"query"}}, {"delays", {{"query", "1h"}}}});
  const auto deadline = bench.clock->now() + 3s;
  std::string late, stopped;
  std::thread waits([&] {
    try {
      bench.call("query", json::object(), deadline);
    } catch (const TimeoutError& error) {
      late = error.what();
    }
  });
  REQUIRE(bench.clock->wait_for_parked(1));
  bench.clock->advance(3s);
  waits.join();
  CHECK(late == "resource.operation: 'query' of 'db' did not end by its deadline");

  std::stop_source stop;
  std::thread other([&] {
    try {
      bench.call("query", json::object(), Clock::never, stop.get_token());
    } catch (const Error& error) {
      stopped = error.what();
    }
  });
  REQUIRE(bench.clock->wait_for_parked(1));
  stop.request_stop();
  other.join();
  CHECK(stopped == "acquire.cancelled: 'query' of 'db' was cancelled");
}

TEST_CASE("acquire, validate, reset and health can be made to fail") {
  const auto provider = make_dict_provider(
      "db",
      read_dict_options({{"faults",
                          {{"acquire", {{"error", "db.auth"}, {"on", 2}}},
                           {"validate", {{"error", "db.unreachable"}, {"on", 2}}},
                           {"reset", {{"error", "db.failed"}, {"on", 2}}},
                           {"health", {{"error", "db.unreachable"}, {"on", 2}, {"message", "down"}}}}}}));
  Resource resource = provider->acquire({});
  CHECK_THROWS_AS(provider->acquire({}), ConnectionError);
  CHECK(provider->validate(resource));
  CHECK_FALSE(provider->validate(resource));
  CHECK(provider->reset(resource));
  CHECK_FALSE(provider->reset(resource));
  CHECK(provider->health_check({}).health == ResourceHealth::healthy);
  CHECK(provider->health_check({}).message == "down");
  for (const auto& [name, operation] : provider->operations()) CHECK(name != "acquire");
}

TEST_CASE("shared lends one mapping, copy a fresh one for each lease") {
  auto shared = make_dict_provider("s", {.data = {{"n", 1}}});
  CHECK(shared->sharing() == Sharing::shared);
  Resource a = shared->acquire({}), b = shared->acquire({});
  a.as<Dict>().set("n", 2);
  CHECK(b.as<Dict>().get("n") == 2);

  auto copies = make_dict_provider("c", {.data = {{"n", 1}}, .mode = DictMode::copy});
  CHECK(copies->sharing() == Sharing::exclusive);
  Resource c = copies->acquire({}), d = copies->acquire({});
  c.as<Dict>().set("n", 2);
  CHECK(d.as<Dict>().get("n") == 1);
  REQUIRE(copies->reset(c));
  CHECK(c.as<Dict>().get("n") == 1);
}

TEST_CASE("the script can be changed from C++, for the operations it was made with") {
  const auto provider = make_dict_provider("db", {.operations = {"query"}});
  Resource resource = provider->acquire({});
  const auto& query = provider->operations().find("query")->call;
  CHECK(query(resource, json::object(), {}) == nullptr);
  provider->clear_calls();
  provider->set_replies("query", {.list = {"a", "b"}});
  provider->set_faults("query", {{.error = errc::db_constraint, .on = {2}, .message = "taken"}});
  CHECK(query(resource, json::object(), {}) == "a");
  CHECK_THROWS_WITH(query(resource, json::object(), {}), "db.constraint: taken");
  CHECK_THROWS_WITH_AS(provider->set_faults("qeury", {}),
                       "resource.operation: 'db' has no operation 'qeury' to script; did you mean 'query'?",
                       Error);
}

TEST_CASE("describe shows names, no values") {
  const auto text = make_dict_provider("db", {.data = {{"password", "hunter2"}},
                                              .replies = {{"query", {.list = {"secret-row"}}}}})
                        ->describe()
                        .dump();
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("secret-row") == std::string::npos);
  CHECK(
      text ==
      R"({"data":{"password":"***"},"mode":"shared","operations":["delete","get","query","set","to_dict","update"]})");
}

TEST_CASE("a wrong script is refused with every place") {
  using Issues = std::vector<std::string>;
  CHECK(issues_of({{"replies", {{"query", {1}}}}, {"faults", {{"query", "db.full"}}}}) == Issues{});
  CHECK(issues_of({{"dat", 1}}) == Issues{"/dat: unknown key 'dat'"});
  CHECK(issues_of({{"mode", "own"}}) == Issues{R"(/mode: 'own' is none of ["shared","copy"])"});
  CHECK(issues_of(
            {{"replies", {{"query", 5}, {"acquire", {1}}}}, {"faults", 3}, {"delays", {{"x", "soon"}}}}) ==
        Issues{"/replies/acquire: 'acquire' is no operation",
               "/replies/query: a mapping is needed here, not number",
               "/faults: a mapping of operations is needed here",
               "/delays/x: a duration is needed here, not \"soon\""});
  CHECK(issues_of(
            {{"faults", {{"query", {{{"error", "db.unreachible"}}, {{"error", "db.full"}, {"on", 0}}}}}}}) ==
        Issues{"/faults/query/0/error: no error has the code 'db.unreachible'",
               "/faults/query/1/on: the number of a call is needed here, counted from 1"});
  CHECK(issues_of({{"replies", {{"query", {{"list", {1}}, {"then", "stop"}}}}}}) ==
        Issues{R"(/replies/query/then: 'stop' is none of ["last","repeat","error"])"});
}
