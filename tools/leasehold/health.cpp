#include "loading.hpp"
#include "logging.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

std::string text_of(const std::map<std::string, HealthReport>& reports) {
  std::size_t width = 0;
  for (const auto& [name, report] : reports) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, report] : reports) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(report.took);
    std::string line = fmt::format("{:<{}}  {:<9}  {:>6}  {}", name, width, to_string(report.health),
                                   format_duration(took), report.message);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

nlohmann::json json_of(const std::map<std::string, HealthReport>& reports) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, report] : reports)
    json[name] = {{"health", to_string(report.health)},
                  {"message", report.message},
                  {"took_seconds", std::chrono::duration<double>(report.took).count()}};
  return json;
}

bool good(const HealthReport& report) {
  return report.health == ResourceHealth::healthy || report.health == ResourceHealth::degraded;
}

}  // namespace

ExitStatus health(const HealthCommand& command, std::optional<LogLevel> log_level) {
  ProgressBar bar(STDERR_FILENO, false);
  ResourceManager manager(
      {.logger = make_logger(log_level, bar), .maintenance = false, .health_timeout = command.timeout});
  register_builtin_types(manager);
  const fsm::Machine machine = load(command.machine, manager);
  const std::map<std::string, HealthReport> reports = manager.health_check();
  print(command.format == Format::json ? json_of(reports).dump(2) + "\n"
        : reports.empty()              ? fmt::format("{} declares no resources\n", machine.name())
                                       : text_of(reports));
  return std::all_of(reports.begin(), reports.end(), [](const auto& entry) { return good(entry.second); })
             ? ExitStatus::success
             : ExitStatus::failed;
}

}  // namespace leasehold::tool
