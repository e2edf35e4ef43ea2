#include "curl/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <leasehold/error.hpp>
#include <memory>

namespace leasehold::curl {

namespace {

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}
bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

void encode_into(std::string& out, char c) {
  out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

std::string encode_all(std::string_view text) {
  std::string out;
  for (const char c : text) is_unreserved(c) ? out.push_back(c) : encode_into(out, c);
  return out;
}

// Keeps what has a meaning in a path or query, and escapes that are there already.
std::string encode_path(std::string_view path) {
  constexpr std::string_view kept = "/?:@!$&'()*+,;=";
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool escape = c == '%' && i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2]);
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos || escape) {
      out += c;
    } else {
      encode_into(out, c);
    }
  }
  return out;
}

bool climbs(std::string_view path) {
  path = path.substr(0, path.find('?'));
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.substr(i, 3) == "%2e" || path.substr(i, 3) == "%2E") {
      plain += '.';
      i += 2;
    } else {
      plain += path[i] == '\\' ? '/' : path[i];
    }
  }
  for (std::size_t start = 0; start <= plain.size();) {
    const std::size_t end = std::min(plain.find('/', start), plain.size());
    if (std::string_view(plain).substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

// "http:", "file:", "x-y:" before any slash, or "//host".
bool is_absolute(std::string_view path) {
  if (path.starts_with("//") || path.starts_with("\\")) return true;
  const std::size_t colon = path.find(':');
  return colon != std::string_view::npos && path.substr(colon).starts_with("://") &&
         path.substr(0, colon).find_first_of("/?#") == std::string_view::npos;
}

using Parsed = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Parsed parse(const std::string& url) {
  Parsed parsed(curl_url(), &curl_url_cleanup);
  if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    parsed.reset();
  return parsed;
}

std::string part(const Parsed& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (!url || curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

std::string lower(std::string_view ascii) {
  std::string out(ascii);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::optional<std::string> base_url_problem(const std::string& url) {
  if (url.empty()) return "the URL is empty";
  if (url.find("://") == std::string::npos) return "the URL has no scheme";
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F; }))
    return "the URL contains a space or a control character";
  const Parsed parsed = parse(url);
  if (!parsed) return "this is not a URL";
  const std::string scheme = part(parsed, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return fmt::format("the scheme '{}' is not http or https", scheme);
  if (part(parsed, CURLUPART_HOST).empty()) return "the URL has no host";
  if (!part(parsed, CURLUPART_USER).empty() || !part(parsed, CURLUPART_PASSWORD).empty())
    return "the URL contains credentials (not shown)";
  if (url.find_first_of("?#") != std::string::npos) return "the URL has a query or a fragment";
  return std::nullopt;
}

std::string join_url(std::string_view base, std::string_view path) {
  if (is_absolute(path))
    throw_error(errc::net_address_denied, "the path is an absolute URL",
                {.hint = "give a path below base_url, or register another resource for that server"});
  if (climbs(path))
    throw_error(errc::path_escape, "the path climbs out of base_url by '..'",
                {.hint = "give a path below base_url"});
  while (base.ends_with('/')) base.remove_suffix(1);
  std::string url(base);
  if (!path.empty() && !path.starts_with('/') && !path.starts_with('?')) url += '/';
  return url + encode_path(path);
}

std::string add_query(std::string url, const NameValues& query) {
  for (const auto& [name, value] : query) {
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += encode_all(name) + "=" + encode_all(value);
  }
  return url;
}

std::string origin_of(const std::string& url) {
  const Parsed parsed = parse(url);
  if (!parsed) return "";
  return lower(part(parsed, CURLUPART_SCHEME)) + "://" + lower(part(parsed, CURLUPART_HOST)) + ":" +
         part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string path_of(const std::string& url) {
  const std::string path = part(parse(url), CURLUPART_PATH);
  return path.empty() ? "/" : path;
}

std::optional<std::string> header_problem(std::string_view name, std::string_view value) {
  const auto is_token = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token))
    return fmt::format("'{}' is not a name of a header", name);
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return fmt::format("the value of the header '{}' contains a line break (not shown)", name);
  const std::string plain = lower(name);
  if (plain == "host" || plain == "content-length" || plain == "transfer-encoding" || plain == "connection")
    return fmt::format("the header '{}' is set by the client itself", name);
  return std::nullopt;
}

}  // namespace leasehold::curl
