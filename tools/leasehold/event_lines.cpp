#include "event_lines.hpp"

#include "counted.hpp"
#include "exit_status.hpp"
#include "line_reader.hpp"
#include "terminal.hpp"

#include <leasehold/config.hpp>
#include <leasehold/json.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

constexpr std::size_t ahead = 64;        // lines
constexpr std::size_t most_listed = 20;  // bad lines

struct Written {
  std::optional<std::string> event;
  nlohmann::json data = nullptr;
  std::optional<Duration> after;
  std::optional<Duration> advance;
};

const Fields<Written>& written_fields() {
  static const Fields<Written> fields =
      Fields<Written>()
          .field("event", &Written::event, "the name of the event")
          .field("data", &Written::data, "of the event")
          .field("after", &Written::after, "how long to wait before the event")
          .field("advance", &Written::advance, "how much time passes, without an event")
          .check([](const Written& written, const std::string& pointer, std::vector<ConfigIssue>& issues) {
            const bool bare = !written.event && !written.after && written.data.is_null();
            if (written.advance ? !bare : !written.event)
              issues.push_back({errc::config_value, pointer,
                                written.advance ? "'advance' stands beside other keys" : "there is no event",
                                R"(write {"event": "name"} or {"advance": "5s"})", false});
            else if (written.event && written.event->empty())
              issues.push_back({errc::config_value, pointer_join(pointer, "event"),
                                "the name of the event is empty", "name it", false});
          });
  return fields;
}

[[noreturn]] void refuse_long(const std::string& name, std::size_t line) {
  throw Failure(ExitStatus::usage,
                fmt::format("{}:{}: the line is longer than {} MiB", name, line, LineReader::longest >> 20));
}

}  // namespace

EventLine parse_event_line(const std::string& text, const std::string& name, std::size_t line) {
  try {
    Written written = written_fields().read(parse_json(text, name, {.first_line = line}));
    return {line, written.event.value_or(""), std::move(written.data),
            written.advance.value_or(written.after.value_or(Duration::zero()))};
  } catch (const ConfigError& error) {
    std::string complaints;
    for (const ConfigIssue& issue : error.issues())
      complaints += fmt::format("{}{}:{}: {}{}{}", complaints.empty() ? "" : "\n", name, line, issue.message,
                                issue.hint.empty() ? "" : "; ", issue.hint);
    throw Failure(ExitStatus::usage, complaints);
  } catch (const Error& error) {
    throw Failure(ExitStatus::usage, error.message());
  }
}

EventFeed::EventFeed(const std::string& path) {
  examine(path);
  reader_ = std::jthread([this, path](const std::stop_token& stop) { read(path, stop); });
}

EventFeed::~EventFeed() {
  reader_.request_stop();
  changed_.notify_all();
}

void EventFeed::examine(const std::string& path) {
  ByteInput input(path);
  name_ = input.name();
  if (!input.rewindable()) return;
  LineReader lines(input);
  std::size_t bad = 0;
  while (const auto line = lines.next()) {
    if (line->is_blank()) continue;
    try {
      if (line->too_long) refuse_long(name_, line->number);
      EventLine event = parse_event_line(line->text, name_, line->number);
      const bool known = std::any_of(names_.begin(), names_.end(),
                                     [&](const auto& other) { return other.first == event.event; });
      if (!known && !event.event.empty()) names_.emplace_back(std::move(event.event), line->number);
    } catch (const Failure& failure) {
      if (++bad <= most_listed) write_all(STDERR_FILENO, fmt::format("{}\n", failure.what()));
    }
  }
  if (bad > 0)
    throw Failure(ExitStatus::usage,
                  fmt::format("{} in '{}', nothing was run", counted(bad, "bad line"), name_));
}

void EventFeed::read(const std::string& path, const std::stop_token& stop) {
  std::exception_ptr failure;
  try {
    ByteInput input(path);
    LineReader lines(input);
    while (auto line = lines.next(stop)) {
      if (line->is_blank()) continue;
      if (line->too_long) refuse_long(name_, line->number);
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return lines_.size() < ahead; })) return;
      lines_.emplace_back(line->number, std::move(line->text));
      changed_.notify_all();
    }
  } catch (const ByteInput::Stopped&) {
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  exhausted_ = true;
  changed_.notify_all();
}

std::optional<EventLine> EventFeed::next(Clock::time_point until, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return !lines_.empty() || exhausted_; };
  if (until == Clock::never)
    changed_.wait(lock, stop, ready);
  else
    changed_.wait_until(lock, stop, until, ready);
  if (stop.stop_requested()) return std::nullopt;
  if (lines_.empty()) {
    if (exhausted_ && failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  auto [number, text] = std::move(lines_.front());
  lines_.pop_front();
  changed_.notify_all();
  lock.unlock();
  return parse_event_line(text, name_, number);
}

bool EventFeed::ended() const {
  const std::lock_guard lock(mutex_);
  return lines_.empty() && exhausted_;
}

}  // namespace leasehold::tool
