#include "summary.hpp"

#include "counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace leasehold::tool {

namespace {

double rate_of(const Summary& summary) {
  const double seconds = std::chrono::duration<double>(summary.elapsed).count();
  return seconds > 0 ? static_cast<double>(summary.done()) / seconds : 0;
}

// Three significant digits are enough to read.
Duration rounded(Duration duration) {
  Duration::rep step = 1;
  while (duration.count() / step >= 1000) step *= 10;
  return Duration((duration.count() + step / 2) / step * step);
}

// Most frequent first, then by name.
std::vector<std::pair<std::string, FailureGroup>> sorted(
    const std::map<std::string, FailureGroup>& failures) {
  std::vector<std::pair<std::string, FailureGroup>> groups(failures.begin(), failures.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  return groups;
}

}  // namespace

void Summary::add(std::size_t record, const Outcome& outcome) {
  if (outcome.cancelled) {
    ++cancelled;
    return;
  }
  ++(outcome.success ? succeeded : failed);
  if (outcome.success) return;
  FailureGroup& group = failures[outcome.code ? std::string(error_name(*outcome.code))
                                              : fmt::format("ended in '{}'", outcome.final_state)];
  if (group.count++ > 0) return;
  group.record = record;
  group.message = outcome.error;
}

std::size_t Summary::not_started() const noexcept {
  const std::size_t started = done() + cancelled;
  return total && *total > started ? *total - started : 0;
}

std::string interruption_text(const Summary& summary) {
  std::string text = summary.total ? fmt::format("interrupted: {} of {} done", summary.done(),
                                                 counted(*summary.total, "record"))
                                   : fmt::format("interrupted: {} done", counted(summary.done(), "record"));
  if (summary.cancelled > 0)
    text +=
        fmt::format(", {} running {} cancelled", summary.cancelled, summary.cancelled == 1 ? "was" : "were");
  text += summary.total ? fmt::format(", {} not started", summary.not_started())
                        : ", the rest of the input was not read";
  return text;
}

std::string to_text(const Summary& summary, const std::map<std::string, ResourceMetrics>& resources) {
  std::string text = fmt::format("{}: {} in {}", summary.machine, counted(summary.done(), "record"),
                                 format_duration(rounded(summary.elapsed)));
  const double rate = rate_of(summary);
  if (summary.done() > 1) text += fmt::format(" ({:.{}f}/s)", rate, rate < 10 ? 1 : 0);
  text += fmt::format(": {} succeeded, {} failed\n", summary.succeeded, summary.failed);
  if (summary.interrupted) text += interruption_text(summary) + "\n";

  std::size_t width = 0;
  for (const auto& [code, group] : summary.failures) width = std::max(width, code.size());
  if (!summary.failures.empty()) text += "\nfailures, each with its first:\n";
  for (const auto& [code, group] : sorted(summary.failures))
    text += fmt::format("  {:>5}  {:<{}}  record {}{}{}\n", group.count, code, width, group.record,
                        group.message.empty() ? "" : ": ", group.message);
  if (!resources.empty()) text += "\n" + to_table(resources);
  return text;
}

nlohmann::json to_json(const Summary& summary, const std::map<std::string, ResourceMetrics>& resources) {
  nlohmann::json failures = nlohmann::json::array(), metrics = nlohmann::json::object();
  for (const auto& [code, group] : sorted(summary.failures))
    failures.push_back(
        {{"code", code}, {"count", group.count}, {"record", group.record}, {"message", group.message}});
  for (const auto& [name, of] : resources) metrics[name] = to_json(of);
  nlohmann::json json = {{"machine", summary.machine},
                         {"records", summary.done()},
                         {"succeeded", summary.succeeded},
                         {"failed", summary.failed},
                         {"cancelled", summary.cancelled},
                         {"interrupted", summary.interrupted},
                         {"elapsed_seconds", std::chrono::duration<double>(summary.elapsed).count()},
                         {"records_per_second", rate_of(summary)},
                         {"failures", std::move(failures)},
                         {"resources", std::move(metrics)}};
  if (summary.total) {
    json["total"] = *summary.total;
    json["not_started"] = summary.not_started();
  }
  return json;
}

}  // namespace leasehold::tool
