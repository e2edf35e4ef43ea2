#include "script.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::detail {

namespace {

template <class Item>
const Item* for_call(const std::vector<Item>& items, std::size_t call) {
  const auto found = std::find_if(items.begin(), items.end(), [call](const Item& item) {
    return item.on.empty() || item.on.count(call) > 0;
  });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

DictScript::DictScript(std::string resource, const DictOptions& options)
    : resource_(std::move(resource)), record_(options.record) {
  for (const auto& [name, replies] : options.replies) parts_[name].replies = replies;
  for (const auto& [name, faults] : options.faults) parts_[name].faults = faults;
  for (const auto& [name, delays] : options.delays) parts_[name].delays = delays;
  for (const std::string& name : options.operations) parts_[name];
  for (const char* name :
       {"acquire", "validate", "reset", "health", "get", "set", "update", "delete", "to_dict"})
    parts_[name];
}

DictScript::Part& DictScript::part(std::string_view operation) {
  const auto found = parts_.find(operation);
  if (found != parts_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, unused] : parts_) known.push_back(name);
  throw Error(errc::resource_operation,
              fmt::format("'{}' has no operation '{}' to script", resource_, operation),
              {.resource = resource_, .hint = suggest_name(operation, known)});
}

bool DictScript::knows(std::string_view operation) const {
  const std::lock_guard lock(mutex_);
  return parts_.find(operation) != parts_.end();
}

std::size_t DictScript::begin(std::string_view operation, const nlohmann::json& arguments,
                              const Caller& caller, errc late) {
  const auto now = caller.clock->now();
  DictCall record{std::string(operation), record_ > 0 ? arguments : nlohmann::json(), caller.owner.name(),
                  now, std::nullopt};
  std::optional<DictFault> fault;
  Duration delay{};
  std::size_t call = 0;
  {
    const std::lock_guard lock(mutex_);
    Part& script = part(operation);
    call = ++script.calls;
    if (const auto* found = for_call(script.delays, call)) delay = found->delay;
    if (const auto* found = for_call(script.faults, call)) {
      fault = *found;
      record.failed = found->error;
    }
    if (record_ > 0) {
      recorded_.push_back(std::move(record));
      if (recorded_.size() > record_) recorded_.pop_front();
    }
  }
  if (delay > Duration::zero()) {
    const auto end = caller.clock->deadline_after(delay);
    if (!caller.clock->sleep_until(std::min(end, caller.deadline), caller.stop))
      throw_error(errc::acquire_cancelled, fmt::format("'{}' of '{}' was cancelled", operation, resource_),
                  {.resource = resource_, .owner = caller.owner.name()});
    if (caller.deadline < end)
      throw TimeoutError(
          late, fmt::format("'{}' of '{}' did not end by its deadline", operation, resource_),
          {.resource = resource_, .owner = caller.owner.name(), .elapsed = caller.deadline - now});
  }
  if (fault) throw_error(fault->error, fault->message, {.resource = resource_, .owner = caller.owner.name()});
  return call;
}

std::optional<nlohmann::json> DictScript::reply(std::string_view operation, std::size_t call) const {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(operation);
  if (found == parts_.end() || !found->second.replies) return std::nullopt;
  const DictReplies& replies = *found->second.replies;
  if (replies.list.empty()) return nlohmann::json();
  if (call <= replies.list.size()) return replies.list[call - 1];
  switch (replies.then) {
    case DictReplies::Then::last:
      return replies.list.back();
    case DictReplies::Then::repeat:
      return replies.list[(call - 1) % replies.list.size()];
    case DictReplies::Then::error:
      break;
  }
  throw Error(errc::resource_operation,
              fmt::format("the script of '{}' has no reply to call {} of '{}'", resource_, call, operation),
              {.resource = resource_, .hint = "add replies, or set then: to last or repeat"});
}

std::vector<DictCall> DictScript::calls(std::string_view operation) const {
  const std::lock_guard lock(mutex_);
  std::vector<DictCall> found;
  std::copy_if(recorded_.begin(), recorded_.end(), std::back_inserter(found),
               [&](const DictCall& call) { return operation.empty() || call.operation == operation; });
  return found;
}

std::size_t DictScript::call_count(std::string_view operation) const {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(operation);
  return found == parts_.end() ? 0 : found->second.calls;
}

void DictScript::clear_calls() {
  const std::lock_guard lock(mutex_);
  recorded_.clear();
  for (auto& [name, script] : parts_) script.calls = 0;
}

void DictScript::set_replies(std::string_view operation, DictReplies replies) {
  const std::lock_guard lock(mutex_);
  part(operation).replies = std::move(replies);
}

void DictScript::set_faults(std::string_view operation, std::vector<DictFault> faults) {
  const std::lock_guard lock(mutex_);
  part(operation).faults = std::move(faults);
}

void DictScript::set_delays(std::string_view operation, std::vector<DictDelay> delays) {
  const std::lock_guard lock(mutex_);
  part(operation).delays = std::move(delays);
}

}  // namespace leasehold::detail
