#pragma once

// Measures contenders side by side: their repetitions alternate within one run of the process, the medians
// are compared, and only ratios are judged, because the machine's speed changes from minute to minute.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Contender {
  std::string name;
  // One repetition; returns what is compared (nanoseconds per operation, operations per second, ...).
  std::function<double()> repetition;
};

// Medians by name of `repetitions` alternating rounds, after one that does not count. Raw values are kept for
// write_raw().
std::map<std::string, double> measure(std::string_view group, const std::vector<Contender>& contenders,
                                      int repetitions = 7);

enum class Reach { at_most, at_least };

// Prints and remembers one figure against its goal; if that is missed, also why as far as we know.
void judge(std::string_view what, double ratio, Reach reach, double goal, std::string_view why_missed = "",
           std::string_view unit = "x");

// A line of the report that is no judgement.
void tell(std::string_view line);

void write_raw(const std::string& path);  // JSON: group -> contender -> values
int missed();                             // how many figures did not reach their goal

// Keeps the optimiser from dropping a value.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// Nanoseconds per call of `operation`, over enough calls to fill about 30 ms.
double time_per_call(const std::function<void(std::size_t calls)>& operation);

}  // namespace bench
