#include "testing/double.hpp"

#include <fmt/format.h>

#include <limits>

namespace leasehold::fsm {

namespace {

bool is_lifecycle(const std::string& name) {
  return name == "acquire" || name == "validate" || name == "reset" || name == "health";
}

std::vector<std::string> names_of(const Operations& operations) {
  std::vector<std::string> names;
  for (const auto& [name, operation] : operations) names.push_back(name);
  return names;
}

// A reply to an operation that the real one does not have is a slip that no call would show.
void check_names(const DictOptions& options, const Operations& real, std::string_view type) {
  std::vector<ConfigIssue> issues;
  const auto check = [&](const char* key, const auto& by_operation) {
    for (const auto& [operation, script] : by_operation)
      if (!real.find(operation) && !is_lifecycle(operation))
        issues.push_back({errc::fsm_operation, pointer_join(pointer_join("", key), operation),
                          fmt::format("a {} has no operation '{}'", type, operation),
                          suggest_name(operation, names_of(real)), true});
  };
  check("replies", options.replies);
  check("faults", options.faults);
  check("delays", options.delays);
  if (!issues.empty()) throw ConfigError(std::move(issues));
}

}  // namespace

Double::Double(const std::string& name, std::shared_ptr<IResourceProvider> real, const nlohmann::json& script)
    : real_(std::move(real)) {
  DictOptions options = read_dict_options(script);
  options.record = std::numeric_limits<std::size_t>::max();
  const bool is_dict = !real_ || real_->type() == "dict";
  if (real_) {
    if (!script.contains("mode"))
      options.mode = real_->sharing() == Sharing::shared ? DictMode::shared : DictMode::copy;
    if (!is_dict) {
      check_names(options, operations_of(*real_, name), real_->type());
      for (const std::string& operation : names_of(operations_of(*real_, name)))
        options.operations.push_back(operation);
    }
  }
  script_ = make_dict_provider(name, std::move(options));
  for (const auto& [operation, scripted] : script_->operations()) {
    const Operation* const described = real_ ? operations_of(*real_, name).find(operation) : nullptr;
    if (!described && !is_dict) continue;  // the dict's own, of which the real one knows nothing
    Operation offered = scripted;
    if (described) offered.arguments = described->arguments;
    operations_.add(std::move(offered));
  }
}

}  // namespace leasehold::fsm
