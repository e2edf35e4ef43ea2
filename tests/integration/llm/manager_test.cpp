// The adapter as a program uses it: leased from a manager.

#include <leasehold/adapters/llm.hpp>
#include <leasehold/manager.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <standin/server.hpp>

using namespace leasehold;
using nlohmann::json;

TEST_CASE("clients are leased, their totals last, and the key stays hidden") {
  standin::Server server;
  ResourceManager manager;
  manager.register_type("llm", llm_factory());
  const json config = {{"type", "llm"},
                       {"base_url", server.url() + "/v1"},
                       {"model", "m"},
                       {"api_key_env", "LEASEHOLD_MANAGER_KEY"}};
  manager.register_from_dict("writer", config);

  ::unsetenv("LEASEHOLD_MANAGER_KEY");
  CHECK_THROWS_AS(manager.acquire("writer", "report#1"), ConfigError);
  ::setenv("LEASEHOLD_MANAGER_KEY", "hunter2", 1);
  for (const char* owner : {"report#1", "report#2"}) {
    const auto writer = manager.acquire<LlmClient>("writer", owner);
    CHECK(writer->complete("There are 249 countries.").text == "In short: 249.");
    CHECK(writer.call("complete", {{"prompt", "and 7"}})["text"] == "In short: 7.");
  }
  const auto last = manager.acquire<LlmClient>("writer", "report#3");
  CHECK(last.call("usage", json::object())["total"]["requests"] == 4);
  CHECK(server.connections() == 1);
  CHECK(server.requests().back().headers.at("authorization") == "Bearer hunter2");
  CHECK(to_json(manager.get_resource_status("writer")).dump().find("hunter2") == std::string::npos);
  CHECK(manager.health_check("writer").at("writer").health == ResourceHealth::healthy);
  ::unsetenv("LEASEHOLD_MANAGER_KEY");
}
