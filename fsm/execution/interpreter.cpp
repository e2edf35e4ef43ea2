#include "execution/interpreter.hpp"

#include "execution/input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>

namespace leasehold::fsm {

namespace {

constexpr std::size_t path_limit = 256;  // of an execution that events drive
std::atomic<std::uint64_t> executions = 0;

std::string new_id(const std::string& wanted) {
  return wanted.empty() ? std::to_string(++executions) : wanted;
}

}  // namespace

Interpreter::Interpreter(std::shared_ptr<const Table> table, nlohmann::json&& input,
                         const RunOptions& options, Post post)
    : table_(std::move(table)),
      definition_(&table_->definition()),
      clock_(&table_->clock()),
      options_(options),
      post_(std::move(post)),
      id_(new_id(options.id)),
      data_(std::move(input)),
      started_(clock_->now()),
      is_driven_(definition_->is_driven()),
      max_transitions_(options.max_transitions.value_or(definition_->max_transitions)),
      random_(static_cast<std::minstd_rand::result_type>(started_.time_since_epoch().count())),
      path_(is_driven_ ? path_limit : Path::all) {
  if (const auto timeout = options.timeout ? options.timeout : definition_->timeout) {
    deadline_ = clock_->deadline_after(*timeout);
    timed_ = true;
  }
}

Interpreter::~Interpreter() {
  leaving_ = true;
  while (!frames_.empty()) {
    // Whoever drops an execution that still runs wants its leases back, not its exit functions.
    Frame& last = frames_.back();
    while (!last.visits.empty()) {
      last.visits.back().scope.clear();
      last.visits.pop_back();
    }
    last.scope.clear();
    frames_.pop_back();
  }
}

void Interpreter::settle(std::optional<Fault> fault) noexcept {
  while (fault && !lifecycle_.ended()) {
    const Fault current = *std::exchange(fault, std::nullopt);
    fault = attempt([&] {
      handle_fault(current);
      if (!lifecycle_.ended()) macrostep();
    });
  }
  if (!lifecycle_.ended()) lifecycle_.wait();
  find_jumps();
}

void Interpreter::begin() noexcept {
  if (!lifecycle_.begin()) return;
  guarded([&] {
    check_input(*definition_, data_);
    check_time();
    push_frame({.network = &definition_->networks[definition_->main]});
    enter_initial();
    macrostep();
  });
}

void Interpreter::handle(Event event, bool own) noexcept {
  const EventClass event_class = table_->class_of(event.name);
  handle(std::move(event), event_class, own);
}

void Interpreter::handle(Event event, EventClass event_class, bool own) noexcept {
  if (!lifecycle_.resume()) return;
  if (!own) transitions_of_event_ = 0;
  guarded([&] {
    event_.set(std::move(event));
    check_time();
    if (take_enabled(&event_.get(), event_class)) microstep();
    macrostep();
  });
}

void Interpreter::abandon() noexcept {
  if (lifecycle_.ended()) return;
  lifecycle_.begin();
  lifecycle_.resume();
  event_.clear();
  guarded([&] {
    check_time();
    throw deadline_fault();
  });
}

void Interpreter::give_up() noexcept {
  if (!lifecycle_.resume()) return;
  event_.clear();
  guarded([&] { throw_stuck(); });
}

void Interpreter::macrostep() {
  for (;;) {
    if (frame().done) {
      if (frames_.size() == 1) return finish();
      return_from_network();
      continue;
    }
    check_time();
    // What goes on without an event waits while there is an error to be told of.
    if (errors_raised_ == 0 && take_enabled(nullptr, eventless)) {
      microstep();
    } else if (!internal_.empty()) {
      const std::shared_ptr<const Fault> fault = std::move(internal_.front().fault);
      event_.set(std::move(internal_.front().event));
      internal_.pop_front();
      if (fault) --errors_raised_;
      if (take_enabled(&event_.get(), table_->class_of(event_.get().name))) {
        if (fault) caught_ = *fault;
        microstep();
      } else if (fault) {
        throw Fault(*fault);
      }
    } else {
      break;
    }
  }
  if (!is_driven_) throw_stuck();
  if (definition_->has_invariants) check_invariants();
}

// Of every active state, once nothing more happens by itself.
void Interpreter::check_invariants() {
  for (Visit& visit : frame().visits)  // what pushed this network is looked at when it goes on
    check(frame().network->states[visit.state].invariant, {visit.state, &visit}, "must keep");
}

bool Interpreter::take_enabled(const Event* event, EventClass event_class) {
  const Frame& top = frame();
  select_arcs(
      *top.facts, top.configuration, event_class, [&](const Route& route) { return enabled(route, event); },
      selected_);
  remove_conflicts(*top.network, top.configuration, top.history, selected_);
  return !selected_.empty();
}

bool Interpreter::enabled(const Route& route, const Event* event) {
  const Arc& arc = *route.arc;
  if (event) {
    if (route.by_name && !event_matches(arc.events, event->name)) return false;
  } else if (arc.source == frame().resume && route.index < frame().resume_from) {
    return false;
  }
  return allowed(arc);
}

bool Interpreter::allowed(const Arc& arc) {
  if (!arc.condition) return true;
  try {
    return holds(*arc.condition, {arc.source, find_visit(arc.source)});
  } catch (const Fault& fault) {
    if (!report(fault)) throw;
    return false;
  }
}

void Interpreter::microstep() {
  const Selection& arcs = selected_;
  const Selected* pushing = nullptr;
  for (const Selected& selected : arcs) {
    count_transition();
    if (selected.arc->push && !pushing) pushing = &selected;
  }
  const Frame& top = frame();
  exits_.clear();
  if (const Route& only = *arcs.front().route; arcs.size() == 1 && only.fixed) {
    if (only.domain != none) {
      const StateIndex end = top.facts->states[only.domain].end;
      for (const StateIndex state : top.configuration)
        if (state > only.domain && state < end) exits_.push_back(state);
    }
    if (top.facts->has_history) remember(*top.network, top.configuration, exits_, frame().history);
    take(arcs, exits_, only.entries, only.hands_over);
  } else {
    EntrySet entries;
    find_sets(arcs, exits_, entries);
    take(arcs, exits_, entries, true);
  }
  if (pushing) push_network(*pushing);
}

// What the arcs together leave and enter, with regard to history.
void Interpreter::find_sets(const Selection& arcs, StateSet& exits, EntrySet& entries) {
  Frame& top = frame();
  const Network& network = *top.network;
  // Domains are those of the moment before anything is remembered, targets those after.
  std::vector<StateIndex> domains;
  for (const Selected& selected : arcs) {
    domains.push_back(domain_of(network, *selected.arc, top.history));
    if (!selected.arc->push) add_exit_set(network, top.configuration, domains.back(), exits);
  }
  remember(network, top.configuration, exits, top.history);
  for (std::size_t i = 0; i < arcs.size(); ++i)
    if (!arcs[i].arc->push) add_entry_set(network, arcs[i].arc->targets, domains[i], top.history, entries);
}

void Interpreter::take(const Selection& arcs, const StateSet& exits, const EntrySet& entries,
                       bool hands_over) {
  // What the actions may use stays until they have run, what is needed next is handed over.
  Wanted wanted{.states = hands_over ? &entries.states : nullptr};
  for (const Selected& selected : arcs)
    wanted.everything = wanted.everything || (!selected.arc->push && !selected.arc->actions.empty());
  exit_states(exits, wanted);
  for (const Selected& selected : arcs) {
    if (selected.arc->push) continue;
    if (options_.trace) note_transition(*selected.arc, selected.index);
    if (!selected.arc->actions.empty()) run_actions(*selected.arc);
  }
  wanted.everything = false;
  release_carried(wanted);
  enter_states(entries);
  release_carried({});
}

void Interpreter::run_actions(const Arc& arc) {
  Scope scope;
  Visit* const visit = find_visit(arc.source);
  if (!arc.resources.empty()) {
    const Network& network = *frame().network;
    acquire(scope, arc.resources, owner_of(network, network.states[arc.source]), arc.source, arc.source,
            deadline_of(arc.source));
  }
  try {
    run_steps(arc.actions, {arc.source, visit, &scope});
  } catch (const Fault& fault) {
    if (!report(fault)) throw;
  }
  release(scope, arc.source, {.everything = visit == nullptr});
}

void Interpreter::throw_too_many() {
  std::vector<std::string_view> last;
  for (std::size_t i = path_.size() - std::min<std::size_t>(path_.size(), 4); i < path_.size(); ++i)
    last.emplace_back(table_->state_name(path_[i]));
  Fault fault = make_fault(errc::fsm_max_transitions,
                           fmt::format("more than {} transitions were taken; the last states were {}",
                                       max_transitions_, fmt::join(last, ", ")),
                           root, {.hint = "end the loop or raise 'max_transitions'"});
  fault.fatal = true;
  throw fault;
}

void Interpreter::throw_stuck() {
  const Frame& top = frame();
  StateIndex stuck = root;
  for (const StateIndex state : top.configuration)
    if (stuck == root && is_atomic(*top.network, state)) stuck = state;
  throw stuck_fault(*top.network, stuck);
}

}  // namespace leasehold::fsm
