#pragma once

// The words of a picture, unescaped; lines are separated by "\n".

#include "../model.hpp"

#include <string>

namespace leasehold::fsm {

// "store", then "holds db as ledger, rates (optional)" if it holds something.
std::string label_of(const std::string& name, const std::vector<ResourceRequirement>& resources);

// Of an arc, a line each for what it has: events, "after 5s", "[condition]", "priority 10", "internal",
// "stays" without target, "holds db" of its actions, "push billing".
std::string label_of(const Arc& arc, const Definition& definition);

// "/ count, raise told, db.insert, jq": what is done, not with what; "" of none.
std::string label_of(const Steps& actions);

std::string label_of(const Catch& handler);  // "catch db.constraint, timeout"

}  // namespace leasehold::fsm
