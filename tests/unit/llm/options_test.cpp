#include "folders.hpp"

#include <leasehold/adapters/llm.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace leasehold;
using nlohmann::json;

namespace {

std::string what_of(const json& config) {
  try {
    llm_factory()("writer", config);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the knobs are read, and their contradictions refused") {
  CHECK(what_of({{"model", "m"}}) == "accepted");
  CHECK(what_of({{"model", "m"}, {"temperature", "off"}, {"rpm", "off"}}) == "accepted");
  CHECK(what_of(json::object()) == "config.missing: 'model' is missing; add it: name of the model");
  CHECK(what_of({{"model", "m"}, {"provider", "anthropik"}}) ==
        "config.value: /provider: 'anthropik' is none of [\"openai\",\"anthropic\",\"ollama\"]; did you mean "
        "'anthropic'?");
  CHECK(what_of({{"model", "m"}, {"api_key", "hunter2"}, {"api_key_env", "KEY"}}) ==
        "config.value: /api_key_env: api_key and api_key_env exclude each other; leave out api_key");
  CHECK(what_of({{"model", "m"}, {"api_key", "hunter2\n"}}) ==
        "config.value: /api_key: the key contains a line break (not shown)");
  CHECK(what_of({{"model", "m"}, {"rpm", 0}}) ==
        "config.value: /rpm: 0 requests a minute would never ask; write off for no limit");
  CHECK(what_of({{"model", "m"}, {"temperature", 3}}) ==
        "config.value: /temperature: the temperature is not between 0 and 2; write off for the model's own");
  CHECK(what_of({{"model", "m"}, {"prices", {{"input", -1}}}}) ==
        "config.value: /prices: a price is below 0; write what a million tokens cost");
  CHECK(what_of({{"model", "m"}, {"base_url", "http://u:hunter2@h"}}).find("hunter2") == std::string::npos);
}

TEST_CASE("a key that is not there is missed when a client is made, by its variable's name") {
  const auto provider = llm_factory()("writer", {{"model", "m"}, {"api_key_env", "LEASEHOLD_TEST_KEY"}});
  ::unsetenv("LEASEHOLD_TEST_KEY");
  CHECK_THROWS_WITH_AS(
      provider->acquire(AcquireContext{}),
      "secret.missing: the environment variable 'LEASEHOLD_TEST_KEY' is not set; set it to the key "
      "of the service",
      ConfigError);
  CHECK(provider->health_check(AcquireContext{}).health == ResourceHealth::unhealthy);
  ::setenv("LEASEHOLD_TEST_KEY", "hunter2", 1);
  CHECK(provider->acquire(AcquireContext{}).get_if<LlmClient>() != nullptr);
  ::unsetenv("LEASEHOLD_TEST_KEY");
}

TEST_CASE("describe shows every knob and no key") {
  const auto provider =
      llm_factory()("writer", {{"model", "m"}, {"api_key", "hunter2"}, {"proxy", "http://hunter3@p"}});
  const json shown = provider->describe();
  CHECK(shown.dump().find("hunter") == std::string::npos);
  CHECK(shown["api_key"] == "***");
  for (const std::string& key : llm_fields().keys()) CHECK(shown.contains(key));
}

TEST_CASE("the operations have closed schemas, and the README names them and every knob") {
  std::ifstream file(folders::source("adapters/llm/README.md"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const auto has = [&](const std::string& word) {
    return readme.find("`" + word + "`") != std::string::npos;
  };
  for (const std::string& key : llm_fields().keys())
    if (key != "prices") CHECK_MESSAGE(has(key), key);
  for (const std::string& key : llm_price_fields().keys()) CHECK_MESSAGE(has("prices." + key), key);
  const auto provider = llm_factory()("writer", {{"model", "m"}});
  std::string names;
  for (const auto& [name, operation] : provider->operations()) {
    names += name + " ";
    CHECK_MESSAGE(has(name), name);
    CHECK(operation.arguments.at("additionalProperties") == false);
    for (const auto& [argument, schema] : operation.arguments["properties"].items())
      CHECK_MESSAGE(has(argument), argument);
  }
  CHECK(names == "chat complete embed usage ");
}
