#include <leasehold/json.hpp>

#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace leasehold {

namespace {

using Json = nlohmann::json;

// Reads characters for nlohmann's lexer and lets us see how far it is.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  explicit Cursor(const char** at) noexcept : at_(at) {}
  reference operator*() const noexcept { return **at_; }
  Cursor& operator++() noexcept {
    ++*at_;
    return *this;
  }
  void operator++(int) noexcept { ++*at_; }
  friend bool operator==(const Cursor& a, const Cursor& b) noexcept { return *a.at_ == *b.at_; }

 private:
  const char** at_;
};

// Builds the value from the parser's events; throws at the first that is refused.
class Builder {
 public:
  Builder(std::string_view text, std::string_view where, JsonLimits limits)
      : text_(text), where_(where), limits_(limits), next_(text.data()) {}

  Json build() {
    const char* end = text_.data() + text_.size();
    Json::sax_parse(Cursor(&next_), Cursor(&end), this);
    // The lexer takes a NUL for the end of input, and strings cannot hold one.
    if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
      refuse(errc::json_syntax, nul, "a NUL character is not allowed in JSON");
    return std::move(root_);
  }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
  bool number_float(Json::number_float_t value, const std::string& raw) {
    if (raw.find_first_of(".eE") == std::string::npos)
      refuse(errc::json_number_range, offset_of_number(raw), "the integer does not fit into 64 bits",
             "write it as text");
    return put(value);
  }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(Json::binary_t& value) { return put(std::move(value)); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto [place, inserted] = open_.back()->get_ref<Json::object_t&>().emplace(name, nullptr);
    if (!inserted)
      refuse(errc::json_syntax, offset_of_string(), fmt::format("duplicate key '{}'", shortened(name)));
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t read, const std::string& token, const Json::exception& error) {
    const std::size_t last = std::min(read > 0 ? read - 1 : 0, text_.size());
    constexpr int number_overflow = 406;
    if (error.id == number_overflow)
      refuse(errc::json_number_range, last + 1 - token.size(), "the number is beyond the range of a double",
             "write it as text");
    refuse(errc::json_syntax, last, plain_message(error.what()));
  }

 private:
  bool put(Json&& value) {
    place(std::move(value));
    return true;
  }

  Json* place(Json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array())
      return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    *member_ = std::move(value);
    return member_;
  }

  bool open(Json&& container) {
    if (open_.size() >= limits_.depth)
      refuse(errc::json_too_deep, consumed() - 1, fmt::format("nested deeper than {} levels", limits_.depth));
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t consumed() const noexcept { return static_cast<std::size_t>(next_ - text_.data()); }

  // The lexer has read the character behind the number too, unless there is none.
  std::size_t offset_of_number(const std::string& raw) const {
    const std::size_t start = consumed() - raw.size();
    return text_.substr(start, raw.size()) == raw ? start : start - 1;
  }

  // Of the string that was just read: back from its closing quote to the nearest quote that is not escaped.
  std::size_t offset_of_string() const {
    for (std::size_t quote = consumed() - 1; quote > 0;) {
      quote = text_.rfind('"', quote - 1);
      const std::size_t before =
          quote == 0 ? std::string_view::npos : text_.find_last_not_of('\\', quote - 1);
      const std::size_t slashes = quote - (before == std::string_view::npos ? 0 : before + 1);
      if (slashes % 2 == 0) return quote;
    }
    return 0;
  }

  static std::string shortened(const std::string& name) {
    constexpr std::size_t most = 60;
    if (name.size() <= most) return name;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
      --end;  // not within a character
    return name.substr(0, end) + "...";
  }

  // Of nlohmann's message: what, without its own position and without the text it quotes.
  static std::string plain_message(std::string_view message) {
    if (const auto column = message.find("column "); column != std::string_view::npos)
      if (const auto colon = message.find(": ", column); colon != std::string_view::npos)
        message.remove_prefix(colon + 2);
    return std::string(message.substr(0, message.find("; last read:")));
  }

  [[noreturn]] void refuse(errc code, std::size_t offset, std::string_view what,
                           std::string hint = {}) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line =
        limits_.first_line + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const auto column =
        1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start), before.end(),
                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    throw_error(code, fmt::format("{}:{}:{}: {}", where_, line, column, what), {.hint = std::move(hint)});
  }

  std::string_view text_;
  std::string_view where_;
  JsonLimits limits_;
  const char* next_;
  Json root_;
  std::vector<Json*> open_;  // the containers we are in
  Json* member_ = nullptr;   // where the value of the last key goes
};

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view where, JsonLimits limits) {
  return Builder(text, where, limits).build();
}

}  // namespace leasehold
