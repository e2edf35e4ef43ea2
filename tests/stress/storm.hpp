#pragma once

// One round of the storm: threads do to a manager what its plan says, then everything they saw is held
// against what the manager and its providers say.

#include <leasehold/manager.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "ledger.hpp"
#include "plan.hpp"
#include "watched_provider.hpp"

namespace leasehold::storm {

class Storm {
 public:
  explicit Storm(const Plan& plan);
  void run();  // threads, then the reckoning
  const Violations& violations() const noexcept { return violations_; }

 private:
  struct Pool {
    PoolPlan plan;
    std::shared_ptr<WatchedProvider> provider;
    Ledger ledger;
  };
  // What one worker needs.
  struct Worker {
    std::size_t number = 0;
    Dice dice;
    OwnerId owner;
    std::mutex mutex;
    std::stop_source stop;  // of its present acquire, under the mutex
    std::atomic<Clock::rep> stopped_at{0};
  };
  // A use of an exclusive resource, from after the grant to before the return.
  class Use;
  struct Limits {
    Duration timeout = 20s;
    bool stoppable = false;
  };

  Pool* find(std::string_view name) noexcept;
  std::uint64_t number_of(const OwnerId& owner) const noexcept { return owner.value(); }
  void on_log(LogLevel, std::string_view message);

  // Workers (storm.cpp)
  void work(Worker& worker);
  void step(Worker& worker);
  void lend(Worker& worker, Pool& pool);
  void lend_common(Worker& worker, Pool& pool);
  void lend_nested(Worker& worker);
  void lend_all(Worker& worker);
  void lend_churning(Worker& worker);
  void revoke(Worker& worker, Pool& pool);
  void look(Worker& worker, Pool& pool);
  void use(Worker& worker, Pool& pool, Lease& lease, const OwnerId& owner);
  std::optional<Lease> acquire(Worker& worker, Pool& pool, const OwnerId& owner, Limits limits,
                               bool perhaps_shared);
  void failed(Pool& pool, const Error& error, const Limits& limits, bool counted);

  // The steering thread and the end (reckoning.cpp)
  void steer(Dice dice, const std::atomic<bool>& over);
  void steer_once(Dice& dice);
  void reckon();
  void check_capacity(Pool& pool);
  void check_counters(Pool& pool);
  std::vector<std::string> differences(const Pool& pool) const;
  void expect(bool good, const Pool& pool, const std::string& what);

  const Plan plan_;
  Violations violations_;
  std::vector<std::unique_ptr<Pool>> pools_;
  std::vector<std::shared_ptr<WatchedProvider>> churned_;  // of the steering thread
  PoolPlan churning_;
  std::vector<std::unique_ptr<Worker>> workers_;
  OwnerId common_;
  std::atomic<std::uint64_t> revoked_ = 0;
  std::unique_ptr<ResourceManager> manager_;
};

}  // namespace leasehold::storm
