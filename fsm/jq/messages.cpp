#include "jq/messages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm::jq {

std::string shortened(std::string_view source) {
  constexpr std::size_t limit = 120;
  return source.size() <= limit ? std::string(source) : std::string(source.substr(0, limit)) + "...";
}

std::string without_values(std::string message) {
  for (const std::string_view kind : {"null", "boolean", "number", "string", "array", "object"}) {
    const std::string opening = fmt::format("{} (", kind);
    for (std::size_t at = 0; (at = message.find(opening, at)) != std::string::npos;) {
      at += kind.size();
      // The value is cut to 14 characters and may hold parentheses itself: it ends at the last one.
      std::size_t end = at;
      for (const std::string_view next : {") and ", ") cannot", ") is ", ") has", ") not", ") as "})
        if (const auto found = message.rfind(next, at + 16); found != std::string::npos)
          end = std::max(end, found);
      if (end == at) end = message.size() - 1;
      message.erase(at, end + 1 - at);
    }
  }
  if (const auto at = message.find(" (while parsing"); at != std::string::npos) message.erase(at);
  if (message.starts_with("date \"")) message = "the text is no date of this format";
  return message;
}

std::string tidy(std::string message) {
  if (message.starts_with("jq: ")) message.erase(0, 4);
  if (message.starts_with("error: ")) message.erase(0, 7);
  message.erase(std::min(message.find('\n'), message.size()));
  for (const std::string_view noise : {" (Unix shell quoting issues?)", " at <top-level>", ", line 1:"})
    if (const auto at = message.find(noise); at != std::string::npos) message.erase(at, noise.size());
  if (message.ends_with(':')) message.pop_back();
  if (message.size() > 1 && message[0] >= 'A' && message[0] <= 'Z' && message[1] >= 'a')
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  return message;
}

}  // namespace leasehold::fsm::jq
