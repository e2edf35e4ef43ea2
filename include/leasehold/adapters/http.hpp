#pragma once

// http: requests to one server below one base URL, over libcurl. Type "http" in YAML; adapters/http/README.md
// lists the knobs and the operations.
//
//   auto provider = make_http_provider("rates", {.base_url = "https://rates.example/v1"});
//   manager.register_provider("rates", provider, {.pool = {.max_size = 4}});
//   auto rates = manager.acquire<HttpClient>("rates", "import#1");
//   auto today = rates->get("/today", {.query = {{"base", "EUR"}}}).json();
//
// A lease is a session: its connection is kept alive from lease to lease, its cookies and its own headers are
// not. GET, HEAD, PUT and DELETE are repeated after a failed connection, 429, 502, 503 and 504; POST and
// PATCH never.

#include <leasehold/adapters/retry.hpp>
#include <leasehold/config.hpp>
#include <leasehold/manager.hpp>
#include <leasehold/provider.hpp>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

enum class HttpAuthType { none, bearer, basic, api_key };

struct HttpAuth {
  HttpAuthType type = HttpAuthType::none;
  Secret token = {};          // of bearer and api_key
  std::string username = {};  // of basic
  Secret password = {};
  std::string header = "X-API-Key";  // of api_key: the header that carries the token
};

struct HttpOptions {
  std::string base_url = {};                        // "https://host/v1"; its path is kept
  std::map<std::string, std::string> headers = {};  // sent with every request
  std::map<std::string, std::string> query = {};    // appended to every request
  Duration timeout = std::chrono::seconds(30);      // of a request with its repeats and redirects
  Duration connect_timeout = std::chrono::seconds(10);
  std::size_t max_body = 10'000'000;  // of an answer, uncompressed, in bytes
  std::size_t max_redirects = 5;      // 0: a redirect is the answer
  RetryOptions retries = {};
  HttpAuth auth = {};
  bool verify_tls = true;
  std::string ca_file = {};   // PEM; "": the system's authorities
  Secret proxy = {};          // "": none; "environment": the process's; else a URL
  bool deny_private = false;  // true: connect to public addresses only
  std::string user_agent = "leasehold/0.1";
  std::string health_path = {};  // what health_check gets, below base_url
};

const Fields<HttpAuth>& http_auth_fields();
const Fields<HttpOptions>& http_fields();

using HttpPairs = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  HttpPairs query = {};                               // values are encoded
  HttpPairs headers = {};                             // replace those of the options and of the lease
  std::optional<std::string> body = std::nullopt;     // sent as it is; name its type in `headers`
  std::optional<nlohmann::json> json = std::nullopt;  // sent as application/json
  std::optional<Duration> timeout = std::nullopt;     // instead of the options'
  Clock::time_point deadline = Clock::never;          // on the clock of the lease; the earlier bound counts
  std::stop_token stop = {};
  std::optional<std::size_t> max_body = std::nullopt;
  // Gets the body of a successful answer piece by piece; HttpResponse::body stays empty. What it throws ends
  // the request and is thrown on.
  std::function<void(std::string_view)> on_body = {};
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers = {};  // names in lower case; repeated ones joined by ", "
  std::string body = {};
  std::string request = {};  // "GET /v1/today", for messages

  bool ok() const noexcept { return status >= 200 && status < 300; }
  std::string_view header(std::string_view lower_name) const noexcept;  // "" if there is none
  nlohmann::json json() const;  // strictly; throws json_syntax, json_too_deep, json_number_range
  void throw_if_error() const;  // http_status if the status is 400 or more
};

// One session. Threads: one at a time, as any leased resource.
//
// Each request blocks until its answer is there, by the timeout and the deadline. A status of 400 and more is
// an answer, not an error. Throws http_unreachable, http_deadline, http_cancelled, http_tls, http_too_large,
// http_failed, net_address_denied (an absolute URL as path), path_escape ("..").
class HttpClient {
 public:
  HttpClient(std::string resource, std::shared_ptr<const HttpOptions> options, std::shared_ptr<Clock> clock);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  HttpResponse get(std::string_view path, HttpRequest request = {});
  HttpResponse head(std::string_view path, HttpRequest request = {});
  HttpResponse post(std::string_view path, HttpRequest request = {});
  HttpResponse put(std::string_view path, HttpRequest request = {});
  HttpResponse patch(std::string_view path, HttpRequest request = {});
  HttpResponse del(std::string_view path, HttpRequest request = {});
  HttpResponse request(std::string_view method, std::string_view path, HttpRequest request = {});

  void set_header(std::string name, std::string value);  // until the lease ends
  void reset();                  // forgets cookies and headers of this lease; connections stay
  bool broken() const noexcept;  // a transfer failed: make a new one rather than lend this again

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

// Makes HttpClients; opens no connection yet. Throws ConfigError for a base_url that is none.
std::shared_ptr<IResourceProvider> make_http_provider(std::string name, HttpOptions options);

// For ResourceManager::register_type("http", ...).
ProviderFactory http_factory();

}  // namespace leasehold
