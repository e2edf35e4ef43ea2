#include "folders.hpp"

#include <leasehold/adapters/http.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <sstream>

using namespace leasehold;
using nlohmann::json;

namespace {

std::string what_of(const json& config) {
  try {
    http_factory()("rates", config);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the knobs are read, and their contradictions refused") {
  CHECK(what_of({{"base_url", "https://h/v1"}}) == "accepted");
  CHECK(what_of(json::object()) ==
        "config.missing: 'base_url' is missing; add it: http or https URL that every path is below");
  CHECK(what_of({{"base_url", "http://user:hunter2@h"}}) ==
        "config.value: /base_url: the URL contains credentials (not shown); write http://host/path or "
        "https://host/path; credentials go into auth, a query into query");
  CHECK(what_of({{"base_url", "http://h"}, {"max_bdy", 1}}) ==
        "config.unknown_key: /max_bdy: unknown key 'max_bdy'; did you mean 'max_body'?");
  CHECK(what_of({{"base_url", "http://h"}, {"auth", {{"type", "bearer"}}}}) ==
        "config.missing: /auth/token: this type of auth needs a token; add token: \"${API_TOKEN}\"");
  CHECK(what_of({{"base_url", "http://h"}, {"auth", {{"type", "basic"}}}}) ==
        "config.missing: /auth/username: basic auth needs a username; add username and password");
  CHECK(what_of({{"base_url", "http://h"}, {"timeout", 0}}) ==
        "config.value: /timeout: a timeout of 0 would fail every request; write 30s");
  CHECK(what_of({{"base_url", "http://h"}, {"deny_private", true}, {"proxy", "http://p:3128"}}) ==
        "config.value: /deny_private: behind a proxy the server's address cannot be seen; leave out proxy or "
        "deny_private");
  const std::string injected =
      what_of({{"base_url", "http://h"}, {"headers", {{"X-A", "hunter2\r\nX-B: 1"}}}});
  CHECK(injected ==
        "config.value: /headers/X-A: the value of the header 'X-A' contains a line break (not shown)");
  CHECK_THROWS_AS(make_http_provider("rates", {.base_url = "nonsense"}), ConfigError);
}

TEST_CASE("describe shows every knob and no secret") {
  const auto provider =
      http_factory()("rates", {{"base_url", "https://h"},
                               {"headers", {{"X-Tenant", "hunter2"}}},
                               {"query", {{"key", "hunter3"}}},
                               {"proxy", "http://u:hunter4@p"},
                               {"auth", {{"type", "basic"}, {"username", "u"}, {"password", "hunter5"}}}});
  const json shown = provider->describe();
  CHECK(shown.dump().find("hunter") == std::string::npos);
  CHECK(shown["headers"] == json{{"X-Tenant", "***"}});
  CHECK(shown["auth"]["password"] == "***");
  for (const std::string& key : http_fields().keys()) CHECK(shown.contains(key));
}

TEST_CASE("the operations have closed schemas") {
  const auto provider = http_factory()("rates", {{"base_url", "https://h"}});
  std::string names;
  for (const auto& [name, operation] : provider->operations()) {
    names += name + " ";
    CHECK(operation.arguments.at("additionalProperties") == false);
    CHECK(operation.arguments.at("properties").contains("json") ==
          (name == "post" || name == "put" || name == "patch"));
  }
  CHECK(names == "delete get head patch post put ");
}

TEST_CASE("the README names every knob and operation") {
  std::ifstream file(folders::source("adapters/http/README.md"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const auto has = [&](const std::string& word) {
    return readme.find("`" + word + "`") != std::string::npos;
  };
  for (const std::string& key : http_fields().keys()) CHECK_MESSAGE(has(key), key);
  for (const std::string& key : http_auth_fields().keys()) CHECK_MESSAGE(has("auth." + key), key);
  for (const std::string& key : retry_fields().keys()) CHECK_MESSAGE(has("retries." + key), key);
  const auto provider = http_factory()("rates", {{"base_url", "https://h"}});
  for (const auto& [name, operation] : provider->operations()) {
    CHECK_MESSAGE(has(name), name);
    for (const auto& [argument, schema] : operation.arguments["properties"].items())
      CHECK_MESSAGE(has(argument), argument);
  }
}

TEST_CASE("a timeout among the arguments is a duration by the schema") {
  const auto provider = make_http_provider("rates", {.base_url = "http://localhost"});
  const nlohmann::json& timeout = provider->operations().find("get")->arguments["properties"]["timeout"];
  const std::regex pattern(timeout["pattern"].get<std::string>());
  CHECK(std::regex_match("1.5s", pattern));
  CHECK_FALSE(std::regex_match("-1s", pattern));
  CHECK_FALSE(std::regex_match("soon", pattern));
}
