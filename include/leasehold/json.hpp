#pragma once

// parse_json: JSON read strictly. Beside what RFC 8259 forbids it refuses what silently loses data elsewhere:
// duplicate keys, integers beyond 64 bits (others make them doubles), numbers beyond the range of a double,
// and anything behind the document. A byte order mark is skipped.
//
// Threads: any. Nothing blocks; the stack it needs does not grow with the text.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace leasehold {

struct JsonLimits {
  std::size_t depth = 64;      // arrays and objects within each other
  std::size_t first_line = 1;  // the number of the text's first line in messages, for JSON lines
};

// The value that `text` holds. `where` names the text in messages: "data.json" gives "data.json:3:7: ...",
// where columns count characters. Values of the text are not quoted in messages, keys are. Throws Error:
// json_syntax (duplicate keys included), json_too_deep, json_number_range.
nlohmann::json parse_json(std::string_view text, std::string_view where, JsonLimits limits = {});

}  // namespace leasehold
