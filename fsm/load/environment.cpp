#include "environment.hpp"

#include "../jq/vocabulary.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

namespace leasehold::fsm {

namespace {

bool name_character(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Of the ${{ }} at the start of `text`. What is wrong in it is for its own reader to say.
std::size_t expression_length(std::string_view text) {
  try {
    const std::size_t end = jq::find_expression_end(text.substr(3));
    return end == std::string_view::npos ? text.size() : 3 + end;
  } catch (const Error&) {
    return text.size();
  }
}

// Where the } is that closes the ${ at `start`.
std::size_t closing_brace(std::string_view text, std::size_t start) noexcept {
  int open = 0;
  for (std::size_t i = start; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") {
      ++open;
      ++i;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

class Substitution {
 public:
  Substitution(Position where, const Environment& environment, Diagnostics& diagnostics)
      : where_(where), environment_(environment), diagnostics_(diagnostics) {}

  std::string fill(std::string_view text, int depth = 0) {
    std::string filled;
    for (std::size_t i = 0; i < text.size();) {
      const std::string_view rest = text.substr(i);
      std::size_t end = i + 1;
      if (rest.starts_with("$${") && !rest.starts_with("$${{")) {
        end = i + 3;
        filled += "${";
      } else if (rest.starts_with("${{")) {
        end = i + expression_length(rest);
        filled += text.substr(i, end - i);
      } else if (rest.starts_with("${")) {
        const std::size_t brace = closing_brace(text, i);
        if (brace == std::string_view::npos) {
          refuse(errc::config_value, "a ${ is not closed",
                 "close it with }, or write $${ for the two characters");
          return filled;
        }
        filled += variable(text.substr(i + 2, brace - i - 2), depth);
        end = brace + 1;
      } else {
        filled += text[i];
      }
      i = end;
    }
    return filled;
  }

 private:
  std::string variable(std::string_view inside, int depth) {
    std::size_t length = 0;
    while (length < inside.size() && name_character(inside[length])) ++length;
    const std::string name(inside.substr(0, length));
    const std::string_view rest = inside.substr(length);
    const bool has_default = rest.starts_with(":-"), has_message = rest.starts_with(":?");
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ||
        (!rest.empty() && !has_default && !has_message) || depth > 8) {
      refuse(errc::config_value, fmt::format("'${{{}}}' is no variable", inside),
             "write ${NAME}, ${NAME:-default} or ${NAME:?message}, or $${ for the two characters");
      return "";
    }
    const std::optional<std::string> value = environment_(name);
    if (value && (!value->empty() || rest.empty())) {
      diagnostics_.hide(*value, fmt::format("${{{}}}", name));
      return *value;
    }
    if (has_default) return fill(rest.substr(2), depth + 1);
    std::string message = fmt::format("the environment variable '{}' is not set", name);
    if (has_message && rest.size() > 2) message += fmt::format(": {}", rest.substr(2));
    refuse(errc::config_missing, std::move(message),
           fmt::format("set it, or give a default: ${{{}:-default}}", name));
    return "";
  }

  void refuse(errc code, std::string message, std::string hint) {
    diagnostics_.error(code, where_, std::move(message), std::move(hint));
  }

  Position where_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void substitute_environment(yaml::Document& document, const Environment& environment,
                            Diagnostics& diagnostics) {
  for (yaml::Node& node : document.nodes()) {
    if (!node.is(yaml::Node::Kind::scalar) || node.text.find("${") == std::string::npos) continue;
    std::string filled = Substitution(node.position, environment, diagnostics).fill(node.text);
    if (filled == node.text) continue;
    node.written = std::make_shared<const std::string>(std::move(node.text));
    node.text = std::move(filled);
  }
}

}  // namespace leasehold::fsm
