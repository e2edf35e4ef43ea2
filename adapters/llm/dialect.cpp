#include "dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leasehold {

namespace {

using nlohmann::json;

// The service's own name for the error if it is one: small letters and underscores only.
std::string code_of(const json& error) {
  for (const char* key : {"code", "type"}) {
    if (!error.is_object() || !error.contains(key) || !error[key].is_string()) continue;
    const auto code = error[key].get<std::string>();
    const bool plain =
        !code.empty() && code.size() <= 40 &&
        std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (plain && code != "error") return code;
  }
  return "";
}

std::string message_of(const json& error) {
  if (error.is_string()) return curl::lower(error.get<std::string>());
  return error.is_object()
             ? curl::lower(error.value("message", json("")).is_string() ? error.value("message", "") : "")
             : "";
}

bool says_too_long(const std::string& code, const std::string& message) {
  constexpr std::array phrases = {"context length", "context window", "prompt is too long", "maximum context",
                                  "too many tokens"};
  return code == "context_length_exceeded" ||
         std::any_of(phrases.begin(), phrases.end(),
                     [&](const char* phrase) { return message.find(phrase) != std::string::npos; });
}

ServiceError judge(int status, const json& error) {
  const std::string code = code_of(error);
  const std::string what = code.empty() ? std::to_string(status) : fmt::format("{} ({})", status, code);
  if (status == 429 || code == "rate_limit_error" || code == "rate_limit_exceeded")
    return {errc::llm_rate_limited, what, "lower rpm or tpm, or try again later"};
  if (says_too_long(code, message_of(error)))
    return {errc::llm_context_length, what, "shorten the prompt, or use a model with a longer context"};
  if (code == "content_filter" || code == "content_policy_violation")
    return {errc::llm_refused, what, "change the prompt"};
  if (status == 401 || status == 403) return {errc::llm_failed, what, "check api_key and what it may do"};
  if (status == 404) return {errc::llm_failed, what, "check model and base_url"};
  return {errc::llm_failed, what, status >= 500 ? "try again later" : "check the request"};
}

}  // namespace

const Dialect& dialect_of(LlmService service) {
  switch (service) {
    case LlmService::anthropic:
      return anthropic_dialect();
    case LlmService::ollama:
      return ollama_dialect();
    case LlmService::openai:
      break;
  }
  return openai_dialect();
}

ServiceError read_service_error(int status, std::string_view body) {
  const json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
  return judge(status, parsed.is_object() ? parsed.value("error", json()) : json());
}

void refuse_error_event(const json& event) {
  if (!event.is_object() || !event.contains("error") || event["error"].is_null()) return;
  const ServiceError error = judge(200, event["error"]);
  throw_error(error.code, fmt::format("the stream ended in an error: {}", error.what), {.hint = error.hint});
}

}  // namespace leasehold
