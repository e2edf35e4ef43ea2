#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace leasehold::detail {

// Where `bytes` stops being valid UTF-8 (no overlong forms, surrogates or values beyond U+10FFFF).
std::optional<std::size_t> find_invalid_utf8(std::string_view bytes) noexcept;

}  // namespace leasehold::detail
