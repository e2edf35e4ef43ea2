#pragma once

// Batch: runs a function on records, several at once, and hands the outcomes on in the order of the records.
//
// Why not fsm::run_batch: here outcomes come in order, in bounded memory; a bad line is a failure among
// others; and an interruption first drains, then cancels.
//
// Threads: run() is called once; it calls `run` on `jobs` threads, everything else one call at a time.

#include "progress.hpp"
#include "records.hpp"
#include "summary.hpp"

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>

namespace leasehold::tool {

struct BatchOptions {
  std::size_t jobs = 1;
  Duration drain = std::chrono::seconds(30);  // after `stop`, until the running ones are cancelled
  std::stop_token stop = {};                  // no further record starts
  std::stop_token cancel = {};                // the running ones are cancelled, too; counts after `stop` only
};

class Batch {
 public:
  using Run = std::function<Outcome(Record&& record, const std::stop_token& cancel)>;
  using Deliver = std::function<void(std::size_t record, Outcome&& outcome)>;  // in the order of the records
  using Tick = std::function<void(const Progress&)>;                           // ten times a second

  Batch(RecordReader& reader, Run run, Deliver deliver, BatchOptions options);

  // Returns when everything that started has ended. What the reader or `deliver` threw ends it as `stop`
  // does, and is rethrown then; `run` must not throw.
  void run(const Tick& tick);

  bool interrupted() const noexcept { return interrupted_; }  // after run(): stopped before the records ended

 private:
  void work();
  std::optional<Record> take();
  void finish(std::size_t record, Outcome&& outcome);
  Progress progress() const;  // with mutex_ held

  RecordReader& reader_;
  const Run run_;
  const Deliver deliver_;
  const BatchOptions options_;
  const std::size_t window_;  // records between the oldest that runs and the newest
  const Clock::time_point started_at_;
  std::stop_source reading_;  // ends a wait for input
  std::stop_source cancel_;

  std::mutex reader_mutex_;  // before mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Outcome> waiting_;  // for those before them
  std::size_t started_ = 0;
  std::size_t delivered_ = 0;
  std::size_t ended_ = 0;
  std::size_t failed_ = 0;
  std::size_t workers_ = 0;
  bool delivering_ = false;
  bool exhausted_ = false;  // the reader has no more
  bool halted_ = false;
  bool interrupted_ = false;
  std::exception_ptr failure_;
};

}  // namespace leasehold::tool
