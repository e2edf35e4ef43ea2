#pragma once

// What the tests of MSM machines share: a manager with exclusive resources that can refuse.

#include <leasehold/manager.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace leasehold::fsm::msm::test {

class ThingProvider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "thing"; }
  Resource acquire(const AcquireContext&) override {
    if (refuse) throw_error(errc::db_unreachable, "refused");
    return Resource::make<int>(++made);
  }
  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource&) override { return true; }
  bool reset(Resource&) override {
    ++returned;
    return !refuse;
  }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }

  bool refuse = false;
  int made = 0;
  int returned = 0;
};

struct Things {
  Things() {
    for (const char* name : {"a", "b", "c"}) {
      providers.push_back(std::make_shared<ThingProvider>());
      manager.register_provider(name, providers.back(), {.pool = {.max_size = 1}});
    }
  }
  // Names of what is lent now: "a b".
  std::string lent() const {
    std::string names;
    for (const char* name : {"a", "b", "c"})
      if (manager.get_resource_status(name).active_count > 0)
        names += (names.empty() ? "" : " ") + std::string(name);
    return names;
  }

  ResourceManager manager{{.maintenance = false}};
  std::vector<std::shared_ptr<ThingProvider>> providers;
};

}  // namespace leasehold::fsm::msm::test
