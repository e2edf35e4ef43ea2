#include "jq/unit.hpp"

#include "jq/state.hpp"
#include "jq/vocabulary.hpp"

#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

namespace leasehold::fsm::jq {

namespace {

constexpr std::size_t kept_states =
    64;  // that wait for their next use; a unit never had more threads at once

// if .[2] then (if .[3] then ... ) else ... end: the branch for the lower half is taken on false.
void write_choice(std::string& text, std::size_t first, std::size_t count, std::vector<bool>& way,
                  std::vector<std::vector<bool>>& ways) {
  if (count == 1) {
    text += fmt::format(".[0] | {}{}", reserved_prefix, first);
    ways.push_back(way);
    return;
  }
  const std::size_t half = count / 2;
  std::string upper;
  std::vector<std::vector<bool>> upper_ways;
  text += fmt::format("if .[{}] then ", 2 + way.size());
  way.push_back(true);
  write_choice(upper, first + half, count - half, way, upper_ways);
  way.back() = false;
  text += upper + " else ";
  write_choice(text, first, half, way, ways);
  text += " end";
  way.pop_back();
  ways.insert(ways.end(), upper_ways.begin(), upper_ways.end());
}

struct Text {
  std::string text;
  std::vector<std::size_t> last_lines;  // by program
  std::vector<std::vector<bool>> ways;
};

// The input is [data, event, way...]. Each program is a function, since libjq bounds the size of one.
Text write_unit(const std::vector<std::string>& sources) {
  Text unit{fmt::format("{}.[1] as $event | ", defused_words()), {}, {}};
  std::size_t line = 1;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    unit.text += fmt::format("def {}{}: ({}\n);\n", reserved_prefix, i, sources[i]);
    line += static_cast<std::size_t>(std::count(sources[i].begin(), sources[i].end(), '\n')) + 1;
    unit.last_lines.push_back(line++);
  }
  std::vector<bool> way;
  write_choice(unit.text, 0, sources.size(), way, unit.ways);
  return unit;
}

// The line of "... at <top-level>, line 7:".
std::optional<std::size_t> line_of(std::string_view complaint) {
  constexpr std::string_view before = "<top-level>, line ";
  const std::size_t at = complaint.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = complaint.substr(at + before.size());
  std::size_t line = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), line).ec != std::errc())
    return std::nullopt;
  return line;
}

// What is compiled in this process, for as long as somebody has it.
class Known {
 public:
  static Known& instance() {
    static Known known;
    return known;
  }
  UnitProgram find(const std::string& source) {
    const std::lock_guard lock(mutex_);
    const auto found = programs_.find(source);
    return found == programs_.end() ? UnitProgram{}
                                    : UnitProgram{found->second.unit.lock(), found->second.index};
  }
  void add(const std::string& source, const UnitProgram& program) {
    const std::lock_guard lock(mutex_);
    programs_[source] = {program.unit, program.index};
    if (programs_.size() <= swept_at_) return;
    std::erase_if(programs_, [](const auto& entry) { return entry.second.unit.expired(); });
    swept_at_ = 2 * programs_.size() + 1'000;
  }

 private:
  struct Entry {
    std::weak_ptr<const Unit> unit;
    std::size_t index = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> programs_;
  std::size_t swept_at_ = 1'000;
};

// Compiles those sources[i] with i in `which`, leaving out what does not.
void compile_some(const std::vector<std::string>& sources, std::vector<std::size_t> which,
                  std::vector<UnitProgram>& programs) {
  while (!which.empty()) {
    std::vector<std::string> some;
    for (const std::size_t i : which) some.push_back(sources[i]);
    std::vector<std::size_t> guilty;
    if (const auto unit = Unit::compile(std::move(some), guilty)) {
      for (std::size_t k = 0; k < which.size(); ++k) {
        programs[which[k]] = {unit, k};
        Known::instance().add(sources[which[k]], programs[which[k]]);
      }
      return;
    }
    if (which.size() == 1) return;
    if (guilty.empty()) {  // libjq says nothing of use: look for it
      const auto half = which.begin() + static_cast<std::ptrdiff_t>(which.size() / 2);
      compile_some(sources, {which.begin(), half}, programs);
      which.erase(which.begin(), half);
      continue;
    }
    // Suspicion is no proof: each is heard by itself.
    for (const std::size_t k : guilty) compile_some(sources, {which[k]}, programs);
    for (auto k = guilty.rbegin(); k != guilty.rend(); ++k)
      which.erase(which.begin() + static_cast<std::ptrdiff_t>(*k));
  }
}

}  // namespace

struct Unit::State {
  explicit State(StatePtr compiled) : jq(std::move(compiled)), watched(jq.get()) {}
  StatePtr jq;
  Watched watched;
};

class Unit::Borrowed {
 public:
  explicit Borrowed(const Unit& from) : from_(from), state_(from.take()) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { from_.give_back(std::move(state_)); }
  State* operator->() const noexcept { return state_.get(); }

 private:
  const Unit& from_;
  std::unique_ptr<State> state_;
};

Unit::Unit(std::string text) : text_(std::move(text)) {}
Unit::~Unit() = default;

std::shared_ptr<const Unit> Unit::compile(std::vector<std::string> sources,
                                          std::vector<std::size_t>& guilty) {
  Text text = write_unit(sources);
  std::vector<std::string> complaints;
  StatePtr state = compile_state(text.text, complaints);
  if (!state) {
    for (const std::string& complaint : complaints) {
      const auto line = line_of(complaint);
      const auto found = line ? std::lower_bound(text.last_lines.begin(), text.last_lines.end(), *line)
                              : text.last_lines.end();
      if (found != text.last_lines.end())
        guilty.push_back(static_cast<std::size_t>(found - text.last_lines.begin()));
    }
    std::sort(guilty.begin(), guilty.end());
    guilty.erase(std::unique(guilty.begin(), guilty.end()), guilty.end());
    return nullptr;
  }
  std::shared_ptr<Unit> unit(new Unit(std::move(text.text)));
  unit->ways_ = std::move(text.ways);
  unit->free_.reserve(kept_states);
  unit->give_back(std::make_unique<State>(std::move(state)));
  return unit;
}

std::unique_ptr<Unit::State> Unit::take() const {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<State> state = std::move(free_.back());
      free_.pop_back();
      return state;
    }
  }
  std::vector<std::string> complaints;
  StatePtr state = compile_state(text_, complaints);
  if (!state) throw_error(errc::fsm_expression, "libjq does not compile what it compiled before");
  return std::make_unique<State>(std::move(state));
}

void Unit::give_back(std::unique_ptr<State> state) const noexcept {
  const std::lock_guard lock(mutex_);
  if (free_.size() < kept_states) free_.push_back(std::move(state));  // reserved: does not throw
}

Unit::Outcome Unit::run(std::size_t program, Value data, Value event, const JqLimits& limits) const {
  const std::vector<bool>& way = ways_[program];
  jv input = jv_array_sized(static_cast<int>(2 + way.size()));
  input = jv_array_append(input, data.release());
  input = jv_array_append(input, event.release());
  for (const bool upper : way) input = jv_array_append(input, upper ? jv_true() : jv_false());

  const Borrowed state(*this);
  jq_state* const jq = state->jq.get();
  jq_start(jq, input, 0);
  state->watched.begin(limits);
  Outcome outcome;
  outcome.first = Value(jq_next(jq));
  if (outcome.first.valid()) outcome.second = Value(jq_next(jq));
  outcome.halted = state->watched.end();
  jq_start(jq, jv_null(), 0);  // lets go of the data
  return outcome;
}

std::vector<UnitProgram> compile_units(const std::vector<std::string>& sources) {
  std::vector<UnitProgram> programs(sources.size());
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    programs[i] = Known::instance().find(sources[i]);
    if (!programs[i].unit) unknown.push_back(i);
  }
  for (std::size_t at = 0; at < unknown.size(); at += Unit::most) {
    const std::size_t end = std::min(at + Unit::most, unknown.size());
    compile_some(sources,
                 {unknown.begin() + static_cast<std::ptrdiff_t>(at),
                  unknown.begin() + static_cast<std::ptrdiff_t>(end)},
                 programs);
  }
  return programs;
}

}  // namespace leasehold::fsm::jq
