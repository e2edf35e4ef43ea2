#pragma once

// What a dict that stands in for another resource does at each call: wait, fail, answer; and what it was
// asked.
//
// Threads: any. No lock is held while a delay passes.

#include <leasehold/adapters/dict.hpp>

#include <deque>
#include <mutex>

namespace leasehold::detail {

class DictScript {
 public:
  DictScript(std::string resource, const DictOptions& options);

  // What bounds a call and is written down of it.
  struct Caller {
    OwnerId owner;
    Clock::time_point deadline;
    std::stop_token stop;
    std::shared_ptr<Clock> clock;
  };

  // Counts and records a call, lets its delay pass and throws its fault. Returns its number, from 1. Throws
  // TimeoutError with `late` if the deadline comes before the delay is over, acquire_cancelled if stopped.
  std::size_t begin(std::string_view operation, const nlohmann::json& arguments, const Caller& caller,
                    errc late);

  // The scripted reply to a call; nothing if the operation has none scripted.
  std::optional<nlohmann::json> reply(std::string_view operation, std::size_t call) const;

  std::vector<DictCall> calls(std::string_view operation) const;
  std::size_t call_count(std::string_view operation) const;
  void clear_calls();

  bool knows(std::string_view operation) const;
  void set_replies(std::string_view operation, DictReplies replies);
  void set_faults(std::string_view operation, std::vector<DictFault> faults);
  void set_delays(std::string_view operation, std::vector<DictDelay> delays);

 private:
  struct Part {
    std::optional<DictReplies> replies;
    std::vector<DictFault> faults;
    std::vector<DictDelay> delays;
    std::size_t calls = 0;
  };
  Part& part(std::string_view operation);  // under mutex_

  const std::string resource_;
  const std::size_t record_;
  mutable std::mutex mutex_;
  std::map<std::string, Part, std::less<>> parts_;  // under mutex_, as the rest
  std::deque<DictCall> recorded_;
};

}  // namespace leasehold::detail
