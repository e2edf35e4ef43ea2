#include "script.hpp"

#include <functional>

namespace leasehold {

using detail::DictScript;

namespace {

// What a pool asks of a provider, as the script calls it; not operations.
bool is_lifecycle(const std::string& name) {
  return name == "acquire" || name == "validate" || name == "reset" || name == "health";
}

DictScript::Caller unbounded() {
  return {{}, Clock::never, {}, Clock::steady()};
}

nlohmann::json schema_of(nlohmann::json properties, nlohmann::json required) {
  nlohmann::json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

struct BuiltIn {
  const char* name;
  const char* summary;
  nlohmann::json arguments;
  std::function<nlohmann::json(Dict&, const nlohmann::json&)> call;
};

const std::vector<BuiltIn>& built_in() {
  static const nlohmann::json key = {{"type", "string"}, {"description", "the key"}};
  static const nlohmann::json anything = {{"description", "any value"}};
  static const std::vector<BuiltIn> all = {
      {"get", "Returns the value of a key, or default; without a default a missing key is an error",
       schema_of({{"key", key}, {"default", anything}}, {"key"}),
       [](Dict& dict, const nlohmann::json& arguments) {
         const auto& wanted = arguments.at("key").get_ref<const std::string&>();
         return arguments.contains("default") ? dict.get(wanted, arguments.at("default")) : dict.get(wanted);
       }},
      {"set", "Sets a key and returns the value",
       schema_of({{"key", key}, {"value", anything}}, {"key", "value"}),
       [](Dict& dict, const nlohmann::json& arguments) {
         dict.set(arguments.at("key").get_ref<const std::string&>(), arguments.at("value"));
         return arguments.at("value");
       }},
      {"update", "Sets each key of a mapping in one step and returns how many",
       schema_of({{"values", {{"type", "object"}, {"description", "keys and their values"}}}}, {"values"}),
       [](Dict& dict, const nlohmann::json& arguments) {
         dict.update(arguments.at("values"));
         return nlohmann::json(arguments.at("values").size());
       }},
      {"delete", "Removes a key and returns whether there was one", schema_of({{"key", key}}, {"key"}),
       [](Dict& dict, const nlohmann::json& arguments) {
         return nlohmann::json(dict.erase(arguments.at("key").get_ref<const std::string&>()));
       }},
      {"to_dict", "Returns everything", schema_of(nlohmann::json::object(), nlohmann::json::array()),
       [](Dict& dict, const nlohmann::json&) { return dict.to_dict(); }},
  };
  return all;
}

}  // namespace

DictProvider::DictProvider(std::string name, DictOptions options)
    : name_(std::move(name)),
      mode_(options.mode),
      initial_(options.data),
      data_(options.data),
      script_(std::make_shared<DictScript>(name_, options)) {
  add_operations(options);
}

DictProvider::~DictProvider() = default;

void DictProvider::add_operations(const DictOptions& options) {
  const auto caller_of = [](const OperationContext& context) {
    return DictScript::Caller{context.owner, context.deadline, context.stop, context.clock};
  };
  for (const BuiltIn& one : built_in()) {
    operations_.add({one.name, one.summary, one.arguments,
                     [script = script_, &one, caller_of](Resource& resource, const nlohmann::json& arguments,
                                                         const OperationContext& context) {
                       script->begin(one.name, arguments, caller_of(context), errc::resource_operation);
                       return one.call(resource.as<Dict>(), arguments);
                     }});
  }
  std::set<std::string> scripted(options.operations.begin(), options.operations.end());
  for (const auto& [operation, replies] : options.replies) scripted.insert(operation);
  // A built-in operation that has faults or delays but no replies stays what it is.
  for (const auto& [operation, faults] : options.faults)
    if (!operations_.find(operation)) scripted.insert(operation);
  for (const auto& [operation, delays] : options.delays)
    if (!operations_.find(operation)) scripted.insert(operation);
  for (const std::string& operation : scripted) {
    if (is_lifecycle(operation)) continue;
    operations_.add({operation,
                     "Answers as scripted",
                     {{"type", "object"}},
                     [script = script_, operation, caller_of](Resource&, const nlohmann::json& arguments,
                                                              const OperationContext& context) {
                       const auto call =
                           script->begin(operation, arguments, caller_of(context), errc::resource_operation);
                       return script->reply(operation, call).value_or(nullptr);
                     }});
  }
}

Resource DictProvider::acquire(const AcquireContext& context) {
  script_->begin("acquire", nullptr, {context.owner, context.deadline, context.stop, context.clock},
                 errc::resource_create_failed);
  return mode_ == DictMode::shared ? Resource::make<Dict>(data_) : Resource::make<Dict>(initial_);
}

bool DictProvider::validate(Resource& resource) {
  try {
    script_->begin("validate", nullptr, unbounded(), errc::resource_operation);
  } catch (const Error&) {
    return false;
  }
  return resource.get_if<Dict>() != nullptr;
}

bool DictProvider::reset(Resource& resource) {
  try {
    script_->begin("reset", nullptr, unbounded(), errc::resource_operation);
  } catch (const Error&) {
    return false;
  }
  if (mode_ == DictMode::copy) resource.as<Dict>().replace(initial_);
  return true;
}

HealthReport DictProvider::health_check(const AcquireContext& context) {
  try {
    script_->begin("health", nullptr, {context.owner, context.deadline, context.stop, context.clock},
                   errc::resource_operation);
  } catch (const Error& error) {
    return {ResourceHealth::unhealthy, error.message(), {}};
  }
  return {ResourceHealth::healthy, "in this process", {}};
}

Sharing DictProvider::sharing() const noexcept {
  return mode_ == DictMode::shared ? Sharing::shared : Sharing::exclusive;
}

nlohmann::json DictProvider::describe() const {
  // A plain value may be a password; only names are shown.
  nlohmann::json data = std::string(redacted);
  if (initial_.is_object()) {
    data = nlohmann::json::object();
    for (const auto& [key, value] : initial_.items()) data[key] = redacted;
  }
  nlohmann::json operations = nlohmann::json::array();
  for (const auto& [operation, unused] : operations_) operations.push_back(operation);
  return {{"data", std::move(data)},
          {"mode", mode_ == DictMode::shared ? "shared" : "copy"},
          {"operations", std::move(operations)}};
}

std::vector<DictCall> DictProvider::calls(std::string_view operation) const {
  return script_->calls(operation);
}
std::size_t DictProvider::call_count(std::string_view operation) const {
  return script_->call_count(operation);
}
void DictProvider::clear_calls() {
  script_->clear_calls();
}

void DictProvider::set_replies(std::string_view operation, DictReplies replies) {
  script_->set_replies(operation, std::move(replies));
}
void DictProvider::set_faults(std::string_view operation, std::vector<DictFault> faults) {
  script_->set_faults(operation, std::move(faults));
}
void DictProvider::set_delays(std::string_view operation, std::vector<DictDelay> delays) {
  script_->set_delays(operation, std::move(delays));
}

std::shared_ptr<DictProvider> make_dict_provider(std::string name, DictOptions options) {
  return std::make_shared<DictProvider>(std::move(name), std::move(options));
}

ProviderFactory dict_factory() {
  return [](const std::string& name, const nlohmann::json& config) -> std::shared_ptr<IResourceProvider> {
    return make_dict_provider(name, read_dict_options(config));
  };
}

std::shared_ptr<IResourceProvider> create_simple_provider(std::string name, nlohmann::json data) {
  DictOptions options;
  options.data = std::move(data);
  return make_dict_provider(std::move(name), std::move(options));
}

}  // namespace leasehold
