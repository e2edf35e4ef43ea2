#include "diagnostics.hpp"

#include "secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

namespace leasehold::fsm {

namespace {

constexpr std::size_t most_errors = 200;    // more are those of a file that is something else altogether
constexpr std::size_t shortest_secret = 4;  // less is more likely a word of the message
constexpr std::size_t most_others = 200;    // warnings and notes

bool word(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Replaces `value` where it stands by itself: a value of "4" must not turn "64" into "6${N}".
void replace_whole(std::string& text, const std::string& value, const std::string& name) {
  for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    const std::size_t end = at + value.size();
    const bool inside = (at > 0 && word(text[at - 1]) && word(value.front())) ||
                        (end < text.size() && word(text[end]) && word(value.back()));
    if (inside && value.size() < 6) {
      ++at;
      continue;
    }
    text.replace(at, value.size(), name);
    at += name.size();
  }
}

auto place(const Diagnostic& d) {
  return std::tie(d.line, d.column);
}

}  // namespace

void Diagnostics::error(errc code, Position where, std::string message, std::string hint) {
  ++errors_;
  add(Severity::error, code, where, std::move(message), std::move(hint));
  if (errors_ < most_errors) return;
  add(Severity::error, code, {}, "there may be more errors than these", "repair these first");
  throw TooManyErrors{};
}
void Diagnostics::warning(std::string_view rule, errc code, Position where, std::string message,
                          std::string hint) {
  if (++others_ <= most_others)
    add(Severity::warning, code, where, std::move(message), std::move(hint), rule);
}
void Diagnostics::note(Position where, std::string message, std::string hint) {
  if (++others_ <= most_others)
    add(Severity::note, errc::config_value, where, std::move(message), std::move(hint), older_form);
}
void Diagnostics::drop_notes() noexcept {
  std::erase_if(found_, [](const Diagnostic& found) { return found.severity == Severity::note; });
}

bool Diagnostics::failed_at(Position where) const noexcept {
  return std::any_of(found_.begin(), found_.end(), [where](const Diagnostic& found) {
    return found.severity == Severity::error && found.line == where.line && found.column == where.column;
  });
}

void Diagnostics::hide(std::string value, std::string name) {
  if (!value.empty()) hidden_.push_back({std::move(value), std::move(name)});
}

void Diagnostics::add(Severity severity, errc code, Position where, std::string message, std::string hint,
                      std::string_view rule) {
  Diagnostic found{severity,        code, source_.name(),   where.line, where.column, std::move(message),
                   std::move(hint), {},   std::string(rule)};
  found_.push_back(std::move(found));
}

std::vector<Diagnostic> Diagnostics::take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  std::vector<Diagnostic> all;
  for (Diagnostic& found : found_) {
    const bool seen = std::any_of(all.rbegin(), all.rend(), [&](const Diagnostic& d) {
      return place(d) == place(found) && d.code == found.code && d.message == found.message;
    });
    if (seen) continue;  // an alias is read once per use
    all.push_back(std::move(found));
  }
  std::stable_sort(hidden_.begin(), hidden_.end(),
                   [](const Hidden& a, const Hidden& b) { return a.value.size() > b.value.size(); });
  for (Diagnostic& diagnostic : all) {
    for (const Hidden& hidden : hidden_) {
      replace_whole(diagnostic.message, hidden.value, hidden.name);
      replace_whole(diagnostic.hint, hidden.value, hidden.name);
      // Messages quote values cut short and escaped, too.
      const std::string quoted =
          nlohmann::json(hidden.value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      const std::string start = quoted.substr(0, 12);
      if (quoted.size() >= 14 && diagnostic.message.find(start) != std::string::npos)
        diagnostic.message = fmt::format("the value of {} is not allowed here", hidden.name);
    }
    const MaskedLine line = mask_secrets(source_.line(diagnostic.line));
    for (const std::string& secret : line.secrets)
      if (secret.size() >= shortest_secret) replace_whole(diagnostic.message, secret, "***");
    diagnostic.source_line = line.text;
  }
  found_.clear();
  return all;
}

}  // namespace leasehold::fsm
