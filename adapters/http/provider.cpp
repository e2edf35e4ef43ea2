#include <leasehold/adapters/http.hpp>

#include "operations.hpp"

#include <fmt/format.h>

namespace leasehold {

namespace {

class HttpProvider final : public IResourceProvider {
 public:
  HttpProvider(std::string name, HttpOptions options)
      : name_(std::move(name)),
        options_(std::make_shared<const HttpOptions>(std::move(options))),
        operations_(http_operations(name_)) {}

  std::string_view type() const noexcept override { return "http"; }

  Resource acquire(const AcquireContext& context) override {
    return Resource::make<HttpClient>(name_, options_, context.clock);
  }

  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource& resource) override { return !resource.as<HttpClient>().broken(); }

  bool reset(Resource& resource) override {
    auto& client = resource.as<HttpClient>();
    if (client.broken()) return false;
    client.reset();
    return true;
  }

  HealthReport health_check(const AcquireContext& context) override {
    HttpClient client(name_, options_, context.clock);
    const auto start = context.clock->now();
    const auto report = [&](ResourceHealth health, std::string message) {
      return HealthReport{health, std::move(message), context.clock->now() - start};
    };
    try {
      HttpRequest request;
      request.deadline = context.deadline;
      request.stop = context.stop;
      const HttpResponse response = client.get(options_->health_path, std::move(request));
      std::string message = fmt::format("{} answered {}", response.request, response.status);
      if (response.status >= 500) return report(ResourceHealth::degraded, std::move(message));
      return report(ResourceHealth::healthy, std::move(message));
    } catch (const Error& error) {
      return report(ResourceHealth::unhealthy, error.message());
    }
  }

  // Tokens are often passed as headers or query parameters, so their values are not shown either.
  nlohmann::json describe() const override {
    nlohmann::json shown = http_fields().write(*options_);
    for (const char* key : {"headers", "query"})
      for (auto& value : shown[key]) value = redacted;
    return shown;
  }

  const Operations& operations() const override { return operations_; }

 private:
  const std::string name_;
  const std::shared_ptr<const HttpOptions> options_;
  const Operations operations_;
};

}  // namespace

std::shared_ptr<IResourceProvider> make_http_provider(std::string name, HttpOptions options) {
  http_fields().verify(options);
  return std::make_shared<HttpProvider>(std::move(name), std::move(options));
}

ProviderFactory http_factory() {
  return [](const std::string& name, const nlohmann::json& config) -> std::shared_ptr<IResourceProvider> {
    return std::make_shared<HttpProvider>(name, http_fields().read(config));
  };
}

}  // namespace leasehold
