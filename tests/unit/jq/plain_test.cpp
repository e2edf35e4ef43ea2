#include "jq/plain.hpp"

#include "jq/conversion.hpp"

#include <leasehold/error.hpp>

extern "C" {
#include <jq.h>
}

#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <string>

using leasehold::Error;
using nlohmann::json;
namespace jq = leasehold::fsm::jq;

namespace {

// What libjq itself says: the one result, or nothing where it fails.
class Oracle {
 public:
  explicit Oracle(const std::string& source) : state_(jq_init()) {
    REQUIRE(jq_compile(state_, source.c_str()) != 0);
    jq_set_error_cb(
        state_, [](void*, jv message) { jv_free(message); }, nullptr);
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  ~Oracle() { jq_teardown(&state_); }

  std::optional<json> run(const json& data) {
    jq_start(state_, jq::to_jv(data).release(), 0);
    const jq::Value result(jq_next(state_));
    if (!result.valid()) return std::nullopt;
    return jq::from_jv(result);
  }

 private:
  jq_state* state_;
};

json random_value(std::mt19937& random, int depth) {
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  static const std::string texts[] = {"", "a", "b", "ab", "x y", "\xc3\xa4\xe2\x82\xac", "Z"};
  switch (below(depth > 0 ? 9 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return below(5) - 2;
    case 3:
      return (below(9) - 4) / 2.0;
    case 4:
    case 5:
      return texts[below(7)];
    case 6: {
      json array = json::array();
      for (int i = below(4); i > 0; --i) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      json object = json::object();
      for (const char* key : {"a", "b", "odd key"})
        if (below(3) != 0) object[key] = random_value(random, depth - 1);
      return object;
    }
  }
}

}  // namespace

TEST_CASE("plain programs mean what jq means, on random values") {
  std::mt19937 random(20);
  int failures = 0;
  int values = 0;
  for (const std::string path :
       {".", ".a", ".a.b", ".[0]", ".a[1]", ".a[-1].b", ".\"odd key\"", ".[\"a\"]", ".a[ 0 ]"})
    for (const std::string tail :
         {"", " | length", " == 1", "!=1", " > 0", " < \"b\"", ">=1.0", " <= true", " == null",
          " == \"\\u00e4\xe2\x82\xac\"", " | length > 1", "|length == 0", " > false", " < -1.5"}) {
      const std::string source = path + tail;
      CAPTURE(source);
      const auto plain = jq::PlainProgram::parse(source);
      REQUIRE(plain);
      Oracle oracle(source);
      for (int i = 0; i < 60; ++i) {
        const json data = random_value(random, 3);
        CAPTURE(data.dump());
        const std::optional<json> expected = oracle.run(data);
        std::optional<json> actual;
        try {
          actual = plain->run(data);
        } catch (const Error&) {
          ++failures;
        }
        values += actual.has_value();
        REQUIRE(actual == expected);
        if (actual) REQUIRE(plain->test(data) == (!actual->is_null() && *actual != false));
      }
    }
  CHECK(failures > 100);
  CHECK(values > 100);
}

TEST_CASE("what is not plain is left to jq") {
  for (const std::string source : {"..",
                                   ".a.[0]",
                                   ".5",
                                   ".a?",
                                   ".a[]",
                                   ".a[1:2]",
                                   ".a.b + 1",
                                   ".a == .b",
                                   ".a > 1 and .b",
                                   "length",
                                   ".a | length | . + 1",
                                   ".a == 1 == true",
                                   ".a == \"\\(.b)\"",
                                   ".a == -x",
                                   ".a | lengths",
                                   ". a",
                                   ".[1.5]",
                                   "1 + 1",
                                   ".a as $x | 1",
                                   ".a == 1e3",
                                   ".a == 1x",
                                   ".a, .b",
                                   ".a |",
                                   ".a == ",
                                   "",
                                   ".a // 1",
                                   ".a |= 1",
                                   "true or false"}) {
    CAPTURE(source);
    CHECK_FALSE(jq::PlainProgram::parse(source));
  }
  for (const std::string source : {"true", "1.5", "\"x\"", "null", ".a==1", " .a ", ".if.then"}) {
    CAPTURE(source);
    CHECK(jq::PlainProgram::parse(source));
  }
}

TEST_CASE("64-bit integers are compared exactly") {
  const json data = {{"big", 9007199254740993}};
  CHECK(jq::PlainProgram::parse(".big > 9007199254740")->test(data));
  CHECK(jq::PlainProgram::parse(".big")->run(data) == 9007199254740993);
  CHECK_FALSE(jq::PlainProgram::parse(".big == 9007199254740993"));  // a double in jq
}

TEST_CASE("a path before a pipe is split off") {
  const auto split = [](std::string_view source) {
    const jq::PathPrefix prefix = jq::split_path_prefix(source);
    return std::pair(prefix.path.size(), std::string(prefix.rest));
  };
  CHECK(split(".a.b | map(. + 1)") == std::pair<std::size_t, std::string>(2, " map(. + 1)"));
  CHECK(split(". | 1") == std::pair<std::size_t, std::string>(0, ". | 1"));
  CHECK(split(".a |= 1") == std::pair<std::size_t, std::string>(0, ".a |= 1"));
  CHECK(split(".a + .b | 1") == std::pair<std::size_t, std::string>(0, ".a + .b | 1"));
  CHECK(split(".a? | 1") == std::pair<std::size_t, std::string>(0, ".a? | 1"));
}
