#include "operations.hpp"

#include "curl/duration_schema.hpp"

#include <utility>

namespace leasehold {

namespace {

using nlohmann::json;

json text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

json closed(json properties, json required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json tool_call_schema() {
  return closed(
      {{"id", {{"type", "string"}}}, {"name", {{"type", "string"}}}, {"arguments", {{"type", "object"}}}},
      json::array({"name"}));
}

json message_schema() {
  return closed({{"role", {{"enum", {"system", "user", "assistant", "tool"}}}},
                 {"content", {{"type", "string"}}},
                 {"tool_calls", {{"type", "array"}, {"items", tool_call_schema()}}},
                 {"tool_call_id", {{"type", "string"}}}},
                json::array({"role", "content"}));
}

json tool_schema() {
  return closed(
      {{"name", {{"type", "string"}}},
       {"description", {{"type", "string"}}},
       {"parameters", {{"type", "object"}, {"description", "JSON Schema of the tool's arguments"}}}},
      json::array({"name"}));
}

// What complete and chat take beside the prompt or the messages.
json with_common(json properties) {
  properties["system"] = text("instead of the resource's");
  properties["max_tokens"] = {{"type", "integer"}, {"minimum", 1}};
  properties["temperature"] = {{"type", "number"}, {"minimum", 0}, {"maximum", 2}};
  properties["json"] = {{"type", "boolean"}, {"description", "the answer must be JSON"}};
  properties["timeout"] = curl::duration_schema("instead of the resource's, such as 5s");
  return properties;
}

json complete(Resource& held, const json& arguments, const OperationContext& context) {
  const ChatOptions options = read_chat_options(arguments, context);
  return write_reply(held.as<LlmClient>().complete(arguments.at("prompt").get<std::string>(), options),
                     options.json);
}

json chat(Resource& held, const json& arguments, const OperationContext& context) {
  const ChatOptions options = read_chat_options(arguments, context);
  return write_reply(held.as<LlmClient>().chat(read_messages(arguments.at("messages")), options),
                     options.json);
}

json embed(Resource& held, const json& arguments, const OperationContext& context) {
  const json& input = arguments.at("input");
  const auto texts =
      input.is_string() ? std::vector{input.get<std::string>()} : input.get<std::vector<std::string>>();
  const EmbedReply reply = held.as<LlmClient>().embed(texts, read_chat_options(arguments, context));
  return {{"embeddings", reply.embeddings}, {"usage", write_usage(reply.usage)}};
}

json usage(Resource& held, const json&, const OperationContext&) {
  const auto& client = held.as<LlmClient>();
  return {{"client", write_usage(client.usage())}, {"total", write_usage(client.total_usage())}};
}

json write_calls(const std::vector<LlmToolCall>& calls) {
  json written = json::array();
  for (const LlmToolCall& call : calls)
    written.push_back({{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  return written;
}

}  // namespace

std::vector<LlmMessage> read_messages(const json& messages) {
  std::vector<LlmMessage> read;
  for (const json& message : messages) {
    LlmMessage one{message.at("role").get<std::string>(),
                   message.at("content").get<std::string>(),
                   {},
                   message.value("tool_call_id", "")};
    for (const json& call : message.value("tool_calls", json::array()))
      one.tool_calls.push_back({call.value("id", ""), call.at("name").get<std::string>(),
                                call.value("arguments", json::object())});
    read.push_back(std::move(one));
  }
  return read;
}

ChatOptions read_chat_options(const json& arguments, const OperationContext& context) {
  ChatOptions options;
  options.deadline = context.deadline;
  options.stop = context.stop;
  if (arguments.contains("system")) options.system = arguments["system"].get<std::string>();
  if (arguments.contains("max_tokens")) options.max_tokens = arguments["max_tokens"].get<std::size_t>();
  if (arguments.contains("temperature")) options.temperature = arguments["temperature"].get<double>();
  options.json = arguments.value("json", false);
  for (const json& tool : arguments.value("tools", json::array()))
    options.tools.push_back({tool.at("name").get<std::string>(), tool.value("description", ""),
                             tool.value("parameters", json{{"type", "object"}})});
  if (arguments.contains("timeout")) {
    options.timeout = parse_duration(arguments["timeout"].get<std::string>());
    if (!options.timeout)
      throw_error(errc::fsm_argument, "the timeout is not a duration",
                  {.hint = "write a number with its unit: 5s"});
  }
  return options;
}

json write_usage(const LlmUsage& usage) {
  return {{"requests", usage.requests},
          {"input_tokens", usage.input_tokens},
          {"output_tokens", usage.output_tokens},
          {"cost", usage.cost}};
}

json write_reply(const ChatReply& reply, bool with_json) {
  json written = {
      {"text", reply.text}, {"stop_reason", reply.stop_reason}, {"usage", write_usage(reply.usage)}};
  if (with_json) written["json"] = reply.json;
  if (!reply.tool_calls.empty()) written["tool_calls"] = write_calls(reply.tool_calls);
  return written;
}

Operations llm_operations() {
  json messages = {{"type", "array"}, {"minItems", 1}, {"items", message_schema()}};
  json tools = {{"type", "array"}, {"items", tool_schema()}};
  json texts = {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}};
  return {{"complete", "Answers one prompt",
           closed(with_common({{"prompt", text("what to answer")}}), json::array({"prompt"})), complete},
          {"chat", "Continues a conversation, with tools if given",
           closed(with_common({{"messages", std::move(messages)}, {"tools", std::move(tools)}}),
                  json::array({"messages"})),
           chat},
          {"embed", "Turns texts into vectors",
           closed({{"input", {{"anyOf", {{{"type", "string"}}, std::move(texts)}}}},
                   {"timeout", curl::duration_schema("instead of the resource's, such as 5s")}},
                  json::array({"input"})),
           embed},
          {"usage",
           "Tells the tokens used and their cost, by this client and by all",
           {{"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}},
           usage}};
}

}  // namespace leasehold
