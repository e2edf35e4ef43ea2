#include "labels.hpp"

#include "utf8.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

constexpr std::size_t longest_text = 60;  // characters; a picture is for the eye

void add_line(std::string& label, const std::string& line) {
  if (!label.empty()) label += '\n';
  label += line;
}

// White space of any kind becomes one blank, and what is too long ends in "…".
std::string abridged(const std::string& text) {
  std::string short_text;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (blank && (short_text.empty() || short_text.back() == ' ')) continue;
    const bool starts_character = !continues_character(c);
    if (starts_character && ++characters > longest_text) return short_text + "…";
    short_text += blank ? ' ' : c;
  }
  while (!short_text.empty() && short_text.back() == ' ') short_text.pop_back();
  return short_text;
}

std::string holds(const std::vector<ResourceRequirement>& resources) {
  std::string names;
  for (const ResourceRequirement& resource : resources) {
    names += (names.empty() ? "" : ", ") + resource.name;
    if (!resource.role.empty() && resource.role != resource.name) names += " as " + resource.role;
    if (!resource.required) names += " (optional)";
  }
  return "holds " + names;
}

std::string name_of(const CallFunction& call) {
  return call.name;
}
std::string name_of(const CallOperation& call) {
  return call.resource + "." + call.operation;
}
std::string name_of(const Transform&) {
  return "jq";  // whose program may have something from the environment
}
std::string name_of(const Raise& raise) {
  return "raise " + raise.event;
}
std::string name_of(const Send& send) {
  return "send " + send.event;
}
std::string name_of(const Cancel&) {
  return "cancel";
}

}  // namespace

std::string label_of(const std::string& name, const std::vector<ResourceRequirement>& resources) {
  std::string label = name;
  if (!resources.empty()) add_line(label, holds(resources));
  return label;
}

std::string label_of(const Arc& arc, const Definition& definition) {
  std::string label;
  if (!arc.events.empty()) add_line(label, fmt::format("{}", fmt::join(arc.events, ", ")));
  if (arc.after) add_line(label, "after " + format_duration(*arc.after));
  if (arc.condition) add_line(label, "[" + abridged(arc.condition->text) + "]");
  if (arc.priority != 0) add_line(label, fmt::format("priority {}", arc.priority));
  if (arc.internal) add_line(label, "internal");
  if (arc.targets.empty() && !arc.push) add_line(label, "stays");
  if (!arc.resources.empty()) add_line(label, holds(arc.resources));
  if (arc.push) add_line(label, "push " + definition.networks[arc.push->network].name);
  return label;
}

std::string label_of(const Steps& actions) {
  std::string names;
  for (const Step& step : actions)
    names +=
        (names.empty() ? "" : ", ") + std::visit([](const auto& what) { return name_of(what); }, step.what);
  return names.empty() ? "" : "/ " + abridged(names);
}

std::string label_of(const Catch& handler) {
  return fmt::format("catch {}", fmt::join(handler.errors, ", "));
}

}  // namespace leasehold::fsm
