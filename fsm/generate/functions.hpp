#pragma once

// How the functions, conditions and expressions of a machine are written in its header.

#include "generate/names.hpp"
#include "model.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

// Whatever is asked for is written once; ask for all before the text.
class FunctionWriter {
 public:
  // The type of a state: "states::working"; "": it cannot be active.
  using TypeOf = std::function<std::string(StateIndex)>;

  FunctionWriter(std::string machine, TypeOf type_of)
      : machine_(std::move(machine)), type_of_(std::move(type_of)) {}

  std::string calls(const Steps& steps);                                 // "msm::Calls<actions::count>"
  std::string condition(const Condition& condition, StateIndex source);  // an expression in `machine`
  std::string put(const DataPath& into, std::string_view value);         // a statement with `context`
  std::string filled(const Template& value);                             // an expression with `context`

  bool has_expressions() const { return !programs_.empty() || !values_.empty() || !paths_.empty(); }
  std::string text() const;  // their definitions
  // What says that the program's class lacks a function.
  const std::vector<std::string>& checks() const noexcept { return checks_; }

 private:
  std::string action(const std::string& member);
  std::string guard(const std::string& member);
  std::string own_action(const std::string& name, const std::string& body, const std::string& doing);
  std::string own_action(const Raise& raise);
  std::string own_action(const Send& send);
  std::string own_action(const Cancel& cancel);
  std::string own_action(const Transform& transform);
  std::string own_action(const CallOperation& call);
  std::string own_guard(const JqProgram& program);
  std::string event(const std::string& name, const Template& data);  // what makes one with `context`
  std::string text(const Template& value);                           // an expression with `context`
  std::string check(std::string_view kind, const std::string& member, std::string_view result,
                    std::string_view parameter, std::string_view context) const;
  std::string expressions() const;

  std::string machine_;
  TypeOf type_of_;
  Names action_names_, guard_names_;
  std::map<std::string, std::string> actions_, guards_;
  std::map<std::string, std::string> own_actions_, own_guards_;  // by what they do
  std::vector<std::string> programs_, values_, paths_;           // of the expressions
  std::vector<std::string> checks_;
  std::string actions_text_, guards_text_;
};

}  // namespace leasehold::fsm
