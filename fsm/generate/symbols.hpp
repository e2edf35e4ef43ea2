#pragma once

// What the parts of a flat chart are called in its header.

#include "generate/flat.hpp"

#include <map>
#include <string>
#include <vector>

namespace leasehold::fsm {

class Symbols {
 public:
  Symbols(const Network& network, const FlatChart& chart);

  const std::map<StateIndex, std::string>& states() const noexcept { return states_; }  // "working"
  const std::map<std::string, std::string>& events() const noexcept { return events_; }

  bool is_reached(StateIndex state) const { return states_.contains(state); }
  std::string type(StateIndex state) const { return "states::" + states_.at(state); }
  std::string type(const std::string& event) const;                // as a row has it
  std::string parts(const std::vector<StateIndex>& states) const;  // "msm::Parts<states::working>"
  std::string entered(const Passage& passage) const;               // the same, and what is so by default
  bool has(const Arc& arc) const { return arcs_.contains(&arc); }
  std::string arc(const Arc& arc) const { return arcs_.at(&arc); }
  std::string handler(std::size_t number) const { return handlers_[number]; }

 private:
  std::map<StateIndex, std::string> states_;
  std::map<std::string, std::string> events_;
  std::map<const Arc*, std::string> arcs_;
  std::vector<std::string> handlers_;
};

}  // namespace leasehold::fsm
