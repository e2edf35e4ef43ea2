// jq, templates and lines of events, damaged at random: each is read or refused, never anything else; and
// what leasehold evaluates itself comes to what libjq comes to.

#include "budget.hpp"
#include "event_lines.hpp"
#include "exit_status.hpp"
#include "jq.hpp"
#include "mutation.hpp"
#include "template.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fuzz;
using namespace std::chrono_literals;
using nlohmann::json;

// libjq's parser forgets the text it stood at when it finds a syntax error. (unit_jq looks for leaks of
// ours.)
extern "C" const char* __lsan_default_suppressions() {
  return "leak:jv_mem_alloc\n";
}

namespace {

const std::vector<std::string> programs = {
    ".",
    ".a.b[0]",
    ".items | length > 0",
    ".\"odd key\" == null",
    ".a.b[1].c >= 1.5",
    "true",
    ".n = (.n + 1)",
    "[.items[] | select(.id > 1) | {id, name: (.name // \"none\")}]",
    "reduce .items[] as $i (0; . + $i.id)",
    "if .n == 1 then .x = 2 elif .n == 3 then . else error(\"no\") end",
    ".text | test(\"^a+$\") and (ascii_downcase | startswith(\"a\"))",
    "$event.data.amount > 10 and $event.name == \"order\"",
    ".items | map(.id) | add / length",
    "try error(\"x\") catch .",
    "\"\\(.n) of \\(.items | length)\"",
    "def twice(f): f | f; .n | twice(. * 2)",
};

const std::vector<std::string> jq_words = {"|",
                                           "..",
                                           ".[]",
                                           "[0]",
                                           "[-1]",
                                           "(",
                                           ")",
                                           "[",
                                           "]",
                                           "{",
                                           "}",
                                           "\"",
                                           "\\(",
                                           "\\u0000",
                                           "//",
                                           "?",
                                           "as $x",
                                           "$event",
                                           "$__loc__",
                                           "$ENV",
                                           "env",
                                           "input",
                                           "inputs",
                                           "debug",
                                           "halt",
                                           "import \"a\" as a;",
                                           "include \"a\";",
                                           "limit(1; ",
                                           "while(true; .)",
                                           "repeat(.)",
                                           "range(1000000)",
                                           "recurse",
                                           "1e1000",
                                           "nan",
                                           "infinite",
                                           "-",
                                           " == ",
                                           " < ",
                                           "not",
                                           "length",
                                           "null",
                                           "# comment\n",
                                           "@base64",
                                           "@sh",
                                           "\t",
                                           std::string(1, '\0'),
                                           "\x80",
                                           "\xED\xA0\x80",
                                           "9007199254740993",
                                           "if",
                                           "then",
                                           "end",
                                           "reduce",
                                           "foreach",
                                           "label $f | break $f",
                                           "}}",
                                           "${{",
                                           "input_filename",
                                           "get_search_list",
                                           "ltrimstr(1)",
                                           "tojson",
                                           "fromjson",
                                           "splits(\"a\")",
                                           "limit(0; .)",
                                           "getpath([\"a\"])"};

const json data = {{"a", {{"b", {1, {{"c", 2}}}}}},
                   {"n", 3},
                   {"text", "aaa"},
                   {"odd key", nullptr},
                   {"items", {{{"id", 1}, {"name", "one"}}, {{"id", 2}}}}};
const json event = {{"name", "order"}, {"data", {{"amount", 11}}}};
const JqLimits limits{.time = 200ms, .memory = 64 << 20};

struct Result {
  std::optional<json> value;
  std::string problem;
};

// A value, nothing for an Error, or a problem.
template <class Call>
Result attempt(const Call& call) {
  try {
    return {call(), ""};
  } catch (const Error& error) {
    return {std::nullopt, error.message().empty() ? "an error without a message" : ""};
  } catch (const std::exception& error) {
    return {std::nullopt, std::string("what is no Error: ") + error.what()};
  }
}

// Which jq would round and leasehold does not.
bool has_large_number(const std::string& source) {
  std::size_t digits = 0;
  return std::any_of(source.begin(), source.end(), [&](char c) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    return digits > 15;
  });
}

std::string check_program(const std::string& source) {
  std::optional<JqProgram> program;
  Result result = attempt([&]() -> json {
    program = JqProgram::compile(source);
    return program->run(data, event, limits);
  });
  if (!program || !program->plain() || !result.problem.empty() || has_large_number(source))
    return result.problem;
  // What libjq makes of the same.
  const Result by_jq = attempt([&] {
    const JqProgram whole = JqProgram::compile("(" + source + "\n) | [.] | first");
    if (whole.plain()) throw std::logic_error("everything is plain");
    return whole.run(data, event, limits);
  });
  if (result.value == by_jq.value || !by_jq.problem.empty()) return by_jq.problem;
  return "leasehold says " + (result.value ? result.value->dump() : "an error") + ", libjq " +
         (by_jq.value ? by_jq.value->dump() : "an error");
}

std::string check_template(const std::string& text) {
  return attempt([&] {
           return Template::parse({{"text", text}, {"list", {1, "before ${{ " + text + " }} after"}}})
               .evaluate(data, event, limits);
         })
      .problem;
}

const std::vector<std::string> lines = {
    R"({"event": "order.received", "data": {"amount": 3, "list": [1, 2.5, null, "x"]}})",
    R"({"event": "order.paid", "after": "1s"})",
    R"({"advance": "5s"})",
};
const std::vector<std::string> json_words = {"{",
                                             "}",
                                             "[",
                                             "]",
                                             "\"",
                                             ":",
                                             ",",
                                             "\\",
                                             "\\u0000",
                                             "\\uD800",
                                             "null",
                                             "1e999",
                                             "99999999999999999999",
                                             "-",
                                             "\x80",
                                             std::string(1, '\0'),
                                             "\"event\": \"a\",",
                                             "\"after\": \"1h\",",
                                             "[[[[[[[[[[[[[[[[[[[["};

std::string check_line(std::string line) {
  std::erase(line, '\n');  // else it were two
  try {
    const tool::EventLine read = tool::parse_event_line(line, "events.jsonl", 7);
    return read.line == 7 && read.wait >= Duration::zero() ? "" : "it is read as something else";
  } catch (const tool::Failure& failure) {
    const std::string message = failure.what();
    return message.starts_with("events.jsonl:7") ? "" : "the refusal has no place: " + message;
  } catch (const std::exception& error) {
    return std::string("it is refused with what is no Failure: ") + error.what();
  }
}

template <class Check>
void storm(std::chrono::milliseconds usual, const std::vector<std::string>& texts,
           const std::vector<std::string>& words, const Check& check) {
  test::Budget budget(usual);
  while (const auto seed = budget.next()) {
    const std::string text = Mutation(*seed, words).damage(texts);
    const std::string problem = check(text);
    if (problem.empty()) continue;
    FAIL(problem << "\n" << test::Budget::replay(*seed) << "\n" << text);
  }
  MESSAGE(budget.told());
}

}  // namespace

TEST_CASE("damaged jq is refused or runs within its limits, and what is plain means what libjq means") {
  storm(800ms, programs, jq_words, check_program);
}

TEST_CASE("damaged templates are refused or filled in") {
  std::vector<std::string> texts;
  for (const std::string& program : programs) texts.push_back("${{ " + program + " }}");
  storm(600ms, texts, jq_words, check_template);
}

TEST_CASE("damaged lines of events are refused with their place, or are read") {
  storm(200ms, lines, json_words, check_line);
}
