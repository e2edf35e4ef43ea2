#pragma once

// The keys of a scenario file: one table per mapping.

#include "load/mapping.hpp"

namespace leasehold::fsm::keys {

inline constexpr Key scenario_document[] = {
    {"machine", Shape::text, "the machine, a file beside this one", Presence::required},
    {"description", Shape::text, "for people"},
    {"given", Shape::anything, "what holds for every scenario, unless it says otherwise"},
    {"scenarios", Shape::anything, "a list of scenarios", Presence::required},
};
inline constexpr Key scenario[] = {
    {"name", Shape::name, "what it is called", Presence::required},
    {"description", Shape::text, "for people"},
    {"given", Shape::anything, "what the machine finds"},
    {"input", Shape::anything, "the data it starts with, over that of given"},
    {"steps", Shape::anything, "what happens, in order"},
    {"expect", Shape::anything, "what holds at the end"},
};
inline constexpr Key given[] = {
    {"data", Shape::anything, "the data it starts with"},
    {"env", Shape::anything, "environment variables"},
    {"resources", Shape::anything, "by resource the script of its double, or real"},
    {"functions", Shape::anything, "jq in the place of C++ functions"},
};
inline constexpr Key send_step[] = {
    {"send", Shape::name, "an event", Presence::required},
    {"data", Shape::anything, "of the event"},
};
inline constexpr Key advance_step[] = {
    {"advance", Shape::duration, "how much time passes", Presence::required}};
inline constexpr Key expect_step[] = {{"expect", Shape::anything, "what holds now", Presence::required}};
inline constexpr Key expect[] = {
    {"states", Shape::names, "the innermost active states; those around them may be named too"},
    {"path", Shape::names, "the states entered so far, in order"},
    {"data", Shape::anything, "what the data holds, at least"},
    {"jq", Shape::conditions, "jq conditions on the data"},
    {"leases", Shape::anything,
     "the resources held: names, or a mapping of resources to the states that hold them"},
    {"calls", Shape::anything, "of doubles: {db: {query: 2}}, or the arguments of each call"},
    {"finished", Shape::boolean, "whether the run is over"},
    {"success", Shape::boolean, "whether it ended well"},
    {"final_state", Shape::name, "where it ended"},
    {"error", Shape::anything, "the error it ended with: a code, an area or a class; none"},
};

}  // namespace leasehold::fsm::keys
