// The chat completions of OpenAI, and of the many services that are compatible with it.

#include "dialect.hpp"

#include <leasehold/json.hpp>

namespace leasehold {

namespace {

using nlohmann::json;

json openai_message(const LlmMessage& message) {
  json written = {{"role", message.role}, {"content", message.content}};
  if (!message.tool_call_id.empty()) written["tool_call_id"] = message.tool_call_id;
  for (const LlmToolCall& call : message.tool_calls)
    written["tool_calls"].push_back(
        {{"id", call.id},
         {"type", "function"},
         {"function", {{"name", call.name}, {"arguments", call.arguments.dump()}}}});
  return written;
}

json parse_arguments(const std::string& text) {
  return text.empty() ? json::object() : parse_json(text, "arguments");
}

void read_usage(const json& body, LlmUsage& usage) {
  if (!body.contains("usage") || !body["usage"].is_object()) return;
  usage.input_tokens = body["usage"].value("prompt_tokens", std::uint64_t(0));
  usage.output_tokens = body["usage"].value("completion_tokens", std::uint64_t(0));
}

void refuse_refusal(const json& message, const json& reason) {
  if ((message.contains("refusal") && message["refusal"].is_string()) || reason == "content_filter")
    throw_error(errc::llm_refused, "the model declined to answer", {.hint = "change the prompt"});
}

std::string text_or_empty(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

class OpenAi final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "openai"; }
  std::string_view base_url() const noexcept override { return "https://api.openai.com/v1"; }
  std::string_view chat_path() const noexcept override { return "/chat/completions"; }
  std::string_view embed_path() const noexcept override { return "/embeddings"; }
  std::string_view models_path() const noexcept override { return "/models"; }
  Framing framing() const noexcept override { return Framing::events; }

  curl::NameValues headers(const Secret& key) const override {
    if (key.empty()) return {};
    return {{"Authorization", "Bearer " + key.reveal()}};
  }

  json chat_body(const Prompt& prompt) const override {
    json body = {{"model", prompt.model}, {"max_tokens", prompt.max_tokens}, {"messages", json::array()}};
    if (!prompt.system.empty()) body["messages"].push_back({{"role", "system"}, {"content", prompt.system}});
    for (const LlmMessage& message : prompt.messages) body["messages"].push_back(openai_message(message));
    for (const LlmTool& tool : prompt.tools)
      body["tools"].push_back(
          {{"type", "function"},
           {"function",
            {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}}});
    if (prompt.temperature) body["temperature"] = *prompt.temperature;
    if (prompt.json) body["response_format"] = {{"type", "json_object"}};
    if (prompt.stream) {
      body["stream"] = true;
      body["stream_options"] = {{"include_usage", true}};
    }
    return body;
  }

  ChatReply read_reply(const json& body) const override {
    const json& choice = body.at("choices").at(0);
    const json& message = choice.at("message");
    const json reason = choice.value("finish_reason", json());
    refuse_refusal(message, reason);
    ChatReply reply;
    reply.text = text_or_empty(message, "content");
    reply.stop_reason = text_or_empty(choice, "finish_reason");
    if (message.contains("tool_calls") && message["tool_calls"].is_array())
      for (const json& call : message["tool_calls"]) {
        const json& function = call.at("function");
        reply.tool_calls.push_back({call.value("id", ""), function.at("name").get<std::string>(),
                                    parse_arguments(function.value("arguments", ""))});
      }
    read_usage(body, reply.usage);
    return reply;
  }

  std::string read_event(std::string_view data, Streamed& so_far) const override {
    if (data == "[DONE]") {
      for (std::size_t i = 0; i < so_far.reply.tool_calls.size(); ++i)
        so_far.reply.tool_calls[i].arguments = parse_arguments(so_far.arguments[i]);
      so_far.complete = true;
      return "";
    }
    const json event = parse_json(data, "event");
    refuse_error_event(event);
    read_usage(event, so_far.reply.usage);
    if (event.at("choices").empty()) return "";
    const json& choice = event["choices"][0];
    const json delta = choice.value("delta", json::object());
    refuse_refusal(delta, choice.value("finish_reason", json()));
    if (const std::string reason = text_or_empty(choice, "finish_reason"); !reason.empty())
      so_far.reply.stop_reason = reason;
    if (delta.contains("tool_calls") && delta["tool_calls"].is_array())
      for (const json& piece : delta["tool_calls"]) add_tool_call(piece, so_far);
    std::string text = text_or_empty(delta, "content");
    so_far.reply.text += text;
    return text;
  }

  json embed_body(const std::string& model, std::span<const std::string> texts) const override {
    return {{"model", model}, {"input", std::vector<std::string>(texts.begin(), texts.end())}};
  }

  EmbedReply read_embeddings(const json& body) const override {
    EmbedReply reply;
    const json& data = body.at("data");
    reply.embeddings.resize(data.size());
    for (const json& one : data)
      reply.embeddings.at(one.at("index").get<std::size_t>()) =
          one.at("embedding").get<std::vector<double>>();
    read_usage(body, reply.usage);
    return reply;
  }

 private:
  // A call comes in pieces: first its name, then its arguments bit by bit.
  static void add_tool_call(const json& piece, Streamed& so_far) {
    constexpr std::size_t most = 128;
    const auto index = piece.at("index").get<std::size_t>();
    if (index >= most) throw_error(errc::llm_failed, "the stream calls more tools than there can be");
    if (index >= so_far.reply.tool_calls.size()) {
      so_far.reply.tool_calls.resize(index + 1);
      so_far.arguments.resize(index + 1);
    }
    LlmToolCall& call = so_far.reply.tool_calls[index];
    if (const std::string id = text_or_empty(piece, "id"); !id.empty()) call.id = id;
    const json function = piece.value("function", json::object());
    call.name += text_or_empty(function, "name");
    so_far.arguments[index] += text_or_empty(function, "arguments");
  }
};

}  // namespace

const Dialect& openai_dialect() {
  static const OpenAi dialect;
  return dialect;
}

}  // namespace leasehold
