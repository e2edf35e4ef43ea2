#include "../../../fsm/yaml/reader.hpp"

#include "../../../fsm/yaml/scalar.hpp"

#include <doctest/doctest.h>

#include <ctime>

using namespace leasehold;
using namespace leasehold::fsm;

namespace {

struct Reading {
  explicit Reading(std::string text, yaml::Limits limits = {}) : source("m.yaml", std::move(text)) {
    Diagnostics diagnostics(source);
    document = yaml::read(source, limits, diagnostics);
    found = diagnostics.take();
  }

  // "line:col code message; hint" of each.
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Diagnostic& d : found)
      all.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
                    std::string(error_name(d.code)) + " " + d.message +
                    (d.hint.empty() ? "" : "; " + d.hint));
    return all;
  }
  std::string only() const {
    return found.size() == 1 ? lines()[0] : std::to_string(found.size()) + " findings";
  }

  Source source;
  std::optional<yaml::Document> document;
  std::vector<Diagnostic> found;
};

std::string repeat(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("values and keys know their places, in characters") {
  const Reading r("name: büro\nlist:\n  - a\n  - {é: 1, k: \"v\"}\n");
  REQUIRE(r.document);
  CHECK(r.found.empty());
  const yaml::Node& root = *r.document->root;
  CHECK(root.find("name")->text == "büro");
  CHECK(root.find("name")->plain);
  CHECK(root.find("name")->position == Position{1, 7});
  const yaml::Node& inner = *root.find("list")->items.at(1);
  CHECK(inner.entries[0].position == Position{4, 6});
  CHECK(inner.entries[1].position == Position{4, 12});
  CHECK(inner.find("k")->position == Position{4, 15});
  CHECK_FALSE(inner.find("k")->plain);
  CHECK(yaml::locate(root, "/list/1/k") == Position{4, 15});
  CHECK(yaml::locate(root, "/list/1/k", true) == Position{4, 12});
  CHECK(yaml::locate(root, "/list/1/absent") == Position{4, 5});
}

TEST_CASE("a byte order mark counts as no column") {
  const Reading r("\xEF\xBB\xBFname: a\nname: b\n");
  CHECK(r.only() ==
        "2:1 config.duplicate_key the key 'name' stands here twice, first in line 1; remove one of them");
  CHECK(r.document->root->find("name")->position == Position{1, 7});
}

TEST_CASE("every duplicate key is reported, and the first one stays") {
  const Reading r("a: 1\nb: {x: 1, x: 2}\na: {deep: 1}\n");
  CHECK(r.lines() ==
        std::vector<std::string>{
            "2:11 config.duplicate_key the key 'x' stands here twice, first in line 2; remove one of them",
            "3:1 config.duplicate_key the key 'a' stands here twice, first in line 1; remove one of them"});
  CHECK(r.document->root->find("a")->text == "1");
  CHECK(r.document->root->entries.size() == 2);
}

TEST_CASE("aliases share what they stand for") {
  const Reading r("a: &x {k: [1, 2]}\nb: *x\n");
  REQUIRE(r.document);
  CHECK(r.document->root->find("a") == r.document->root->find("b"));
  CHECK(r.document->root->size == 1 + 4 + 4);
}

TEST_CASE("an alias bomb is refused and cheap") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string n = std::to_string(i), before = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [" + before + repeat(", " + before, 8) + "]\n";
  }
  const std::clock_t start = std::clock();
  const Reading r(bomb);
  CHECK(std::clock() - start < 5 * CLOCKS_PER_SEC);
  CHECK_FALSE(r.document);
  REQUIRE(r.found.size() == 1);
  CHECK(r.found[0].code == errc::yaml_alias_budget);
  CHECK(r.found[0].message == "the aliases expand to more than 100000 values");
  CHECK(r.found[0].line > 1);
}

TEST_CASE("an alias inside what it stands for is refused") {
  CHECK(Reading("a: &x [1, *x]\n").only() ==
        "1:11 yaml.alias_cycle the alias is part of what it stands for; write out what is meant");
}

TEST_CASE("nesting beyond the limit is refused, however deep it goes") {
  CHECK(Reading(repeat("[", 64) + repeat("]", 64)).document.has_value());
  CHECK(Reading(repeat("[", 65) + repeat("]", 65)).only() ==
        "1:65 yaml.too_deep nested more than 64 levels deep; flatten it");
  CHECK(Reading(repeat("[", 100'000)).only() ==
        "1:65 yaml.too_deep nested more than 64 levels deep; flatten it");
  CHECK(Reading(repeat("{a: ", 100'000)).only() ==
        "1:257 yaml.too_deep nested more than 64 levels deep; flatten it");
  CHECK(Reading(repeat("- ", 100'000)).only() ==
        "1:129 yaml.too_deep nested more than 64 levels deep; flatten it");
  std::string blocks;
  for (std::size_t i = 0; i < 1000; ++i) blocks += repeat(" ", i) + "a:\n";
  CHECK(Reading(blocks).only() == "65:65 yaml.too_deep nested more than 64 levels deep; flatten it");
  // Aliases add up, too.
  std::string chain = "a0: &a0 " + repeat("[", 20) + repeat("]", 20) + "\n";
  for (int i = 1; i < 5; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " " + repeat("[", 20) + "*a" +
             std::to_string(i - 1) + repeat("]", 20) + "\n";
  CHECK(Reading(chain).found.at(0).code == errc::yaml_too_deep);
}

TEST_CASE("what is no YAML of ours is refused with its place") {
  CHECK(Reading("a: [1, 2\nb: 3\n").found.at(0).code == errc::yaml_syntax);
  CHECK(Reading("a: b: c\n").only() ==
        "1:5 yaml.syntax illegal map value; look at the quotes, brackets, colons and indentation up to here");
  CHECK(Reading("a: *nowhere\n").found.at(0).code == errc::yaml_syntax);
  CHECK(Reading("a: 1\n---\nb: 2\n").only() ==
        "2:1 config.value a second document starts here; put each machine into a file of its own");
  CHECK(Reading("base: &b {x: 1}\nd:\n  <<: *b\n").only() ==
        "3:3 config.unknown_key merge keys ('<<') are not supported; repeat the keys, or let an alias stand "
        "for a whole value");
  CHECK(Reading("[a, b]: 1\n").only() ==
        "1:1 config.value a key must be text, not a list; write the key as text");
  CHECK(Reading("a: !env HOME\n").only() == "1:4 config.value the tag '!env' is not supported; remove it");
  CHECK(Reading("a: b\nc: \xC3\x28\n").only() ==
        "2:4 config.value the file is not UTF-8: byte 0xC3 at offset 8; save the file as UTF-8 text");
  CHECK(Reading("a: é\x04\nb: 1\n").only() ==
        "1:5 config.value a control character (0x04) stands at offset 5; save the file as UTF-8 text");
}

TEST_CASE("an empty document has no root") {
  for (const char* text : {"", "# nothing\n", "---\n"}) {
    const Reading r(text);
    REQUIRE(r.document);
    CHECK(r.found.empty());
    CHECK((!r.document->root || r.document->root->is(yaml::Node::Kind::null)));
  }
}

TEST_CASE("scalars mean what YAML 1.2 says, and what 1.1 reads otherwise is refused") {
  const auto plain = [](std::string text) {
    return yaml::resolve({.kind = yaml::Node::Kind::scalar, .plain = true, .text = std::move(text)});
  };
  const std::vector<std::pair<const char*, nlohmann::json>> meanings = {
      {"null", nullptr},
      {"~", nullptr},
      {"true", true},
      {"False", false},
      {"0", 0},
      {"-12", -12},
      {"+7", 7},
      {"0x1F", 31},
      {"1.5", 1.5},
      {".5", 0.5},
      {"-2e3", -2000.0},
      {"1.", 1.0},
      {"01.5", 1.5},
      {"18446744073709551615", 18446744073709551615ULL},
      {"-9223372036854775808", INT64_MIN},
      {"text", "text"},
      {"1.2.3", "1.2.3"},
      {"127.0.0.1:8080", "127.0.0.1:8080"},
      {"5s", "5s"},
      {"2024-01-31", "2024-01-31"},
      {"-", "-"},
      {"nope", "nope"},
      {"10:99", "10:99"},
      {".", "."},
      {"e5", "e5"}};
  for (const auto& [text, value] : meanings) {
    CAPTURE(text);
    const yaml::Scalar scalar = plain(text);
    CHECK_FALSE(scalar.refused);
    CHECK(scalar.value == value);
    CHECK(scalar.value.type() == value.type());
  }
  for (const char* text :
       {"yes", "No", "on", "OFF", "y", "N", "010", "-007", "0o17", "0b11", "1_000", "12:30", "1:02:03.5"}) {
    CAPTURE(text);
    CHECK(plain(text).refused == errc::config_ambiguous_scalar);
    const yaml::Scalar quoted =
        yaml::resolve({.kind = yaml::Node::Kind::scalar, .plain = false, .text = text});
    CHECK_FALSE(quoted.refused);
    CHECK(quoted.value == text);
  }
  for (const char* text :
       {"18446744073709551616", "-9223372036854775809", "1e999", ".inf", "-.INF", ".nan"}) {
    CAPTURE(text);
    CHECK(plain(text).refused == errc::json_number_range);
  }
  CHECK(plain("no").message == "'no' is read differently by different YAML readers");
  CHECK(plain("no").hint == "write true or false, or put it in quotes if text is meant");
  CHECK(plain("010").hint == "write the number without leading zeros, or put it in quotes if text is meant");
}
