#pragma once

// A provider as a user would write it: only what must be overridden is.

#include <doctest/doctest.h>

#include <leasehold/manager.hpp>

#include <eventually.hpp>

#include <atomic>
#include <functional>

using namespace std::chrono_literals;
using leasehold::test::eventually;
using nlohmann::json;

struct Session {
  int number = 0;
  int query(int value) const { return number * 100 + value; }
};

class Service : public leasehold::IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "service"; }
  leasehold::Resource acquire(const leasehold::AcquireContext& context) override {
    if (on_acquire) on_acquire(context);
    const int now = ++live;
    for (int seen = most_live; now > seen && !most_live.compare_exchange_weak(seen, now);) {
    }
    return leasehold::Resource::make<Session>(++opened);
  }
  void release(leasehold::Resource&& resource) noexcept override {
    resource.clear();
    --live;
  }
  bool validate(leasehold::Resource& resource) override {
    return !on_validate || on_validate(resource.as<Session>());
  }
  leasehold::HealthReport health_check(const leasehold::AcquireContext&) override {
    return {health, "as told"};
  }
  json describe() const override { return {{"host", "localhost"}, {"password", "***"}}; }

  std::function<void(const leasehold::AcquireContext&)> on_acquire;
  std::function<bool(const Session&)> on_validate;
  std::atomic<leasehold::ResourceHealth> health = leasehold::ResourceHealth::healthy;
  std::atomic<int> opened = 0, live = 0, most_live = 0;
};
