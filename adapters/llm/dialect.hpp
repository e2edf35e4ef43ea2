#pragma once

// How each service wants to be asked and how it answers. Pure: JSON in, JSON out.
//
// What a service sends that is not what it documents ends in nlohmann::json::exception, or in one of
// the json_ errors; the caller turns both into llm_failed.

#include "curl/url.hpp"

#include <leasehold/adapters/llm.hpp>

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace leasehold {

// A conversation with every default filled in.
struct Prompt {
  std::string model = {};
  std::string system = {};
  std::span<const LlmMessage> messages = {};
  std::span<const LlmTool> tools = {};
  std::optional<double> temperature = std::nullopt;
  std::size_t max_tokens = 0;
  bool json = false;
  bool stream = false;
};

// What of a stream has come so far.
struct Streamed {
  ChatReply reply = {};
  std::vector<std::string> arguments = {};  // of reply.tool_calls, as text until complete
  bool complete = false;
};

enum class Framing { events, lines };  // server-sent events, or one JSON a line

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const noexcept = 0;
  virtual std::string_view base_url() const noexcept = 0;  // of the service itself
  virtual std::string_view chat_path() const noexcept = 0;
  virtual std::string_view embed_path() const noexcept = 0;   // "": it has no embeddings
  virtual std::string_view models_path() const noexcept = 0;  // cheap to get: for health checks
  virtual Framing framing() const noexcept = 0;
  virtual curl::NameValues headers(const Secret& key) const = 0;

  virtual nlohmann::json chat_body(const Prompt& prompt) const = 0;
  virtual ChatReply read_reply(const nlohmann::json& body) const = 0;
  // Adds one event to what has come; returns the text that is new.
  virtual std::string read_event(std::string_view data, Streamed& so_far) const = 0;

  virtual nlohmann::json embed_body(const std::string& model, std::span<const std::string> texts) const = 0;
  virtual EmbedReply read_embeddings(const nlohmann::json& body) const = 0;
};

const Dialect& dialect_of(LlmService service);
const Dialect& openai_dialect();
const Dialect& anthropic_dialect();
const Dialect& ollama_dialect();

// What went wrong, from the status and the body of an error. Shows the service's code for it, never its text:
// that may repeat the prompt or the key.
struct ServiceError {
  errc code = errc::llm_failed;
  std::string what = {};  // "400 (context_length_exceeded)"
  std::string hint = {};
};
ServiceError read_service_error(int status, std::string_view body);

// Throws llm_failed for an event that reports an error.
void refuse_error_event(const nlohmann::json& event);

}  // namespace leasehold
