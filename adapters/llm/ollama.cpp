// Ollama, models on a machine of one's own.

#include "dialect.hpp"

#include <leasehold/json.hpp>

namespace leasehold {

namespace {

using nlohmann::json;

json ollama_message(const LlmMessage& message) {
  json written = {{"role", message.role}, {"content", message.content}};
  for (const LlmToolCall& call : message.tool_calls)
    written["tool_calls"].push_back({{"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  return written;
}

// The parts that an answer and an event of a stream have in common.
void read_common(const json& body, ChatReply& reply) {
  const json message = body.value("message", json::object());
  for (const json& call : message.value("tool_calls", json::array()))
    reply.tool_calls.push_back({"", call.at("function").at("name").get<std::string>(),
                                call["function"].value("arguments", json::object())});
  if (!body.value("done", false)) return;
  reply.stop_reason = reply.tool_calls.empty() ? body.value("done_reason", "stop") : "tool_calls";
  reply.usage.input_tokens = body.value("prompt_eval_count", std::uint64_t(0));
  reply.usage.output_tokens = body.value("eval_count", std::uint64_t(0));
}

class Ollama final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "ollama"; }
  std::string_view base_url() const noexcept override { return "http://127.0.0.1:11434"; }
  std::string_view chat_path() const noexcept override { return "/api/chat"; }
  std::string_view embed_path() const noexcept override { return "/api/embed"; }
  std::string_view models_path() const noexcept override { return "/api/tags"; }
  Framing framing() const noexcept override { return Framing::lines; }

  curl::NameValues headers(const Secret& key) const override {
    if (key.empty()) return {};
    return {{"Authorization", "Bearer " + key.reveal()}};
  }

  json chat_body(const Prompt& prompt) const override {
    json body = {{"model", prompt.model},
                 {"stream", prompt.stream},
                 {"messages", json::array()},
                 {"options", {{"num_predict", prompt.max_tokens}}}};
    if (!prompt.system.empty()) body["messages"].push_back({{"role", "system"}, {"content", prompt.system}});
    for (const LlmMessage& message : prompt.messages) body["messages"].push_back(ollama_message(message));
    for (const LlmTool& tool : prompt.tools)
      body["tools"].push_back(
          {{"type", "function"},
           {"function",
            {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}}});
    if (prompt.temperature) body["options"]["temperature"] = *prompt.temperature;
    if (prompt.json) body["format"] = "json";
    return body;
  }

  ChatReply read_reply(const json& body) const override {
    ChatReply reply;
    reply.text = body.at("message").value("content", "");
    read_common(body, reply);
    return reply;
  }

  std::string read_event(std::string_view data, Streamed& so_far) const override {
    const json event = parse_json(data, "event");
    refuse_error_event(event);
    read_common(event, so_far.reply);
    so_far.complete = event.value("done", false);
    std::string text = event.value("message", json::object()).value("content", "");
    so_far.reply.text += text;
    return text;
  }

  json embed_body(const std::string& model, std::span<const std::string> texts) const override {
    return {{"model", model}, {"input", std::vector<std::string>(texts.begin(), texts.end())}};
  }

  EmbedReply read_embeddings(const json& body) const override {
    EmbedReply reply;
    reply.embeddings = body.at("embeddings").get<std::vector<std::vector<double>>>();
    reply.usage.input_tokens = body.value("prompt_eval_count", std::uint64_t(0));
    return reply;
  }
};

}  // namespace

const Dialect& ollama_dialect() {
  static const Ollama dialect;
  return dialect;
}

}  // namespace leasehold
