#pragma once

// Where a fault of a generated machine goes: to a catch, to an arc that listens to errors, to on_error.
// Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/msm/chart_core.hpp>

#include <algorithm>
#include <array>

namespace leasehold::fsm::msm {

template <class... Part>
struct Parts {};

// What a fault may take: a handler or an arc, whose type says all of this.
template <class Chart>
struct FaultWay {
  enum class Kind : char { caught, arc, on_error };

  Kind kind;
  std::span<const std::string_view> origins;   // the states whose faults it sees; none: all
  std::span<const std::string_view> patterns;  // of errors; of an arc: of events
  // Of an arc:
  bool leads = true;      // it has a target
  bool internal = false;  // its source is not left if that stands
  std::string_view source_name = {};
  Scope& (*source)(Chart&) = nullptr;
  bool (*holds)(Chart&) = nullptr;  // null: always
};

template <class Chart, class Way>
constexpr FaultWay<Chart> fault_way() {
  using Kind = typename FaultWay<Chart>::Kind;
  if constexpr (requires { Way::errors; }) {
    return {Way::origins.empty() ? Kind::on_error : Kind::caught, Way::origins, Way::errors};
  } else {
    FaultWay<Chart> way{Kind::arc, Way::origins, Way::events, Way::leads, Way::internal, Way::Source::name};
    way.source = [](Chart& chart) -> Scope& { return chart.template part<typename Way::Source>(); };
    if constexpr (requires { Way::asking; }) way.holds = [](Chart& chart) { return Way::holds(chart); };
    return way;
  }
}

// Looks for the way of one fault among a chart's, which are in the order in which they are tried.
template <class Chart>
class FaultSearch {
 public:
  using Way = FaultWay<Chart>;
  using Kind = typename Way::Kind;

  FaultSearch(Chart& chart, std::span<const Way> ways, const Fault& fault)
      : chart_(chart), ways_(ways), fault_(fault) {}

  // The first that leads on.
  FaultChoice choose() {
    for (std::size_t i = 0; i < ways_.size(); ++i) {
      const Way& way = ways_[i];
      if (way.kind != Kind::arc ? covers(fault_, way.origins, way.patterns)
                                : is_of(way) && may_take(way) && way.leads)
        return {i, is_within(way)};
    }
    return {};
  }
  FaultChoice choose_on_error() const {
    for (std::size_t i = 0; i < ways_.size(); ++i)
      if (ways_[i].kind == Kind::on_error && covers(fault_, ways_[i].origins, ways_[i].patterns)) return {i};
    return {};
  }

  // Whether it is to be told as an event, and what was going on goes on: no catch takes it, an arc listens,
  // and that does not lead away from where it struck.
  bool is_to_be_told() {
    if (!may_go_on(fault_)) return false;
    for (const Way& way : ways_)
      if (way.kind == Kind::caught && covers(fault_, way.origins, way.patterns)) return false;
    for (const Way& way : ways_)
      if (way.kind == Kind::arc && is_of(way) && may_take(way)) return !way.leads;
    // Any active state's, outer before inner; of one state in their order.
    for (std::size_t end = ways_.size(); end > 0;) {
      std::size_t first = --end;
      if (ways_[end].kind != Kind::arc) continue;
      while (first > 0 && ways_[first - 1].source_name == ways_[end].source_name) --first;
      for (std::size_t i = first; i <= end; ++i)
        if (is_active(ways_[i]) && may_take(ways_[i])) return true;
      end = first;
    }
    return false;
  }

  bool is_arc(const FaultChoice& choice) const noexcept {
    return choice.way != FaultChoice::none && ways_[choice.way].kind == Kind::arc;
  }

  const Event& event() {
    if (!event_) event_ = error_event(fault_, Chart::name);
    return *event_;
  }

 private:
  bool is_of(const Way& way) const noexcept {
    return std::find(way.origins.begin(), way.origins.end(), fault_.state) != way.origins.end();
  }
  bool is_active(const Way& way) const {
    return way.source(chart_).standing() || chart_.core.visiting == way.source_name;
  }
  // An internal arc's, which its source survives.
  bool is_within(const Way& way) const {
    return way.internal && way.source(chart_).standing() &&
           (may_go_on(fault_) || way.source_name != fault_.state);
  }
  // A condition that fails itself does not hold.
  bool may_take(const Way& way) {
    if (!may_be_caught(fault_) || !listens(way.patterns, event().name)) return false;
    if (!way.holds) return true;
    const ChartCore::Hearing hearing(chart_.core, event());
    try {
      return way.holds(chart_);
    } catch (...) {
      return false;
    }
  }

  Chart& chart_;
  std::span<const Way> ways_;
  const Fault& fault_;
  std::optional<Event> event_;
};

}  // namespace leasehold::fsm::msm
