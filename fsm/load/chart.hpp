#pragma once

// Whether the states of a network make a legal chart, and where it starts.

#include "loading.hpp"

namespace leasehold::fsm {

// Keys that only states of one type may have.
struct OnlyIn {
  const char* key;
  StateType type;
  std::string_view states;  // of that type, for messages
};
inline constexpr OnlyIn only_in[] = {{"success", StateType::final, "final states"},
                                     {"data", StateType::final, "final states"},
                                     {"deep", StateType::history, "histories"}};

// Keys that states of one type may not have.
struct NeverIn {
  const char* key;
  StateType type;
  std::string_view state;
};
inline constexpr NeverIn never_in[] = {
    {"states", StateType::final, "a final state"},
    {"initial", StateType::final, "a final state"},
    {"initial", StateType::parallel, "a parallel state: all its states are entered"},
    {"states", StateType::history, "a history"},
    {"resources", StateType::history, "a history"},
    {"functions", StateType::history, "a history"},
    {"on_entry", StateType::history, "a history"},
    {"on_exit", StateType::history, "a history"},
    {"retry", StateType::history, "a history"},
    {"catch", StateType::history, "a history"},
    {"timeout", StateType::history, "a history"},
    {"contract", StateType::history, "a history"},
};

// Reports what is not; fills in the initial states that the document leaves to the order of states.
void check_chart(Loading& loading, const Draft& draft);

}  // namespace leasehold::fsm
