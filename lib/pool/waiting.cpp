// How a thread waits in the queue of a pool: parked, and looking for a deadlock it may be part of.

#include <algorithm>
#include <optional>

#include "owner/record.hpp"
#include "pool/attempt.hpp"
#include "pool/park.hpp"
#include "pool/wait_graph.hpp"

namespace leasehold::detail {

namespace {
// Enters a waiter into the graph for as long as it is blocked.
class InGraph {
 public:
  InGraph(WaitGraph& graph, Pool& pool, Waiter& waiter) : graph_(graph), waiter_(waiter) {
    graph_.add(pool, waiter.shared_from_this());
  }
  ~InGraph() { graph_.remove(waiter_); }
  InGraph(const InGraph&) = delete;
  InGraph& operator=(const InGraph&) = delete;

 private:
  WaitGraph& graph_;
  const Waiter& waiter_;
};
}  // namespace

// Parks until the waiter was served, or gives up; decides between the two under the lock.
Waiter::State Pool::await(Waiter& waiter, Attempt& attempt) {
  const std::stop_callback on_stop(attempt.stop, [this, &waiter] {
    waiter.signal.fetch_add(1);
    clock().unpark(waiter.signal, 1);
  });
  std::optional<InGraph> in_graph;
  Clock::time_point next_look = Clock::never;
  for (;;) {
    const std::uint32_t signal = waiter.signal.load();
    bool in_queue = false;
    bool for_others = false;  // waits for what others hold; a follower for what its leader waits for
    Clock::time_point starves = Clock::never;
    {
      QueueLock lock(mutex_, clock());
      if (waiter.state == Waiter::State::waiting && waiter.woken) {
        waiter.woken = false;
        --woken_;
        mind_gate(lock);
        if (!suspended() && !waiter.late(lock.now()))
          if (const Claim idle = take_for_grant(lock); idle.slot) serve(waiter, idle, lock);
        dispatch(lock);  // returns meanwhile relied on this one to look after the others
      }
      if (waiter.state != Waiter::State::waiting) return waiter.state;
      const bool stopped = attempt.stop.stop_requested();
      if (stopped || lock.now() >= attempt.deadline) {
        try {
          attempt.situation = look();
        } catch (const std::bad_alloc&) {  // it must leave the queue all the same
        }
        if (waiter.home == &queue_ && !waiter.attended)
          attempt.position = 1 + static_cast<std::size_t>(
                                     std::count_if(queue_.begin(), queue_.iterator_to(waiter),
                                                   [](const Waiter& before) { return !before.attended; }));
        dequeue(waiter, stopped ? Waiter::State::cancelled : Waiter::State::timed_out, lock);
        dispatch(lock);  // it may have been woken for something that is idle now
        lock.unlock();
        if (!attempt.situation) throw std::bad_alloc();
        return waiter.state;
      }
      const bool queued = waiter.home == &queue_;
      in_queue = queued && !waiter.attended;
      // The oldest sees to the gate when it begins to starve; alone it need not, for it is told of all that
      // comes back. Nor need who becomes the oldest while it parks: there is something idle to overtake it
      // for only while somebody has been woken, who sees to it too.
      if (queued && &waiter == &queue_.front()) {
        mind_gate(lock);
        if (queue_.size() > 1 && !starving(waiter, lock)) starves = waiter.since + config_.fairness;
      }
      for_others = in_queue || waiter.home == &followers_;
    }
    if (for_others && !attempt.waited) {
      attempt.waited = true;
      counters_.waits.add();
    }
    // Only a thread that holds something can be part of a cycle.
    if (for_others && current_thread().holds > 0) {
      try {
        if (!in_graph)
          in_graph.emplace(*setup_.graph, *this, waiter);
        else if (clock().now() >= next_look)
          setup_.graph->look_for_cycle(waiter);
      } catch (const std::bad_alloc&) {  // then the next look may find it
      }
      if (clock().now() >= next_look || next_look == Clock::never)
        next_look = clock().deadline_after(setup_.deadlock_check);
    }
    park(clock(), waiter.signal, signal, std::min({attempt.deadline, next_look, starves}));
  }
}

}  // namespace leasehold::detail
