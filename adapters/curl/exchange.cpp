#include "curl/exchange.hpp"

#include "curl/address.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <system_error>

namespace leasehold::curl {

namespace {

constexpr std::size_t max_header_bytes = 256 * 1024;

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// "HTTP/1.1 503 Service Unavailable" -> 503
int status_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  int status = 0;
  if (space != std::string_view::npos)
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

std::size_t number_of(std::string_view digits) {
  std::size_t number = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc::result_out_of_range ? std::numeric_limits<std::size_t>::max() : number;
}

}  // namespace

bool Exchange::may_connect(const sockaddr& address) noexcept {
  if (!deny_private_ || !is_private_address(address)) return true;
  denied_ = true;
  return false;
}

bool Exchange::may_send() noexcept {
  return ++sent_ == 1 || request_.repeatable;
}

bool Exchange::take_header(std::string_view line) noexcept try {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes) {
    too_large_ = true;
    return false;
  }
  if (line.starts_with("HTTP/")) {  // of this answer; earlier ones were "100 Continue" or a proxy's
    response_.headers.clear();
    response_.status = status_of(line);
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const auto& [name, value] =
      response_.headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  // Said beforehand: no need to read that far. What is said is not believed otherwise.
  too_large_ = name == "content-length" && request_.method != "HEAD" && number_of(value) > request_.max_body;
  return !too_large_;
} catch (...) {
  thrown_ = std::current_exception();
  return false;
}

bool Exchange::take_body(std::string_view piece) noexcept try {
  body_bytes_ += piece.size();
  if (body_bytes_ > request_.max_body) {
    too_large_ = true;
    return false;
  }
  if (request_.on_body && response_.status < 300) {
    request_.on_body(piece);
  } else {
    response_.body.append(piece);
  }
  return true;
} catch (...) {
  thrown_ = std::current_exception();
  return false;
}

Outcome Exchange::finish(CURL* easy, CURLcode code, Limit limit, std::string_view text) {
  if (thrown_) std::rethrow_exception(thrown_);
  if (code != CURLE_OK) return {std::move(response_), failure(easy, code, limit, text)};
  const char* location = nullptr;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) response_.location = location;
  return {std::move(response_), std::nullopt};
}

Failure Exchange::failure(CURL* easy, CURLcode code, Limit limit, std::string_view text) const {
  if (limit == Limit::deadline) return {errc::http_deadline, "the deadline passed", false};
  if (limit == Limit::cancelled) return {errc::http_cancelled, "it was cancelled", false};
  if (too_large_)
    return {errc::http_too_large,
            header_bytes_ > max_header_bytes
                ? fmt::format("the headers of the answer are larger than {} bytes", max_header_bytes)
                : fmt::format("the answer is larger than {} bytes", request_.max_body),
            false};
  if (denied_)
    return {errc::net_address_denied, "the host has a private address, and deny_private is set", false};
  if (sent_ > 1 && code == CURLE_ABORTED_BY_CALLBACK)
    return {errc::http_failed, "the connection broke before an answer; the request was not repeated", false};
  const errc ours = classify(code);
  const bool before_answer = response_.status == 0;
  if (ours == errc::http_tls && !text.empty()) return {ours, std::string(text), false};
  long os_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  std::string what = ours == errc::http_unreachable && os_error != 0 && code == CURLE_COULDNT_CONNECT
                         ? std::generic_category().message(static_cast<int>(os_error))
                         : curl_easy_strerror(code);
  if (!what.empty() && what[0] >= 'A' && what[0] <= 'Z') what[0] = static_cast<char>(what[0] - 'A' + 'a');
  return {ours, std::move(what), before_answer};
}

errc classify(CURLcode code) noexcept {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:  // only connect_timeout is set in libcurl; the deadline is ours
      return errc::http_unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
      return errc::http_tls;
    case CURLE_FILESIZE_EXCEEDED:
      return errc::http_too_large;
    default:
      return errc::http_failed;
  }
}

namespace {
std::string hint_for(errc code) {
  switch (code) {
    case errc::http_unreachable:
      return "check that the server runs and that base_url names it";
    case errc::http_deadline:
      return "raise timeout, or look why the server is slow";
    case errc::http_tls:
      return "name the authority that signed the certificate in ca_file";
    case errc::http_too_large:
      return "raise max_body, or ask for less";
    case errc::net_address_denied:
      return "use a public address, or set deny_private to false";
    default:
      return "";
  }
}
}  // namespace

void throw_failure(const Failure& failure, const std::string& name, const std::string& resource,
                   Duration limit, Duration elapsed) {
  std::string message = failure.code == errc::http_deadline
                            ? fmt::format("{} did not end within {}", name, format_duration(limit))
                            : fmt::format("{}: {}", name, failure.what);
  throw_error(failure.code, std::move(message),
              {.resource = resource, .elapsed = elapsed, .hint = hint_for(failure.code)});
}

}  // namespace leasehold::curl
