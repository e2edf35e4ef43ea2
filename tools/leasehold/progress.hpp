#pragma once

// How far a run is, as one line; and ProgressBar, which keeps that line at the bottom of a terminal.

#include <leasehold/clock.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold::tool {

struct Progress {
  std::size_t done = 0;  // failed ones included
  std::size_t failed = 0;
  std::size_t running = 0;
  std::optional<std::size_t> total;  // unknown while standard input is open
  Duration elapsed = {};
  bool draining = false;  // interrupted; the running ones end
};

// "[======>             ]  34%  85/249  3 failed  4 running  12/s  14s left", at most `width` columns: what
// does not fit is left out from the right. ASCII only.
std::string render(const Progress& progress, std::size_t width);

// Threads: any. Redraws at most ten times a second. Where `enabled` is false nothing is drawn, and print() is
// all that it does.
class ProgressBar {
 public:
  ProgressBar(int fd, bool enabled) : fd_(fd), enabled_(enabled) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void update(const Progress& progress);
  void clear();                       // takes the line away until the next update
  void print(std::string_view text);  // whole lines, above the bar

 private:
  void clear_locked();

  const int fd_;
  const bool enabled_;
  std::mutex mutex_;
  bool drawn_ = false;
  std::optional<Duration> last_;  // Progress::elapsed when it was drawn last
};

}  // namespace leasehold::tool
