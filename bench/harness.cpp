#include "harness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace bench {

namespace {

nlohmann::json raw = nlohmann::json::object();
int missed_count = 0;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::map<std::string, double> measure(std::string_view group, const std::vector<Contender>& contenders,
                                      int repetitions) {
  std::map<std::string, std::vector<double>> values;
  for (int round = -1; round < repetitions; ++round) {
    for (const Contender& contender : contenders) {
      const double value = contender.repetition();
      if (round >= 0) values[contender.name].push_back(value);
    }
  }
  std::map<std::string, double> medians;
  for (const auto& [name, all] : values) {
    raw[std::string(group)][name] = all;
    medians[name] = median(all);
  }
  return medians;
}

void judge(std::string_view what, double ratio, Reach reach, double goal, std::string_view why_missed,
           std::string_view unit) {
  const bool reached = reach == Reach::at_most ? ratio <= goal : ratio >= goal;
  if (!reached) ++missed_count;
  fmt::print("{:<72} {:>8.2f}{}  goal {} {:.2f}{}  {}\n", what, ratio, unit,
             reach == Reach::at_most ? "<=" : ">=", goal, unit, reached ? "reached" : "MISSED");
  if (!reached && !why_missed.empty()) fmt::print("    because {}\n", why_missed);
  std::fflush(stdout);
}

void tell(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void write_raw(const std::string& path) {
  std::ofstream(path) << raw.dump(1) << '\n';
}

int missed() {
  return missed_count;
}

double time_per_call(const std::function<void(std::size_t calls)>& operation) {
  using clock = std::chrono::steady_clock;
  for (std::size_t calls = 64;; calls *= 2) {
    const auto start = clock::now();
    operation(calls);
    const std::chrono::duration<double, std::nano> took = clock::now() - start;
    if (took.count() > 30e6) return took.count() / static_cast<double>(calls);
  }
}

}  // namespace bench
