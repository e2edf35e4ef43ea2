#include <leasehold/adapters/http.hpp>

#include "curl/url.hpp"

namespace leasehold {

namespace {

void check_auth(const HttpAuth& auth, const std::string& pointer, std::vector<ConfigIssue>& issues) {
  const auto refuse = [&](const char* key, std::string message, std::string hint) {
    issues.push_back(
        {errc::config_missing, pointer_join(pointer, key), std::move(message), std::move(hint), false});
  };
  const bool needs_token = auth.type == HttpAuthType::bearer || auth.type == HttpAuthType::api_key;
  if (needs_token && auth.token.empty())
    refuse("token", "this type of auth needs a token", "add token: \"${API_TOKEN}\"");
  if (auth.type == HttpAuthType::basic && auth.username.empty())
    refuse("username", "basic auth needs a username", "add username and password");
  if (const auto problem = curl::header_problem(auth.header, auth.token.reveal()))
    issues.push_back({errc::config_value, pointer_join(pointer, "header"), *problem, "", false});
}

void check_options(const HttpOptions& options, const std::string& pointer, std::vector<ConfigIssue>& issues) {
  const auto refuse = [&](const std::string& at, std::string message, std::string hint) {
    issues.push_back({errc::config_value, at, std::move(message), std::move(hint), false});
  };
  if (const auto problem = curl::base_url_problem(options.base_url))
    refuse(pointer_join(pointer, "base_url"), *problem,
           "write http://host/path or https://host/path; credentials go into auth, a query into query");
  for (const auto& [name, value] : options.headers)
    if (const auto problem = curl::header_problem(name, value))
      refuse(pointer_join(pointer_join(pointer, "headers"), name), *problem, "");
  if (const auto problem = curl::header_problem("User-Agent", options.user_agent))
    refuse(pointer_join(pointer, "user_agent"), *problem, "");
  if (options.timeout == Duration::zero())
    refuse(pointer_join(pointer, "timeout"), "a timeout of 0 would fail every request", "write 30s");
  if (options.connect_timeout == Duration::zero())
    refuse(pointer_join(pointer, "connect_timeout"), "a timeout of 0 would fail every request", "write 10s");
  if (options.deny_private && !options.proxy.empty())
    refuse(pointer_join(pointer, "deny_private"), "behind a proxy the server's address cannot be seen",
           "leave out proxy or deny_private");
}

}  // namespace

const Fields<HttpAuth>& http_auth_fields() {
  static const Fields<HttpAuth> fields =
      Fields<HttpAuth>()
          .choice("type", &HttpAuth::type,
                  {{"none", HttpAuthType::none},
                   {"bearer", HttpAuthType::bearer},
                   {"basic", HttpAuthType::basic},
                   {"api_key", HttpAuthType::api_key}},
                  "how requests prove who sends them")
          .field("token", &HttpAuth::token, "of bearer and api_key; never shown")
          .field("username", &HttpAuth::username, "of basic")
          .field("password", &HttpAuth::password, "of basic; never shown")
          .field("header", &HttpAuth::header, "of api_key: the header that carries the token")
          .check(check_auth);
  return fields;
}

const Fields<HttpOptions>& http_fields() {
  static const Fields<HttpOptions> fields =
      Fields<HttpOptions>()
          .required("base_url", &HttpOptions::base_url, "http or https URL that every path is below")
          .field("headers", &HttpOptions::headers, "sent with every request; values are not shown")
          .field("query", &HttpOptions::query, "query parameters of every request; values are not shown")
          .field("timeout", &HttpOptions::timeout, "bounds a request with its repeats and redirects")
          .field("connect_timeout", &HttpOptions::connect_timeout,
                 "bounds making one connection, TLS included")
          .field("max_body", &HttpOptions::max_body, "largest answer, uncompressed, in bytes")
          .field("max_redirects", &HttpOptions::max_redirects,
                 "redirects to follow; 0 returns the redirect itself")
          .nested("retries", &HttpOptions::retries, retry_fields(), "repeats of GET, HEAD, PUT and DELETE")
          .nested("auth", &HttpOptions::auth, http_auth_fields(), "credentials")
          .field("verify_tls", &HttpOptions::verify_tls,
                 "whether a certificate must be trusted; false is unsafe")
          .field("ca_file", &HttpOptions::ca_file,
                 "PEM file of the authorities to trust instead of the system's")
          .field("proxy", &HttpOptions::proxy,
                 "URL of a proxy; empty for none whatever the environment says, or environment")
          .field("deny_private", &HttpOptions::deny_private,
                 "refuses to connect to addresses that are not public")
          .field("user_agent", &HttpOptions::user_agent, "the User-Agent header")
          .field("health_path", &HttpOptions::health_path, "path below base_url that health checks get")
          .check(check_options);
  return fields;
}

}  // namespace leasehold
