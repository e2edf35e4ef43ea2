// What the threads of a plan do, step by step.

#include <algorithm>

#include "thread/thread.hpp"
#include "world.hpp"

namespace leasehold::model {

void World::work(Worker& worker) {
  for (const Step& step : plan_.threads[worker.number]) take(worker, step);
  if (--at_work_ == 0 && plan_.destroys) {
    closing_ = true;
    for (Pool& pool : pools_) pool.provider->revocations += 100;
    manager_.reset();
  }
  while (!worker.held.empty()) drop(worker, worker.held.size() - 1);
}

void World::take(Worker& worker, const Step& step) {
  Held* const last = worker.held.empty() ? nullptr : &worker.held.back();
  switch (step.action) {
    case Action::acquire:
      return acquire(worker, step);
    case Action::try_acquire:
      return try_acquire(worker, step);
    case Action::acquire_all:
      return acquire_all(worker, step);
    case Action::use:
      if (last) use(*last);
      return;
    case Action::discard:
      if (last) last->lease.discard();
      [[fallthrough]];
    case Action::drop:
      if (last) drop(worker, worker.held.size() - 1);
      return;
    case Action::drop_first:
      if (last) drop(worker, 0);
      return;
    case Action::pass:
      if (!last) return;
      unmark(*last);
      passed_.push_back(std::move(*last));
      return worker.held.pop_back();
    case Action::take:
      if (passed_.empty()) return;
      worker.held.push_back(std::move(passed_.back()));
      passed_.pop_back();
      return use(worker.held.back());
    case Action::hand_over:
      if (last) hand_over(worker, *last);
      return;
    case Action::call:
      if (last) call(*last);
      return;
    case Action::stop:
      return stop(step.number % workers_.size());
    case Action::sleep:
      return sleep(step.time);
    case Action::pause:
      return scheduler_.yield();
    case Action::end_thread:
      scheduler_.self().thread->id = ++retired_ids_;
      scheduler_.self().thread->holds = 0;
      for (Held& held : worker.held) held.by = ~std::size_t{0};
      return;
    default:
      break;
  }
  try {
    steer(worker, step);
  } catch (const Error& error) {
    const bool unknown = error.reason() == errc::resource_unknown && plan_.does(Action::unregister);
    if (!unknown && !(error.reason() == errc::acquire_closed && closing_)) scheduler_.fail(error.what());
  }
}

void World::steer(Worker& worker, const Step& step) {
  Pool& pool = pools_[step.pool];
  const std::string& name = pool.plan->name;
  switch (step.action) {
    case Action::release:
    case Action::release_all:
      return release(worker, step);
    case Action::resize: {
      PoolConfig config = pool.plan->config;
      config.max_size = 1 + step.number % pool.plan->largest;
      config.min_size = std::min(config.min_size, config.max_size);
      return manager_->resize_pool(name, config);
    }
    case Action::suspend:
      manager_->suspend(name);
      pool.suspended = true;
      sleep(500us);
      ++pool.resumes;  // from here on it may be lent
      ++pool.resuming;
      manager_->resume(name);
      --pool.resuming;
      pool.suspended = false;
      return;
    case Action::evict:
      return manager_->evict(name);
    case Action::validate:
      ++pool.validations;
      static_cast<void>(manager_->validate_resource(name));
      return;
    case Action::maintain:
      static_cast<void>(manager_->maintain());
      return;
    case Action::look: {
      const ResourceStatusReport status = manager_->get_resource_status(name);
      if (status.provider_exists && pool.plan->sharing == Sharing::exclusive && !plan_.revokes())
        expect(status.active_count + status.idle_count <= pool.plan->largest, pool,
               "more seen than max_size");
      static_cast<void>(manager_->get_metrics(name));
      static_cast<void>(manager_->has_resource(name, "owner#0"));
      return;
    }
    case Action::unregister: {
      pool.registered = false;
      pool.provider->revocations += 100;
      const Counted ending(ending_);
      static_cast<void>(manager_->unregister_provider(name, step.time));
      return;
    }
    default:  // close
      closing_ = true;
      for (Pool& each : pools_) each.provider->revocations += 100;
      const Counted ending(ending_);
      return manager_->close(step.time);
  }
}

void World::stop(std::size_t number) {
  Worker& worker = workers_[number];
  if (!worker.stop) return;
  const Scheduler::Alone alone(scheduler_);
  Scheduler::Actor& actor = scheduler_.actors()[number];
  if (scheduler_.surely_waits(actor)) actor.late = true;
  worker.stopped = true;
  worker.stop->request_stop();
}

void World::sleep(Duration time) {
  std::atomic<std::uint32_t> word = 0;
  const auto until = clock_->now() + time;
  while (clock_->park(word, 0, until)) {
  }
}

}  // namespace leasehold::model
