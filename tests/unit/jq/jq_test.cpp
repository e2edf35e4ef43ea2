#include "jq.hpp"
#include "jq/conversion.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "error_of.hpp"

using leasehold::errc;
using leasehold::Error;
using leasehold::fsm::JqBatch;
using leasehold::fsm::JqLimits;
using leasehold::fsm::JqProgram;
using nlohmann::json;

namespace {

json run(const std::string& source, const json& data, const json& event = nullptr) {
  return JqProgram::compile(source).run(data, event);
}

}  // namespace

TEST_CASE("a program maps the data to one value") {
  CHECK(run(".a + .b", {{"a", 1}, {"b", 2}}) == 3);
  CHECK(run("[.[] | select(. > 1)]", {1, 2, 3}) == json({2, 3}));
  CHECK(run("{n: (.xs | length), s: \"\\(.xs[0])!\"}", {{"xs", {"a"}}}) == json({{"n", 1}, {"s", "a!"}}));
  CHECK(run("def f: . * 2; .x | f", {{"x", 4}}) == 8);
  CHECK(run(".x | . # a comment at the end", {{"x", 4}}) == 4);
  CHECK(run(".text | @base64d", {{"text", "aGk="}}) == "hi");
  CHECK(run("\"\xc3\xa4\\u0000b\" + .", "\xe2\x82\xac") == std::string("\xc3\xa4\0b\xe2\x82\xac", 7));
}

TEST_CASE("the event is $event, whatever it is, at every run") {
  const JqProgram program = JqProgram::compile("{sum: (.x + $event.y)}");
  CHECK(program.run({{"x", 1}}, {{"y", 2}}) == json({{"sum", 3}}));
  CHECK(program.run({{"x", 1}}, {{"y", 40}}) == json({{"sum", 41}}));
  CHECK(run("$event", 1) == nullptr);
  CHECK(run(".a | $event", {{"a", 1}}, "e") == "e");
}

TEST_CASE("whole numbers are integers, others stay what they are") {
  const json result = run("[.a / 2, .a / 4, 1e3, -0.0, 9007199254740992]", {{"a", 6}});
  CHECK(result.dump() == "[3,1.5,1000,0,9007199254740992]");
}

TEST_CASE("an integer that a double cannot hold is refused with its place") {
  const json data = {{"rows", {{{"id", 9007199254740993}}}}};
  CHECK(error_of([&] { run("[.rows[].id]", data); }) ==
        "json.number_range: the jq '[.rows[].id]' failed: the number 9007199254740993 at '/rows/0/id' cannot "
        "pass "
        "jq exactly; keep it as text, or reach it with a plain path such as .a.b");
  CHECK(run("[.rows[].id]", {{"rows", {{{"id", 9007199254740992}}}}})[0] == 9007199254740992);
  CHECK(run("[.[]]", {-9007199254740992})[0] == -9007199254740992);
  CHECK_THROWS_AS(run("[.[]]", {-9007199254740993}), Error);
  CHECK_THROWS_AS(run("[.[]]", json::array({std::numeric_limits<std::uint64_t>::max()})), Error);
  CHECK_THROWS_AS(run("[.[]]", json::array({std::nan("")})), Error);
  CHECK(run(".rows[0].id", data) == 9007199254740993);
  CHECK(run(".small | . + 1", {{"small", 1}, {"large", std::numeric_limits<std::int64_t>::max()}}) == 2);
}

TEST_CASE("a result must be one finite value") {
  CHECK(error_of([] {
          run(".[]", {1, 2});
        }) ==
        "fsm.expression: the jq '.[]' failed: it gave several results, but one is wanted; put it in [ ] to "
        "make "
        "them an array");
  CHECK(error_of([] { run("empty", 1); }) ==
        "fsm.expression: the jq 'empty' failed: it gave no result, but one is wanted; give a default: "
        "first(..., "
        "null)");
  CHECK_THROWS_AS(run("nan", 1), Error);
  CHECK_THROWS_AS(run("[infinite]", 1), Error);
  CHECK(run("1 / 3 | isnan", 1) == false);
}

TEST_CASE("a failure says why, and shows no value of the data") {
  CHECK(error_of([] {
          run(".a + .b", {{"a", "secret"}, {"b", 1}});
        }) == "fsm.expression: the jq '.a + .b' failed: string and number cannot be added");
  CHECK(error_of([] {
          run(".a - .b", {{"a", "x) and (y"}, {"b", {{"k", "v"}}}});
        }) == "fsm.expression: the jq '.a - .b' failed: string and object cannot be subtracted");
  CHECK(error_of([] { run("[.[]]", "secret"); }) ==
        "fsm.expression: the jq '[.[]]' failed: cannot iterate over string");
  CHECK(error_of([] { run(". | fromjson", "{secret"); }).find("secret") == std::string::npos);
  CHECK(error_of([] { run("error(\"too few\")", 1); }) ==
        "fsm.expression: the jq 'error(\"too few\")' failed: too few");
  CHECK_THROWS_AS(run("error({a: 1})", 1), Error);
  CHECK_THROWS_AS(run("1, error(\"later\")", 1), Error);
}

TEST_CASE("a program that does not compile is refused in one line") {
  CHECK(error_of([] { JqProgram::compile(".a |"); }) ==
        "fsm.expression: the jq '.a |' does not compile: syntax error, unexpected $end");
  CHECK(error_of([] { JqProgram::compile("lenght"); }) ==
        "fsm.expression: the jq 'lenght' does not compile: lenght/0 is not defined");
  CHECK(error_of([] { JqProgram::compile("$nothing"); }) ==
        "fsm.expression: the jq '$nothing' does not compile: $nothing is not defined");
  CHECK(error_of([] { JqProgram::compile(" \n"); }) ==
        "fsm.expression: the jq is empty; write '.' for the data itself");
  CHECK(error_of([] { JqProgram::compile("1) | (2"); }) ==
        "fsm.expression: the jq '1) | (2' does not compile: ')' closes nothing");
  CHECK_THROWS_AS(JqProgram::compile("(1"), Error);
  CHECK_THROWS_AS(JqProgram::compile("\"open"), Error);
  CHECK_THROWS_AS(JqProgram::compile(std::string("1\0", 2)), Error);
}

TEST_CASE("no program reaches the environment, files or further input") {
  for (const std::string source : {"env",
                                   "env.PATH",
                                   "$ENV",
                                   "$ENV.PATH",
                                   "$ ENV",
                                   "$ # why\n ENV",
                                   ".a | $ENV.PATH",
                                   "\"\\(env)\"",
                                   "\"a\\(\"b\\($ENV.PATH)\")\"",
                                   "\"\\\\\\(env)\"",
                                   "@json \"\\(env)\"",
                                   "import \"a\" as a; .",
                                   "include \"x\"; .",
                                   "import \"a\" as $a; .",
                                   "$__prog_args",
                                   "$ARGS",
                                   "input",
                                   "[inputs]",
                                   "debug",
                                   "debug(\"x\")",
                                   "stderr",
                                   "input_line_number",
                                   "halt",
                                   "halt_error",
                                   "halt_error(1)",
                                   "input_filename",
                                   "\"a\" | modulemeta",
                                   "get_search_list",
                                   "{env}",
                                   "{$ENV}",
                                   "{(env|tostring): 1}",
                                   "{a: env}",
                                   ".[env:1]",
                                   "[env]",
                                   "1.env",
                                   "..env",
                                   "{a: if true then 1, env else 2 end}",
                                   "def f: env; f",
                                   "try env catch .",
                                   "now | localtime",
                                   "now | strflocaltime(\"%Z\")",
                                   "reduce env as $x (0; 1)",
                                   "module {a: 1}; .",
                                   "\"\\u(\" | env",
                                   "[.[] as [$a] | $ENV]",
                                   "{a: 1, env: env}"}) {
    CAPTURE(source);
    const std::string error = error_of([&] { JqProgram::compile(source); });
    CHECK(error.starts_with("fsm.expression: "));
    CHECK(error.find("environment") != std::string::npos);
  }
  CHECK(error_of([] { JqProgram::compile("$ENV.PATH"); }) ==
        "fsm.expression: jq may not use '$ENV' here: a program sees its data and $event, no environment, no "
        "files, "
        "no further input; take what it needs from the data");
}

TEST_CASE("the definitions that jq reads from the home directory are refused, not read") {
  const std::filesystem::path home =
      std::filesystem::temp_directory_path() / fmt::format("jq-home-{}", getpid());
  std::filesystem::create_directory(home);
  std::ofstream(home / ".jq") << "def secret: 42;";
  const char* const given = std::getenv("HOME");
  const std::string before = given ? given : "";
  setenv("HOME", home.c_str(), 1);
  const std::string said = error_of([] { JqProgram::compile("[secret]"); });
  CHECK(run(".plain", {{"plain", 1}}) == 1);
  setenv("HOME", before.c_str(), 1);
  std::filesystem::remove_all(home);
  CHECK(said ==
        "fsm.expression: libjq would read the file .jq of the home directory, which no machine may see; move "
        "it "
        "away, or run with HOME unset");
}

TEST_CASE("the same words in texts, comments, fields and keys are harmless") {
  const json data = {{"env", 1}, {"input", {{"debug", 2}}}, {"a", "b"}};
  CHECK(run(".env + 1", data) == 2);
  CHECK(run(".input.debug + .env", data) == 3);
  CHECK(run("[.env] # env input $ENV \"", data) == json({1}));
  CHECK(run("[\"env $ENV input\", .a]", data) == json({"env $ENV input", "b"}));
  CHECK(run("{env: .a, input : 1, \"debug\": 2}", data) == json({{"env", "b"}, {"input", 1}, {"debug", 2}}));
  CHECK(run(". as {env: $env} | [$env, .[\"env\"], .\"env\"]", data) == json({1, 1, 1}));
  CHECK(run("1 as $input | $input + 0", data) == 1);
  CHECK(run("\"\\\\(env)\"", data) == "\\(env)");
  CHECK(run("[.environment, .inputs_of, .debugger]", data) == json({nullptr, nullptr, nullptr}));
  CHECK(run("[1.5e3, .5, 1.0]", data) == json({1500, 0.5, 1}));
}

TEST_CASE("as a condition only false and null are false, and a failure is no answer") {
  const auto test = [](const std::string& source, const json& data) {
    return JqProgram::compile(source).test(data, nullptr);
  };
  CHECK(test(".a > 1 and .a < 3", {{"a", 2}}));
  CHECK_FALSE(test(".a > 1 and .a < 3", {{"a", 3}}));
  CHECK_FALSE(test("[] | first", json::object()));
  CHECK(test("[0][0]", json::object()));
  CHECK(test(".zero", {{"zero", 0}}));
  CHECK_FALSE(test(".missing", json::object()));
  CHECK_THROWS_AS(test("[.a.b.c] | length > 0", {{"a", 1}}), Error);
  CHECK_THROWS_AS(test(".a.b", {{"a", 1}}), Error);
}

TEST_CASE("nesting is bounded both ways") {
  json deep = 1;
  for (int i = 0; i < 300; ++i) deep = json::array({std::move(deep)});
  CHECK(error_of([&] { run("[.]", deep); }).starts_with("json.too_deep: "));
  CHECK(error_of([] { run("reduce range(300) as $i (1; [.])", 1); }).starts_with("json.too_deep: "));
}

TEST_CASE("text that is not UTF-8 is refused instead of being altered") {
  CHECK(error_of([] {
          run("[.]", {{"a", "\xff"}});
        }) == "fsm.expression: the jq '[.]' failed: the text at '/a' is not UTF-8");
}

TEST_CASE("looking at a value of jq's keeps no reference to it") {
  const leasehold::fsm::jq::Value value(jv_array());
  CHECK(value.valid());
  CHECK(jv_get_refcnt(value.get()) == 1);
}

TEST_CASE("many programs are compiled as one, and each stays what it is") {
  JqBatch batch;
  std::vector<JqProgram> programs;
  for (int i = 0; i < 150; ++i)
    programs.push_back(batch.add(fmt::format("{{n: (.n + {}),\n at: $event.at}} # {}", i, i), {},
                                 [](const Error&) { FAIL("it compiles"); }));
  programs.push_back(batch.add(".rows | map(. * 2)", {}, [](const Error&) { FAIL("it compiles"); }));
  const std::clock_t start = std::clock();
  batch.compile();
  // One by one they take some 20 ms each, all of it the processor's.
  CHECK(std::clock() - start < 2 * CLOCKS_PER_SEC);
  for (int i = 0; i < 150; ++i)
    CHECK(programs[static_cast<std::size_t>(i)].run({{"n", 1}}, {{"at", i}}) ==
          json({{"n", 1 + i}, {"at", i}}));
  CHECK(programs.back().run({{"rows", {1, 2}}}, nullptr) == json({2, 4}));
}

TEST_CASE("of many programs each bad one is told of, and the good ones run") {
  JqBatch batch;
  std::vector<std::string> said;
  std::vector<JqProgram> good;
  const auto note = [&said](const Error& error) { said.push_back(error.message()); };
  const auto never = [](const Error&) { FAIL("it compiles"); };
  good.push_back(batch.add("[.a, 1]", {}, never));
  batch.add("[.a |]", {}, note);
  good.push_back(batch.add("def f: . + 1;\n.a | f", {}, never));
  batch.add("lenght", "${WORD}", note);
  batch.add("if . then 1", {}, note);
  good.push_back(batch.add("\"a\\(.a)\"", {}, never));
  batch.add("lenght", {}, note);
  batch.compile();
  REQUIRE(said.size() == 4);
  CHECK(said[0] == "the jq '[.a |]' does not compile: syntax error, unexpected ']'");
  CHECK(said[1] == "the jq '${WORD}' does not compile: lenght/0 is not defined");
  CHECK(said[2].starts_with("the jq 'if . then 1' does not compile: syntax error"));
  CHECK(said[3] == "the jq 'lenght' does not compile: lenght/0 is not defined");
  CHECK(good[0].run({{"a", 2}}, nullptr) == json({2, 1}));
  CHECK(good[1].run({{"a", 2}}, nullptr) == 3);
  CHECK(good[2].run({{"a", 2}}, nullptr) == "a2");
}

TEST_CASE("no program sees another one of its unit") {
  JqBatch batch;
  std::string said;
  const auto note = [&said](const Error& error) { said = error.message(); };
  const JqProgram defines = batch.add("def mine: 1; [mine]", {}, note);
  batch.add("[mine]", {}, note);
  batch.compile();
  CHECK(defines.run(nullptr, nullptr) == json({1}));
  CHECK(said == "the jq '[mine]' does not compile: mine/0 is not defined");
  CHECK_THROWS_AS(JqProgram::compile("__leasehold0"), Error);
  CHECK_THROWS_AS(JqProgram::compile("def __leasehold1: 1; 2"), Error);
  CHECK_THROWS_AS(JqProgram::compile("[$__loc__]"), Error);
}

TEST_CASE("a program that another machine has is not compiled again") {
  const JqProgram first = JqProgram::compile("[.shared] | length + 41");
  const std::clock_t start = std::clock();
  for (int i = 0; i < 500; ++i)
    CHECK(JqProgram::compile("[.shared] | length + 41").run(json::object(), nullptr) == 42);
  CHECK(std::clock() - start < 5 * CLOCKS_PER_SEC);
}

TEST_CASE("a program that does not end is stopped") {
  JqLimits limits{.time = std::chrono::milliseconds(30)};
  for (const std::string source :
       {"[range(infinite)]", "def f: f; f", "until(false; .)", "[limit(1e15; repeat(1))] | length",
        "first(range(1e15) | select(. < 0))", "reduce repeat(1) as $x (0; . + $x)",
        "try (def f: f; f) catch 1", "def f: try error catch f; f", "[recurse] | length | [repeat(.)]",
        "label $out | foreach repeat(1) as $i (0; . + 1; empty)", "[1, repeat(1)] | first"}) {
    CAPTURE(source);
    CHECK(
        error_of([&] { JqProgram::compile(source).run(1, nullptr, limits); }) ==
        fmt::format("fsm.deadline: the jq '{}' failed: it did not end within 30ms; end its loop, or give the "
                    "state more time",
                    source));
  }
  const JqProgram loops = JqProgram::compile("if . then [repeat(1)] else 2 end");
  CHECK_THROWS_AS(loops.test(true, nullptr, limits), leasehold::TimeoutError);
  CHECK(loops.run(false, nullptr, limits) == 2);  // what was stopped runs again
}

TEST_CASE("a program that takes more and more memory is stopped") {
  const JqLimits limits{.time = std::chrono::seconds(60), .memory = 64 << 20};
  CHECK(
      error_of([&] { JqProgram::compile("def f: 1 + f; f").run(1, nullptr, limits); }) ==
      "fsm.expression: the jq 'def f: 1 + f; f' failed: it was stopped when the process had grown by 64 MiB; "
      "end its recursion, or do this in a function");
}

TEST_CASE("a program that runs is stopped from outside") {
  std::stop_source source;
  const JqProgram program = JqProgram::compile("until(false; . + 1)");
  std::string said;
  std::thread thread(
      [&] { said = error_of([&] { program.run(1, nullptr, {.stop = source.get_token()}); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  source.request_stop();
  thread.join();
  CHECK(said == "fsm.cancelled: the jq 'until(false; . + 1)' failed: it was cancelled");
}

TEST_CASE("after a time without programs the next ones are watched again, and in a forked child") {
  const JqLimits limits{.time = std::chrono::milliseconds(30)};
  const JqProgram program = JqProgram::compile("until(false; . + 2)");
  CHECK_THROWS_AS(program.run(1, nullptr, limits), leasehold::TimeoutError);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  CHECK_THROWS_AS(program.run(1, nullptr, limits), leasehold::TimeoutError);
#ifndef __SANITIZE_THREAD__  // which knows no threads of a forked child
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    bool stopped = false;
    try {
      program.run(1, nullptr, limits);
    } catch (const leasehold::TimeoutError&) {
      stopped = true;
    }
    _exit(stopped ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
#endif
}

TEST_CASE("threads share a program") {
  const JqProgram program = JqProgram::compile("[.[] | . * $event] | add");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        if (program.run({1, 2, 3}, i) != 6 * i) ++wrong[t];
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}
