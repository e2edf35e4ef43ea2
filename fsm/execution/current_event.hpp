#pragma once

// The event that an execution handles, and what jq sees of it.

#include "event_value.hpp"

#include <leasehold/fsm/functions.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace leasehold::fsm {

class CurrentEvent {
 public:
  CurrentEvent() = default;
  CurrentEvent(const CurrentEvent&) = delete;
  CurrentEvent& operator=(const CurrentEvent&) = delete;

  const Event& get() const noexcept { return *event_; }

  // What it is as $event; null if nothing is handled.
  const nlohmann::json& value() {
    if (event_->name.empty()) return nothing.data;
    if (!value_) value_ = event_value(*event_);
    return *value_;
  }

  void set(Event event) {
    own_ = std::move(event);
    refer(own_);
  }
  // To one of somebody else's, until the next change.
  void refer(const Event& event) noexcept {
    event_ = &event;
    value_.reset();
  }
  void clear() noexcept { refer(nothing); }

 private:
  inline static const Event nothing;

  Event own_;
  const Event* event_ = &nothing;
  std::optional<nlohmann::json> value_;
};

}  // namespace leasehold::fsm
