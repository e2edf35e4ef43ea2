#pragma once

// What the value of a key of a machine's document looks like. The parts of the loader read it; the JSON
// Schema says the same of it (machine_schema.cpp).

namespace leasehold::fsm {

enum class Shape {
  anything,
  name,
  names,       // one or a list
  some_names,  // one or a list that is not empty
  initial,     // names, or a mapping of a target and actions
  event,       // a name without spaces
  text,
  boolean,
  integer,
  positive,  // a whole number from 1 up
  factor,    // 1 to 1000
  share,     // 0 to 1
  duration,
  duration_or_off,
  computed_duration,  // or a ${{ }} that gives one
  json_schema,
  state_type,
  jq,
  data_path,  // .a.b
  operation,  // db.query
  errors,     // codes, areas, classes or *: one or a list that is not empty
  arguments,  // a mapping, or a template that gives one
  declarations,
  requirements,
  networks,
  states,
  some_states,  // not empty
  arcs,
  network_arcs,
  functions,
  steps,
  condition,
  conditions,
  some_conditions,
  retry,    // or the name of one
  catches,  // or the names of some
  timeout,  // or the name of one
  contract,
  policies,
  named_retries,
  named_catches,
  named_timeouts,
  named_contracts,
  lint,
  rules,  // of lint: one or a list
};

}  // namespace leasehold::fsm
