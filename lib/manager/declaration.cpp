#include "manager/declaration.hpp"

#include "pool/error_text.hpp"

#include <fmt/format.h>

#include <set>

namespace leasehold::detail {

std::optional<ParsedDeclaration> parse_declaration(const nlohmann::json& config, const std::string& pointer,
                                                   std::vector<ConfigIssue>& issues) {
  if (!config.is_object()) {
    issues.push_back({errc::config_value, pointer,
                      fmt::format("a resource is a mapping, not {}", config.type_name()),
                      "write it as {type: ..., ...} or {data: {...}}", false});
    return std::nullopt;
  }
  const std::size_t before = issues.size();
  ParsedDeclaration parsed;
  parsed.rest = config;
  const auto take = [&](const char* key) {
    const auto found = config.find(key);
    if (found != config.end()) parsed.rest.erase(key);
    return found == config.end() ? nullptr : &*found;
  };
  if (const auto* type = take("type")) {
    read_field({*type, pointer_join(pointer, "type"), issues}, parsed.type);
  } else if (config.contains("data")) {
    parsed.type = simple_type;
  } else {
    issues.push_back({errc::config_missing, pointer, "'type' is missing",
                      "add type: <kind of resource>, or data: for a plain dictionary", false});
  }
  if (const auto* pool = take("pool"))
    pool_fields().read_into(parsed.pool, *pool, pointer_join(pointer, "pool"), issues);
  if (const auto* breaker = take("breaker"))
    breaker_fields().read_into(parsed.breaker, *breaker, pointer_join(pointer, "breaker"), issues);
  if (const auto* metadata = take("metadata"))
    read_field({*metadata, pointer_join(pointer, "metadata"), issues}, parsed.metadata);
  if (issues.size() != before) return std::nullopt;
  return parsed;
}

void check_options(const ProviderOptions& options, std::vector<ConfigIssue>& issues) {
  pool_fields().verify_into(options.pool, "/pool", issues);
  breaker_fields().verify_into(options.breaker, "/breaker", issues);
}

std::shared_ptr<IResourceProvider> make_provider(const ProviderFactory& factory, const std::string& name,
                                                 const nlohmann::json& rest, const std::string& pointer,
                                                 std::vector<ConfigIssue>& issues) {
  try {
    if (auto provider = factory(name, rest)) return provider;
    issues.push_back({errc::config_value, pointer, "the factory of its type made nothing",
                      "return a provider or throw ConfigError", false});
  } catch (const ConfigError& error) {
    for (ConfigIssue issue : error.issues()) {
      issue.pointer = pointer + issue.pointer;
      issues.push_back(std::move(issue));
    }
  } catch (const Error& error) {
    issues.push_back({error.reason(), pointer, error.message(), error.hint(), false});
  } catch (...) {
    issues.push_back({errc::config_value, pointer,
                      fmt::format("the factory of its type failed with {}", current_exception_type()),
                      "throw a leasehold::ConfigError to say why", false});
  }
  return nullptr;
}

namespace {

// Whether a key that is written differently means the same: what describe() shows is equal and hides nothing.
bool means_the_same(const std::string& key, const nlohmann::json& a, const nlohmann::json& b) {
  const auto in_a = a.find(key), in_b = b.find(key);
  return in_a != a.end() && in_b != b.end() && *in_a == *in_b &&
         in_a->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).find(redacted) ==
             std::string::npos;
}

nlohmann::json described(const IResourceProvider& provider) {
  try {
    nlohmann::json description = provider.describe();
    if (description.is_object()) return description;
  } catch (...) {  // then every difference in writing counts
  }
  return nlohmann::json::object();
}

}  // namespace

std::vector<std::string> differences(const Entry& registered, const ParsedDeclaration& declared,
                                     const IResourceProvider& made) {
  std::vector<std::string> keys;
  if (registered.declared_type != declared.type) return {"type"};
  std::set<std::string> written;
  for (const auto& [key, value] : registered.declared.items()) written.insert(key);
  for (const auto& [key, value] : declared.rest.items()) written.insert(key);
  std::optional<nlohmann::json> before, after;
  for (const std::string& key : written) {
    const auto in_registered = registered.declared.find(key), in_declared = declared.rest.find(key);
    if (in_registered != registered.declared.end() && in_declared != declared.rest.end() &&
        *in_registered == *in_declared)
      continue;
    if (!before) before = described(*registered.provider);
    if (!after) after = described(made);
    if (!means_the_same(key, *before, *after)) keys.push_back(key);
  }
  const auto was = pool_fields().write(registered.declared_pool), is = pool_fields().write(declared.pool);
  for (const auto& [key, value] : is.items())
    if (was.at(key) != value) keys.push_back("pool." + key);
  if (registered.declared_pool != declared.pool && was == is) keys.push_back("pool");
  if (registered.breaker_config != declared.breaker) keys.push_back("breaker");
  if (registered.metadata != declared.metadata) keys.push_back("metadata");
  return keys;
}

}  // namespace leasehold::detail
