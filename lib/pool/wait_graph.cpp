#include "pool/wait_graph.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pool/pool.hpp"

namespace leasehold::detail {

void WaitGraph::add(Pool& pool, std::shared_ptr<Waiter> waiter) {
  const std::lock_guard lock(mutex_);
  blocked_.push_back({&pool, std::move(waiter), {}});
}

void WaitGraph::remove(const Waiter& waiter) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(blocked_.begin(), blocked_.end(),
                                  [&](const Blocked& blocked) { return blocked.waiter.get() == &waiter; });
  if (found != blocked_.end()) blocked_.erase(found);
}

WaitGraph::Blocked* WaitGraph::find(std::uint64_t thread) noexcept {
  const auto found = std::find_if(blocked_.begin(), blocked_.end(), [thread](const Blocked& blocked) {
    return blocked.waiter->thread == thread;
  });
  return found == blocked_.end() ? nullptr : &*found;
}

void WaitGraph::look_for_cycle(const Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  const std::vector<Blocked*> stuck = find_stuck(waiter);
  if (stuck.empty()) return;
  // Whoever waits still has waited all the time, so what was seen of it at different moments holds now.
  for (const Blocked* blocked : stuck)
    if (!blocked->pool->still_waits(*blocked->waiter)) return;
  fail_youngest(*stuck.front());
}

// The waiter and all whom it waits for, directly or not. None if one of these does not wait itself: usually
// that is the first that is looked at, so a look costs little however many wait.
std::vector<WaitGraph::Blocked*> WaitGraph::find_stuck(const Waiter& waiter) {
  std::vector<Blocked*> stuck{find(waiter.thread)};
  for (std::size_t i = 0; i < stuck.size(); ++i) {
    Blocked& blocked = *stuck[i];
    blocked.lenders.clear();
    const auto waits = [this](std::uint64_t thread) { return find(thread) != nullptr; };
    if (!blocked.pool->lenders(blocked.lenders, waits) || !blocked.pool->still_waits(*blocked.waiter))
      return {};
    for (const Lender& lender : blocked.lenders) {
      Blocked* const next = find(lender.thread);
      if (std::find(stuck.begin(), stuck.end(), next) == stuck.end()) stuck.push_back(next);
    }
  }
  return stuck;
}

void WaitGraph::fail_youngest(Blocked& first) {
  // From each waiter to the waiting thread of the oldest hold that it waits for, until one comes twice.
  struct Step {
    Blocked* blocked;
    const Lender* lender;  // of the resource that the next one holds
  };
  std::vector<Step> path;
  for (Blocked* blocked = &first;;) {
    const auto seen =
        std::find_if(path.begin(), path.end(), [&](const Step& step) { return step.blocked == blocked; });
    if (seen != path.end()) {
      path.erase(path.begin(), seen);
      break;
    }
    const Lender& oldest =
        *std::min_element(blocked->lenders.begin(), blocked->lenders.end(),
                          [](const Lender& a, const Lender& b) { return a.granted < b.granted; });
    path.push_back({blocked, &oldest});
    blocked = find(oldest.thread);
  }

  Blocked* const youngest = std::max_element(path.begin(), path.end(), [](const Step& a, const Step& b) {
                              return a.blocked->waiter->since < b.blocked->waiter->since;
                            })->blocked;
  // The cycle as the youngest sees it, beginning with itself.
  std::rotate(
      path.begin(),
      std::find_if(path.begin(), path.end(), [&](const Step& step) { return step.blocked == youngest; }),
      path.end());
  const Clock::time_point now = youngest->pool->clock().now();
  std::vector<DeadlockStep> cycle;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Step& before = path[(i + path.size() - 1) % path.size()];
    const Waiter& waits = *path[i].blocked->waiter;
    cycle.push_back({before.lender->owner.name(), before.blocked->pool->name(), path[i].blocked->pool->name(),
                     now - before.lender->granted, now - waits.since});
  }
  youngest->pool->fail_deadlocked(*youngest->waiter, std::move(cycle));
}

}  // namespace leasehold::detail
