#pragma once

#include "dialect.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace leasehold {

// Cuts a stream of bytes, which comes in pieces of any size, into the data of its events.
class EventSplitter {
 public:
  explicit EventSplitter(Framing framing) : framing_(framing) {}

  void feed(std::string_view piece, const std::function<void(std::string_view data)>& on_data);

 private:
  void take_line(std::string_view line, const std::function<void(std::string_view)>& on_data);

  const Framing framing_;
  std::string line_;  // of which the end has not come
  std::string data_;  // of the event so far
};

}  // namespace leasehold
