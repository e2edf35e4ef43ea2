#include "document.hpp"

#include "../yaml/reader.hpp"
#include "failure.hpp"
#include "keys.hpp"
#include "lint.hpp"
#include "schema.hpp"
#include "states.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

void read_bound(const Mapping& mapping, std::string_view key, std::size_t& bound) {
  const yaml::Node* node = mapping.find(key);
  const auto value = node ? read_value<std::size_t>(*node, mapping.diagnostics()) : std::nullopt;
  if (!value) return;
  if (*value == 0)
    mapping.diagnostics().error(errc::config_value, node->position, fmt::format("{} is 0", key),
                                "a machine needs at least 1");
  bound = *value;
}

// The document's own keys, and where the rest is found.
void read_header(Loading& loading, const Mapping& mapping) {
  Definition& definition = loading.definition;
  if (const yaml::Node* name = mapping.find("name"))
    definition.name = read_name(*name, loading.diagnostics).value_or("");
  if (const yaml::Node* version = mapping.find("version"))  // 1.0 is a version as good as "1.0"
    if (const auto json = to_json(*version, loading.diagnostics))
      definition.version = json->is_string() ? json->get<std::string>() : version->text;
  mapping.read("description", definition.description);
  mapping.read("timeout", definition.timeout);
  read_bound(mapping, "max_transitions", definition.max_transitions);
  read_bound(mapping, "max_depth", definition.max_depth);
  if (const yaml::Node* metadata = mapping.find("metadata"))
    if (auto json = to_json(*metadata, loading.diagnostics)) definition.metadata = std::move(*json);
  if (const yaml::Node* input = mapping.find("input")) {
    if (auto json = to_json(*input, loading.diagnostics)) {
      if (!json->is_object()) {
        loading.diagnostics.error(errc::config_value, input->position,
                                  "input is a JSON Schema, which is a mapping");
        return;
      }
      try {
        definition.input_schema = std::make_shared<const Schema>(std::move(*json));
      } catch (const Error& error) {
        loading.diagnostics.error(errc::config_value, input->position,
                                  fmt::format("input is no JSON Schema: {}", error.message()));
      }
    }
  }
}

// The networks listed, or the only one, whose keys stand in the document itself.
std::vector<const yaml::Node*> network_nodes(Loading& loading, const Mapping& mapping) {
  constexpr const char* own_keys[] = {"states", "initial", "arcs", "on_error"};
  const yaml::Node* networks = mapping.find("networks");
  if (networks) {
    for (const char* key : own_keys)
      if (mapping.has(key))
        loading.diagnostics.error(errc::config_unknown_key, mapping.key_position(key),
                                  fmt::format("'{}' stands beside networks", key), "move it into a network");
    if (networks->is(yaml::Node::Kind::sequence) && !networks->items.empty())
      return {networks->items.begin(), networks->items.end()};
    loading.diagnostics.error(
        errc::config_value, networks->position,
        networks->is(yaml::Node::Kind::sequence) ? "there is no network" : "networks are a list",
        "write - name: main, with its states");
    return {};
  }
  if (!mapping.has("states")) {
    if (mapping.misspelt("states") || mapping.misspelt("networks")) return {};
    loading.diagnostics.error(errc::config_missing, mapping.node().position, "the machine has no networks",
                              "add networks: a list of networks, each with its states");
    return {};
  }
  loading.diagnostics.note(mapping.key_position("states"), "states outside a network are an older form",
                           "write networks: [{name: main, states: ...}]");
  yaml::Node name{
      .kind = yaml::Node::Kind::scalar, .text = "main", .position = mapping.key_position("states")};
  if (const yaml::Node* main = mapping.find("main")) name = *main;
  yaml::Node network{.kind = yaml::Node::Kind::mapping, .position = mapping.key_position("states")};
  network.entries.push_back({"name", name.position, &loading.document.add(name)});
  for (const yaml::Entry& entry : mapping.node().entries)
    if (std::find(std::begin(own_keys), std::end(own_keys), entry.key) != std::end(own_keys))
      network.entries.push_back(entry);
  return {&loading.document.add(std::move(network))};
}

Draft outline_network(Loading& loading, const yaml::Node& node) {
  Diagnostics& diagnostics = loading.diagnostics;
  Draft draft;
  draft.index = static_cast<NetworkIndex>(loading.definition.networks.size());
  const Mapping mapping(node, keys::network, "a network", diagnostics);
  draft.states.push_back(mapping);
  Network network;
  network.position = node.position;
  network.states.emplace_back().position = node.position;
  if (const yaml::Node* name = mapping.find("name")) {
    network.name = read_name(*name, diagnostics).value_or("");
    if (!network.name.empty() && !loading.networks.emplace(network.name, draft.index).second)
      diagnostics.error(errc::fsm_invalid, name->position,
                        fmt::format("there is a network '{}' already", network.name), "give it another name");
  }
  network.states[root].name = network.name;
  loading.definition.networks.push_back(std::move(network));
  const yaml::Node* states = mapping.find("states");
  if (states) outline_states(loading, draft, *states, root);
  const bool empty_list = states && states->is(yaml::Node::Kind::sequence) && states->items.empty();
  if (empty_list)
    diagnostics.error(errc::fsm_invalid, states->position,
                      fmt::format("the network '{}' has no states", draft.network(loading).name),
                      "add states: a list of states");
  return draft;
}

void read_network(Loading& loading, const Draft& draft) {
  const Mapping& mapping = draft.states[root];
  Network& network = draft.network(loading);
  std::string description;
  mapping.read("description", description);
  if (const yaml::Node* metadata = mapping.find("metadata"))
    if (auto json = to_json(*metadata, loading.diagnostics)) network.states[root].metadata = std::move(*json);
  network.resources =
      read_requirements(mapping.find("resources"), loading.catalog, loading.resources, loading.diagnostics);
  network.states[root].initial = draft.find_states(loading, mapping.find("initial"));
  read_states(loading, draft, mapping.find("arcs"));
  network.on_error = read_catches(loading, draft, mapping.find("on_error"));
}

void choose_main(Loading& loading, const Mapping& mapping) {
  const yaml::Node* node = mapping.find("main");
  if (!node) {
    const auto found = loading.networks.find("main");
    loading.definition.main = found == loading.networks.end() ? 0 : found->second;
    return;
  }
  const auto name = read_name(*node, loading.diagnostics);
  if (!name) return;
  const auto found = loading.networks.find(*name);
  if (found != loading.networks.end()) {
    loading.definition.main = found->second;
    return;
  }
  std::vector<std::string> names;
  for (const auto& [one, index] : loading.networks) names.push_back(one);
  loading.diagnostics.error(errc::fsm_target, node->position, fmt::format("there is no network '{}'", *name),
                            suggest_name(*name, names));
}

// Declared or used, in the order of the document.
std::vector<std::string> resource_names(const Loading& loading) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const ResourceDeclaration& declaration : loading.resources.declarations()) add(declaration.name);
  for (const Network& network : loading.definition.networks) {
    for (const ResourceRequirement& requirement : network.resources) add(requirement.name);
    for (const State& state : network.states) {
      for (const ResourceRequirement& requirement : state.resources) add(requirement.name);
      for (const Arc& arc : state.arcs)
        for (const ResourceRequirement& requirement : arc.resources) add(requirement.name);
    }
  }
  return names;
}

Facts facts_of(Loading& loading) {
  Facts facts;
  for (const std::string& name : loading.definition.resources)
    if (const ResourceTable::Known* known = loading.find_resource(name); known && known->provider)
      facts[name] = {known->pool_size, known->provider->sharing() == Sharing::exclusive,
                     known->acquire_timeout};
  return facts;
}

// lint: {disable: [...]}
void read_lint(const Mapping& mapping, ChosenRules& rules) {
  const yaml::Node* node = mapping.find("lint");
  if (!node) return;
  Diagnostics& diagnostics = mapping.diagnostics();
  const Mapping lint(*node, keys::lint, "lint", diagnostics);
  for (const yaml::Node* item : one_or_many(lint.find("disable"))) {
    const auto name = read_name(*item, diagnostics);
    if (!name) continue;
    if (is_rule(*name))
      rules.disable(*name);
    else
      diagnostics.error(errc::config_value, item->position, fmt::format("lint has no rule '{}'", *name),
                        suggest_rule(*name));
  }
}

void read_machine(Loading& loading, const yaml::Node& root_node, ChosenRules& rules) {
  const Mapping mapping(root_node, keys::document, "a machine", loading.diagnostics);
  if (!root_node.is(yaml::Node::Kind::mapping)) return;
  read_header(loading, mapping);
  read_lint(mapping, rules);
  if (const yaml::Node* resources = mapping.find("resources"))
    read_declarations(*resources, loading.document, loading.catalog, loading.resources, loading.diagnostics);
  if (const yaml::Node* use = mapping.find("use")) loading.policies.read(*use, loading.diagnostics);
  std::vector<Draft> drafts;
  for (const yaml::Node* node : network_nodes(loading, mapping))
    drafts.push_back(outline_network(loading, *node));
  for (const Draft& draft : drafts) read_network(loading, draft);
  choose_main(loading, mapping);
  loading.definition.resources = resource_names(loading);
  if (!loading.definition.networks.empty()) {
    const Network& main = loading.definition.networks[loading.definition.main];
    loading.definition.endless =
        std::none_of(main.states[root].children.begin(), main.states[root].children.end(),
                     [&](StateIndex state) { return main.states[state].type == StateType::final; });
  }
  for (const Network& network : loading.definition.networks)
    for (const State& state : network.states)
      loading.definition.has_invariants = loading.definition.has_invariants || !state.invariant.empty();
  loading.definition.unused_policies = loading.policies.unused();
}

void load_into(Loaded& loaded, const Source& source, const ResourceCatalog& catalog,
               const FunctionRegistry& functions, const LoadOptions& options, Diagnostics& diagnostics) {
  if (source.text().size() > options.max_bytes) {
    diagnostics.error(errc::config_too_large, {},
                      fmt::format("the document has more than {} bytes", options.max_bytes),
                      "split it, or raise LoadOptions::max_bytes");
    return;
  }
  loaded.document = yaml::read(source, {options.max_depth, options.max_alias_nodes}, diagnostics);
  if (!loaded.document) return;
  if (!loaded.document->root || loaded.document->root->is(yaml::Node::Kind::null)) {
    diagnostics.error(errc::config_missing, {1, 1}, "the document is empty",
                      "write at least name and networks");
    return;
  }
  substitute_environment(*loaded.document, options.environment ? options.environment : process_environment,
                         diagnostics);
  auto definition = std::make_shared<Definition>();
  Loading loading{*loaded.document, diagnostics, functions, catalog, *definition};
  ChosenRules rules(options.lint);
  read_machine(loading, *loaded.document->root, rules);
  loading.jq.compile();
  if (!diagnostics.failed()) lint(*definition, facts_of(loading), rules, diagnostics);
  if (!rules.contains(older_form)) diagnostics.drop_notes();
  loaded.resources = std::move(loading.resources);
  if (!diagnostics.failed()) loaded.definition = std::move(definition);
}

}  // namespace

Loaded load_document(const Source& source, const ResourceCatalog& catalog, const FunctionRegistry& functions,
                     const LoadOptions& options, Diagnostics& diagnostics) {
  Loaded loaded;
  try {
    load_into(loaded, source, catalog, functions, options, diagnostics);
  } catch (const TooManyErrors&) {
  }
  return loaded;
}

}  // namespace leasehold::fsm
