#include "secrets.hpp"

#include "utf8.hpp"

#include <leasehold/config.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace leasehold::fsm {

namespace {

constexpr std::string_view brackets = "{}[]";
constexpr std::string_view structure = "{}[],:\"' ";

bool of_key(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool holds_secret(std::string_view key) {
  static constexpr std::array parts{"password", "passwd", "secret", "token",      "api_key",
                                    "api-key",  "apikey", "cookie", "credential", "authorization"};
  static const std::vector<std::string> secret{"token",      "password", "api_key",
                                               "connection", "headers",  "proxy"};
  static const std::vector<std::string> open{"condition", "header", "max_tokens", "api_key_env",
                                             "connect_timeout"};
  std::string word(key);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(open.begin(), open.end(), word) != open.end()) return false;
  if (std::any_of(parts.begin(), parts.end(), [&](const char* part) { return word.find(part) != word.npos; }))
    return true;
  std::vector<std::string> known = secret;
  known.insert(known.end(), open.begin(), open.end());
  const std::string nearest = nearest_name(word, known);
  return std::find(secret.begin(), secret.end(), nearest) != secret.end();
}

// The end of the "${...}" or "${{...}}" at `at`; `at` if none ends there.
std::size_t end_of_reference(std::string_view line, std::size_t at) {
  if (line.substr(at, 2) != "${") return at;
  const std::string_view close = line.substr(at, 3) == "${{" ? "}}" : "}";
  const std::size_t end = line.find(close, at);
  return end == line.npos ? at : end + close.size();
}

// The key that the colon at `colon` ends; "" if it ends none.
std::string_view key_before(std::string_view line, std::size_t colon) {
  const bool quoted = colon > 0 && (line[colon - 1] == '"' || line[colon - 1] == '\'');
  const std::size_t end = quoted ? colon - 1 : colon;
  std::size_t start = end;
  while (start > 0 && of_key(line[start - 1])) --start;
  const bool ends = colon + 1 == line.size() || line[colon + 1] == ' ' || quoted;
  return ends ? line.substr(start, end - start) : std::string_view();
}

std::size_t end_of_value(std::string_view line, std::size_t start, bool in_brackets) {
  const char first = line[start];
  if (first == '"' || first == '\'') {
    for (std::size_t i = start + 1; i < line.size(); ++i) {
      if (first == '"' && line[i] == '\\') {
        ++i;
      } else if (line[i] == first) {
        return i + 1;
      }
    }
    return line.size();
  }
  const bool container = first == '{' || first == '[';
  int depth = 0;
  for (std::size_t i = start; i < line.size(); ++i) {
    if (const std::size_t end = end_of_reference(line, i); end > i) {
      i = end - 1;
    } else if (container) {
      if (line[i] == '{' || line[i] == '[') ++depth;
      if ((line[i] == '}' || line[i] == ']') && --depth == 0) return i + 1;
    } else if (in_brackets && (line[i] == ',' || line[i] == '}' || line[i] == ']')) {
      return i;
    } else if (line.substr(i, 2) == " #") {
      return line.find_last_not_of(' ', i) + 1;
    }
  }
  return line.size();
}

void mask(std::string_view line, std::size_t from, std::size_t to, MaskedLine& masked) {
  const bool container = brackets.find(line[from]) != brackets.npos;
  const bool quoted = line[from] == '"' || line[from] == '\'';
  std::string secret;
  for (std::size_t i = from; i < to; ++i) {
    const std::size_t end = end_of_reference(line, i);
    // A default may be a secret.
    if (end > i && (line.substr(i, 3) == "${{" || line.substr(i, end - i).find(':') == line.npos)) {
      masked.text += line.substr(i, end - i);
      i = end - 1;
      continue;
    }
    const bool edge = quoted && (i == from || (i + 1 == to && line[i] == line[from]));
    if (edge || (container && structure.find(line[i]) != structure.npos)) {
      masked.text += line[i];
    } else {
      if (!continues_character(line[i])) masked.text += '*';
      secret += line[i];
    }
  }
  if (!container) masked.secrets.push_back(std::move(secret));
}

}  // namespace

MaskedLine mask_secrets(std::string_view line) {
  MaskedLine masked;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    masked.text += line[i];
    if (line[i] == '{' || line[i] == '[') ++depth;
    if (line[i] == '}' || line[i] == ']') --depth;
    if (line[i] != ':') continue;
    const std::string_view key = key_before(line, i);
    const std::size_t start = line.find_first_not_of(' ', i + 1);
    if (key.empty() || start == line.npos || !holds_secret(key)) continue;
    const std::size_t end = end_of_value(line, start, depth > 0);
    masked.text += line.substr(i + 1, start - i - 1);
    if (end > start) mask(line, start, end, masked);
    i = end - 1;
  }
  return masked;
}

}  // namespace leasehold::fsm
