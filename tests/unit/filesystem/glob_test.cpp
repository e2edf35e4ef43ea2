#include "glob.hpp"

#include <doctest/doctest.h>

using leasehold::detail::glob_matches_name;

TEST_CASE("patterns match names") {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  for (const Case& c : {Case{"*", "x", true},         {"*", ".x", false},
                        {".*", ".x", true},           {"*.json", "a.json", true},
                        {"*.json", "a.jsonx", false}, {"a*b*c", "aXbYbZc", true},
                        {"a*b*c", "acb", false},      {"?", "\xC3\xBC", true},
                        {"??", "\xC3\xBC", false},    {"[a-c]x", "bx", true},
                        {"[!a-c]x", "bx", false},     {"[!a-c]x", "dx", true},
                        {"[]]", "]", true},           {"[\xC3\xA4-\xC3\xBC]", "\xC3\xB6", true},
                        {"[a-]", "-", true},          {"[", "[", true},
                        {"\\*", "*", true},           {"\\*", "x", false},
                        {"a\\", "a\\", true},         {"", "", true},
                        {"**", "xyz", true},          {"*a", "aaab", false}}) {
    CAPTURE(c.pattern);
    CAPTURE(c.name);
    CHECK(glob_matches_name(c.pattern, c.name) == c.matches);
  }
}

TEST_CASE("a hostile pattern takes no exponential time") {
  std::string pattern, name(255, 'a');
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(glob_matches_name(pattern + "*b", name));
}
