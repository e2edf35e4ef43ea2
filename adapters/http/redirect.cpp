#include "redirect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leasehold {

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<std::string> redirect_problem(const std::string& location) {
  const std::string scheme = curl::lower(location.substr(0, location.find(':')));
  if (scheme == "http" || scheme == "https") return std::nullopt;
  return fmt::format("a redirect to '{}:' was refused; only http and https are followed", scheme);
}

void redirect(curl::Request& request, int status, const std::string& location) {
  // As browsers do and RFC 9110 allows: what was posted is fetched from where the answer points.
  const bool becomes_get = (status == 303 && request.method != "HEAD") ||
                           ((status == 301 || status == 302) && request.method == "POST");
  const auto drop_headers = [&request](auto unwanted) {
    std::erase_if(request.headers, [&](const auto& one) { return unwanted(curl::lower(one.first)); });
  };
  if (becomes_get) {
    request.method = "GET";
    request.body.reset();
    drop_headers([](const std::string& name) { return name.starts_with("content-"); });
  }
  if (curl::origin_of(request.url) != curl::origin_of(location)) {
    request.username.clear();
    request.password = Secret();
    drop_headers(
        [](const std::string& name) { return !name.starts_with("accept") && !name.starts_with("content-"); });
  }
  request.url = location;
}

std::string hint_for_status(int status) {
  switch (status) {
    case 401:
    case 407:
      return "check the credentials in auth";
    case 403:
      return "check what these credentials may do";
    case 404:
      return "check the path and base_url";
    case 408:
    case 429:
      return "ask less often, or try again later";
    default:
      return status >= 500 ? "look why the server fails, or try again later" : "check the request";
  }
}

}  // namespace leasehold
