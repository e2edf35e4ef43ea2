#pragma once

// Bytes as text and back.

#include <optional>
#include <string>
#include <string_view>

namespace leasehold::database {

std::string base64_encode(std::string_view bytes);                // RFC 4648, padded
std::optional<std::string> base64_decode(std::string_view text);  // nullopt: not canonical base64
bool is_utf8(std::string_view text) noexcept;                     // no overlong forms, no surrogates

// The beginning of an SQL text for a message: one line, at most 80 bytes, cut between characters.
std::string sql_excerpt(std::string_view sql);

}  // namespace leasehold::database
