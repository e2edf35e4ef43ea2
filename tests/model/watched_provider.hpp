#pragma once

// A provider that fails, dawdles and counts as its plan says, and whose resources know who has them.

#include "model_clock.hpp"
#include "plan.hpp"

namespace leasehold::model {

struct Thing {
  std::uint64_t owner = 0;  // who has it, as far as the threads know
  std::size_t marks = 0;    // how many leases of that owner
  std::uint64_t fence = 0;  // the highest seen
  bool lent = false;        // ever
};

class WatchedProvider final : public IResourceProvider {
 public:
  WatchedProvider(const PoolPlan& plan, std::uint64_t seed, Scheduler& scheduler)
      : plan_(plan), scheduler_(scheduler), clock_(scheduler), dice_(seed) {
    operations_.add({"work", "works, or fails", nlohmann::json::object(),
                     [this](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
                       const Call call(*this, "operation");
                       if (fails(plan_.call_fails)) throw ConnectionError(errc::db_unreachable, "gone");
                       return 1;
                     }});
  }

  std::string_view type() const noexcept override { return "watched"; }

  Resource acquire(const AcquireContext&) override {
    ++opening;
    ++live;
    if (opening > plan_.config.creation_concurrency)
      scheduler_.fail(plan_.name + ": more are being opened than creation_concurrency");
    if (live > plan_.largest + revocations) scheduler_.fail(plan_.name + ": more live than max_size");
    const Call call(*this, "acquire");
    --opening;
    if (fails(plan_.acquire_fails)) {
      --live;
      ++create_failures;
      if (dice_.chance(500)) throw std::runtime_error("a foreign error");
      throw ConnectionError(errc::db_unreachable, "down", {.resource = plan_.name});
    }
    ++created;
    return Resource::make<Thing>();
  }
  void release(Resource&& resource) noexcept override {
    unused(resource, "disposed of");
    const Call call(*this, "release");
    unused(resource, "disposed of");
    resource.clear();
    --live;
    ++destroyed;
  }
  bool validate(Resource& resource) override {
    if (plan_.sharing == Sharing::exclusive) unused(resource, "validated");
    const Call call(*this, "validate");
    if (plan_.sharing == Sharing::exclusive) unused(resource, "validated");
    if (!fails(plan_.validate_fails)) return true;
    ++validate_failures;
    if (dice_.chance(500)) throw std::runtime_error("a foreign error");
    return false;
  }
  bool reset(Resource& resource) override {
    if (plan_.sharing == Sharing::shared) scheduler_.fail(plan_.name + ": a shared resource is reset");
    unused(resource, "reset");
    const Call call(*this, "reset");
    unused(resource, "reset");
    if (!fails(plan_.reset_fails)) return true;
    if (dice_.chance(500)) throw std::runtime_error("a foreign error");
    return false;
  }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  Sharing sharing() const noexcept override { return plan_.sharing; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
  const Operations& operations() const override { return operations_; }
  void close() noexcept override { ++closed; }

  bool failing = true;          // whether the plan's faults happen
  std::size_t revocations = 0;  // at most so many live beside those that count
  std::size_t calls = 0;        // under way
  std::size_t opening = 0, live = 0, created = 0, create_failures = 0, destroyed = 0, validate_failures = 0,
              closed = 0;

 private:
  // Others go on meanwhile, and time may pass.
  class Call {
   public:
    Call(WatchedProvider& provider, const char* what) : provider_(provider) {
      ++provider_.calls;
      if (!Scheduler::current()) return;
      provider_.scheduler_.user_code(what);
      if (!provider_.fails(provider_.plan_.slow)) return;
      std::atomic<std::uint32_t> word = 0;
      provider_.clock_.park(word, 0,
                            provider_.clock_.now() + provider_.dice_.one_of<Duration>({20us, 1ms, 5ms}));
    }
    ~Call() { --provider_.calls; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    WatchedProvider& provider_;
  };

  void unused(const Resource& resource, const char* what) {
    if (resource.as<Thing>().marks > 0) scheduler_.fail(plan_.name + ": " + what + " while somebody has it");
  }
  bool fails(unsigned per_mille) { return failing && per_mille > 0 && dice_.chance(per_mille); }

  const PoolPlan& plan_;
  Scheduler& scheduler_;
  ModelClock clock_;
  Dice dice_;
  Operations operations_;
};

}  // namespace leasehold::model
