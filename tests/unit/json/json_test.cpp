#include <doctest/doctest.h>

#include <leasehold/error.hpp>
#include <leasehold/json.hpp>

#include <limits>
#include <string>

using leasehold::errc;
using leasehold::parse_json;
using nlohmann::json;

namespace {

// What parse_json says of `text`; fails the test if it accepts it.
std::string refusal(std::string_view text, leasehold::JsonLimits limits = {}) {
  try {
    const json value = parse_json(text, "data.json", limits);
    FAIL("accepted as " << value.dump());
    return "";
  } catch (const leasehold::Error& error) {
    return error.what();
  }
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += piece;
  return all;
}

}  // namespace

TEST_CASE("valid documents read as nlohmann reads them") {
  for (const char* text :
       {"null", "true", "0", "-0", "1.5", "1e300", R"("a\u00e4\ud83d\ude00\"\\")", "[]", "{}", "[[],{}]",
        R"({"b":[1,2,{"c":null}],"a":{"x":[]}})", "  [1 , 2]\n", R"([{"a":1},{"a":1}])", R"({"":{"":""}})",
        "[18446744073709551615,-9223372036854775808]"}) {
    CAPTURE(text);
    CHECK(parse_json(text, "x") == json::parse(text));
  }
  CHECK(parse_json("\xEF\xBB\xBF[1]", "x") == json::array({1}));
}

TEST_CASE("the largest integers keep every digit") {
  CHECK(parse_json("18446744073709551615", "x").get<std::uint64_t>() ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_json("-9223372036854775808", "x").get<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("integers beyond 64 bits are refused where they stand") {
  CHECK(refusal("18446744073709551616") ==
        "json.number_range: data.json:1:1: the integer does not fit into 64 bits; write it as text");
  CHECK(refusal("[1,\n  -9223372036854775809 ]") ==
        "json.number_range: data.json:2:3: the integer does not fit into 64 bits; write it as text");
  CHECK(refusal("{\"id\":111111111111111111111}").find("data.json:1:7:") != std::string::npos);
  CHECK(refusal("[1.5, 1e999]") ==
        "json.number_range: data.json:1:7: the number is beyond the range of a double; write it as text");
}

TEST_CASE("nesting is bounded") {
  CHECK(parse_json(repeated("[", 64) + repeated("]", 64), "x").is_array());
  CHECK(refusal(repeated("[", 65) + repeated("]", 65)) ==
        "json.too_deep: data.json:1:65: nested deeper than 64 levels");
  CHECK(refusal(repeated("{\"a\":", 65)) == "json.too_deep: data.json:1:321: nested deeper than 64 levels");
  CHECK(refusal("[[1]]", {.depth = 1}) == "json.too_deep: data.json:1:2: nested deeper than 1 levels");
  CHECK(refusal("[]", {.depth = 0}).starts_with("json.too_deep"));
  CHECK(refusal(repeated("[", 1000000)).starts_with("json.too_deep"));
  // A bound of one's own may be far beyond what a recursive reader survives.
  CHECK_NOTHROW(parse_json(repeated("[", 200000) + repeated("]", 200000), "x", {.depth = 200000}));
}

TEST_CASE("duplicate keys are refused where the second stands") {
  CHECK(refusal("{\"a\":1,\n \"b\":2,\n \"a\":3}") == "json.syntax: data.json:3:2: duplicate key 'a'");
  CHECK(refusal(R"({"x\"y\\":1, "x\"y\\":2})") == "json.syntax: data.json:1:14: duplicate key 'x\"y\\'");
  CHECK(refusal("{\"" + std::string(500, 'k') + "\":1,\"" + std::string(500, 'k') + "\":2}").size() < 200);
}

TEST_CASE("syntax errors name line and column, columns counting characters") {
  CHECK(refusal("{\"a\": 1,\n  \"b\": }") ==
        "json.syntax: data.json:2:8: syntax error while parsing value - unexpected '}'; expected '[', '{', "
        "or a literal");
  CHECK(refusal("[\"\xC3\xA4\xC3\xB6\" x]").starts_with("json.syntax: data.json:1:7: "));
  CHECK(refusal("").starts_with("json.syntax: data.json:1:1: "));
  CHECK(refusal("[1,").starts_with("json.syntax: data.json:1:4: "));
  CHECK(refusal("[1] 2").starts_with("json.syntax: data.json:1:5: "));
  CHECK(refusal("// note\n1").starts_with("json.syntax: data.json:1:1: "));
  CHECK(refusal("NaN").starts_with("json.syntax"));
  CHECK(refusal("01").starts_with("json.syntax"));
  CHECK(refusal("[1,]").starts_with("json.syntax"));
  CHECK(refusal("\"\xFF\"").starts_with("json.syntax"));
  CHECK(refusal("\xEF\xBB").starts_with("json.syntax"));
}

TEST_CASE("nothing may follow the document, not even behind a NUL") {
  using namespace std::string_view_literals;
  CHECK(refusal("[1]\0"sv) == "json.syntax: data.json:1:4: a NUL character is not allowed in JSON");
  CHECK(refusal("1\0garbage"sv) == "json.syntax: data.json:1:2: a NUL character is not allowed in JSON");
  CHECK(refusal("\0"sv).starts_with("json.syntax"));
}

TEST_CASE("messages do not quote the values of the text") {
  CHECK(refusal("{\"password\": \"hunter2").find("hunter2") == std::string::npos);
  CHECK(refusal("[\"; expected hunter2\x01\"]").find("hunter2") == std::string::npos);
  CHECK(refusal("hunter2").find("hunter2") == std::string::npos);
  CHECK(refusal("[1, h]").find("; expected") == std::string::npos);
}
