#include "scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "thread/thread.hpp"

namespace leasehold::model {

Scheduler* Scheduler::current_ = nullptr;

Scheduler::Scheduler() {
  detail::Thread& outside = detail::current_thread();
  for (std::size_t i = 0; i < most_actors; ++i) {
    Actor& actor = actors_.emplace_back();
    actor.index = i;
    actor.fiber = std::make_unique<Fiber>([this, &actor] { live(actor); });
    detail::thread_local_storage::current = nullptr;
    actor.thread = &detail::enter_thread();
    actor.stores.reserve(most_stores + 1);
  }
  detail::thread_local_storage::current = &outside;
  outside_ = &outside;
}

// The threads' records are reused, so what they remember must not reach from one run into the next.
void Scheduler::begin(Strategy& strategy) {
  helpless_ = false;
  strategy_ = &strategy;
  now_ = Clock::time_point(std::chrono::hours(1));
  steps_ = digest_ = 0;
  entry_count_ = 0;
  held_locks_ = pending_ = yielders_ = timed_ = looks_ = 0;
  on_quiet_ = nullptr;
  for (Actor& actor : actors_) {
    actor.limit = Clock::never;
    actor.late = false;
    detail::Thread& thread = *actor.thread;
    thread.id = actor.index + 1;
    thread.holds = 0;
    thread.grants.store(0);
    thread.hints = {};
    thread.lookups = {};
  }
}

bool Scheduler::run(std::vector<std::function<void()>> jobs) {
  for (std::function<void()>& job : jobs) start(0, job);
  current_ = this;
  running_ = &actors_[strategy_->pick(able())];
  detail::thread_local_storage::current = running_->thread;
  main_.switch_to(*running_->fiber);
  detail::thread_local_storage::current = outside_;
  current_ = nullptr;
  return failure_.empty();
}

bool Scheduler::spawn(std::function<void()> job) {
  return !helpless_ && start(most_threads, job);
}

bool Scheduler::start(std::size_t first, std::function<void()>& job) {
  const auto free = std::find_if(actors_.begin() + static_cast<std::ptrdiff_t>(first), actors_.end(),
                                 [](const Actor& actor) { return actor.state == Actor::State::finished; });
  if (free == actors_.end()) return false;
  free->job = std::move(job);
  wake(*free);
  return true;
}

bool Scheduler::helpers_rest() const noexcept {
  return std::all_of(actors_.begin() + most_threads, actors_.end(),
                     [](const Actor& actor) { return actor.state == Actor::State::finished; });
}

void Scheduler::live(Actor& actor) {
  for (;;) {
    try {
      std::exchange(actor.job, nullptr)();
    } catch (const std::exception& error) {
      fail(std::string("an exception got out of a thread: ") + error.what());
    }
    actor.state = Actor::State::finished;
    stale_ = true;
    leave();
  }
}

void Scheduler::fail(const std::string& what) {
  if (!current_) throw std::logic_error(what);
  failure_ = what;
  running_->fiber->switch_to(main_);
  std::abort();  // nobody comes back to a run that failed
}

std::string Scheduler::trace(std::size_t last) const {
  std::string text;
  const std::size_t from = entry_count_ - std::min({last, entry_count_, entries_.size()});
  for (std::size_t i = from; i < entry_count_; ++i) {
    const Entry& entry = entries_[i % entries_.size()];
    std::string_view file = entry.where.file;
    file.remove_prefix(std::min(file.size(), file.rfind('/') + 1));
    text += fmt::format("\n  {:6} thread {} {:14} {} = {:#x}  {}:{} {}", i, entry.actor, entry.what,
                        entry.address, entry.value, file, entry.where.line, entry.where.function);
  }
  return text;
}

// --- Steps

void Scheduler::step(const char* what, const void* address, Where where) {
  if (alone_ == 0) {
    if (++steps_ > step_limit) fail("it does not come to an end");
    disturb();
  }
  entries_[entry_count_++ % entries_.size()] = {what, running_->index, address, 0, where};
  digest_ = (digest_ ^ (running_->index + 16 * static_cast<std::uint64_t>(where.line))) * 0x100000001b3;
}

void Scheduler::note(std::uint64_t value) noexcept {
  entries_[(entry_count_ - 1) % entries_.size()].value = value;
}

void Scheduler::disturb() {
  const auto decision =
      strategy_->decide({able(), running_->index, steps_, std::exchange(woken_, false), timed_ > 0});
  if (decision.show_store && pending_ > 0) {
    std::vector<Actor*> late;
    for (Actor& actor : actors_)
      if (!actor.stores.empty()) late.push_back(&actor);
    Actor& actor = *late[strategy_->below(late.size())];
    show_one(actor, strategy_->reorders ? strategy_->below(actor.stores.size()) : 0);
  }
  if (decision.time) pass_time();
  if (decision.wake)
    for (Actor& actor : actors_)
      if (actor.state == Actor::State::parked) {
        wake(actor);
        break;
      }
  if (decision.next != running_->index) go_to(actors_[decision.next]);
}

const Strategy::Able& Scheduler::able() {
  if (std::exchange(stale_, false)) {
    able_.clear();
    for (const Actor& actor : actors_)
      if (actor.state == Actor::State::ready && !actor.yielded) able_.push_back(actor.index);
  }
  return able_;
}

// Who looks again and again need not before something changes.
void Scheduler::look_again() noexcept {
  if (yielders_ == 0) return;
  for (Actor& actor : actors_) actor.yielded = false;
  yielders_ = 0;
  stale_ = true;
}

void Scheduler::wake(Actor& actor) noexcept {
  if (actor.state == Actor::State::parked && actor.wakes != Clock::never) --timed_;
  actor.state = Actor::State::ready;
  woken_ = stale_ = true;
}

void Scheduler::go_to(Actor& next) {
  Actor& before = *running_;
  if (&before == &next) return;
  looks_ = 0;
  running_ = &next;
  detail::thread_local_storage::current = next.thread;
  before.fiber->switch_to(*next.fiber);
}

void Scheduler::leave() {
  while (able().empty())
    if (!everybody_waits()) return running_->fiber->switch_to(main_);
  go_to(actors_[strategy_->pick(able())]);
}

// Nobody can go on before something happens by itself: stores arrive, those who look again and again look
// again, time passes.
bool Scheduler::everybody_waits() {
  show_everybody();
  if (!able().empty()) return true;
  const bool looking = yielders_ > 0;
  bool finished = true;
  Clock::time_point next = Clock::never;
  for (Actor& actor : actors_) {
    finished = finished && actor.state == Actor::State::finished;
    if (actor.state == Actor::State::parked) next = std::min(next, actor.wakes);
  }
  look_again();
  if (finished) return false;
  if (looking) {  // first without any time
    if (++looks_ > 3 && next != Clock::never) advance(next);
    return true;
  }
  if (on_quiet_) {
    const Alone alone(*this);
    on_quiet_();
  }
  if (next == Clock::never) fail("everybody waits, and nobody has a deadline");
  advance(next);
  return true;
}

void Scheduler::yield() {
  step("yield", nullptr, {});
  if (++steps_ > step_limit) fail("somebody looks again and again for what does not come");
  running_->yielded = stale_ = true;
  ++yielders_;
  leave();
}

// --- Stores

const std::uint64_t* Scheduler::own_store(const void* cell) const noexcept {
  const auto& stores = running_->stores;
  for (auto store = stores.rbegin(); store != stores.rend(); ++store)
    if (store->cell == cell) return &store->bits;
  return nullptr;
}

void Scheduler::store_later(Actor::Store store) {
  if (running_->stores.empty() && !strategy_->delays_store()) {
    look_again();
    return store.show(store.cell, store.bits);
  }
  running_->stores.push_back(store);
  ++pending_;
  if (running_->stores.size() > most_stores) show_one(*running_, 0);
}

// A release store comes after all before it; any store after those before it to the same place.
void Scheduler::show_one(Actor& actor, std::size_t index) {
  const auto first = actor.stores.begin();
  auto store = first + static_cast<std::ptrdiff_t>(index);
  const auto held_back = [&](const Actor::Store& before) { return before.cell == store->cell; };
  if (store->release || std::any_of(first, store, held_back)) store = first;
  const Actor::Store shown = *store;
  actor.stores.erase(store);
  --pending_;
  shown.show(shown.cell, shown.bits);
  look_again();
}

void Scheduler::show_all() {
  while (!running_->stores.empty()) show_one(*running_, 0);
}

void Scheduler::show_everybody() {
  for (Actor& actor : actors_)
    while (!actor.stores.empty()) show_one(actor, 0);
}

void Scheduler::forget_stores(const void* cell) noexcept {
  pending_ -= std::erase_if(running_->stores, [&](const Actor::Store& store) { return store.cell == cell; });
}

// --- Waiting

void Scheduler::lock_out(const void* mutex) {
  running_->state = Actor::State::locked_out;
  running_->waits_for = mutex;
  stale_ = true;
  leave();
}

void Scheduler::unlocked(const void* mutex) noexcept {
  look_again();
  for (Actor& actor : actors_)
    if (actor.state == Actor::State::locked_out && actor.waits_for == mutex) wake(actor);
}

void Scheduler::count_lock(int by) noexcept {
  running_->locks += static_cast<std::size_t>(by);
  held_locks_ += static_cast<std::size_t>(by);
}

Clock::time_point Scheduler::now() {
  if (current_ && alone_ == 0 && strategy_->tick > Duration::zero())
    advance(now_ + Duration(1 + static_cast<Duration::rep>(
                                    strategy_->below(static_cast<std::size_t>(strategy_->tick.count())))));
  return now_;
}

Clock::time_point Scheduler::coarse_now() const noexcept {
  return now_ - now_.time_since_epoch() % strategy_->coarse;
}

bool Scheduler::surely_waits(const Actor& actor) const noexcept {
  return actor.state == Actor::State::parked && held_locks_ == 0 &&
         static_cast<const std::atomic<std::uint32_t>*>(actor.waits_for)->load() == actor.expected;
}

void Scheduler::advance(Clock::time_point to) {
  for (Actor& actor : actors_)
    if (actor.limit <= to && surely_waits(actor)) actor.late = true;
  now_ = to;
  for (Actor& actor : actors_)
    if (actor.state == Actor::State::parked && actor.wakes <= now_) wake(actor);
}

void Scheduler::pass_time() {
  Clock::time_point next = Clock::never;
  for (const Actor& actor : actors_)
    if (actor.state == Actor::State::parked) next = std::min(next, actor.wakes);
  const std::size_t kind = strategy_->below(4);
  // What waits for long does so until nobody can do anything about it.
  if (kind == 0 && next > now_ && next - now_ < std::chrono::milliseconds(100)) return advance(next);
  advance(now_ + std::chrono::microseconds(kind == 1 ? 1 : kind == 2 ? 100 : 1100));
}

bool Scheduler::park(std::atomic<std::uint32_t>& word, std::uint32_t expected, Clock::time_point deadline) {
  step("park", &word, {});
  show_all();
  note(expected);
  if (running_->locks > 0) fail("parks under a lock");
  if (word.load() == expected && now_ < deadline) {
    running_->state = Actor::State::parked;
    running_->has_parked = true;
    running_->waits_for = &word;
    running_->expected = expected;
    running_->wakes = deadline;
    if (deadline != Clock::never) ++timed_;
    stale_ = true;
    leave();
  }
  return now_ < deadline;
}

void Scheduler::unpark(std::atomic<std::uint32_t>& word, int count) {
  step("unpark", &word, {});
  show_all();
  for (Actor& actor : actors_)
    if (count > 0 && actor.state == Actor::State::parked && actor.waits_for == &word) {
      wake(actor);
      --count;
    }
}

void Scheduler::user_code(const char* what) {
  step(what, nullptr, {});
  const Alone alone(*this);
  if (running_->locks > 0) fail(std::string(what) + " runs under a lock");
  const detail::Thread& thread = *running_->thread;
  if (thread.inside.load() || thread.visiting.load())
    fail(std::string(what) + " runs where nobody may look at what is looked at");
}

}  // namespace leasehold::model
