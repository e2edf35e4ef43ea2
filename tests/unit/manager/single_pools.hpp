#pragma once

// A manager with some pools of one resource each, made by fakes.

#include "fake_provider.hpp"

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::test {

struct SinglePools {
  explicit SinglePools(std::initializer_list<const char*> in_order) {
    for (const char* name : in_order) add(name);
  }
  void add(const std::string& name) {
    providers[name] = fake();
    manager.register_provider(name, providers[name],
                              {.pool = {.max_size = 1, .acquire_timeout = std::chrono::seconds(20)}});
  }

  std::map<std::string, std::shared_ptr<FakeProvider>> providers;
  ResourceManager manager;
};

// Of the resources, in order of acquisition.
inline std::vector<std::string> names_of(const LeaseSet& leases) {
  std::vector<std::string> names;
  for (const LeaseSet::Entry& entry : leases) names.emplace_back(entry.name);
  return names;
}

}  // namespace leasehold::test
