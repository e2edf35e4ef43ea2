#include "generate/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace leasehold::fsm {

namespace {

constexpr std::string_view keywords[] = {
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",    "char8_t",  "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",       "virtual",  "void",       "volatile",  "wchar_t",   "while",        "xor",
    "xor_eq"};

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_keyword(std::string_view text) noexcept {
  return std::find(std::begin(keywords), std::end(keywords), text) != std::end(keywords);
}

}  // namespace

bool is_identifier(std::string_view text) noexcept {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; }) &&
         text.find("__") == std::string_view::npos && !is_keyword(text);
}

std::string Names::add(std::string_view text) {
  std::string name;
  for (const char c : text)
    if (is_letter(c) || is_digit(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  if (name.empty() || !is_letter(name.front())) name.insert(0, "n");
  if (is_keyword(name)) name += '_';
  std::string unique = name;
  for (int i = 2; !taken_.insert(unique).second; ++i)
    unique = fmt::format("{}{}{}", name, name.back() == '_' ? "" : "_", i);
  return unique;
}

std::string literal(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?')
      written += {'\\', c};
    else if (byte < 0x20 || byte >= 0x7f)
      written += fmt::format("\\{:03o}", byte);
    else
      written += c;
  }
  return written + '"';
}

}  // namespace leasehold::fsm
