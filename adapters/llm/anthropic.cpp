// The messages of Anthropic.

#include "dialect.hpp"

#include <leasehold/json.hpp>

namespace leasehold {

namespace {

using nlohmann::json;

// Tool calls and their results are parts of a message's content; a result is the user's.
json anthropic_message(const LlmMessage& message) {
  if (message.role == "tool")
    return {{"role", "user"},
            {"content", json::array({{{"type", "tool_result"},
                                      {"tool_use_id", message.tool_call_id},
                                      {"content", message.content}}})}};
  if (message.tool_calls.empty()) return {{"role", message.role}, {"content", message.content}};
  json parts = json::array();
  if (!message.content.empty()) parts.push_back({{"type", "text"}, {"text", message.content}});
  for (const LlmToolCall& call : message.tool_calls)
    parts.push_back({{"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", call.arguments}});
  return {{"role", message.role}, {"content", parts}};
}

std::string common_reason(const json& reason) {
  if (!reason.is_string()) return "";
  if (reason == "end_turn" || reason == "stop_sequence") return "stop";
  if (reason == "max_tokens") return "length";
  if (reason == "tool_use") return "tool_calls";
  if (reason == "refusal")
    throw_error(errc::llm_refused, "the model declined to answer", {.hint = "change the prompt"});
  return reason.get<std::string>();
}

class Anthropic final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "anthropic"; }
  std::string_view base_url() const noexcept override { return "https://api.anthropic.com"; }
  std::string_view chat_path() const noexcept override { return "/v1/messages"; }
  std::string_view embed_path() const noexcept override { return ""; }
  std::string_view models_path() const noexcept override { return "/v1/models"; }
  Framing framing() const noexcept override { return Framing::events; }

  curl::NameValues headers(const Secret& key) const override {
    curl::NameValues headers = {{"anthropic-version", "2023-06-01"}};
    if (!key.empty()) headers.emplace_back("x-api-key", key.reveal());
    return headers;
  }

  json chat_body(const Prompt& prompt) const override {
    json body = {{"model", prompt.model}, {"max_tokens", prompt.max_tokens}, {"messages", json::array()}};
    std::string system = prompt.system;
    const auto say = [&system](const std::string& text) { system += (system.empty() ? "" : "\n\n") + text; };
    for (const LlmMessage& message : prompt.messages)
      message.role == "system" ? say(message.content)
                               : body["messages"].push_back(anthropic_message(message));
    if (prompt.json) say("Answer with one JSON value and nothing else, without a code fence.");
    if (!system.empty()) body["system"] = system;
    for (const LlmTool& tool : prompt.tools)
      body["tools"].push_back(
          {{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.parameters}});
    if (prompt.temperature) body["temperature"] = *prompt.temperature;
    if (prompt.stream) body["stream"] = true;
    return body;
  }

  ChatReply read_reply(const json& body) const override {
    ChatReply reply;
    for (const json& part : body.at("content")) {
      if (part.at("type") == "text") reply.text += part.at("text").get<std::string>();
      if (part["type"] == "tool_use")
        reply.tool_calls.push_back(
            {part.at("id").get<std::string>(), part.at("name").get<std::string>(), part.at("input")});
    }
    reply.stop_reason = common_reason(body.at("stop_reason"));
    reply.usage.input_tokens = body.at("usage").value("input_tokens", std::uint64_t(0));
    reply.usage.output_tokens = body["usage"].value("output_tokens", std::uint64_t(0));
    return reply;
  }

  std::string read_event(std::string_view data, Streamed& so_far) const override {
    const json event = parse_json(data, "event");
    refuse_error_event(event);
    const json& type = event.at("type");
    ChatReply& reply = so_far.reply;
    if (type == "message_start") {
      reply.usage.input_tokens = event.at("message").at("usage").value("input_tokens", std::uint64_t(0));
    } else if (type == "content_block_start" && event.at("content_block").at("type") == "tool_use") {
      const json& block = event["content_block"];
      reply.tool_calls.push_back(
          {block.at("id").get<std::string>(), block.at("name").get<std::string>(), {}});
      so_far.arguments.emplace_back();
    } else if (type == "content_block_delta") {
      const json& delta = event.at("delta");
      if (delta.at("type") == "input_json_delta" && !so_far.arguments.empty())
        so_far.arguments.back() += delta.at("partial_json").get<std::string>();
      if (delta["type"] != "text_delta") return "";
      std::string text = delta.at("text").get<std::string>();
      reply.text += text;
      return text;
    } else if (type == "message_delta") {
      reply.stop_reason = common_reason(event.at("delta").value("stop_reason", json()));
      if (event.contains("usage"))
        reply.usage.output_tokens = event["usage"].value("output_tokens", std::uint64_t(0));
    } else if (type == "message_stop") {
      for (std::size_t i = 0; i < reply.tool_calls.size(); ++i)
        reply.tool_calls[i].arguments =
            so_far.arguments[i].empty() ? json::object() : parse_json(so_far.arguments[i], "arguments");
      so_far.complete = true;
    }
    return "";
  }

  json embed_body(const std::string&, std::span<const std::string>) const override { return {}; }
  EmbedReply read_embeddings(const json&) const override { return {}; }
};

}  // namespace

const Dialect& anthropic_dialect() {
  static const Anthropic dialect;
  return dialect;
}

}  // namespace leasehold
