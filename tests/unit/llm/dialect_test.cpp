// How the three services are asked and understood, without any of them.

#include "dialect.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using nlohmann::json;

namespace {

const std::vector<LlmMessage> conversation = {
    {"user", "What is the weather?", {}, {}},
    {"assistant", "", {{"call_1", "weather", {{"city", "Graz"}}}}, {}},
    {"tool", "sunny", {}, "call_1"},
};
const std::vector<LlmTool> tools = {{"weather", "tells it", {{"type", "object"}}}};

Prompt prompt() {
  return {.model = "m",
          .system = "be brief",
          .messages = conversation,
          .tools = tools,
          .temperature = 0.5,
          .max_tokens = 7,
          .json = true,
          .stream = false};
}

std::vector<std::string> split(Framing framing, const std::vector<std::string_view>& pieces) {
  EventSplitter splitter(framing);
  std::vector<std::string> data;
  for (const std::string_view piece : pieces)
    splitter.feed(piece, [&](std::string_view one) { data.emplace_back(one); });
  return data;
}

}  // namespace

TEST_CASE("OpenAI's way of asking") {
  CHECK(openai_dialect().chat_body(prompt()) == json::parse(R"({
    "model": "m", "max_tokens": 7, "temperature": 0.5, "response_format": {"type": "json_object"},
    "messages": [
      {"role": "system", "content": "be brief"},
      {"role": "user", "content": "What is the weather?"},
      {"role": "assistant", "content": "", "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Graz\"}"}}]},
      {"role": "tool", "content": "sunny", "tool_call_id": "call_1"}],
    "tools": [{"type": "function", "function":
      {"name": "weather", "description": "tells it", "parameters": {"type": "object"}}}]})"));
  Prompt streamed = prompt();
  streamed.stream = true;
  streamed.temperature.reset();
  const json body = openai_dialect().chat_body(streamed);
  CHECK(body["stream"] == true);
  CHECK(body["stream_options"]["include_usage"] == true);
  CHECK_FALSE(body.contains("temperature"));
}

TEST_CASE("Anthropic's way of asking") {
  CHECK(anthropic_dialect().chat_body(prompt()) == json::parse(R"({
    "model": "m", "max_tokens": 7, "temperature": 0.5,
    "system": "be brief\n\nAnswer with one JSON value and nothing else, without a code fence.",
    "messages": [
      {"role": "user", "content": "What is the weather?"},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Graz"}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "sunny"}]}],
    "tools": [{"name": "weather", "description": "tells it", "input_schema": {"type": "object"}}]})"));
}

TEST_CASE("Ollama's way of asking") {
  const json body = ollama_dialect().chat_body(prompt());
  CHECK(body["format"] == "json");
  CHECK(body["stream"] == false);
  CHECK(body["options"] == json{{"num_predict", 7}, {"temperature", 0.5}});
  CHECK(body["messages"][0] == json{{"role", "system"}, {"content", "be brief"}});
  CHECK(body["messages"][2]["tool_calls"][0]["function"]["arguments"] == json{{"city", "Graz"}});
}

TEST_CASE("refusals are errors, with each service's own words for them") {
  const json filtered =
      json::parse(R"({"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]})");
  const json refused =
      json::parse(R"({"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]})");
  const json declined = json::parse(R"({"content":[],"stop_reason":"refusal","usage":{}})");
  constexpr const char* text = "llm.refused: the model declined to answer; change the prompt";
  CHECK_THROWS_WITH(openai_dialect().read_reply(filtered), text);
  CHECK_THROWS_WITH(openai_dialect().read_reply(refused), text);
  CHECK_THROWS_WITH(anthropic_dialect().read_reply(declined), text);
}

TEST_CASE("tool calls of a stream come together from their pieces") {
  Streamed openai;
  for (
      const char* data :
      {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"weather","arguments":""}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Graz\"}"}}]},"finish_reason":"tool_calls"}]})",
       "[DONE]"})
    CHECK(openai_dialect().read_event(data, openai).empty());
  CHECK(openai.complete);
  REQUIRE(openai.reply.tool_calls.size() == 1);
  CHECK(openai.reply.tool_calls[0].id == "c1");
  CHECK(openai.reply.tool_calls[0].arguments == json{{"city", "Graz"}});
  CHECK(openai.reply.stop_reason == "tool_calls");

  Streamed anthropic;
  for (const char* data :
       {R"({"type":"content_block_start","content_block":{"type":"tool_use","id":"c1","name":"weather"}})",
        R"({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"city\":"}})",
        R"({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"\"Graz\"}"}})",
        R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}})",
        R"({"type":"ping"})", R"({"type":"message_stop"})"})
    CHECK(anthropic_dialect().read_event(data, anthropic).empty());
  CHECK(anthropic.complete);
  REQUIRE(anthropic.reply.tool_calls.size() == 1);
  CHECK(anthropic.reply.tool_calls[0].arguments == json{{"city", "Graz"}});
  CHECK(anthropic.reply.stop_reason == "tool_calls");
  CHECK(anthropic.reply.usage.output_tokens == 3);

  Streamed flood;
  CHECK_THROWS_AS(
      openai_dialect().read_event(R"({"choices":[{"delta":{"tool_calls":[{"index":4000000000}]}}]})", flood),
      Error);
}

TEST_CASE("an error in the middle of a stream is told by its code alone") {
  Streamed so_far;
  CHECK_THROWS_WITH(
      anthropic_dialect().read_event(
          R"({"type":"error","error":{"type":"overloaded_error","message":"hunter2"}})", so_far),
      "llm.failed: the stream ended in an error: 200 (overloaded_error); check the request");
  CHECK_THROWS_WITH(ollama_dialect().read_event(R"({"error":"hunter2"})", so_far),
                    "llm.failed: the stream ended in an error: 200; check the request");
}

TEST_CASE("events are cut out of pieces of any size") {
  const std::vector<std::string> two = {"one", "two\nlines"};
  CHECK(split(Framing::events, {"data: one\n\ndata: two\ndata: lines\n\n"}) == two);
  CHECK(split(Framing::events, {": comment\r\nevent: x\r\nda", "ta:one\r", "\n\r\nid: 7\ndata: two\ndata: li",
                                "nes\n", "\ndata: cut off"}) == two);
  CHECK(split(Framing::lines, {"{\"a\"", ":1}\n\n{\"b\":2}\r\n{"}) ==
        std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
}

TEST_CASE("errors of the services are mapped, and never repeat what the service wrote") {
  struct Row {
    int status;
    const char* body;
    errc code;
    const char* what;
  };
  const Row rows[] = {
      {429, R"({"error":{"code":"rate_limit_exceeded","message":"hunter2"}})", errc::llm_rate_limited,
       "429 (rate_limit_exceeded)"},
      {400, R"({"error":{"code":"context_length_exceeded","message":"hunter2"}})", errc::llm_context_length,
       "400 (context_length_exceeded)"},
      {400, R"({"error":{"type":"invalid_request_error","message":"Prompt is too long: 9 > 8"}})",
       errc::llm_context_length, "400 (invalid_request_error)"},
      {400, R"({"error":"the input exceeds the context length"})", errc::llm_context_length, "400"},
      {400, R"({"error":{"code":"content_policy_violation"}})", errc::llm_refused,
       "400 (content_policy_violation)"},
      {401, R"({"error":{"code":"sk-hunter2","type":"invalid_request_error"}})", errc::llm_failed,
       "401 (invalid_request_error)"},
      {500, "<html>hunter2", errc::llm_failed, "500"},
      {500, R"({"error":{"message":7}})", errc::llm_failed, "500"},
      {529, R"({"error":{"type":"overloaded_error"}})", errc::llm_failed, "529 (overloaded_error)"},
      {500, "[1]", errc::llm_failed, "500"},
      {500, R"({"error":[1]})", errc::llm_failed, "500"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const ServiceError error = read_service_error(row.status, row.body);
    CHECK(error.code == row.code);
    CHECK(error.what == row.what);
    CHECK(error.hint.find("hunter2") == std::string::npos);
  }
}
