#pragma once

// OwnerId: who holds a resource. A string outside ("orders/store#42"), one integer to compare inside.
//
// Threads: any. Copies of one id share a record that lives as long as an OwnerId, a lease or a waiter refers
// to it; the record of a string that nobody uses any more is gone, so ten million distinct owners leave
// nothing.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace leasehold {

class OwnerId;
namespace detail {
struct OwnerRecord;
OwnerId refer(OwnerRecord& record) noexcept;
}  // namespace detail

class OwnerId {
 public:
  OwnerId() noexcept = default;    // nobody; acquiring for it is refused with config_value
  OwnerId(std::string_view name);  // NOLINT(google-explicit-constructor): an id is its string
  OwnerId(const std::string& name) : OwnerId(std::string_view(name)) {}  // NOLINT
  OwnerId(const char* name) : OwnerId(std::string_view(name)) {}         // NOLINT
  OwnerId(const OwnerId& other) noexcept : record_(other.record_) {
    if (record_) share();
  }
  OwnerId(OwnerId&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  OwnerId& operator=(OwnerId other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~OwnerId() {
    if (record_) drop();
  }

  explicit operator bool() const noexcept { return record_ != nullptr; }
  std::string name() const;              // "" for nobody
  std::uint64_t value() const noexcept;  // unique in this process among the living; 0 for nobody

  friend bool operator==(const OwnerId& a, const OwnerId& b) noexcept { return a.record_ == b.record_; }

  detail::OwnerRecord* record() const noexcept { return record_; }  // for the core

  // How many records exist now, for tests of what is left behind.
  static std::size_t living();

 private:
  friend OwnerId detail::refer(detail::OwnerRecord&) noexcept;
  explicit OwnerId(detail::OwnerRecord* record) noexcept : record_(record) {}

  void share() noexcept;
  void drop() noexcept;

  detail::OwnerRecord* record_ = nullptr;
};

}  // namespace leasehold

template <>
struct std::hash<leasehold::OwnerId> {
  std::size_t operator()(const leasehold::OwnerId& id) const noexcept {
    return std::hash<void*>()(id.record());
  }
};
