#include "yaml.hpp"

#include <leasehold/error.hpp>

#include "errors.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

namespace leasehold::detail {

namespace {

using Json = nlohmann::json;

constexpr std::size_t deepest = 64;
constexpr std::size_t alias_budget = 10'000'000;  // bytes of text, and 16 for each value

[[noreturn]] void refuse_at(errc code, std::string_view where, const YAML::Mark& mark, std::string_view what,
                            std::string hint = {}) {
  throw_error(code, fmt::format("{}:{}:{}: {}", where, mark.line + 1, mark.column + 1, what),
              {.hint = std::move(hint)});
}

bool all_digits(std::string_view text, std::string_view digits = "0123456789") noexcept {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

// [0-9]* [. [0-9]*] [e [+-] [0-9]+], with a digit before any exponent.
bool is_float(std::string_view text) noexcept {
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  const std::size_t dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "" : mantissa.substr(dot + 1);
  if (!(whole.empty() || all_digits(whole)) || !(fraction.empty() || all_digits(fraction)) ||
      (whole.empty() && fraction.empty()))
    return false;
  if (exponent == std::string_view::npos) return true;
  std::string_view power = text.substr(exponent + 1);
  if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
  return all_digits(power);
}

struct Measure {
  std::size_t cost = 16;
  std::size_t depth = 0;
};

Measure measure(const Json& value) {
  Measure all;
  if (value.is_string()) all.cost += value.get_ref<const std::string&>().size();
  if (!value.is_structured()) return all;
  for (const auto& [key, child] : value.items()) {
    const Measure inner = measure(child);
    all.cost += inner.cost + (value.is_object() ? key.size() : 0);
    all.depth = std::max(all.depth, inner.depth);
  }
  ++all.depth;
  return all;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view where) : where_(where) {}

  Json take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (wants_key()) refuse(mark, "a key must be text", "put it in quotes");
    put(mark, nullptr, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (wants_key()) {
      if (anchor != 0) anchors_[anchor] = {value, measure(value)};
      set_key(mark, value);
      return;
    }
    constexpr std::string_view text_tag = "tag:yaml.org,2002:str";
    const bool plain = tag.empty() || tag == "?";
    if (!plain && tag != "!" && tag != text_tag) refuse(mark, "tags are not supported", "leave the tag out");
    put(mark, plain ? resolve(mark, value) : Json(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      refuse_at(errc::yaml_alias_cycle, where_, mark, "the alias stands for what it is in");
    const auto& [value, size] = found->second;
    if (wants_key()) {
      if (!value.is_string()) refuse(mark, "a key must be text");
      set_key(mark, value.get<std::string>());
      return;
    }
    expanded_ += size.cost;
    if (expanded_ > alias_budget)
      refuse_at(errc::yaml_alias_budget, where_, mark, "aliases expand to too much", "write the values out");
    if (open_.size() + size.depth > deepest) refuse_depth(mark);
    place(Json(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::array());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::object());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Json* container;
    YAML::anchor_t anchor;
    Json* member = nullptr;  // of a mapping: where the value goes; null: a key comes next
  };
  struct Anchored {
    Json value;
    Measure size;
  };

  bool wants_key() const {
    return !open_.empty() && open_.back().container->is_object() && open_.back().member == nullptr;
  }

  void set_key(const YAML::Mark& mark, const std::string& key) {
    auto [place, inserted] = open_.back().container->get_ref<Json::object_t&>().emplace(key, nullptr);
    if (!inserted) refuse(mark, fmt::format("duplicate key '{}'", shown_path(key)));
    open_.back().member = &place->second;
  }

  void put(const YAML::Mark&, Json value, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = {value, measure(value)};
    place(std::move(value));
  }

  Json* place(Json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Frame& frame = open_.back();
    if (frame.container->is_array())
      return &frame.container->get_ref<Json::array_t&>().emplace_back(std::move(value));
    Json* const member = std::exchange(frame.member, nullptr);
    *member = std::move(value);
    return member;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json&& container) {
    if (wants_key()) refuse(mark, "a key must be text");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags are not supported", "leave the tag out");
    if (open_.size() >= deepest) refuse_depth(mark);
    open_.push_back({place(std::move(container)), anchor});
  }

  void close() {
    const Frame frame = open_.back();
    open_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = {*frame.container, measure(*frame.container)};
  }

  // A plain scalar by the core schema.
  Json resolve(const YAML::Mark& mark, const std::string& value) const {
    if (value == "true" || value == "True" || value == "TRUE") return true;
    if (value == "false" || value == "False" || value == "FALSE") return false;
    std::string_view number = value;
    const bool negative = number.starts_with('-');
    if (negative || number.starts_with('+')) number.remove_prefix(1);
    if (all_digits(number)) return integer(mark, number, negative, 10);
    if (number.size() == value.size() && number.starts_with("0x") &&
        all_digits(number.substr(2), "0123456789abcdefABCDEF"))
      return integer(mark, number.substr(2), false, 16);
    if (number.size() == value.size() && number.starts_with("0o") && all_digits(number.substr(2), "01234567"))
      return integer(mark, number.substr(2), false, 8);
    if (number == ".inf" || number == ".Inf" || number == ".INF" || value == ".nan" || value == ".NaN" ||
        value == ".NAN")
      refuse(mark, "JSON has no infinity and no not-a-number", "put it in quotes if it is text");
    if (!is_float(number)) return value;
    double result = 0;
    const auto end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, result);
    if (error != std::errc() || stop != end || !std::isfinite(result))
      refuse_at(errc::json_number_range, where_, mark, "the number is beyond the range of a double",
                "put it in quotes");
    return negative ? -result : result;
  }

  Json integer(const YAML::Mark& mark, std::string_view digits, bool negative, int base) const {
    if (base == 10 && digits.size() > 1 && digits[0] == '0')
      refuse(mark, "a number that begins with 0 can be read in several ways",
             "put it in quotes, or leave the 0 out");
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    constexpr std::uint64_t most_negative = std::uint64_t{1} << 63;
    if (error != std::errc() || (negative && number > most_negative))
      refuse_at(errc::json_number_range, where_, mark, "the integer does not fit into 64 bits",
                "put it in quotes");
    if (!negative) return number;
    return static_cast<std::int64_t>(~number + 1);
  }

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what, std::string hint = {}) const {
    refuse_at(errc::yaml_syntax, where_, mark, what, std::move(hint));
  }
  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    refuse_at(errc::yaml_too_deep, where_, mark, fmt::format("nested deeper than {} levels", deepest));
  }

  std::string_view where_;
  Json root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t expanded_ = 0;
};

// yaml-cpp takes a 0x04 for the end of the text, and YAML forbids control characters anyhow.
void refuse_control_characters(std::string_view text, std::string_view where) {
  YAML::Mark mark;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
      refuse_at(errc::yaml_syntax, where, mark, "control characters are not allowed in YAML",
                "write an escape like \"\\x04\" in double quotes");
    if (c == '\n') {
      ++mark.line;
      mark.column = 0;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++mark.column;
    }
  }
}

}  // namespace

nlohmann::json parse_yaml(std::string_view text, std::string_view where) {
  refuse_control_characters(text, where);
  std::istringstream stream{std::string(text)};
  try {
    Builder builder(where);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return nullptr;
    Builder second(where);
    if (parser.HandleNextDocument(second))
      throw_error(errc::yaml_syntax, fmt::format("{}: there is more than one document", where),
                  {.hint = "put each document into a file of its own"});
    return builder.take();
  } catch (const YAML::Exception& error) {
    refuse_at(errc::yaml_syntax, where, error.mark, error.msg);
  }
}

}  // namespace leasehold::detail
