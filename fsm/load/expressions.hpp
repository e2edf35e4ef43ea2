#pragma once

// jq programs, templates and paths of the document; what is none is reported at its place.

#include "../template.hpp"
#include "value.hpp"

namespace leasehold::fsm {

// Programs come into the batch, which reports those that do not compile; the nodes must live until then.
std::optional<JqProgram> read_jq(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics);
std::optional<Template> read_template(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics);
// A mapping whose values are fields (total, .order.id), templates or constants; or a template that gives one.
std::optional<Template> read_data_mapping(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics);
std::optional<DataPath> read_path(const yaml::Node* node, Diagnostics& diagnostics);  // nullopt for null, too

}  // namespace leasehold::fsm
