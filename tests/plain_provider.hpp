#pragma once

// A provider of resources that cost nothing and never fail, for tests of what happens around them.

#include <leasehold/provider.hpp>

namespace leasehold::test {

class PlainProvider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "plain"; }
  Resource acquire(const AcquireContext&) override { return Resource::make<int>(0); }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
};

}  // namespace leasehold::test
