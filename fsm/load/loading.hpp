#pragma once

// What the parts of the loader share while one document is read.

#include "../model.hpp"
#include "policies.hpp"
#include "resources.hpp"

#include <map>

namespace leasehold::fsm {

struct Loading {
  yaml::Document& document;
  Diagnostics& diagnostics;
  const FunctionRegistry& functions;
  const ResourceCatalog& catalog;
  Definition& definition;
  ResourceTable resources = {};
  Policies policies = {};
  JqBatch jq = {};
  std::map<std::string, NetworkIndex, std::less<>> networks = {};

  const ResourceTable::Known* find_resource(const std::string& name) { return resources.find(name, catalog); }
};

// One network while it is read: the places of its states and their names.
struct Draft {
  NetworkIndex index = none;
  std::vector<Mapping> states;  // by StateIndex; [root] is the network itself
  std::map<std::string, StateIndex, std::less<>> names = {};

  Network& network(Loading& loading) const { return loading.definition.networks[index]; }
  std::vector<std::string> state_names() const;
  ResourceScope scope(Loading& loading, StateIndex state) const;  // of resources

  StateIndex find_state(Loading& loading, const yaml::Node& name) const;  // reports what names no state
  // One name or a list; also names with spaces between them, as SCXML writes a list.
  std::vector<StateIndex> find_states(Loading& loading, const yaml::Node* names) const;
};

}  // namespace leasehold::fsm
