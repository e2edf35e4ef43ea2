#include <doctest/doctest.h>

#include <budget.hpp>
#include <condition_variable>
#include <cstdio>

#include "storm.hpp"

using namespace leasehold;
using namespace leasehold::storm;

namespace {

// Ends the program, naming the seed, if a round does not end.
class Watchdog {
 public:
  explicit Watchdog(std::uint64_t seed)
      : thread_([this, seed] {
          std::unique_lock lock(mutex_);
          if (over_.wait_for(lock, 180s, [this] { return done_; })) return;
          std::fprintf(stderr, "the storm of seed %llu hangs: %s\n", static_cast<unsigned long long>(seed),
                       test::Budget::replay(seed).c_str());
          std::abort();
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    over_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("whatever threads do to a manager, it lends nothing twice, loses nothing and counts right") {
  test::Budget budget(3s);
  const std::size_t owners = OwnerId::living();
  while (const auto seed = budget.next()) {
    const Watchdog watchdog(*seed);
    std::string violations;
    {
      const Plan plan = make_plan(*seed);
      Storm storm(plan);
      storm.run();
      if (!storm.violations().empty()) violations = storm.violations().text() + "\n" + describe(plan);
    }
    REQUIRE_MESSAGE(violations.empty(), "seed ", *seed, ":", violations, "\n", test::Budget::replay(*seed));
    // A creation that came too late may just be letting go of who wanted it.
    for (int i = 0; i < 10'000 && OwnerId::living() != owners; ++i) std::this_thread::sleep_for(1ms);
    REQUIRE_MESSAGE(OwnerId::living() == owners, "seed ", *seed, " left owners behind; ",
                    test::Budget::replay(*seed));
  }
  MESSAGE(budget.told());
}
