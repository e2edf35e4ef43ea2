// The adapter as a program uses it: leased from a manager.

#include "fixture.hpp"

#include <doctest/doctest.h>

#include <leasehold/manager.hpp>
#include <thread>
#include <vector>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("clients are leased, kept alive from lease to lease, and replaced when they broke") {
  standin::Server server;
  ResourceManager manager;
  manager.register_type("http", http_factory());
  manager.register_from_dict("api", {{"type", "http"},
                                     {"base_url", server.url()},
                                     {"timeout", "2s"},
                                     {"auth", {{"type", "bearer"}, {"token", "hunter2"}}},
                                     {"pool", {{"max_size", 2}}}});
  {
    auto client = manager.acquire<HttpClient>("api", "import#1");
    CHECK(client->get("/echo").ok());
    CHECK(client.call("get", {{"path", "/v1/countries/AT"}})["body"]["alpha_2"] == "AT");
  }
  manager.acquire<HttpClient>("api", "import#2")->get("/echo");
  CHECK(server.connections() == 1);
  CHECK(manager.get_metrics("api").at("api").created == 1);

  {
    auto client = manager.acquire<HttpClient>("api", "import#3");
    HttpRequest hurried;
    hurried.timeout = 50ms;
    CHECK_THROWS_AS(client->get("/hang", hurried), TimeoutError);
  }
  CHECK(manager.acquire<HttpClient>("api", "import#4")->get("/echo").ok());
  CHECK(manager.get_metrics("api").at("api").created == 2);
  CHECK(manager.get_metrics("api").at("api").destroyed == 1);
  CHECK(to_json(manager.get_resource_status("api")).dump().find("hunter2") == std::string::npos);
}

TEST_CASE("many owners share few connections") {
  standin::Server server;
  ResourceManager manager;
  manager.register_provider("api", make_http_provider("api", options_for(server.url())),
                            {.pool = {.max_size = 3}});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&manager, t] {
        for (int i = 0; i < 5; ++i) {
          const auto client =
              manager.acquire<HttpClient>("api", "worker#" + std::to_string(t), {.timeout = 20s});
          if (!client->get("/echo").ok()) throw std::runtime_error("no answer");
        }
      });
  }
  CHECK(server.requests().size() == 40);
  CHECK(server.connections() <= 3);
  CHECK(manager.get_metrics("api").at("api").active == 0);
}
