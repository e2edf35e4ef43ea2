#pragma once

// Lease: the RAII proof that an owner holds a resource. Its end is the return.
//
// Threads: one Lease object is used by one thread at a time. The same owner may hold several leases of one
// name; they share one resource, which goes back with the last of them. Destructors never throw and always
// give back. A lease that was moved to another thread counts as held by the one that acquired it until the
// other first uses it: whoever hands leases over and then waits for what they hold, use them there first, or
// the deadlock detector sees a cycle.

#include <leasehold/operation.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

class RequirementSet;
namespace detail {
struct Hold;  // one owner's hold on one resource
struct Moment;
void end_lease(Hold* hold) noexcept;
void end_lease(Hold* hold, Moment& moment) noexcept;
}  // namespace detail

struct CallOptions {
  Clock::time_point deadline = Clock::never;
  std::stop_token stop = {};
};

class Lease {
 public:
  Lease() noexcept = default;  // empty
  Lease(Lease&& other) noexcept : hold_(std::exchange(other.hold_, nullptr)) {}
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() {
    if (hold_) detail::end_lease(hold_);
  }

  // Whether there is a resource to use. False for an empty lease (default, moved from, released, or of an
  // optional resource that could not be had) and for one that was taken back by name or revoked.
  explicit operator bool() const noexcept { return hold_ && !revoked(); }

  bool empty() const noexcept { return hold_ == nullptr; }  // it never had one, or gave it back itself

  // The resource. Throws StateError with errc::lease_revoked if the lease was released or revoked.
  Resource& get() const;
  Resource& operator*() const { return get(); }
  Resource* operator->() const { return &get(); }
  template <class T>
  T& as() const {
    return get().as<T>();
  }

  // Calls an operation of the resource's provider, feeding metrics and breaker. Throws
  // errc::resource_operation (with the nearest name) if there is none, CircuitOpenError if the breaker
  // refuses, else what the call throws.
  nlohmann::json call(std::string_view operation, const nlohmann::json& arguments,
                      const CallOptions& = {}) const;

  // Says that the resource must not be lent again. The lease goes on until its end.
  void discard() noexcept;

  // Gives it back now; the lease is empty afterwards. Does nothing to an empty one. May run reset and
  // dispose.
  void release() noexcept;

  // Gives the resource to another owner without letting go of it; the lease stays this object. Counts as a
  // new grant (fence, hold time). Throws StateError if the lease is not valid, is shared with another lease
  // of the same owner, or the new owner holds this resource already.
  void hand_over(OwnerId to);

  bool revoked() const noexcept;
  OwnerId owner() const;  // nobody if empty
  // Grows with every grant: per resource, from the first call on per manager. 0 if empty or revoked.
  std::uint64_t fence() const noexcept;
  const std::string& name() const;  // of the resource; "" if empty

 private:
  friend struct detail::Hold;
  friend class LeaseSet;
  explicit Lease(detail::Hold* hold) noexcept : hold_(hold) {}

  detail::Hold* hold_ = nullptr;  // this lease is one of its counted references
};

// A lease whose resource is a T.
template <class T>
class TypedLease {
 public:
  TypedLease() noexcept = default;
  explicit TypedLease(Lease lease) : lease_(std::move(lease)) {
    if (lease_) lease_.template as<T>();  // a wrong type is found here, naming both
  }

  explicit operator bool() const noexcept { return static_cast<bool>(lease_); }
  T& get() const { return lease_.template as<T>(); }
  T& operator*() const { return get(); }
  T* operator->() const { return &get(); }
  template <class U>
  U& as() const {
    return lease_.template as<U>();
  }

  nlohmann::json call(std::string_view operation, const nlohmann::json& arguments,
                      const CallOptions& o = {}) const {
    return lease_.call(operation, arguments, o);
  }
  void discard() noexcept { lease_.discard(); }
  void release() noexcept { lease_.release(); }
  bool revoked() const noexcept { return lease_.revoked(); }
  OwnerId owner() const { return lease_.owner(); }
  std::uint64_t fence() const noexcept { return lease_.fence(); }
  const std::string& name() const { return lease_.name(); }
  Lease& untyped() noexcept { return lease_; }

 private:
  Lease lease_;
};

// Several leases acquired together; they end in reverse order of their acquisition.
class LeaseSet {
 public:
  struct Entry {
    std::string_view name;  // as long as the set keeps the entry
    std::string_view role;
    Lease lease;
  };

  LeaseSet() = default;
  LeaseSet(LeaseSet&& other) noexcept : contents_(std::exchange(other.contents_, nullptr)) {}
  LeaseSet& operator=(LeaseSet&&) noexcept;
  ~LeaseSet() {
    if (contents_) release();
  }

  // By the requirement's name or its role. at() throws errc::resource_unknown if the set has no such entry;
  // an optional resource that could not be had is an empty lease.
  const Lease& at(std::string_view name_or_role) const;
  Lease& at(std::string_view name_or_role) {
    return const_cast<Lease&>(std::as_const(*this).at(name_or_role));
  }
  const Lease& operator[](std::string_view name_or_role) const { return at(name_or_role); }
  Lease& operator[](std::string_view name_or_role) { return at(name_or_role); }
  const Lease* find(std::string_view name_or_role) const noexcept;  // null if there is none
  Lease* find(std::string_view name_or_role) noexcept {
    return const_cast<Lease*>(std::as_const(*this).find(name_or_role));
  }

  std::size_t size() const noexcept { return contents_ ? contents_->entries.size() : 0; }
  bool empty() const noexcept { return size() == 0; }
  void release() noexcept;

  // In order of acquisition.
  std::span<Entry> entries() noexcept {
    return contents_ ? std::span(contents_->entries) : std::span<Entry>();
  }
  std::span<const Entry> entries() const noexcept {
    return contents_ ? std::span(std::as_const(contents_->entries)) : std::span<const Entry>();
  }
  auto begin() noexcept { return entries().begin(); }
  auto end() noexcept { return entries().end(); }
  auto begin() const noexcept { return entries().begin(); }
  auto end() const noexcept { return entries().end(); }
  void add(std::string_view name, std::string_view role, Lease lease);  // copies the two
  void add(Entry entry) { add(entry.name, entry.role, std::move(entry.lease)); }
  void reserve(std::size_t count, std::size_t text);  // room for so many, and for their names and roles

 private:
  friend class ResourceManager;
  explicit LeaseSet(const RequirementSet&);  // an empty lease for each, to be filled

  // Passes from set to set of one thread, so that a set is made without an allocation; and the next set of
  // the same requirements finds its names in it.
  struct Contents {
    std::vector<Entry> entries;
    std::vector<char> text;          // of names and roles
    std::size_t used = 0;            // of it
    std::uint64_t requirements = 0;  // the RequirementSet::number_ whose entries and text these are; 0: none

    std::string_view copy(std::string_view word) noexcept;
    void clear() noexcept;
  };
  struct Spare;  // see lease_set.cpp
  Contents& contents();
  static void prepare(Contents&, const RequirementSet&);

  Contents* contents_ = nullptr;  // null: empty
};

}  // namespace leasehold
