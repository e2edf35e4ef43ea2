#pragma once

// Driver: runs many executions over a few threads, and wakes each when one of its delays is over.
//
//   Driver driver(manager, {.threads = 4});
//   const Driver::Handle order = driver.add(machine.start(input));
//   driver.send(order, "order.received", data);  // handled by one of the driver's threads
//   if (driver.wait(order, clock->deadline_after(5s))) RunResult result = *driver.take(order);
//   driver.close();
//
// An execution is worked on by one thread at a time and keeps that thread while it waits for a resource: as
// many threads as executions may wait at once keep the others going.
//
// Threads: every member may be called from any thread, except that nobody may call anything once the
// destructor has begun; functions of machines may call all but close. The manager must outlive the driver.
// Blocks: only wait (to its deadline) and close.

#include <leasehold/fsm/execution.hpp>
#include <leasehold/manager.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace leasehold::fsm {

struct DriverOptions {
  std::size_t threads = 2;
  // Called by one of the threads for each execution that has ended, which is then forgotten; several calls at
  // once. What it throws is dropped. Null: results wait for take().
  std::function<void(RunResult)> on_end = nullptr;
};

class Driver {
 public:
  enum class Handle : std::uint64_t {};

  // Throws ConfigError (config_value) for no threads, std::system_error if none can be started.
  explicit Driver(const ResourceManager& manager, DriverOptions options = {});
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();  // close()

  // From now on only the driver uses the execution. Throws StateError (fsm_invalid) if it runs on another
  // clock than the driver's manager, or the driver is closed.
  Handle add(Execution run);

  // Queues an event; true if the execution had not ended then. Throws StateError (fsm_invalid) when its queue
  // is full (RunOptions::event_queue).
  bool send(Handle run, std::string_view event, nlohmann::json data = nullptr);

  // Asks it to end with errc::fsm_cancelled. False if it has ended or is unknown.
  bool cancel(Handle run);

  // Until it has ended, or the deadline on the manager's clock. True if it has ended or is unknown.
  bool wait(Handle run, Clock::time_point deadline);

  // What it came to, once; nullopt until it has ended and if it is unknown. It is forgotten then.
  std::optional<RunResult> take(Handle run);

  std::size_t running() const;  // executions that have not ended

  // Takes nothing new, waits up to `drain` for what runs, cancels the rest, and ends the threads as soon as
  // the functions they are in return. Idempotent. Results stay to be taken.
  void close(Duration drain = Duration::zero());

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::fsm
