#pragma once

// The keys of a machine's document: one table per mapping.

#include "mapping.hpp"

namespace leasehold::fsm::keys {

inline constexpr Key document[] = {
    {"name", Shape::name, "what the machine is called", Presence::required},
    {"version", Shape::anything, "of the machine, for people"},
    {"description", Shape::text, "what it does, for people"},
    {"metadata", Shape::anything, "anything, for people and tools"},
    {"input", Shape::json_schema, "a JSON Schema that input records are checked against"},
    {"resources", Shape::declarations, "what the machine declares: a mapping of names to resources"},
    {"use", Shape::policies, "what states refer to by name: retries, catches, timeouts, contracts"},
    {"networks", Shape::networks, "a list of networks"},
    {"main", Shape::name, "the network that runs first: the one called main, or else the first"},
    older_name("main_network", "main"),
    {"max_transitions", Shape::positive, "how many transitions an execution may take"},
    {"max_depth", Shape::positive, "how many networks may be on the stack"},
    {"timeout", Shape::duration_or_off, "of an execution"},
    {"states", Shape::some_states, "the states of the only network"},
    {"initial", Shape::names, "where the only network starts"},
    {"arcs", Shape::network_arcs, "arcs of the only network, each with from"},
    {"on_error", Shape::catches, "what the only network does about errors"},
    {"lint", Shape::lint, "which rules of lint do not look at this machine"},
};

inline constexpr Key lint[] = {
    {"disable", Shape::rules, "the rules, by name"},
};

inline constexpr Key use[] = {
    {"retries", Shape::named_retries, "how to try again, by name"},
    {"catches", Shape::named_catches, "where errors lead, by name"},
    {"timeouts", Shape::named_timeouts, "how long a stay may last, by name"},
    {"contracts", Shape::named_contracts, "what must hold, by name"},
};

inline constexpr Key network[] = {
    {"name", Shape::name, "what the network is called", Presence::required},
    {"description", Shape::text, "what it does, for people"},
    {"metadata", Shape::anything, "anything, for people and tools"},
    {"resources", Shape::requirements, "held while the network runs"},
    {"initial", Shape::names, "the state it starts in"},
    {"states", Shape::some_states, "a list of states", Presence::required},
    {"arcs", Shape::network_arcs, "arcs, each with from"},
    {"on_error", Shape::catches, "what to do about errors that no state handles"},
};

inline constexpr Key state[] = {
    {"name", Shape::name, "what the state is called", Presence::required},
    {"description", Shape::text, "what it does, for people"},
    {"metadata", Shape::anything, "anything, for people and tools"},
    {"type", Shape::state_type, "normal, parallel, final or history"},
    {"initial", Shape::initial, "the state inside that is entered first"},
    {"states", Shape::states, "the states inside"},
    {"resources", Shape::requirements, "held while the state is active"},
    {"functions", Shape::functions, "what it runs: validate, transform"},
    {"on_entry", Shape::steps, "run on entry"},
    {"on_exit", Shape::steps, "run on exit"},
    {"arcs", Shape::arcs, "where it goes"},
    {"retry", Shape::retry, "how often to try again after an error, or the name of such a policy"},
    {"catch", Shape::catches, "where errors lead, or the names of such policies"},
    {"timeout", Shape::timeout, "of a stay in the state, or the name of one"},
    {"contract", Shape::contract, "what must hold: pre, post, invariant; or the name of a contract"},
    {"success", Shape::boolean, "of a final state: whether ending here is a success"},
    {"data", Shape::anything, "of a final state inside another: of the event done.state of that one"},
    {"run_on_failure", Shape::boolean, "entered even after a failure"},
    {"deep", Shape::boolean, "of a history: whether it remembers the states inside the states"},
    {"is_start", Shape::boolean, "this is the initial state", Presence::older},
    {"is_end", Shape::boolean, "this is a final state", Presence::older},
};

inline constexpr Key initial[] = {
    {"target", Shape::some_names, "the state inside that is entered first", Presence::required},
    {"actions", Shape::steps, "run before it is entered, after on_entry of the state around"},
};

inline constexpr Key arc[] = {
    {"event", Shape::some_names, "what it waits for: a name, a prefix or a list"},
    {"after", Shape::duration_or_off, "how long after entry it is taken"},
    {"target", Shape::some_names, "the state it leads to"},
    older_name("to", "target"),
    {"condition", Shape::condition, "what must hold for it to be taken"},
    older_name("pre_test", "condition"),
    {"actions", Shape::steps, "run when it is taken"},
    older_name("transform", "actions"),
    {"resources", Shape::requirements, "held for its actions"},
    {"priority", Shape::integer, "the higher is looked at first"},
    {"internal", Shape::boolean, "whether the source is left when the target is inside it"},
    {"target_network", Shape::name, "the network to run in between"},
    {"return_state", Shape::name, "where to go when that network has ended"},
    {"data_mapping", Shape::arguments,
     "the data that network gets: its fields, each with a field of the data here"},
    {"result_mapping", Shape::arguments,
     "what comes back: fields of the data here, each with a field of its data"},
    {"metadata", Shape::anything, "anything, for people and tools"},
};

// An arc in the list of its network says where it starts, too.
inline constexpr Key from{"from", Shape::name, "the state it starts in", Presence::required};

inline constexpr Key requirement[] = {
    {"name", Shape::name, "the name of the resource", Presence::required},
    {"required", Shape::boolean, "whether the state can do without"},
    {"timeout", Shape::duration, "how long to wait for it; 0: not at all"},
    {"role", Shape::text, "a second name to find it by"},
    {"as", Shape::text, "the same as role"},
};

inline constexpr Key functions[] = {
    {"validate", Shape::conditions, "conditions that must hold before transform"},
    {"transform", Shape::steps, "what the state does"},
};
inline constexpr Key contract[] = {
    {"pre", Shape::conditions, "must hold on entry"},
    {"post", Shape::conditions, "must hold on exit"},
    {"invariant", Shape::conditions, "must hold all the time"},
};

inline constexpr Key call[] = {
    {"call", Shape::operation, "an operation of a resource: db.query", Presence::required},
    {"with", Shape::arguments, "its arguments"},
    {"into", Shape::data_path, "where the result goes: .rows"},
};
inline constexpr Key jq[] = {
    {"jq", Shape::jq, "a jq program", Presence::required},
    {"into", Shape::data_path, "where the result goes; without it, the result becomes the data"},
};
inline constexpr Key raise[] = {
    {"raise", Shape::event, "the name of an internal event", Presence::required},
    {"data", Shape::anything, "of the event"},
};
inline constexpr Key send[] = {
    {"send", Shape::event, "the name of an event to be sent to this execution", Presence::required},
    {"after", Shape::computed_duration, "how long from now"},
    {"id", Shape::text, "to cancel it by"},
    {"data", Shape::anything, "of the event"},
};
inline constexpr Key cancel[] = {
    {"cancel", Shape::name, "the id of an event that was sent", Presence::required},
};
inline constexpr Key named_function[] = {
    {"name", Shape::name, "the name of a registered function", Presence::required},
    {"type", Shape::anything, "custom or builtin"},
};

inline constexpr Key jq_condition[] = {{"jq", Shape::jq, "a jq expression", Presence::required}};
inline constexpr Key in_condition[] = {{"in", Shape::name, "the name of a state", Presence::required}};
inline constexpr Key not_condition[] = {{"not", Shape::condition, "a condition", Presence::required}};
inline constexpr Key all_condition[] = {{"all", Shape::some_conditions, "conditions", Presence::required}};
inline constexpr Key any_condition[] = {{"any", Shape::some_conditions, "conditions", Presence::required}};

inline constexpr Key retry[] = {
    {"errors", Shape::errors, "which errors: codes, areas, classes or *"},
    {"attempts", Shape::positive, "in all, the first included"},
    {"delay", Shape::duration, "before the second attempt"},
    {"backoff", Shape::factor, "factor per further attempt"},
    {"jitter", Shape::share, "share of the delay that is random, 0 to 1"},
    {"max_delay", Shape::duration_or_off, "bound of the delay"},
};
inline constexpr Key caught[] = {
    {"errors", Shape::errors, "which errors: codes, areas, classes or *"},
    {"target", Shape::name, "the state it leads to", Presence::required},
    {"into", Shape::data_path, "where the error goes in the data: .why"},
};

}  // namespace leasehold::fsm::keys
