#pragma once

// Whether the states of a network make a legal chart, and where it starts.

#include "loading.hpp"

namespace leasehold::fsm {

// Reports what is not; fills in the initial states that the document leaves to the order of states.
void check_chart(Loading& loading, const Draft& draft);

}  // namespace leasehold::fsm
