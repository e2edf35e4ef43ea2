// From construction through hooks to close.

#include "manager/state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

using detail::EntryPtr;
using detail::LifePhase;
using Answer = detail::Lifecycle::Answer;

ResourceManager::ResourceManager(ManagerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

ResourceManager::~ResourceManager() {
  if (detail::process_epoch() != state_->process) {
    // In a child: the threads that hold its locks are not here, and the connections are the parent's. Forget
    // it.
    static_cast<void>(state_.release());
    return;
  }
  try {
    state_->close(Duration::zero(), std::chrono::seconds(5));
    state_->life.wait_while(LifePhase::closing, *state_->clock, Clock::never);  // another thread's
  } catch (const std::exception& error) {
    detail::log(state_->options.logger, LogLevel::error,
                fmt::format("closing the manager: {}", error.what()));
  } catch (...) {
    detail::log(state_->options.logger, LogLevel::error, "closing the manager: unknown error");
  }
}

void ResourceManager::add_startup_hook(Hook hook) {
  state_->require_open();
  const std::lock_guard lock(state_->mutex);
  state_->startup_hooks.push_back(std::move(hook));
}

void ResourceManager::add_shutdown_hook(Hook hook) {
  state_->require_open();
  const std::lock_guard lock(state_->mutex);
  state_->shutdown_hooks.push_back(std::move(hook));
}

namespace {

// Runs one hook; tells the logger what it threw, and returns it.
std::exception_ptr run_hook(const Hook& hook, const Logger& logger, std::string_view kind,
                            std::size_t number) {
  if (!hook) return nullptr;
  try {
    hook();
    return nullptr;
  } catch (const std::exception& error) {
    detail::log(logger, LogLevel::error, fmt::format("{} hook {} failed: {}", kind, number, error.what()));
    return std::current_exception();
  } catch (...) {
    detail::log(logger, LogLevel::error, fmt::format("{} hook {} failed", kind, number));
    return std::current_exception();
  }
}

}  // namespace

void ResourceManager::initialize() {
  State& state = *state_;
  state.require_open();
  Answer answer;
  while ((answer = state.life.begin_start()) == Answer::wait)
    if (!state.life.wait_while(LifePhase::starting, *state.clock, Clock::never)) return;  // called by a hook
  if (answer == Answer::refused) state.require_open();

  while (true) {
    Hook hook;
    std::size_t index;
    {
      const std::lock_guard lock(state.mutex);
      index = state.started;
      if (index == state.startup_hooks.size()) break;
      hook = state.startup_hooks[index];
    }
    const std::exception_ptr failed = run_hook(hook, state.options.logger, "startup", index + 1);
    bool interrupted = false;
    {
      // Under the lock, so that close either sees this hook as started or leaves it to us.
      const std::lock_guard lock(state.mutex);
      interrupted = state.life.phase() != LifePhase::starting;
      if (!failed && !interrupted) {
        state.started = index + 1;
        continue;
      }
    }
    // Unwind: what close has not undone already, in reverse. A hook that failed has undone itself.
    std::vector<Hook> undo;
    {
      const std::lock_guard lock(state.mutex);
      const std::size_t first = interrupted ? index : 0;
      const std::size_t last = std::min(failed ? index : index + 1, state.shutdown_hooks.size());
      for (std::size_t i = first; i < last; ++i) undo.push_back(state.shutdown_hooks[i]);
      if (!interrupted) state.started = 0;
    }
    for (std::size_t i = undo.size(); i-- > 0;) run_hook(undo[i], state.options.logger, "shutdown", i + 1);
    state.life.end_start(false);
    state.life.wake(*state.clock);
    if (failed) std::rethrow_exception(failed);
    state.require_open();
    return;
  }
  const bool running = state.life.end_start(true);
  state.life.wake(*state.clock);
  if (!running) state.require_open();
  state.upkeep->bump();
}

void ResourceManager::close(Duration drain) {
  state_->close(drain, detail::grace);
}

void ResourceManager::State::close(Duration drain, Duration grace) {
  if (detail::process_epoch() != process) return;  // the parent's to close
  const auto deadline = clock->deadline_after(drain);
  const auto last = std::max(deadline, clock->deadline_after(grace));
  switch (life.begin_close()) {
    case Answer::wait:
      life.wait_while(LifePhase::closing, *clock, last);
      return;
    case Answer::done:
    case Answer::refused:
      return;
    case Answer::proceed:
      break;
  }
  life.wake(*clock);

  // From here on nothing stops it: each step runs whatever the one before came to.
  std::exception_ptr first;
  const auto step = [&first](auto action) {
    try {
      action();
    } catch (...) {  // a hook's, or no memory
      if (!first) first = std::current_exception();
    }
  };
  const std::vector<EntryPtr> entries = registry->close();
  for (const EntryPtr& entry : entries) entry->pool->begin_close();
  upkeep->health().stop(entries);
  std::vector<const IResourceProvider*> clinging;
  for (const EntryPtr& entry : entries) {
    if (entry->pool->drain(deadline, last)) continue;
    std::vector<HolderInfo> held;
    step([&] { held = entry->pool->holders(); });
    step([&] { entry->pool->detach_all(); });
    step([&] {
      for (const HolderInfo& holder : held)
        detail::log(options.logger, LogLevel::warning,
                    fmt::format("closing: '{}' is still held by '{}' since {} ({}); revoked", entry->name,
                                holder.owner, format_duration(holder.age), holder.site));
    });
    // Somebody who had been served before it closed may begin a lease only now, or while nothing was told of
    // it.
    while (!entry->pool->drain(deadline, last) && clock->now() < last) entry->pool->detach_all();
    entry->pool->detach_all();
    if (entry->pool->drain(deadline, last)) continue;
    step([&] { clinging.push_back(entry->provider.get()); });
    step([&] {
      detail::log(options.logger, LogLevel::warning,
                  fmt::format("closing: the provider of '{}' does not let go; left behind, and not closed",
                              entry->name));
    });
  }
  if (!upkeep->stop(last))
    detail::log(options.logger, LogLevel::warning, "closing: upkeep is held up; left behind");

  std::vector<Hook> hooks;
  step([&] {
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < shutdown_hooks.size(); ++i)
      // The partner of a startup hook that has not run has nothing to undo.
      hooks.push_back(i < started || i >= startup_hooks.size() ? shutdown_hooks[i] : Hook());
  });
  for (std::size_t i = hooks.size(); i-- > 0;)
    step([&] {
      if (auto failed = run_hook(hooks[i], options.logger, "shutdown", i + 1)) std::rethrow_exception(failed);
    });

  for (std::size_t i = entries.size(); i-- > 0;) {  // one provider may serve several names
    const auto same = [&](const EntryPtr& later) { return later->provider == entries[i]->provider; };
    if (std::none_of(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1, entries.end(), same) &&
        std::find(clinging.begin(), clinging.end(), entries[i]->provider.get()) == clinging.end())
      entries[i]->provider->close();
  }
  life.end_close();
  life.wake(*clock);
  if (first) std::rethrow_exception(first);
}

bool ResourceManager::closed() const noexcept {
  const auto phase = state_->life.phase();
  return phase == LifePhase::closing || phase == LifePhase::closed;
}

}  // namespace leasehold
