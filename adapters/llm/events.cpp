#include "events.hpp"

namespace leasehold {

void EventSplitter::feed(std::string_view piece, const std::function<void(std::string_view)>& on_data) {
  for (std::size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    line_.append(piece.substr(0, end));
    piece.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    take_line(line_, on_data);
    line_.clear();
  }
  line_.append(piece);
}

void EventSplitter::take_line(std::string_view line, const std::function<void(std::string_view)>& on_data) {
  if (framing_ == Framing::lines) {
    if (!line.empty()) on_data(line);
    return;
  }
  if (line.empty()) {  // the end of an event
    if (!data_.empty()) on_data(data_);
    data_.clear();
    return;
  }
  constexpr std::string_view field =
      "data:";  // event:, id:, retry: and comments say nothing that data does not
  if (!line.starts_with(field)) return;
  line.remove_prefix(field.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (!data_.empty()) data_ += '\n';
  data_ += line;
}

}  // namespace leasehold
