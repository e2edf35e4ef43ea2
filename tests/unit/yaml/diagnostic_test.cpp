#include "../../../fsm/diagnostics.hpp"
#include "../../../fsm/secrets.hpp"
#include "../../../fsm/token.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;

namespace {
Diagnostic at(unsigned column, std::string line) {
  return {Severity::error,       errc::config_unknown_key, "m.yaml",       12, column,
          "unknown key 'targt'", "did you mean 'target'?", std::move(line)};
}
}  // namespace

TEST_CASE("a diagnostic shows the line and a caret under the character") {
  CHECK(to_text(at(10, "      - {targt: done}")) ==
        "m.yaml:12:10: error[config.unknown_key]: unknown key 'targt'; did you mean 'target'?\n"
        " 12 |       - {targt: done}\n"
        "    |          ^");
  CHECK(to_text(at(4, "äöü: 1")) ==
        "m.yaml:12:4: error[config.unknown_key]: unknown key 'targt'; did you mean 'target'?\n"
        " 12 | äöü: 1\n"
        "    |    ^");
}

TEST_CASE("a long line is cut to what is around the caret") {
  const std::string line = std::string(500, 'a') + "HERE" + std::string(500, 'b');
  CHECK(to_text(at(501, line)) ==
        "m.yaml:12:501: error[config.unknown_key]: unknown key 'targt'; did you mean 'target'?\n"
        " 12 | ..." +
            std::string(55, 'a') + "HERE" + std::string(51, 'b') +
            "...\n"
            "    | " +
            std::string(58, ' ') + "^");
}

TEST_CASE("a diagnostic without a place, a warning and a note") {
  Diagnostic d = at(0, "");
  d.line = 0;
  d.hint.clear();
  CHECK(to_text(d) == "m.yaml: error[config.unknown_key]: unknown key 'targt'");
  d.severity = Severity::warning;
  d.code = errc::fsm_target;
  CHECK(to_text(d) == "m.yaml: warning[fsm.target]: unknown key 'targt'");
  d.severity = Severity::note;
  CHECK(to_text(d) == "m.yaml: note: unknown key 'targt'");
  d.rule = "older-form";
  CHECK(to_text(d) == "m.yaml: note[older-form]: unknown key 'targt'");
  CHECK(to_json(d)["rule"] == "older-form");
}

TEST_CASE("a diagnostic as JSON") {
  CHECK(to_json(at(3, "  x: 1")) == nlohmann::json({{"severity", "error"},
                                                    {"code", "config.unknown_key"},
                                                    {"file", "m.yaml"},
                                                    {"line", 12},
                                                    {"column", 3},
                                                    {"end_column", 4},
                                                    {"source", "  x: 1"},
                                                    {"message", "unknown key 'targt'"},
                                                    {"hint", "did you mean 'target'?"}}));
}

TEST_CASE("diagnostics come in the order of the document, each once") {
  const Source source("m.yaml", "one\ntwo\n");
  Diagnostics diagnostics(source);
  diagnostics.error(errc::config_value, {2, 1}, "later");
  diagnostics.warning("some-rule", errc::config_value, {1, 2}, "first");
  diagnostics.error(errc::config_value, {2, 1}, "later");
  CHECK(diagnostics.failed());
  const std::vector<Diagnostic> all = diagnostics.take();
  REQUIRE(all.size() == 2);
  CHECK(all[0].message == "first");
  CHECK(all[0].source_line == "one");
  CHECK(all[1].message == "later");
  const LoadError error(all);
  CHECK(std::string(error.what()) ==
        "m.yaml:1:2: warning[some-rule]: first\n 1 | one\n   |  ^\n"
        "m.yaml:2:1: error[config.value]: later\n 2 | two\n   | ^");
  CHECK(error.reason() == errc::config_value);
}

TEST_CASE("what came from the environment is shown by its name") {
  const Source source("m.yaml", "x\n");
  Diagnostics diagnostics(source);
  diagnostics.hide("4", "${SIZE}");
  diagnostics.hide("hunter2secret", "${PASSWORD}");
  diagnostics.hide("a-long-and-\"quoted\"-secret-value-that-messages-cut", "${LONG}");
  diagnostics.error(errc::config_value, {1, 1}, "min_size 4 is above max_size 64", "not 4");
  diagnostics.error(errc::config_value, {1, 2}, "cannot use \"dbname=hunter2secret\"");
  diagnostics.error(errc::config_value, {1, 3},
                    R"(a number is needed here, not "a-long-and-\"quoted\"-secr...)");
  const std::vector<Diagnostic> all = diagnostics.take();
  CHECK(all[0].message == "min_size ${SIZE} is above max_size 64");
  CHECK(all[0].hint == "not ${SIZE}");
  CHECK(all[1].message == "cannot use \"dbname=${PASSWORD}\"");
  CHECK(all[2].message == "the value of ${LONG} is not allowed here");
}

TEST_CASE("bytes that are no text do not reach the terminal") {
  const Source source("m.yaml", "a\x1b[31m\tb\xff\xc3\r\n");
  CHECK(source.line(1) == "a?[31m b??");
  CHECK(source.line(3) == "");
  CHECK(Source("m.yaml", std::string(5000, 'x')).line(1) == "");
}

TEST_CASE("a line is shown without its secrets, as wide as it is") {
  const auto shown = [](std::string_view line) { return mask_secrets(line).text; };
  CHECK(shown("  api_key: abc  # of mine") == "  api_key: ***  # of mine");
  CHECK(shown("h: {type: http, auth: {type: bearer, tokn: abc}, timeout: 5}") ==
        "h: {type: http, auth: {type: bearer, tokn: ***}, timeout: 5}");
  CHECK(shown(R"({"password":"a\"b", "x": 1})") == R"({"password":"****", "x": 1})");
  CHECK(shown("connection: 'host=h password=pw'") == "connection: '******************'");
  CHECK(shown("headers: {X-One: abc, Y: [d]}, timeout: 5") == "headers: {*****: ***, *: [*]}, timeout: 5");
  CHECK(shown("X-Api-Key: !!x z\u00fcrich") == "X-Api-Key: **********");
  CHECK(shown("api_key: [abc") == "api_key: [***");
  // What names a secret is none; what could be one is.
  CHECK(shown("{api_key: ${KEY}, token: \"${{ .t }}\"}") == "{api_key: ${KEY}, token: \"${{ .t }}\"}");
  CHECK(shown("api_key: \"${KEY:-abc}\"") == "api_key: \"***********\"");
  for (const char* open :
       {"arcs: [{target: b, condition: '.x'}]", "auth: {header: X-Key}", "token:", "errors: [connection]",
        "max_tokens: 5", "api_key_env: OPENAI_API_KEY", "connect_timeout: 5s", "with: {key: [code]}",
        "type: http", "name: order", "model: x", "proxies are: near"})
    CHECK(shown(open) == open);
}

TEST_CASE("a secret that is refused is not quoted") {
  const Source source("m.yaml", "  token: 0123\n");
  Diagnostics diagnostics(source);
  diagnostics.error(errc::config_ambiguous_scalar, {1, 10}, "'0123' is read differently");
  const std::vector<Diagnostic> all = diagnostics.take();
  CHECK(all[0].message == "'***' is read differently");
  CHECK(all[0].source_line == "  token: ****");
}

TEST_CASE("a token ends where its quotes, its brackets or the text around it say") {
  const auto token = [](std::string_view line, unsigned column) {
    const unsigned end = token_end(line, column);
    return end == 0 ? std::string("none") : std::string(line.substr(column - 1, end - column));
  };
  CHECK(token("  - name: two words  # why", 5) == "name");
  CHECK(token("  - name: two words  # why", 11) == "two words");
  CHECK(token("  url: http://x#y", 8) == "http://x#y");
  CHECK(token("    condition: .a > [1, 2] | length", 16) == ".a > [1, 2] | length");
  CHECK(token("  - {name: a, arcs: [{target: b, event: [x, y.z]}]}", 6) == "name");
  CHECK(token("  - {name: a, arcs: [{target: b, event: [x, y.z]}]}", 12) == "a");
  CHECK(token("  - {name: a, arcs: [{target: b, event: [x, y.z]}]}", 22) == "{target: b, event: [x, y.z]}");
  CHECK(token("  - {name: a, arcs: [{target: b, event: [x, y.z]}]}", 45) == "y.z");
  CHECK(token("  - {condition: '.a == \"}\"', target: it''s}", 17) == "'.a == \"}\"'");
  CHECK(token("x: 'it''s', y", 4) == "'it''s'");
  CHECK(token("x: \"a\\\"b\" # c", 4) == "\"a\\\"b\"");
  CHECK(token("x: {a: [1,", 4) == "{a: [1,");
  CHECK(token("x: 'open", 4) == "'open");
  CHECK(token("x:", 3) == "none");
  CHECK(token("", 1) == "none");
  CHECK(token_end("\xc3\xa4\xc3\xb6: \xe2\x82\xac\xe2\x82\xac", 5) == 7);
  CHECK(token_end("a", 0) == 0);
}
