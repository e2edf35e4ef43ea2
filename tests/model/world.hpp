#pragma once

// World: a manager and the threads of a plan, what they saw, and what must be true of it.

#include <algorithm>
#include <optional>

#include "platform.hpp"
#include "watched_provider.hpp"

namespace leasehold::model {

// How a run ended.
struct Outcome {
  std::string failure;  // "" if it held
  std::uint64_t steps = 0;
  std::uint64_t digest = 0;  // of every step
  std::ptrdiff_t left = 0;   // blocks of memory more than before
};

// Runs a plan. After a failure the process must not run another one.
Outcome run(Scheduler& scheduler, Strategy& strategy, const Plan& plan);

// The names that a thread noted must not reach into the next run.
void forget_names(detail::Thread& thread);

inline bool may_be(errc code, std::initializer_list<errc> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// How many of the last steps of a failing run to tell: LEASEHOLD_MODEL_STEPS, or 60.
std::size_t shown_steps();

class World {
 public:
  World(Scheduler& scheduler, const Plan& plan);
  ~World();
  bool run();                     // false if the model failed: then nothing of it may be used any more
  std::string left_over() const;  // what should not be there after the run; "" if there is none

 private:
  // The event log of one pool. What a thread cannot know for sure is counted by its bounds.
  struct Pool {
    const PoolPlan* plan = nullptr;
    ResourceId id;
    std::shared_ptr<WatchedProvider> provider;
    bool registered = true;
    bool suspended = false;
    std::size_t resumes = 0, resuming = 0;  // begun, and not done yet
    std::uint64_t acquisitions = 0, handed_over = 0, perhaps_shared = 0, perhaps_granted = 0, failures = 0,
                  timeouts = 0, deadlocks = 0, first_lent = 0, operations = 0, operation_failures = 0,
                  validations = 0;
  };
  struct Held {
    Lease lease;
    Pool* pool = nullptr;
    std::string owner;
    std::size_t by = 0;      // the thread that acquired it
    Thing* thing = nullptr;  // marked as had by the owner
  };
  struct Worker {
    std::size_t number = 0;  // the even ones acquire by id, the others by name
    std::vector<Held> held;
    std::optional<std::stop_source> stop;  // of its present acquire
    bool stopped = false;
    std::size_t acquires = 0;         // begun
    const Pool* waits_for = nullptr;  // in its present one, with nothing held and for as long as it takes
  };
  // A worker that waits, and in which of its acquires.
  struct Waiting {
    const Worker* worker;
    std::size_t acquire;
  };

  // Counts those who are at it.
  class Counted {
   public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    std::size_t& count_;
  };

  Pool* find(std::string_view name);
  void expect(bool good, const Pool& pool, const std::string& what);

  // Threads and their steps (steps.cpp)
  void work(Worker& worker);
  void take(Worker& worker, const Step& step);
  void steer(Worker& worker, const Step& step);
  void stop(std::size_t number);
  void sleep(Duration time);

  // Acquiring (acquiring.cpp)
  void acquire(Worker& worker, const Step& step);
  void try_acquire(Worker& worker, const Step& step);
  void acquire_all(Worker& worker, const Step& step);
  void failed(Worker& worker, Pool& pool, const Error& error, const Step& step);
  void keep(Worker& worker, Pool& pool, const std::string& owner, Lease lease, bool shares);
  bool holds(const Pool& pool, const std::string& owner) const;
  std::vector<Waiting> waiting(const Pool& pool) const;
  void check_order(const Pool& pool, const std::vector<Waiting>& before);

  // Using (using.cpp)
  bool mark(Held& held);
  void unmark(Held& held);
  void use(Held& held);
  void call(Held& held);
  void hand_over(Worker& worker, Held& held);
  void drop(Worker& worker, std::size_t index);
  void release(Worker& worker, const Step& step);

  // What must be true (reckoning.cpp)
  void when_quiet();
  void reckon();
  void check_capacity(Pool& pool);
  void check_counters(Pool& pool);

  Scheduler& scheduler_;
  const Plan& plan_;
  const std::shared_ptr<ModelClock> clock_;
  std::vector<Pool> pools_;
  RequirementSet all_pools_;
  std::vector<Worker> workers_;
  std::vector<Held> passed_;
  std::size_t at_work_ = 0;        // threads that still use the manager
  std::size_t retired_ids_ = 100;  // of threads that ended
  bool closing_ = false;
  std::size_t collecting_ = 0;  // threads in acquire_all, which may hold some already
  std::size_t ending_ = 0;      // threads that close or unregister
  std::unique_ptr<ResourceManager> manager_;
};

}  // namespace leasehold::model
