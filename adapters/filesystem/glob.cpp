#include "glob.hpp"

#include <leasehold/error.hpp>

#include <algorithm>

namespace leasehold::detail {

namespace {

constexpr std::string_view any_directories = "**";

std::size_t character_length(std::string_view text) noexcept {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

// Takes one pattern element (not '*') and one character of the name off, if they match.
bool take_one(std::string_view& pattern, std::string_view& name) noexcept {
  const std::string_view character = name.substr(0, character_length(name));
  std::string_view rest = pattern;
  bool matches = false;
  const auto literal = [&rest] {
    if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
    const std::string_view taken = rest.substr(0, character_length(rest));
    rest.remove_prefix(taken.size());
    return taken;
  };
  // A bracket without its end is an ordinary character; a ']' that comes first belongs to the set.
  const std::size_t first = rest.starts_with("[!") ? 2 : 1;
  if (rest[0] == '?') {
    rest.remove_prefix(1);
    matches = true;
  } else if (rest[0] == '[' && rest.find(']', first + 1) != std::string_view::npos) {
    rest.remove_prefix(first);
    for (bool begins = true; !rest.empty() && (begins || rest[0] != ']'); begins = false) {
      const std::string_view low = literal();
      std::string_view high = low;
      if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
        rest.remove_prefix(1);
        high = literal();
      }
      // UTF-8 sorts as its code points do, and characters of other lengths lie outside.
      matches = matches || (low <= character && character <= high);
    }
    if (!rest.empty()) rest.remove_prefix(1);
    if (first == 2) matches = !matches;
  } else {
    matches = literal() == character;
  }
  if (!matches) return false;
  pattern = rest;
  name.remove_prefix(character.size());
  return true;
}

}  // namespace

bool glob_matches_name(std::string_view pattern, std::string_view name) noexcept {
  if (name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\.")) return false;
  // Greedy; on a mismatch the last star takes one character more. Earlier stars need no second try.
  std::string_view after_star, retry;
  bool starred = false;
  while (!name.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      retry = name;
      starred = true;
    } else if (!pattern.empty() && take_one(pattern, name)) {
      continue;
    } else if (starred) {
      retry.remove_prefix(character_length(retry));
      pattern = after_star;
      name = retry;
    } else {
      return false;
    }
  }
  while (pattern.starts_with('*')) pattern.remove_prefix(1);
  return pattern.empty();
}

Glob::Glob(std::string_view pattern, bool recursive) {
  constexpr std::size_t longest = 4096;
  const auto refuse = [](std::string what) {
    throw_error(errc::config_value, "the pattern " + std::move(what),
                {.hint = "write something like '*.json' or '**/*.csv'"});
  };
  if (pattern.empty()) refuse("is empty");
  if (pattern.size() > longest) refuse("is too long");
  if (recursive && pattern.find('/') == std::string_view::npos) parts_.emplace_back(any_directories);
  for (std::size_t start = 0; start <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', start), pattern.size());
    const std::string_view part = pattern.substr(start, end - start);
    if (part.empty()) refuse("begins or ends with '/' or has two of them in a row");
    if (part != any_directories || parts_.empty() || parts_.back() != any_directories)
      parts_.emplace_back(part);
    start = end + 1;
  }
}

Glob::State Glob::start() const {
  State state(parts_.size() + 1);
  state[0] = true;
  pass_any_directories(state);
  return state;
}

Glob::State Glob::step(const State& state, std::string_view name) const {
  State next(state.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!state[i]) continue;
    if (parts_[i] == any_directories) {
      if (!name.starts_with('.')) next[i] = true;
      // At the end of a pattern it stands for everything below.
      if (i + 1 == parts_.size() && !name.starts_with('.')) next[i + 1] = true;
    } else if (glob_matches_name(parts_[i], name)) {
      next[i + 1] = true;
    }
  }
  pass_any_directories(next);
  return next;
}

bool Glob::can_go_on(const State& state) const {
  return std::find(state.begin(), state.end() - 1, true) != state.end() - 1;
}

// "**" may stand for no directory at all, except at the end, where it needs a name.
void Glob::pass_any_directories(State& state) const {
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i)
    if (state[i] && parts_[i] == any_directories) state[i + 1] = true;
}

}  // namespace leasehold::detail
