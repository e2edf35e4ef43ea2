#include <leasehold/adapters/http.hpp>

#include "curl/connection.hpp"
#include "curl/retry.hpp"
#include "redirect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <leasehold/json.hpp>

namespace leasehold {

namespace {

curl::ConnectionOptions connection_options(const HttpOptions& options) {
  return {options.connect_timeout, options.verify_tls, options.ca_file,   options.proxy,
          options.deny_private,    /*cookies=*/true,   options.user_agent};
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

bool is_for_the_moment(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool may_pass(const curl::Outcome& outcome) {
  if (!outcome.failure) return is_for_the_moment(outcome.response.status);
  return outcome.failure->before_answer &&
         (outcome.failure->code == errc::http_unreachable || outcome.failure->code == errc::http_failed);
}

std::string dump(const nlohmann::json& value) try {
  return value.dump();
} catch (const nlohmann::json::type_error&) {
  throw_error(errc::config_value, "a text in the JSON to send is not UTF-8",
              {.hint = "send it as body instead"});
}

// Later lists win; names are the same whatever their case.
void put_header(curl::NameValues& headers, const std::string& name, const std::string& value) {
  if (const auto problem = curl::header_problem(name, value)) throw_error(errc::config_value, *problem);
  std::erase_if(headers,
                [plain = curl::lower(name)](const auto& one) { return curl::lower(one.first) == plain; });
  headers.emplace_back(name, value);
}

}  // namespace

class HttpClient::Session {
 public:
  Session(std::string resource, std::shared_ptr<const HttpOptions> options, std::shared_ptr<Clock> clock)
      : resource_(std::move(resource)),
        options_(std::move(options)),
        clock_(std::move(clock)),
        connection_(connection_options(*options_)) {}

  HttpResponse perform(std::string_view method, std::string_view path, HttpRequest request) {
    const auto start = clock_->now();
    const Duration limit = std::min(request.timeout.value_or(options_->timeout), request.deadline - start);
    const curl::Bounds bounds{start + limit, request.stop, clock_};
    const curl::Request first = make(method, path, request);
    const std::string name = fmt::format("{} {}", method, curl::path_of(first.url));
    bool delivered = false;  // part of a body: there is no way back
    for (std::size_t tries = 1;; ++tries) {
      curl::Request hop = first;
      if (request.on_body)
        hop.on_body = [&](std::string_view piece) {
          delivered = true;
          request.on_body(piece);
        };
      curl::Outcome outcome = follow(hop, bounds);
      if (is_idempotent(method) && !delivered && may_pass(outcome) &&
          pause_before_retry(outcome, tries, bounds))
        continue;
      if (outcome.failure)
        curl::throw_failure(*outcome.failure, name, resource_, limit, clock_->now() - start);
      return finish(name, std::move(outcome.response));
    }
  }

  void set_header(const std::string& name, const std::string& value) { put_header(headers_, name, value); }
  void reset() {
    headers_.clear();
    connection_.forget_cookies();
  }
  bool broken() const noexcept { return connection_.broken(); }

 private:
  curl::Request make(std::string_view method, std::string_view path, HttpRequest& request) const {
    if (request.body && request.json)
      throw_error(errc::config_value, "a request has either a body or json, not both",
                  {.resource = resource_});
    curl::Request made;
    made.method = method;
    made.url = curl::join_url(options_->base_url, path);
    made.url = curl::add_query(std::move(made.url), {options_->query.begin(), options_->query.end()});
    made.url = curl::add_query(std::move(made.url), request.query);
    const HttpAuth& auth = options_->auth;
    if (auth.type == HttpAuthType::bearer)
      put_header(made.headers, "Authorization", "Bearer " + auth.token.reveal());
    if (auth.type == HttpAuthType::api_key) put_header(made.headers, auth.header, auth.token.reveal());
    if (auth.type == HttpAuthType::basic) {
      made.username = auth.username;
      made.password = auth.password;
    }
    if (request.json) {
      request.body = dump(*request.json);
      put_header(made.headers, "Content-Type", "application/json");
    }
    for (const auto& [name, value] : options_->headers) put_header(made.headers, name, value);
    for (const auto& [name, value] : headers_) put_header(made.headers, name, value);
    for (const auto& [name, value] : request.headers) put_header(made.headers, name, value);
    if (request.body) made.body = *request.body;
    made.max_body = request.max_body.value_or(options_->max_body);
    made.repeatable = is_idempotent(method);
    return made;
  }

  // The answer behind all redirects.
  curl::Outcome follow(curl::Request& hop, const curl::Bounds& bounds) {
    const bool wanted = options_->max_redirects > 0;
    for (std::size_t redirects = 0;; ++redirects) {
      curl::Outcome outcome = connection_.perform(hop, bounds);
      const curl::Response& response = outcome.response;
      if (outcome.failure || !wanted || !is_redirect(response.status) || response.location.empty())
        return outcome;
      if (redirects == options_->max_redirects)
        return {{},
                curl::Failure{errc::http_failed, fmt::format("more than {} redirects", redirects), false}};
      if (const auto problem = redirect_problem(response.location))
        return {{}, curl::Failure{errc::http_failed, *problem, false}};
      redirect(hop, response.status, response.location);
    }
  }

  bool pause_before_retry(const curl::Outcome& outcome, std::size_t tries, const curl::Bounds& bounds) {
    std::optional<Duration> retry_after;
    if (const auto header = outcome.response.header("retry-after"); !header.empty())
      retry_after = curl::parse_retry_after(header, std::chrono::system_clock::now());
    const auto wait =
        curl::delay_before_retry(options_->retries, tries, retry_after, bounds.remaining(), curl::chance());
    return wait && clock_->sleep_until(clock_->deadline_after(*wait), bounds.stop);
  }

  static HttpResponse finish(const std::string& name, curl::Response response) {
    HttpResponse finished{response.status, {}, std::move(response.body), name};
    for (auto& [key, value] : response.headers) {
      std::string& joined = finished.headers[key];
      joined += joined.empty() ? value : ", " + value;
    }
    return finished;
  }

  const std::string resource_;
  const std::shared_ptr<const HttpOptions> options_;
  const std::shared_ptr<Clock> clock_;
  curl::Connection connection_;
  curl::NameValues headers_;  // of this lease
};

HttpClient::HttpClient(std::string resource, std::shared_ptr<const HttpOptions> options,
                       std::shared_ptr<Clock> clock)
    : session_(std::make_unique<Session>(std::move(resource), std::move(options), std::move(clock))) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

HttpResponse HttpClient::request(std::string_view method, std::string_view path, HttpRequest request) {
  return session_->perform(method, path, std::move(request));
}
HttpResponse HttpClient::get(std::string_view path, HttpRequest r) {
  return request("GET", path, std::move(r));
}
HttpResponse HttpClient::head(std::string_view path, HttpRequest r) {
  return request("HEAD", path, std::move(r));
}
HttpResponse HttpClient::post(std::string_view path, HttpRequest r) {
  return request("POST", path, std::move(r));
}
HttpResponse HttpClient::put(std::string_view path, HttpRequest r) {
  return request("PUT", path, std::move(r));
}
HttpResponse HttpClient::patch(std::string_view path, HttpRequest r) {
  return request("PATCH", path, std::move(r));
}
HttpResponse HttpClient::del(std::string_view path, HttpRequest r) {
  return request("DELETE", path, std::move(r));
}
void HttpClient::set_header(std::string name, std::string value) {
  session_->set_header(name, value);
}
void HttpClient::reset() {
  session_->reset();
}
bool HttpClient::broken() const noexcept {
  return session_->broken();
}

std::string_view HttpResponse::header(std::string_view lower_name) const noexcept {
  for (const auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

nlohmann::json HttpResponse::json() const {
  return parse_json(body, request);
}

void HttpResponse::throw_if_error() const {
  if (status >= 400)
    throw_error(errc::http_status, fmt::format("{} answered {}", request, status),
                {.hint = hint_for_status(status)});
}

}  // namespace leasehold
