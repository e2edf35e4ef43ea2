#include "line_reader.hpp"

namespace leasehold::tool {

std::optional<LineReader::Line> LineReader::next(const std::stop_token& stop) {
  Line line{.number = number_ + 1};
  for (bool begun = false;;) {
    if (at_ == buffer_.size() && !ended_) {
      buffer_.resize(1 << 16);
      at_ = 0;
      const std::size_t got = input_->read(buffer_.data(), buffer_.size(), stop);
      buffer_.resize(got);
      ended_ = got == 0;
    }
    if (at_ == buffer_.size()) {
      if (!begun) return std::nullopt;
      break;
    }
    begun = true;
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t count = (end == std::string::npos ? buffer_.size() : end) - at_;
    const std::size_t room = longest - line.text.size();
    line.text.append(buffer_, at_, std::min(count, room));
    line.too_long = line.too_long || count > room;
    at_ += count;
    if (end == std::string::npos) continue;
    ++at_;
    break;
  }
  if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
  ++number_;
  return line;
}

}  // namespace leasehold::tool
