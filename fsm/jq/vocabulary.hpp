#pragma once

// What a jq program may not say: the words that reach past its input.

#include <string_view>

namespace leasehold::fsm::jq {

// No program may define or call what begins so.
inline constexpr std::string_view reserved_prefix = "__leasehold";

struct Vocabulary {
  bool uses_event = false;  // $event occurs
};

// Reads the program's tokens as jq's lexer does. Throws Error (fsm_expression) for a forbidden word in the
// program itself (not in a text, a comment, a field or an object key) and for brackets that do not pair up.
Vocabulary check_vocabulary(std::string_view source);

// Where the expression at the start of `text` ends, which is before a "}}" outside its texts and brackets;
// npos if there is none. Throws as check_vocabulary does.
std::size_t find_expression_end(std::string_view text);

// The words and how to define each away, for a second line of defence inside jq.
std::string_view defused_words();

}  // namespace leasehold::fsm::jq
