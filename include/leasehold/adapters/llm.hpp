#pragma once

// llm: language models behind an OpenAI-compatible service, Anthropic's or Ollama's, over libcurl. Type "llm"
// in YAML; adapters/llm/README.md lists the knobs and the operations.
//
//   auto provider = make_llm_provider("writer", {.model = "gpt-4o-mini", .api_key_env = "OPENAI_API_KEY"});
//   manager.register_provider("writer", provider);
//   auto writer = manager.acquire<LlmClient>("writer", "report#1");
//   std::string line = writer->complete("Sum up in one line: ...").text;
//
// The key is read when a client is made and shown nowhere. A provider's clients share its rate limits and its
// totals.

#include <leasehold/config.hpp>
#include <leasehold/manager.hpp>
#include <leasehold/provider.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

enum class LlmService { openai, anthropic, ollama };

// In the currency you think in, per million tokens.
struct LlmPrices {
  double input = 0;
  double output = 0;
};

struct LlmOptions {
  LlmService provider = LlmService::openai;
  std::string base_url = {};  // "": the provider's own
  std::string model = {};
  Secret api_key = {};                               // "": none is sent, unless api_key_env is set
  std::string api_key_env = {};                      // name of the environment variable that holds the key
  std::string system = {};                           // said before every conversation
  std::optional<double> temperature = std::nullopt;  // none: the model's own
  std::size_t max_tokens = 1024;                     // of an answer
  Duration timeout = std::chrono::seconds(60);       // of a call with its waits and repeats
  Duration connect_timeout = std::chrono::seconds(10);
  std::size_t max_body = 10'000'000;              // of an answer, in bytes
  std::optional<std::size_t> rpm = std::nullopt;  // requests a minute, all clients together
  std::optional<std::size_t> tpm = std::nullopt;  // tokens a minute, all clients together
  LlmPrices prices = {};
  std::size_t attempts = 3;  // tries in all; repeated after 429 with Retry-After only
  bool verify_tls = true;
  std::string ca_file = {};
  Secret proxy = {};
};

const Fields<LlmPrices>& llm_price_fields();
const Fields<LlmOptions>& llm_fields();

struct LlmToolCall {
  std::string id = {};
  std::string name = {};
  nlohmann::json arguments = nlohmann::json::object();
};

struct LlmMessage {
  std::string role = "user";  // system, user, assistant or tool
  std::string content = {};
  std::vector<LlmToolCall> tool_calls = {};  // of an assistant
  std::string tool_call_id = {};             // of a tool: the call that `content` answers
};

struct LlmTool {
  std::string name = {};
  std::string description = {};
  nlohmann::json parameters = nlohmann::json::object();  // JSON Schema of its arguments
};

struct LlmUsage {
  std::uint64_t requests = 0;  // answered
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  double cost = 0;  // by LlmOptions::prices

  LlmUsage& operator+=(const LlmUsage&) noexcept;
};

struct ChatOptions {
  std::optional<std::string> system = std::nullopt;  // instead of the options'
  std::optional<double> temperature = std::nullopt;
  std::optional<std::size_t> max_tokens = std::nullopt;
  std::vector<LlmTool> tools = {};
  bool json = false;  // the answer must be JSON, and is checked to be
  std::optional<Duration> timeout = std::nullopt;
  Clock::time_point deadline = Clock::never;  // on the clock of the lease; the earlier bound counts
  std::stop_token stop = {};
};

struct ChatReply {
  std::string text = {};
  nlohmann::json json = {};  // the text parsed, if ChatOptions::json
  std::vector<LlmToolCall> tool_calls = {};
  std::string stop_reason = {};  // stop, length, tool_calls, or what the service said
  LlmUsage usage = {};           // of this call
};

struct EmbedReply {
  std::vector<std::vector<double>> embeddings = {};  // one a text, in their order
  LlmUsage usage = {};
};

// One conversation partner. Threads: one at a time, as any leased resource.
//
// Each call blocks until the answer is there, by the timeout and the deadline, its turn under the rate limits
// included. Throws llm_rate_limited, llm_context_length, llm_refused, llm_failed, and http_* for the way
// there.
class LlmClient {
 public:
  class Shared;  // what the clients of a provider have in common
  LlmClient(std::shared_ptr<Shared> shared, Secret key, std::shared_ptr<Clock> clock);
  LlmClient(LlmClient&&) noexcept;
  ~LlmClient();

  ChatReply complete(std::string_view prompt, const ChatOptions& options = {});
  ChatReply chat(std::span<const LlmMessage> messages, const ChatOptions& options = {});
  // The same, telling each piece of text as it comes; what on_delta throws ends the call and is thrown on.
  ChatReply stream(std::span<const LlmMessage> messages,
                   const std::function<void(std::string_view)>& on_delta, const ChatOptions& options = {});
  EmbedReply embed(std::span<const std::string> texts, const ChatOptions& options = {});  // bounds of it only

  LlmUsage usage() const noexcept;  // of this client
  LlmUsage total_usage() const;     // of all clients of its provider
  bool broken() const noexcept;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

// Makes LlmClients; asks nothing yet. Throws ConfigError; a missing api_key_env is found when a client is
// acquired.
std::shared_ptr<IResourceProvider> make_llm_provider(std::string name, LlmOptions options);

// For ResourceManager::register_type("llm", ...).
ProviderFactory llm_factory();

}  // namespace leasehold
