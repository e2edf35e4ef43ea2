#pragma once

// The keys of a machine's document: one table per mapping.

#include "mapping.hpp"

namespace leasehold::fsm::keys {

inline constexpr Key document[] = {
    {"name", "what the machine is called"},
    {"version", "of the machine, for people"},
    {"description", "what it does, for people"},
    {"metadata", "anything, for people and tools"},
    {"input", "a JSON Schema that input records are checked against"},
    {"resources", "what the machine declares: a mapping of names to resources"},
    {"networks", "a list of networks"},
    {"main", "the network that runs first: the one called main, or else the first"},
    {"main_network", "", "main"},
    {"max_transitions", "how many transitions an execution may take"},
    {"max_depth", "how many networks may be on the stack"},
    {"timeout", "of an execution"},
    {"states", "the states of the only network"},
    {"initial", "where the only network starts"},
    {"arcs", "arcs of the only network, each with from"},
    {"on_error", "what the only network does about errors"},
};

inline constexpr Key network[] = {
    {"name", "what the network is called"},
    {"description", "what it does, for people"},
    {"metadata", "anything, for people and tools"},
    {"resources", "held while the network runs"},
    {"initial", "the state it starts in"},
    {"states", "a list of states"},
    {"arcs", "arcs, each with from"},
    {"on_error", "what to do about errors that no state handles"},
};

inline constexpr Key state[] = {
    {"name", "what the state is called"},
    {"description", "what it does, for people"},
    {"metadata", "anything, for people and tools"},
    {"type", "normal, parallel, final or history"},
    {"initial", "the state inside that is entered first"},
    {"states", "the states inside"},
    {"resources", "held while the state is active"},
    {"functions", "what it runs: validate, transform"},
    {"on_entry", "run on entry"},
    {"on_exit", "run on exit"},
    {"arcs", "where it goes"},
    {"retry", "how often to try again after an error"},
    {"catch", "where errors lead"},
    {"timeout", "of a stay in the state"},
    {"contract", "what must hold: pre, post, invariant"},
    {"success", "of a final state: whether ending here is a success"},
    {"run_on_failure", "entered even after a failure"},
    {"deep", "of a history: whether it remembers the states inside the states"},
    {"is_start", "this is the initial state", {}, true},
    {"is_end", "this is a final state", {}, true},
};

inline constexpr Key arc[] = {
    {"event", "what it waits for: a name, a prefix or a list"},
    {"after", "how long after entry it is taken"},
    {"target", "the state it leads to"},
    {"to", "", "target"},
    {"condition", "what must hold for it to be taken"},
    {"pre_test", "", "condition"},
    {"actions", "run when it is taken"},
    {"transform", "", "actions"},
    {"resources", "held for its actions"},
    {"priority", "the higher is looked at first"},
    {"internal", "whether the source is left when the target is inside it"},
    {"target_network", "the network to run in between"},
    {"return_state", "where to go when that network has ended"},
    {"data_mapping", "the data that network gets"},
    {"result_mapping", "what of its data comes back"},
    {"metadata", "anything, for people and tools"},
};

// An arc in the list of its network says where it starts, too.
inline constexpr Key from{"from", "the state it starts in"};

inline constexpr Key requirement[] = {
    {"name", "the name of the resource"},
    {"required", "whether the state can do without"},
    {"timeout", "how long to wait for it"},
    {"role", "a second name to find it by"},
};

inline constexpr Key functions[] = {
    {"validate", "conditions that must hold before transform"},
    {"transform", "what the state does"},
};
inline constexpr Key contract[] = {
    {"pre", "must hold on entry"},
    {"post", "must hold on exit"},
    {"invariant", "must hold all the time"},
};

inline constexpr Key call[] = {
    {"call", "an operation of a resource: db.query"},
    {"with", "its arguments"},
    {"into", "where the result goes: .rows"},
};
inline constexpr Key jq[] = {
    {"jq", "a jq program"},
    {"into", "where the result goes; without it, the result becomes the data"},
};
inline constexpr Key raise[] = {
    {"raise", "the name of an internal event"},
    {"data", "of the event"},
};
inline constexpr Key send[] = {
    {"send", "the name of an event to be sent to this execution"},
    {"after", "how long from now"},
    {"id", "to cancel it by"},
    {"data", "of the event"},
};
inline constexpr Key cancel[] = {
    {"cancel", "the id of an event that was sent"},
};
inline constexpr Key named_function[] = {
    {"name", "the name of a registered function"},
    {"type", "custom or builtin"},
};

inline constexpr Key jq_condition[] = {{"jq", "a jq expression"}};
inline constexpr Key in_condition[] = {{"in", "the name of a state"}};
inline constexpr Key not_condition[] = {{"not", "a condition"}};
inline constexpr Key all_condition[] = {{"all", "conditions"}};
inline constexpr Key any_condition[] = {{"any", "conditions"}};

inline constexpr Key retry[] = {
    {"errors", "which errors: codes, areas, classes or *"},
    {"attempts", "in all, the first included"},
    {"delay", "before the second attempt"},
    {"backoff", "factor per further attempt"},
    {"jitter", "share of the delay that is random, 0 to 1"},
    {"max_delay", "bound of the delay"},
};
inline constexpr Key caught[] = {
    {"errors", "which errors: codes, areas, classes or *"},
    {"target", "the state it leads to"},
    {"into", "where the error goes in the data: .why"},
};

}  // namespace leasehold::fsm::keys
