#pragma once

// A declared resource, read: what is the manager's own (type, pool, breaker, metadata) and what its factory
// reads.

#include "manager/registry.hpp"

namespace leasehold::detail {

struct ParsedDeclaration {
  std::string type;
  PoolConfig pool;
  BreakerConfig breaker;
  Metadata metadata;
  nlohmann::json rest;  // what the factory reads
};

inline constexpr std::string_view simple_type = "dict";  // of {"data": ...} without a type

// Appends what is wrong, with pointers that start with `pointer`; nullopt if anything is.
std::optional<ParsedDeclaration> parse_declaration(const nlohmann::json& config, const std::string& pointer,
                                                   std::vector<ConfigIssue>& issues);

// Options given as structs, held against the same rules. Pointers start with "/pool" and "/breaker".
void check_options(const ProviderOptions& options, std::vector<ConfigIssue>& issues);

// The provider that the factory makes, or null with the reasons appended.
std::shared_ptr<IResourceProvider> make_provider(const ProviderFactory& factory, const std::string& name,
                                                 const nlohmann::json& rest, const std::string& pointer,
                                                 std::vector<ConfigIssue>& issues);

// The keys in which a declaration, with the provider made from it, differs from what is registered. Two ways
// of writing one value ("5s", "5000ms"; a default left out) are no difference; secrets are compared as they
// stand.
std::vector<std::string> differences(const Entry& registered, const ParsedDeclaration& declared,
                                     const IResourceProvider& made);

}  // namespace leasehold::detail
