#pragma once

// A provider that fails, dawdles and counts as its plan says, and whose resources know who uses them.

#include <atomic>
#include <mutex>
#include <thread>

#include "ledger.hpp"
#include "plan.hpp"

namespace leasehold::storm {

// Each resource counts the uses of its present owner. `scratch` is plain memory: the sanitizer sees a
// hand-over from owner to owner, or to the provider, that does not synchronise.
struct Thing {
  std::atomic<std::uint64_t> users = 0;  // the owner's number << 16 | uses
  std::atomic<bool> lent = false;        // ever
  std::uint64_t scratch = 0;
  std::uint64_t fence = 0;

  // False if somebody else uses it. `first`: nobody used it before.
  bool enter(std::uint64_t owner, bool& first) noexcept {
    std::uint64_t now = users.load();
    do {
      if ((now & 0xffff) != 0 && now >> 16 != owner) return false;
      first = (now & 0xffff) == 0;
    } while (!users.compare_exchange_weak(now, first ? (owner << 16 | 1) : now + 1));
    return true;
  }
  void leave() noexcept { users.fetch_sub(1); }
  bool used() const noexcept { return (users.load() & 0xffff) != 0; }
};

class WatchedProvider final : public IResourceProvider {
 public:
  WatchedProvider(const PoolPlan& plan, std::uint64_t seed, Violations& violations)
      : plan_(plan), violations_(violations), dice_(seed) {
    operations_.add({"work", "works, or fails", nlohmann::json::object(),
                     [this](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
                       dawdle();
                       if (fails(plan_.call_fails)) throw ConnectionError(errc::db_unreachable, "gone");
                       return 1;
                     }});
  }

  std::string_view type() const noexcept override { return "watched"; }

  Resource acquire(const AcquireContext&) override {
    const auto opening_now = ++opening;
    if (opening_now > plan_.config.creation_concurrency)
      violations_.add(plan_.name + ": more resources are being opened than creation_concurrency");
    const auto now = ++live;
    if (strict.load() && now > plan_.largest) violations_.add(plan_.name + ": more live than max_size");
    dawdle();
    const bool bad = fails(plan_.acquire_fails);
    const bool foreign = bad && draw(2) == 0;
    --opening;
    if (bad) {
      --live;
      ++create_failures;
      if (foreign) throw std::runtime_error("a foreign error");
      throw ConnectionError(errc::db_unreachable, "down", {.resource = plan_.name});
    }
    ++created;
    return Resource::make<Thing>();
  }
  void release(Resource&& resource) noexcept override {
    Thing& thing = resource.as<Thing>();
    if (thing.used()) violations_.add(plan_.name + ": disposed of while in use");
    ++thing.scratch;
    dawdle();
    resource.clear();
    --live;
    ++destroyed;
  }
  bool validate(Resource& resource) override {
    Thing& thing = resource.as<Thing>();
    if (plan_.sharing == Sharing::exclusive) {
      if (thing.used()) violations_.add(plan_.name + ": validated while in use");
      ++thing.scratch;
    }
    dawdle();
    if (!fails(plan_.validate_fails)) return true;
    ++validate_failures;
    if (draw(2) == 0) throw std::runtime_error("a foreign error");
    return false;
  }
  bool reset(Resource& resource) override {
    Thing& thing = resource.as<Thing>();
    if (plan_.sharing == Sharing::shared) violations_.add(plan_.name + ": a shared resource was reset");
    if (thing.used()) violations_.add(plan_.name + ": reset while in use");
    ++thing.scratch;
    dawdle();
    if (!fails(plan_.reset_fails)) return true;
    if (draw(2) == 0) throw std::runtime_error("a foreign error");
    return false;
  }
  HealthReport health_check(const AcquireContext&) override {
    if (!unhealthy.load()) return {ResourceHealth::healthy, "", {}};
    return {ResourceHealth::unhealthy, "down", {}};
  }
  Sharing sharing() const noexcept override { return plan_.sharing; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
  const Operations& operations() const override { return operations_; }
  void close() noexcept override { ++closed; }

  std::atomic<bool> failing = true;  // whether the plan's faults happen
  std::atomic<bool> strict = true;   // nothing is revoked: all that lives counts against max_size
  std::atomic<bool> unhealthy = false;
  std::atomic<std::size_t> opening = 0, live = 0, created = 0, create_failures = 0, destroyed = 0,
                           validate_failures = 0, closed = 0;

 private:
  std::size_t draw(std::size_t n) {
    const std::lock_guard lock(mutex_);
    return dice_.below(n);
  }
  bool fails(unsigned per_mille) { return failing.load() && per_mille > 0 && draw(1000) < per_mille; }
  void dawdle() {
    if (plan_.slow == 0 || draw(1000) >= plan_.slow) return;
    if (draw(2) == 0)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(draw(1500)));
  }

  const PoolPlan plan_;
  Violations& violations_;
  std::mutex mutex_;
  Dice dice_;
  Operations operations_;
};

}  // namespace leasehold::storm
