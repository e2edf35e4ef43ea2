#pragma once

// The events that drive an execution, a JSON object a line:
//
//   {"event": "order.received", "data": {"amount": 3}}
//   {"event": "order.paid", "after": "1s"}
//   {"advance": "5s"}
//
// `after` is how long to wait before the event; `advance` lets time pass without one. A file is looked
// through before the first line is given out: every bad line is listed, and nothing has happened.

#include <leasehold/clock.hpp>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace leasehold::tool {

struct EventLine {
  std::size_t line = 0;  // of the input, from 1
  std::string event;     // "": time passes, nothing else
  nlohmann::json data = nullptr;
  Duration wait = {};  // before it
};

// Throws Failure (usage) that names the place: "events.jsonl:3: unknown key 'evnt'; did you mean 'event'?"
EventLine parse_event_line(const std::string& text, const std::string& name, std::size_t line);

// Threads: next() is called by one thread. A thread of its own reads ahead, a little, so that delays may come
// due while nobody writes.
class EventFeed {
 public:
  // "-": standard input. Throws Failure (usage) if it cannot be read or, of a regular file, if a line is bad.
  explicit EventFeed(const std::string& path);
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;
  ~EventFeed();

  // The next line; none at the end, when `until` comes first (on the steady clock), or when stopped. Throws
  // Failure (usage) for a bad line.
  std::optional<EventLine> next(Clock::time_point until, const std::stop_token& stop);
  bool ended() const;  // there is no further line

  // Names of the events in a file, with their first lines; empty for standard input.
  const std::vector<std::pair<std::string, std::size_t>>& names() const noexcept { return names_; }
  const std::string& name() const noexcept { return name_; }

 private:
  void examine(const std::string& path);
  void read(const std::string& path, const std::stop_token& stop);

  std::string name_;
  std::vector<std::pair<std::string, std::size_t>> names_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<std::size_t, std::string>> lines_;  // read ahead, as text
  std::exception_ptr failure_;
  bool exhausted_ = false;
  std::jthread reader_;  // last: it uses the rest
};

}  // namespace leasehold::tool
