#include <leasehold/adapters/llm.hpp>

#include "curl/connection.hpp"
#include "dialect.hpp"
#include "operations.hpp"
#include "shared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace leasehold {

namespace {

class LlmProvider final : public IResourceProvider {
 public:
  LlmProvider(std::string name, LlmOptions options)
      : shared_(std::make_shared<LlmClient::Shared>(std::move(name), std::move(options))) {}

  std::string_view type() const noexcept override { return "llm"; }

  Resource acquire(const AcquireContext& context) override {
    return Resource::make<LlmClient>(shared_, key(), context.clock);
  }

  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource& resource) override { return !resource.as<LlmClient>().broken(); }
  bool reset(Resource& resource) override { return !resource.as<LlmClient>().broken(); }

  // Asks for the list of models, which costs nothing.
  HealthReport health_check(const AcquireContext& context) override {
    const auto start = context.clock->now();
    const auto report = [&](ResourceHealth health, std::string message) {
      return HealthReport{health, std::move(message), context.clock->now() - start};
    };
    try {
      const LlmOptions& options = shared_->options;
      const Dialect& dialect = dialect_of(options.provider);
      curl::Request request;
      request.url =
          curl::join_url(options.base_url.empty() ? dialect.base_url() : std::string_view(options.base_url),
                         dialect.models_path());
      request.headers = dialect.headers(key());
      request.max_body = options.max_body;
      request.repeatable = true;
      curl::Connection connection({.connect_timeout = options.connect_timeout,
                                   .verify_tls = options.verify_tls,
                                   .ca_file = options.ca_file,
                                   .proxy = options.proxy});
      const auto deadline = std::min(context.clock->deadline_after(options.timeout), context.deadline);
      const curl::Outcome outcome = connection.perform(request, {deadline, context.stop, context.clock});
      const std::string name = "GET " + curl::path_of(request.url);
      if (outcome.failure)
        return report(ResourceHealth::unhealthy, fmt::format("{}: {}", name, outcome.failure->what));
      const int status = outcome.response.status;
      std::string message = fmt::format("{} answered {}", name, status);
      if (status == 401 || status == 403) return report(ResourceHealth::unhealthy, std::move(message));
      return report(status >= 500 ? ResourceHealth::degraded : ResourceHealth::healthy, std::move(message));
    } catch (const Error& error) {
      return report(ResourceHealth::unhealthy, error.message());
    }
  }

  nlohmann::json describe() const override { return llm_fields().write(shared_->options); }
  const Operations& operations() const override { return operations_; }

 private:
  Secret key() const {
    const LlmOptions& options = shared_->options;
    if (options.api_key_env.empty()) return options.api_key;
    const char* const value = std::getenv(options.api_key_env.c_str());
    if (value == nullptr || *value == '\0')
      throw_error(errc::secret_missing,
                  fmt::format("the environment variable '{}' is not set", options.api_key_env),
                  {.resource = shared_->resource, .hint = "set it to the key of the service"});
    if (curl::header_problem("Authorization", value))
      throw_error(errc::secret_missing,
                  fmt::format("the environment variable '{}' holds a line break, which no key has",
                              options.api_key_env),
                  {.resource = shared_->resource, .hint = "set it to the key of the service"});
    return Secret(value);
  }

  const std::shared_ptr<LlmClient::Shared> shared_;
  const Operations operations_ = llm_operations();
};

}  // namespace

std::shared_ptr<IResourceProvider> make_llm_provider(std::string name, LlmOptions options) {
  llm_fields().verify(options);
  return std::make_shared<LlmProvider>(std::move(name), std::move(options));
}

ProviderFactory llm_factory() {
  return [](const std::string& name, const nlohmann::json& config) -> std::shared_ptr<IResourceProvider> {
    return std::make_shared<LlmProvider>(name, llm_fields().read(config));
  };
}

}  // namespace leasehold
