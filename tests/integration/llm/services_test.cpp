// The three services, stood in for by a server on loopback.

#include <leasehold/adapters/llm.hpp>

#include <doctest/doctest.h>

#include <standin/server.hpp>
#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* question = "There are 249 countries and 5127 parts.";
constexpr const char* summary = "In short: 249 5127.";

struct Service {
  LlmService kind;
  const char* path;       // of its base URL
  const char* chat_path;  // as the server sees it
};
const std::vector<Service> services = {{LlmService::openai, "/v1", "/v1/chat/completions"},
                                       {LlmService::anthropic, "", "/v1/messages"},
                                       {LlmService::ollama, "", "/api/chat"}};

LlmOptions options_for(const standin::Server& server, const Service& service, std::string model = "m") {
  LlmOptions options;
  options.provider = service.kind;
  options.base_url = server.url() + service.path;
  options.model = std::move(model);
  options.api_key = Secret("hunter2");
  options.timeout = 10s;
  return options;
}

// A provider and a client of it, called as machines would.
struct Calls {
  explicit Calls(LlmOptions options) : provider(make_llm_provider("writer", std::move(options))) {}

  LlmClient& client() { return held.as<LlmClient>(); }
  json operator()(const char* operation, const json& arguments, const OperationContext& context = {}) {
    return provider->operations().find(operation)->call(held, arguments, context);
  }
  std::string error_of(const char* operation, const json& arguments, const OperationContext& context = {}) {
    try {
      (*this)(operation, arguments, context);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  std::shared_ptr<IResourceProvider> provider;
  Resource held = provider->acquire(AcquireContext{});
};

}  // namespace

TEST_CASE("each service answers, whole and as a stream, with the same usage") {
  standin::Server server;
  for (const Service& service : services) {
    CAPTURE(service.chat_path);
    Calls call(options_for(server, service));
    const json reply = call("complete", {{"prompt", question}, {"system", "be brief"}});
    CHECK(reply["text"] == summary);
    CHECK(reply["stop_reason"] == "stop");
    CHECK(reply["usage"]["input_tokens"] == 10);
    CHECK(reply["usage"]["output_tokens"] == 5);
    CHECK_FALSE(reply.contains("json"));
    CHECK(server.requests().back().path == service.chat_path);
    CHECK(server.requests().back().body.find("be brief") != std::string::npos);

    std::vector<std::string> deltas;
    const LlmMessage message{"user", question, {}, {}};
    const ChatReply streamed = call.client().stream(
        std::span(&message, 1), [&](std::string_view text) { deltas.emplace_back(text); });
    CHECK(deltas == std::vector<std::string>{"In", " short:", " 249", " 5127."});
    CHECK(streamed.text == summary);
    CHECK(streamed.stop_reason == "stop");
    CHECK(streamed.usage.input_tokens == 10);
    CHECK(streamed.usage.output_tokens == 5);
    CHECK(call.client().usage().requests == 2);
  }
}

TEST_CASE("the key goes where the service wants it, and into no message") {
  standin::Server server;
  const char* const headers[] = {"authorization", "x-api-key", "authorization"};
  const char* const values[] = {"Bearer hunter2", "hunter2", "Bearer hunter2"};
  for (std::size_t i = 0; i < services.size(); ++i) {
    Calls(options_for(server, services[i]))("complete", {{"prompt", "x"}});
    CHECK(server.requests().back().headers.at(headers[i]) == values[i]);
  }
  LlmOptions options = options_for(server, services[0]);
  options.api_key = Secret("wrong-hunter2");  // which this server repeats in its error
  CHECK(Calls(options).error_of("complete", {{"prompt", "x"}}) ==
        "llm.failed: POST /v1/chat/completions answered 401 (invalid_api_key); check api_key and what it may "
        "do");
}

TEST_CASE("tools are offered, and their calls read") {
  standin::Server server;
  const json arguments = {{"messages", {{{"role", "user"}, {"content", "How is it?"}}}},
                          {"tools", {{{"name", "weather"}, {"parameters", {{"type", "object"}}}}}}};
  for (const Service& service : services) {
    CAPTURE(service.chat_path);
    const json reply = Calls(options_for(server, service, "tools"))("chat", arguments);
    CHECK(reply["stop_reason"] == "tool_calls");
    REQUIRE(reply["tool_calls"].size() == 1);
    CHECK(reply["tool_calls"][0]["name"] == "weather");
    CHECK(reply["tool_calls"][0]["arguments"] == json{{"city", "Graz"}});
  }
}

TEST_CASE("JSON mode gives JSON or an error") {
  standin::Server server;
  for (const Service& service : services) {
    CAPTURE(service.chat_path);
    CHECK(Calls(options_for(server, service))("complete", {{"prompt", "1 and 2"}, {"json", true}})["json"] ==
          json{{"numbers", {"1", "2"}}});
    const std::string error =
        Calls(options_for(server, service, "chatty")).error_of("complete", {{"prompt", "1"}, {"json", true}});
    CHECK(error == std::string("llm.failed: POST ") + service.chat_path +
                       ": the model's answer is not JSON; ask for JSON in the prompt too");
  }
}

TEST_CASE("what the services refuse has the same code everywhere") {
  standin::Server server;
  for (const Service& service : services) {
    CAPTURE(service.chat_path);
    const auto error = [&](const char* model) {
      return Calls(options_for(server, service, model)).error_of("complete", {{"prompt", "hunter2"}});
    };
    CHECK(error("overlong").starts_with("llm.context_length: POST "));
    CHECK(error("broken").starts_with("llm.failed: POST "));
    CHECK(error("throttled").starts_with("llm.rate_limited: POST "));
    if (service.kind != LlmService::ollama)
      CHECK(error("refuser") == "llm.refused: the model declined to answer; change the prompt");
    for (const char* model : {"overlong", "broken", "throttled"})
      CHECK(error(model).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("only 429 with Retry-After is asked again") {
  standin::Server server;
  CHECK(Calls(options_for(server, services[0], "busy"))("complete", {{"prompt", "x"}})["stop_reason"] ==
        "stop");
  CHECK(server.requests().size() == 3);
  server.forget();
  for (const char* model : {"throttled", "broken"})
    Calls(options_for(server, services[0], model)).error_of("complete", {{"prompt", "x"}});
  CHECK(server.requests().size() == 2);
}

TEST_CASE("embeddings come in the order of their texts") {
  standin::Server server;
  Calls call(options_for(server, services[0]));
  const json reply = call("embed", {{"input", {"a1", "bbb"}}});
  CHECK(reply["embeddings"] == json{{2.0, 1.0, 1.0}, {3.0, 0.0, 1.0}});
  CHECK(reply["usage"]["input_tokens"] == 2);
  CHECK(call("embed", {{"input", "one"}})["embeddings"].size() == 1);
  CHECK(Calls(options_for(server, services[2]))("embed", {{"input", "a1"}})["embeddings"] ==
        json{{2.0, 1.0, 1.0}});
  CHECK(Calls(options_for(server, services[1])).error_of("embed", {{"input", "a1"}}) ==
        "llm.failed: anthropic has no embeddings; use another provider for them");
}

TEST_CASE("usage and cost are counted by client and in total") {
  standin::Server server;
  LlmOptions options = options_for(server, services[0]);
  options.prices = {.input = 1000, .output = 10'000};
  Calls call(options);
  Resource second = call.provider->acquire(AcquireContext{});
  call("complete", {{"prompt", question}});
  second.as<LlmClient>().complete(question);
  call.error_of("complete", {{"prompt", question}, {"timeout", "nonsense"}});
  const json usage = call("usage", json::object());
  CHECK(usage["client"] == json{{"requests", 1}, {"input_tokens", 10}, {"output_tokens", 5}, {"cost", 0.06}});
  CHECK(usage["total"] == json{{"requests", 2}, {"input_tokens", 20}, {"output_tokens", 10}, {"cost", 0.12}});
}

TEST_CASE("the rate limits hold for all clients together, on the clock, within the deadline") {
  standin::Server server;
  const auto clock = std::make_shared<ManualClock>();
  LlmOptions options = options_for(server, services[0]);
  options.rpm = 2;
  options.timeout = 10min;
  const auto provider = make_llm_provider("writer", options);
  AcquireContext context;
  context.clock = clock;
  Resource one = provider->acquire(context), two = provider->acquire(context);
  one.as<LlmClient>().complete("x");
  two.as<LlmClient>().complete("x");
  ChatOptions hurried;
  hurried.timeout = 29s;
  CHECK_THROWS_WITH(
      one.as<LlmClient>().complete("x", hurried),
      "llm.rate_limited: the turn under rpm and tpm would come after the deadline; ask less often, or "
      "raise rpm, tpm or timeout");
  CHECK(server.requests().size() == 2);
  std::jthread waiter([&] { two.as<LlmClient>().complete("x"); });
  CHECK(clock->wait_for_parked(1));
  CHECK(server.requests().size() == 2);
  clock->advance(30s);
  waiter.join();
  CHECK(server.requests().size() == 3);

  std::stop_source source;
  ChatOptions stoppable;
  stoppable.stop = source.get_token();
  std::jthread stopped([&] {
    CHECK_THROWS_WITH(one.as<LlmClient>().complete("x", stoppable),
                      "http.cancelled: the wait for a turn under rpm and tpm was cancelled");
  });
  CHECK(clock->wait_for_parked(1));
  source.request_stop();
}

TEST_CASE("a stream that does not end is an error, and one that the caller leaves ends at once") {
  standin::Server server;
  const LlmMessage message{"user", question, {}, {}};
  for (const Service& service : services) {
    CAPTURE(service.chat_path);
    std::string text;
    const auto stream_of = [&](const char* model) {
      text.clear();
      LlmOptions options = options_for(server, service, model);
      options.timeout = 300ms;
      Calls(options).client().stream(std::span(&message, 1), [&](std::string_view piece) { text += piece; });
    };
    const std::string name = std::string("POST ") + service.chat_path;
    CHECK_THROWS_WITH_AS(stream_of("hanging"),
                         ("http.deadline: " + name +
                          " did not end within 300ms; raise timeout, or look why the server is slow")
                             .c_str(),
                         TimeoutError);
    CHECK(text == summary);
    CHECK_THROWS_WITH(
        stream_of("cutting"),
        ("llm.failed: " + name + ": the stream ended before the answer did; try again").c_str());
    CHECK(text == summary);

    Calls leaving(options_for(server, service));
    CHECK_THROWS_WITH_AS(leaving.client().stream(std::span(&message, 1),
                                                 [](std::string_view) { throw std::domain_error("enough"); }),
                         "enough", std::domain_error);
    CHECK(leaving.client().complete(question).text == summary);
  }
}

TEST_CASE("transport errors are those of http, and nonsense is not understood") {
  standin::Server server;
  LlmOptions options = options_for(server, services[0]);
  options.base_url = server.url() + "/nothing";
  CHECK(Calls(options)
            .error_of("complete", {{"prompt", "x"}})
            .starts_with("llm.failed: POST /nothing/chat/completions answered 404"));
  options.base_url = "http://127.0.0.1:1";
  CHECK(Calls(options)
            .error_of("complete", {{"prompt", "x"}})
            .starts_with("http.unreachable: POST /chat/completions: connection refused"));
  // An answer of the wrong kind of service.
  LlmOptions mistaken = options_for(server, services[2]);
  mistaken.base_url = server.url() + "/echo";
  CHECK(Calls(mistaken).error_of("complete", {{"prompt", "x"}}) ==
        "llm.failed: POST /echo/api/chat: the answer is not what this kind of service sends; check provider "
        "and "
        "base_url");
}

TEST_CASE("health asks for the models, which costs nothing") {
  standin::Server server;
  for (const Service& service : services) {
    const HealthReport report =
        make_llm_provider("writer", options_for(server, service))->health_check(AcquireContext{});
    CHECK(report.health == ResourceHealth::healthy);
    CHECK(report.message.ends_with("answered 200"));
  }
  CHECK(server.count("/v1/chat/completions") == 0);
}
