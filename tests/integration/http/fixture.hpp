#pragma once

#include <leasehold/adapters/http.hpp>

#include <memory>
#include <standin/server.hpp>
#include <string>

namespace leasehold {

// A provider of clients of one server, and how machines would call it.
class Calls {
 public:
  explicit Calls(HttpOptions options) : provider_(make_http_provider("api", std::move(options))) { renew(); }

  HttpClient& client() { return held_.as<HttpClient>(); }
  IResourceProvider& provider() { return *provider_; }
  Resource& held() { return held_; }
  void renew() { held_ = provider_->acquire(AcquireContext{}); }

  nlohmann::json operator()(const char* operation, const nlohmann::json& arguments,
                            const OperationContext& context = {}) {
    return provider_->operations().find(operation)->call(held_, arguments, context);
  }

  // "http.status: GET /x answered 503; ..." or "no error".
  std::string error_of(const char* operation, const nlohmann::json& arguments,
                       const OperationContext& context = {}) {
    try {
      (*this)(operation, arguments, context);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

 private:
  std::shared_ptr<IResourceProvider> provider_;
  Resource held_;
};

inline HttpOptions options_for(const std::string& base_url) {
  HttpOptions options;
  options.base_url = base_url;
  options.timeout = std::chrono::seconds(10);
  options.retries.delay = std::chrono::milliseconds(1);
  return options;
}

}  // namespace leasehold
