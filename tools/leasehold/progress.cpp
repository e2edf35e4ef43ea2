#include "progress.hpp"

#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace leasehold::tool {

namespace {

using Seconds = std::chrono::duration<double>;

std::string bar(std::size_t done, std::size_t total, std::size_t cells) {
  const std::size_t filled = total == 0 ? cells : done * cells / total;
  std::string text(filled, '=');
  if (filled < cells) text += '>';
  text.resize(cells, ' ');
  return "[" + text + "]";
}

// Whole seconds are all that one can read of an estimate.
std::string about(Seconds seconds) {
  return format_duration(std::chrono::seconds(static_cast<long>(seconds.count() + 0.5)));
}

std::vector<std::string> parts_of(const Progress& p) {
  std::vector<std::string> parts;
  const double seconds = Seconds(p.elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(p.done) / seconds : 0;
  if (p.total) {
    parts.push_back(fmt::format("{:3}%", *p.total == 0 ? 100 : p.done * 100 / *p.total));
    parts.push_back(fmt::format("{}/{}", p.done, *p.total));
  } else {
    parts.push_back(fmt::format("{} done", p.done));
  }
  if (p.draining) parts.push_back("stopping");
  if (p.failed > 0) parts.push_back(fmt::format("{} failed", p.failed));
  if (p.running > 0) parts.push_back(fmt::format("{} running", p.running));
  if (rate > 0) parts.push_back(fmt::format("{:.{}f}/s", rate, rate < 10 ? 1 : 0));
  if (rate > 0 && p.total && *p.total > p.done && !p.draining)
    parts.push_back(about(Seconds(static_cast<double>(*p.total - p.done) / rate)) + " left");
  return parts;
}

}  // namespace

std::string render(const Progress& progress, std::size_t width) {
  std::string text;
  for (const std::string& part : parts_of(progress)) {
    if (text.size() + 2 + part.size() > width) break;
    text += (text.empty() ? "" : "  ") + part;
  }
  constexpr std::size_t least = 10, most = 40, frame = 4;  // "[", "]" and two blanks
  if (!progress.total || width < text.size() + least + frame) return text;
  return bar(progress.done, *progress.total, std::min(most, width - text.size() - frame)) + "  " + text;
}

void ProgressBar::update(const Progress& progress) {
  if (!enabled_) return;
  const std::lock_guard lock(mutex_);
  if (drawn_ && last_ && progress.elapsed - *last_ < std::chrono::milliseconds(95)) return;
  last_ = progress.elapsed;
  // The last column stays free: some terminals wrap when it is written.
  write_all(fd_, "\r" + render(progress, std::max<std::size_t>(terminal_width(fd_), 2) - 1) + "\x1b[K");
  drawn_ = true;
}

void ProgressBar::clear() {
  const std::lock_guard lock(mutex_);
  clear_locked();
}

void ProgressBar::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_locked();
  write_all(fd_, text);
}

void ProgressBar::clear_locked() {
  if (drawn_) write_all(fd_, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace leasehold::tool
