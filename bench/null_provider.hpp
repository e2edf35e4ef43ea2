#pragma once

// A provider of resources that cost nothing, so that only the lending is measured.

#include <leasehold/provider.hpp>

namespace bench {

class NullProvider final : public leasehold::IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "null"; }
  leasehold::Resource acquire(const leasehold::AcquireContext&) override {
    return leasehold::Resource::make<int>(0);
  }
  void release(leasehold::Resource&&) noexcept override {}
  bool validate(leasehold::Resource&) override { return true; }
  leasehold::HealthReport health_check(const leasehold::AcquireContext&) override {
    return {leasehold::ResourceHealth::healthy, ""};
  }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
};

}  // namespace bench
