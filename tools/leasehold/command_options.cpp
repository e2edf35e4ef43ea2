#include "command_options.hpp"

#include <leasehold/error.hpp>
#include <leasehold/json.hpp>

#include <fmt/format.h>

#include <map>

namespace leasehold::tool {

Duration duration_of(const std::string& option, const std::string& text) {
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration)
    throw CLI::ValidationError(option, fmt::format("'{}' is no duration; write 250ms, 30s or 5m", text));
  return *duration;
}

Duration positive_duration_of(const std::string& option, const std::string& text) {
  const Duration duration = duration_of(option, text);
  if (duration == Duration::zero()) throw CLI::ValidationError(option, "must be more than 0");
  return duration;
}

namespace {

// The value is JSON where it is JSON, and text elsewhere, so --set n=3 and --set code=NO mean what they say.
std::pair<std::string, nlohmann::json> assignment_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw CLI::ValidationError("--set", fmt::format("'{}' is not of the form KEY=VALUE", text));
  std::string value = text.substr(equals + 1);
  try {
    return {text.substr(0, equals), parse_json(value, "--set")};
  } catch (const Error&) {
    return {text.substr(0, equals), std::move(value)};
  }
}

}  // namespace

void add_format(CLI::App& verb, Format& format) {
  static const std::map<std::string, Format> words = {{"text", Format::text}, {"json", Format::json}};
  verb.add_option_function<std::string>(
          "--format", [&format](const std::string& word) { format = words.at(word); },
          "text for people (the default) or json for programs")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("text|json");
}

void add_log_level(CLI::App& verb, std::optional<LogLevel>& level) {
  static const std::map<std::string, std::optional<LogLevel>> words = {{"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warning", LogLevel::warning},
                                                                       {"error", LogLevel::error},
                                                                       {"off", std::nullopt}};
  verb.add_option_function<std::string>(
          "--log-level", [&level](const std::string& word) { level = words.at(word); },
          "what of the log is shown: debug, info, warning (the default), error or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}).description(""))
      ->type_name("LEVEL");
}

void add_machine(CLI::App& verb, std::string& machine) {
  verb.add_option("machine", machine, "the machine, a YAML file")->required()->type_name("FILE");
}

void add_functions(CLI::App& verb, std::vector<std::string>& functions) {
  verb.add_option(
          "--function", functions,
          "take NAME as a C++ function that a program registers (repeat, or a,b,c); others are errors")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
}

void add_sets(CLI::App& verb, std::vector<std::pair<std::string, nlohmann::json>>& sets) {
  verb.add_option_function<std::vector<std::string>>(
          "--set",
          [&sets](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) sets.push_back(assignment_of(text));
          },
          "put KEY into every record, over its own; VALUE is JSON or else text (repeat)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

}  // namespace leasehold::tool
