#pragma once

// A machine as a picture: networks, states and arcs, with the resources drawn on the states that hold them.
//
//   std::cout << to_dot(machine);      // for Graphviz
//   std::cout << to_mermaid(machine);  // for Markdown pages that draw Mermaid (10 or newer)
//
// Networks and states with states inside are boxes around theirs; finals have a double border, failed ones
// red. Solid lines are arcs, dashed ones pushes to another network and the way back, dotted red ones where
// faults go (catch and on_error). Texts of the document are escaped. Configurations of resources are not
// shown, and conditions are as written, with ${VAR} not filled in, so no secret is.
//
// Threads: any. Blocks: no. The text ends with a line end and is the same for the same document.

#include <string>

namespace leasehold::fsm {

class Machine;

std::string to_dot(const Machine& machine);
std::string to_mermaid(const Machine& machine);

}  // namespace leasehold::fsm
