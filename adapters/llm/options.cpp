#include <leasehold/adapters/llm.hpp>

#include "curl/url.hpp"

namespace leasehold {

namespace {

void check_prices(const LlmPrices& prices, const std::string& pointer, std::vector<ConfigIssue>& issues) {
  if (!(prices.input >= 0 && prices.output >= 0))
    issues.push_back(
        {errc::config_value, pointer, "a price is below 0", "write what a million tokens cost", false});
}

void check_options(const LlmOptions& options, const std::string& pointer, std::vector<ConfigIssue>& issues) {
  const auto refuse = [&](const char* key, std::string message, std::string hint) {
    issues.push_back(
        {errc::config_value, pointer_join(pointer, key), std::move(message), std::move(hint), false});
  };
  if (options.model.empty())
    issues.push_back({errc::config_missing, pointer_join(pointer, "model"), "the model has no name",
                      "write the name that the service knows it by", false});
  if (!options.base_url.empty())
    if (const auto problem = curl::base_url_problem(options.base_url))
      refuse("base_url", *problem,
             "write http://host/path or https://host/path; the key goes into api_key_env");
  if (!options.api_key.empty() && !options.api_key_env.empty())
    refuse("api_key_env", "api_key and api_key_env exclude each other", "leave out api_key");
  if (curl::header_problem("Authorization", options.api_key.reveal()))
    refuse("api_key", "the key contains a line break (not shown)", "");
  if (options.timeout == Duration::zero())
    refuse("timeout", "a timeout of 0 would fail every call", "write 60s");
  if (options.connect_timeout == Duration::zero())
    refuse("connect_timeout", "a timeout of 0 would fail every call", "write 10s");
  if (options.max_tokens == 0) refuse("max_tokens", "an answer of 0 tokens is none", "write 1024");
  if (options.attempts == 0)
    refuse("attempts", "0 attempts would never ask", "write 1 to ask without repeating");
  if (options.rpm == std::size_t(0))
    refuse("rpm", "0 requests a minute would never ask", "write off for no limit");
  if (options.tpm == std::size_t(0))
    refuse("tpm", "0 tokens a minute would never ask", "write off for no limit");
  if (options.temperature && !(*options.temperature >= 0 && *options.temperature <= 2))
    refuse("temperature", "the temperature is not between 0 and 2", "write off for the model's own");
}

}  // namespace

const Fields<LlmPrices>& llm_price_fields() {
  static const Fields<LlmPrices> fields =
      Fields<LlmPrices>()
          .field("input", &LlmPrices::input, "of a million tokens of prompt")
          .field("output", &LlmPrices::output, "of a million tokens of answer")
          .check(check_prices);
  return fields;
}

const Fields<LlmOptions>& llm_fields() {
  static const Fields<LlmOptions> fields =
      Fields<LlmOptions>()
          .choice("provider", &LlmOptions::provider,
                  {{"openai", LlmService::openai},
                   {"anthropic", LlmService::anthropic},
                   {"ollama", LlmService::ollama}},
                  "how the service wants to be asked; openai is for all that are compatible with it")
          .field("base_url", &LlmOptions::base_url, "URL of the service; empty for the provider's own")
          .required("model", &LlmOptions::model, "name of the model")
          .field("api_key", &LlmOptions::api_key, "key of the service; never shown")
          .field("api_key_env", &LlmOptions::api_key_env, "environment variable that holds the key")
          .field("system", &LlmOptions::system, "said before every conversation")
          .field("temperature", &LlmOptions::temperature, "0 to 2; off for the model's own")
          .field("max_tokens", &LlmOptions::max_tokens, "longest answer, in tokens")
          .field("timeout", &LlmOptions::timeout, "bounds a call with its waits and repeats")
          .field("connect_timeout", &LlmOptions::connect_timeout,
                 "bounds making one connection, TLS included")
          .field("max_body", &LlmOptions::max_body, "largest answer, in bytes")
          .field("rpm", &LlmOptions::rpm, "requests a minute, all clients together; off for no limit")
          .field("tpm", &LlmOptions::tpm, "tokens a minute, all clients together; off for no limit")
          .nested("prices", &LlmOptions::prices, llm_price_fields(), "what the tokens cost, for usage")
          .field("attempts", &LlmOptions::attempts,
                 "tries in all; a call is repeated after 429 with Retry-After")
          .field("verify_tls", &LlmOptions::verify_tls,
                 "whether a certificate must be trusted; false is unsafe")
          .field("ca_file", &LlmOptions::ca_file,
                 "PEM file of the authorities to trust instead of the system's")
          .field("proxy", &LlmOptions::proxy,
                 "URL of a proxy; empty for none whatever the environment says, or environment")
          .check(check_options);
  return fields;
}

}  // namespace leasehold
