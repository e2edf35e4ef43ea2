#pragma once

// IResourceProvider: makes, checks, resets and disposes of resources of one kind. This is what you implement
// to bring your own kind of resource; see samples/06_custom_provider.
//
// Threads: every member may be called from many threads at once, and none under a lock of leasehold's.
// acquire, validate and health_check run on worker threads, so that a caller is not held up beyond its
// deadline: what is bound to a thread (a thread_local, a COM apartment) is not the caller's. reset runs where
// the lease ends; release there if the lease's end finds the resource unusable, else on a worker. Exceptions:
// what acquire, validate, reset and health_check throw is caught; acquire's becomes (or is, if it is a
// leasehold::Error) the error of the waiting caller, the others count as "no longer usable".

#include <leasehold/health.hpp>
#include <leasehold/operation.hpp>
#include <leasehold/owner.hpp>
#include <leasehold/resource.hpp>

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string_view>

namespace leasehold {

struct AcquireContext {
  Clock::time_point deadline = Clock::never;
  std::stop_token stop = {};
  OwnerId owner = {};  // nobody when the pool itself refills
  std::shared_ptr<Clock> clock = Clock::steady();

  Duration remaining() const noexcept;  // until the deadline, never negative; Duration::max() without one
};

enum class Sharing {
  exclusive,  // one owner at a time per resource
  shared,     // one resource, lent to any number of owners at once; it locks for itself
};

class IResourceProvider {
 public:
  virtual ~IResourceProvider() = default;

  virtual std::string_view type() const noexcept = 0;  // "database"

  // Opens one. Must return by context.deadline and heed context.stop; throws if it cannot. Whom it is opened
  // for may be served with another that came back meanwhile; then this one goes to the next, or lies idle.
  virtual Resource acquire(const AcquireContext& context) = 0;

  // Disposes of one, for good.
  virtual void release(Resource&& resource) noexcept = 0;

  // Whether it is still usable; may do I/O. Called before lending what was idle for
  // PoolConfig::validate_after.
  virtual bool validate(Resource& resource) = 0;

  // Called when the lease of an exclusive resource ends (a shared one has other users, and is never reset):
  // roll back, drop temporary files. false: discard it instead of lending it again.
  virtual bool reset(Resource& resource);

  virtual HealthReport health_check(const AcquireContext& context) = 0;
  virtual Sharing sharing() const noexcept;      // exclusive
  virtual nlohmann::json describe() const = 0;   // the configuration, secrets redacted
  virtual const Operations& operations() const;  // none
  virtual void close() noexcept;                 // nothing is lent any more
};

// What the provider of `resource` offers. If asking for that throws anything but a leasehold::Error, it
// throws resource_operation, which names the type only: as everywhere, the text of a foreign exception may be
// secret.
const Operations& operations_of(const IResourceProvider&, std::string_view resource);

}  // namespace leasehold
