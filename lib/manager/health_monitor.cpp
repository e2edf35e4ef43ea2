#include "manager/health_monitor.hpp"

#include "pool/error_text.hpp"
#include "pool/park.hpp"
#include "pool/workers.hpp"

#include <fmt/format.h>

#include <climits>

namespace leasehold::detail {

struct HealthRun {
  std::shared_ptr<IResourceProvider> provider;
  std::shared_ptr<Clock> clock;
  HealthMonitor::Word finished;
  Clock::time_point started;
  Clock::time_point deadline;
  std::stop_source stop;
  sync::Atomic<std::uint32_t> done = 0;  // the report is written before it is 1
  HealthReport report;
  std::uint32_t settled = 0;  // an Outcome: the last that somebody took on; under health_mutex
  sync::Atomic<std::uint32_t> effective = 0;  // an Outcome: the last that is in effect
};

namespace {

constexpr const char* no_memory = "out of memory";  // fits in a string that allocates nothing

HealthReport ask(HealthRun& run) {
  const AcquireContext context{
      .deadline = run.deadline, .stop = run.stop.get_token(), .owner = {}, .clock = run.clock};
  try {
    return run.provider->health_check(context);
  } catch (const Error& error) {
    return {
        ResourceHealth::unhealthy, fmt::format("{}: {}", error_name(error.reason()), error.message()), {}};
  } catch (...) {  // what a foreign exception says may hold a secret
    return {ResourceHealth::unhealthy, fmt::format("the check failed with {}", current_exception_type()), {}};
  }
}

void end_check(const std::shared_ptr<HealthRun>& run, HealthReport report) noexcept {
  if (report.took == Duration::zero()) report.took = run->clock->now() - run->started;
  run->report = std::move(report);
  run->done.store(1, std::memory_order_release);
  run->clock->unpark(run->done, INT_MAX);
  run->finished->fetch_add(1);
  run->clock->unpark(*run->finished, INT_MAX);
}

void run_check(const std::shared_ptr<HealthRun>& run) noexcept {
  HealthReport report{ResourceHealth::unhealthy, no_memory, {}};  // if there is none for what it threw
  try {
    report = ask(*run);
  } catch (const std::bad_alloc&) {
  }
  end_check(run, std::move(report));
}

}  // namespace

void log(const Logger& logger, LogLevel level, std::string_view message) noexcept {
  if (!logger) return;
  try {
    logger(level, message);
  } catch (...) {  // a logger's failure has nowhere to be told
  }
}

HealthMonitor::HealthMonitor(std::shared_ptr<Clock> clock, Logger logger, Duration timeout, Word finished)
    : clock_(std::move(clock)),
      logger_(std::move(logger)),
      timeout_(timeout),
      finished_(std::move(finished)) {}

std::shared_ptr<HealthRun> HealthMonitor::begin(const EntryPtr& entry) {
  auto run = std::make_shared<HealthRun>();
  run->provider = entry->provider;
  run->clock = clock_;
  run->finished = finished_;
  run->started = clock_->now();
  run->deadline = clock_->deadline_after(timeout_);
  {
    const std::lock_guard lock(entry->health_mutex);
    if (entry->health_run && entry->health_run->done.load(std::memory_order_acquire) == 0)
      return entry->health_run;
    entry->health_run = run;
  }
  // Somebody may wait for this run already, and the next one waits for its end: it has to end.
  try {
    run_on_worker([run] { run_check(run); });
  } catch (const std::bad_alloc&) {
    end_check(run, {ResourceHealth::unknown, no_memory, {}});
  }
  return run;
}

std::optional<HealthMonitor::Outcome> HealthMonitor::outcome(const HealthRun& run) const {
  if (run.done.load(std::memory_order_acquire) != 0) return Outcome{Outcome::answered, run.report};
  const auto now = clock_->now();
  if (now < run.deadline) return std::nullopt;
  return Outcome{Outcome::overdue,
                 {ResourceHealth::unhealthy,
                  fmt::format("did not answer within {}", format_duration(timeout_)), now - run.started}};
}

// Once per kind: an answer that comes after all counts after having been overdue. Whoever comes second waits
// until the first is done.
void HealthMonitor::put_into_effect(Entry& entry, HealthRun& run, const Outcome& outcome) {
  const HealthReport& report = outcome.report;
  HealthReport last = report;  // may throw, before anything is settled
  HealthMachine::Effects effects;
  bool first = false;
  {
    const std::lock_guard lock(entry.health_mutex);
    first = run.settled < outcome.kind;
    if (first) {
      run.settled = outcome.kind;
      std::swap(entry.last_health, last);
      effects = entry.health.report(report.health);
    }
  }
  if (!first) {
    const auto deadline = clock_->deadline_after(timeout_);
    for (auto now = run.effective.load(); now < outcome.kind; now = run.effective.load())
      if (!park(*clock_, run.effective, now, deadline)) return;
    return;
  }
  if (effects.retire) entry.pool->retire_generation();
  run.effective.store(outcome.kind);
  clock_->unpark(run.effective, INT_MAX);
  if (!effects.changed) return;
  const bool good = report.health == ResourceHealth::healthy;
  log(logger_, good ? LogLevel::info : LogLevel::warning,
      fmt::format("resource '{}' is {}{}{}", entry.name, to_string(report.health),
                  report.message.empty() ? "" : ": ", report.message));
}

std::map<std::string, HealthReport> HealthMonitor::check(const std::vector<EntryPtr>& entries) {
  std::vector<std::shared_ptr<HealthRun>> runs;
  for (const EntryPtr& entry : entries) runs.push_back(begin(entry));
  std::map<std::string, HealthReport> reports;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    HealthRun& run = *runs[i];
    std::optional<Outcome> found;
    while (!(found = outcome(run))) park(*clock_, run.done, 0, run.deadline);
    put_into_effect(*entries[i], run, *found);
    reports.emplace(entries[i]->name, std::move(found->report));
  }
  return reports;
}

void HealthMonitor::start(const std::vector<EntryPtr>& entries) {
  for (const EntryPtr& entry : entries) begin(entry);
}

Clock::time_point HealthMonitor::settle(const EntryPtr& entry) {
  std::shared_ptr<HealthRun> run;
  std::uint32_t settled = 0;
  {
    const std::lock_guard lock(entry->health_mutex);
    run = entry->health_run;
    if (run) settled = run->settled;
  }
  if (!run || settled == Outcome::answered) return Clock::never;
  const auto found = outcome(*run);
  if (!found) return run->deadline;
  if (settled < found->kind) put_into_effect(*entry, *run, *found);
  return Clock::never;
}

void HealthMonitor::stop(const std::vector<EntryPtr>& entries) noexcept {
  for (const EntryPtr& entry : entries) {
    std::shared_ptr<HealthRun> run;
    {
      const std::lock_guard lock(entry->health_mutex);
      run = entry->health_run;
    }
    if (run) run->stop.request_stop();
  }
}

}  // namespace leasehold::detail
