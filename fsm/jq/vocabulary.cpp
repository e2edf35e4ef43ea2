#include "jq/vocabulary.hpp"

#include "jq/words.hpp"

#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace leasehold::fsm::jq {

namespace {

constexpr std::array<std::string_view, 16> forbidden_words = {
    "env",       "input",        "inputs",     "debug",          "stderr",     "input_line_number", "import",
    "include",   "halt",         "halt_error", "input_filename", "modulemeta", "get_search_list",   "module",
    "localtime", "strflocaltime"};
constexpr std::array<std::string_view, 4> forbidden_variables = {"ENV", "__prog_args", "ARGS", "__loc__"};

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

enum class Token { none, word, variable_sign, open_brace, comma, other };

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  std::size_t find_end() {
    while (at_ < source_.size()) {
      if (!in_text_ && open_.empty() && source_.substr(at_).starts_with("}}")) return at_;
      next();
    }
    return std::string_view::npos;
  }

  Vocabulary scan() {
    while (at_ < source_.size()) next();
    if (in_text_) fail("a text is not closed");
    if (!open_.empty()) fail(fmt::format("'{}' is not closed", open_.back()));
    return found_;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void next() {
    const char c = source_[at_];
    if (in_text_) {
      text_character(c);
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (c == '#') {
      while (at_ < source_.size() && source_[at_] != '\n') ++at_;
    } else if (c == '"') {
      in_text_ = true;
      ++at_;
    } else if (starts_word(c)) {
      word();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
      before_ = Token::other;
    } else if (c == '.' && starts_word(peek(1))) {
      ++at_;
      while (in_word(peek())) ++at_;
      before_ = Token::other;
    } else if (c == '@') {
      ++at_;
      while (in_word(peek())) ++at_;
      before_ = Token::other;
    } else {
      punctuation(c);
    }
  }

  void text_character(char c) {
    if (c == '"') {
      in_text_ = false;
      before_ = Token::other;
      ++at_;
    } else if (c == '\\' && peek(1) == '(') {
      open_.push_back('"');  // its closing parenthesis leads back into the text
      in_text_ = false;
      before_ = Token::other;
      at_ += 2;
    } else {
      at_ += c == '\\' ? 2 : 1;
    }
  }

  void number() {
    while (is_digit(peek())) ++at_;
    if (peek() == '.') ++at_;
    while (is_digit(peek())) ++at_;
    if (peek() != 'e' && peek() != 'E') return;
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (!is_digit(peek(1 + sign))) return;
    at_ += 1 + sign;
    while (is_digit(peek())) ++at_;
  }

  void word() {
    const std::size_t start = at_;
    while (in_word(peek()) || (peek() == ':' && peek(1) == ':' && starts_word(peek(2))))
      at_ += peek() == ':' ? 2 : 1;
    const std::string_view name = source_.substr(start, at_ - start);
    if (before_ == Token::variable_sign) {
      if (among(forbidden_variables, name)) refuse(fmt::format("${}", name));
      found_.uses_event = found_.uses_event || name == "event";
    } else if ((among(forbidden_words, name) || name.starts_with(reserved_prefix)) && !is_object_key()) {
      refuse(name);
    }
    before_ = Token::word;
  }

  // {env: ...} names a field. {env} and [env:1] are calls or could be.
  bool is_object_key() const {
    if (open_.empty() || open_.back() != '{') return false;
    if (before_ != Token::open_brace && before_ != Token::comma) return false;
    std::size_t ahead = 0;
    while (peek(ahead) == ' ' || peek(ahead) == '\t' || peek(ahead) == '\n' || peek(ahead) == '\r') ++ahead;
    return peek(ahead) == ':' && peek(ahead + 1) != ':';
  }

  void punctuation(char c) {
    at_ += c == '.' && peek(1) == '.' ? 2 : 1;  // '..' is one token
    before_ = c == '$'   ? Token::variable_sign
              : c == ',' ? Token::comma
              : c == '{' ? Token::open_brace
                         : Token::other;
    if (c == '(' || c == '[' || c == '{') {
      open_.push_back(c);
    } else if (c == ')' || c == ']' || c == '}') {
      const char opened = open_.empty() ? '\0' : open_.back();
      const bool ends_interpolation = c == ')' && opened == '"';
      const bool pairs = ends_interpolation || (c == ')' && opened == '(') || (c == ']' && opened == '[') ||
                         (c == '}' && opened == '{');
      if (!pairs) fail(fmt::format("'{}' closes nothing", c));
      open_.pop_back();
      in_text_ = ends_interpolation;
    }
  }

  [[noreturn]] void refuse(std::string_view word) const {
    throw_error(
        errc::fsm_expression,
        fmt::format("jq may not use '{}' here: a program sees its data and $event, no environment, no "
                    "files, no further input",
                    word),
        {.hint = "take what it needs from the data"});
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw_error(errc::fsm_expression, fmt::format("the jq '{}' does not compile: {}", source_, what));
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool in_text_ = false;
  std::vector<char> open_;  // '"' stands for an interpolation \( )
  Token before_ = Token::none;
  Vocabulary found_;
};

}  // namespace

Vocabulary check_vocabulary(std::string_view source) {
  return Scanner(source).scan();
}

std::size_t find_expression_end(std::string_view text) {
  return Scanner(text).find_end();
}

std::string_view defused_words() {
  return "def env: error; def input: error; def inputs: error; def debug: error; def debug(f): error; "
         "def stderr: error; def input_line_number: error; def halt: error; def halt_error: error; "
         "def halt_error(f): error; def input_filename: error; def modulemeta: error; "
         "def get_search_list: error; def localtime: error; def strflocaltime(f): error; null as $ENV | ";
}

}  // namespace leasehold::fsm::jq
