// Many records through one machine. Three locks that nest in nothing: one for the range, one for callbacks,
// one for what they share.

#include <leasehold/fsm/machine.hpp>

#include "model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace leasehold::fsm::detail {

namespace {

class Batch {
 public:
  Batch(const Machine& machine, const RecordSource& next, std::optional<std::size_t> total,
        const BatchOptions& options)
      : machine_(machine), next_(next), total_(total), options_(options) {}

  BatchResult run() {
    const std::shared_ptr<Clock> clock = machine_.definition().manager->clock();
    const Clock::time_point started = clock->now();
    const std::size_t extra = std::max<std::size_t>(1, options_.workers) - 1;
    {
      std::vector<std::jthread> threads;
      threads.reserve(extra);
      try {
        for (std::size_t i = 0; i < extra; ++i) threads.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        // Fewer workers then.
      }
      work();
    }
    if (broken_) std::rethrow_exception(broken_);
    result_.elapsed = clock->now() - started;
    return std::move(result_);
  }

 private:
  struct Record {
    std::size_t index = 0;
    std::optional<nlohmann::json> value;
    std::exception_ptr problem;  // of the conversion
  };

  std::optional<Record> next_record() {
    const std::lock_guard lock(source_);
    if (ended_ || broken_off_) return std::nullopt;
    if (options_.run.stop.stop_requested()) {
      // Stopped only if something was left to do.
      stopped_ = !total_ || index_ < *total_;
      return std::nullopt;
    }
    Record record{index_, std::nullopt, nullptr};
    try {
      record.value = next_();
      if (!record.value) {
        ended_ = true;
        return std::nullopt;
      }
    } catch (...) {
      record.problem = std::current_exception();
    }
    ++index_;
    return record;
  }

  void work() noexcept {
    try {
      while (std::optional<Record> record = next_record()) report(record->index, run_one(*record));
    } catch (...) {
      break_off(std::current_exception());
    }
    const std::lock_guard lock(shared_);
    result_.stopped = stopped_;
  }

  RunResult run_one(Record& record) {
    if (record.problem) return refused(record);
    RunOptions options = options_.run;
    options.stop = {};  // stop drains: who runs goes on
    if (!options.id.empty()) options.id += fmt::format("-{}", record.index);
    return machine_.run(std::move(*record.value), options);
  }

  static RunResult refused(const Record& record) {
    RunResult result;
    result.data = nlohmann::json::object();
    result.code = errc::fsm_input;
    std::string reason = "something that is no std::exception was thrown";
    try {
      std::rethrow_exception(record.problem);
    } catch (const std::exception& error) {
      reason = error.what();
    } catch (...) {
    }
    result.error =
        Error(errc::fsm_input, fmt::format("the record {} cannot become JSON: {}", record.index, reason))
            .what();
    return result;
  }

  void report(std::size_t index, RunResult result) {
    BatchProgress progress;
    {
      const std::lock_guard lock(shared_);
      ++result_.total;
      ++(result.success ? result_.succeeded : result_.failed);
    }
    if (!broken_off_ && (options_.on_result || options_.on_progress)) {
      const std::lock_guard calling(callbacks_);
      {
        const std::lock_guard lock(shared_);
        progress = {result_.total, result_.failed, total_};
      }
      if (options_.on_result) options_.on_result(index, result);
      if (options_.on_progress) options_.on_progress(progress);
    }
    if (!options_.keep_results) return;
    const std::lock_guard lock(shared_);
    if (result_.results.size() <= index) result_.results.resize(index + 1);
    result_.results[index] = std::move(result);
  }

  void break_off(std::exception_ptr problem) noexcept {
    broken_off_ = true;
    const std::lock_guard lock(shared_);
    if (!broken_) broken_ = std::move(problem);
  }

  const Machine& machine_;
  const RecordSource& next_;
  const std::optional<std::size_t> total_;
  const BatchOptions& options_;

  std::mutex source_;  // the range is read by one at a time
  std::size_t index_ = 0;
  bool ended_ = false;

  std::mutex callbacks_;  // held around the user's callbacks and nothing else

  std::mutex shared_;
  BatchResult result_;
  std::exception_ptr broken_;
  std::atomic<bool> broken_off_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

BatchResult run_batch(const Machine& machine, const RecordSource& next, std::optional<std::size_t> total,
                      const BatchOptions& options) {
  return Batch(machine, next, total, options).run();
}

}  // namespace leasehold::fsm::detail
