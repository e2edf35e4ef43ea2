#include <leasehold/adapters/llm.hpp>

#include "curl/connection.hpp"
#include "curl/retry.hpp"
#include "dialect.hpp"
#include "events.hpp"
#include "shared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <leasehold/json.hpp>

namespace leasehold {

namespace {

using nlohmann::json;

curl::ConnectionOptions connection_options(const LlmOptions& options) {
  return {options.connect_timeout, options.verify_tls, options.ca_file, options.proxy,
          /*deny_private=*/false,  /*cookies=*/false,  "leasehold/0.1"};
}

std::string dump(const json& value) try { return value.dump(); } catch (const json::type_error&) {
  throw_error(errc::config_value, "a text in the prompt is not UTF-8");
}

// Runs a reader of what the service sent; what it trips over becomes llm_failed.
template <class Read>
auto understand(const std::string& name, const std::string& resource, const Read& read) {
  const auto refuse = [&]() {
    throw_error(errc::llm_failed, fmt::format("{}: the answer is not what this kind of service sends", name),
                {.resource = resource, .hint = "check provider and base_url"});
  };
  try {
    return read();
  } catch (const json::exception&) {
    refuse();
  } catch (const Error& error) {
    if (!error_name(error.reason()).starts_with("json.")) throw;
    refuse();
  } catch (const std::out_of_range&) {
    refuse();
  }
  std::abort();  // refuse throws
}

}  // namespace

class LlmClient::Session {
 public:
  Session(std::shared_ptr<Shared> shared, Secret key, std::shared_ptr<Clock> clock)
      : shared_(std::move(shared)),
        options_(shared_->options),
        dialect_(dialect_of(options_.provider)),
        key_(std::move(key)),
        clock_(std::move(clock)),
        connection_(connection_options(options_)) {}

  ChatReply chat(std::span<const LlmMessage> messages, const ChatOptions& options,
                 const std::function<void(std::string_view)>& on_delta) {
    Prompt prompt{options_.model,
                  options.system.value_or(options_.system),
                  messages,
                  options.tools,
                  options.temperature ? options.temperature : options_.temperature,
                  options.max_tokens.value_or(options_.max_tokens),
                  options.json,
                  on_delta != nullptr};
    const std::string body = dump(dialect_.chat_body(prompt));
    Call call = begin(dialect_.chat_path(), options);
    const double tokens = static_cast<double>(body.size()) / 4 + static_cast<double>(prompt.max_tokens);
    ChatReply reply = on_delta ? stream(call, body, tokens, on_delta) : answer(call, body, tokens);
    count(reply.usage, tokens);
    if (options.json && reply.tool_calls.empty()) read_json(call, reply);
    return reply;
  }

  EmbedReply embed(std::span<const std::string> texts, const ChatOptions& options) {
    if (dialect_.embed_path().empty())
      throw_error(errc::llm_failed, fmt::format("{} has no embeddings", dialect_.name()),
                  {.resource = shared_->resource, .hint = "use another provider for them"});
    const std::string body = dump(dialect_.embed_body(options_.model, texts));
    Call call = begin(dialect_.embed_path(), options);
    const double tokens = static_cast<double>(body.size()) / 4;
    const curl::Response response = post(call, body, tokens, nullptr);
    EmbedReply reply = understand(call.name, shared_->resource, [&] {
      EmbedReply read = dialect_.read_embeddings(parse_json(response.body, "answer"));
      if (read.embeddings.size() != texts.size()) throw std::out_of_range("embeddings");
      return read;
    });
    count(reply.usage, tokens);
    return reply;
  }

  LlmUsage usage() const noexcept { return usage_; }
  LlmUsage total_usage() const { return shared_->total(); }
  bool broken() const noexcept { return connection_.broken(); }

 private:
  struct Call {
    std::string url;
    std::string name;  // "POST /v1/chat/completions"
    Clock::time_point start;
    Duration limit;
    curl::Bounds bounds;
  };

  Call begin(std::string_view path, const ChatOptions& options) const {
    const auto start = clock_->now();
    const Duration limit = std::min(options.timeout.value_or(options_.timeout), options.deadline - start);
    std::string url = curl::join_url(
        options_.base_url.empty() ? dialect_.base_url() : std::string_view(options_.base_url), path);
    std::string name = "POST " + curl::path_of(url);
    return {std::move(url), std::move(name), start, limit, {start + limit, options.stop, clock_}};
  }

  ChatReply answer(const Call& call, const std::string& body, double tokens) {
    const curl::Response response = post(call, body, tokens, nullptr);
    return understand(call.name, shared_->resource,
                      [&] { return dialect_.read_reply(parse_json(response.body, "answer")); });
  }

  ChatReply stream(const Call& call, const std::string& body, double tokens,
                   const std::function<void(std::string_view)>& on_delta) {
    Streamed so_far;
    EventSplitter splitter(dialect_.framing());
    post(call, body, tokens, [&](std::string_view piece) {
      splitter.feed(piece, [&](std::string_view data) {
        if (so_far.complete) return;
        const std::string text =
            understand(call.name, shared_->resource, [&] { return dialect_.read_event(data, so_far); });
        if (!text.empty()) on_delta(text);
      });
    });
    if (!so_far.complete)
      throw_error(errc::llm_failed, fmt::format("{}: the stream ended before the answer did", call.name),
                  {.resource = shared_->resource, .hint = "try again"});
    return std::move(so_far.reply);
  }

  // Asks, and asks again after 429 with Retry-After: only then has the service said that it did nothing and
  // when to come back. Anything else may have cost tokens already.
  curl::Response post(const Call& call, const std::string& body, double tokens,
                      const std::function<void(std::string_view)>& on_body) {
    curl::Request request;
    request.method = "POST";
    request.url = call.url;
    request.headers = dialect_.headers(key_);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    request.max_body = options_.max_body;
    request.on_body = on_body;
    for (std::size_t tries = 1;; ++tries) {
      shared_->wait_for_turn(tokens, *clock_, call.bounds.deadline, call.bounds.stop);
      curl::Outcome outcome = connection_.perform(request, call.bounds);
      if (!outcome.failure && outcome.response.status < 300) return std::move(outcome.response);
      shared_->settle(tokens, 0, clock_->now());
      if (outcome.failure)
        curl::throw_failure(*outcome.failure, call.name, shared_->resource, call.limit,
                            clock_->now() - call.start);
      if (outcome.response.status != 429 || !pause(outcome.response, tries, call.bounds))
        refuse(call, outcome.response);
    }
  }

  bool pause(const curl::Response& response, std::size_t tries, const curl::Bounds& bounds) {
    const auto retry_after =
        curl::parse_retry_after(response.header("retry-after"), std::chrono::system_clock::now());
    if (!retry_after) return false;
    const auto wait =
        curl::delay_before_retry({.attempts = options_.attempts}, tries, retry_after, bounds.remaining(), 0);
    return wait && clock_->sleep_until(clock_->deadline_after(*wait), bounds.stop);
  }

  [[noreturn]] void refuse(const Call& call, const curl::Response& response) const {
    const ServiceError error = read_service_error(response.status, response.body);
    throw_error(error.code, fmt::format("{} answered {}", call.name, error.what),
                {.resource = shared_->resource, .elapsed = clock_->now() - call.start, .hint = error.hint});
  }

  void read_json(const Call& call, ChatReply& reply) const try {
    reply.json = parse_json(reply.text, "answer");
  } catch (const Error&) {
    const bool cut = reply.stop_reason == "length";
    throw_error(
        errc::llm_failed,
        fmt::format("{}: the model's answer is not JSON{}", call.name, cut ? ", it was cut off" : ""),
        {.resource = shared_->resource, .hint = cut ? "raise max_tokens" : "ask for JSON in the prompt too"});
  }

  void count(LlmUsage& usage, double tokens) {
    usage.requests = 1;
    usage.cost = (static_cast<double>(usage.input_tokens) * options_.prices.input +
                  static_cast<double>(usage.output_tokens) * options_.prices.output) /
                 1e6;
    shared_->settle(tokens, static_cast<double>(usage.input_tokens + usage.output_tokens), clock_->now());
    usage_ += usage;
    shared_->add(usage);
  }

  const std::shared_ptr<Shared> shared_;
  const LlmOptions& options_;
  const Dialect& dialect_;
  const Secret key_;
  const std::shared_ptr<Clock> clock_;
  curl::Connection connection_;
  LlmUsage usage_;
};

LlmClient::LlmClient(std::shared_ptr<Shared> shared, Secret key, std::shared_ptr<Clock> clock)
    : session_(std::make_unique<Session>(std::move(shared), std::move(key), std::move(clock))) {}
LlmClient::LlmClient(LlmClient&&) noexcept = default;
LlmClient::~LlmClient() = default;

ChatReply LlmClient::complete(std::string_view prompt, const ChatOptions& options) {
  const LlmMessage message{"user", std::string(prompt), {}, {}};
  return chat(std::span(&message, 1), options);
}
ChatReply LlmClient::chat(std::span<const LlmMessage> messages, const ChatOptions& options) {
  return session_->chat(messages, options, nullptr);
}
ChatReply LlmClient::stream(std::span<const LlmMessage> messages,
                            const std::function<void(std::string_view)>& on_delta,
                            const ChatOptions& options) {
  return session_->chat(
      messages, options, on_delta ? on_delta : [](std::string_view) {});
}
EmbedReply LlmClient::embed(std::span<const std::string> texts, const ChatOptions& options) {
  return session_->embed(texts, options);
}
LlmUsage LlmClient::usage() const noexcept {
  return session_->usage();
}
LlmUsage LlmClient::total_usage() const {
  return session_->total_usage();
}
bool LlmClient::broken() const noexcept {
  return session_->broken();
}

}  // namespace leasehold
