#include "pool/workers.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "pool/process.hpp"

namespace leasehold::detail {

namespace {

constexpr auto kept_idle = std::chrono::seconds(5);

struct Workers : std::enable_shared_from_this<Workers> {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  std::size_t idle = 0;

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      if (tasks.empty()) {
        ++idle;
        const bool more = changed.wait_for(lock, kept_idle, [this] { return !tasks.empty(); });
        --idle;
        if (!more) return;
      }
      {
        std::function<void()> task = std::move(tasks.front());
        tasks.pop_front();
        lock.unlock();
        task();
      }
      lock.lock();
    }
  }

  void run(std::function<void()> task) {
    std::unique_lock lock(mutex);
    if (idle > tasks.size()) {
      tasks.push_back(std::move(task));
      changed.notify_one();
      return;
    }
    lock.unlock();
    auto shared = std::make_shared<std::function<void()>>(std::move(task));
    try {
      std::thread([self = shared_from_this(), shared] {
        (*shared)();
        *shared = nullptr;
        self->serve();
      }).detach();
    } catch (const std::system_error&) {
      (*shared)();
    }
  }
};

// A child of a fork has none of its parent's threads: it starts with workers of its own.
std::shared_ptr<Workers> workers() {
  struct Current {
    std::uint32_t epoch = process_epoch();
    std::shared_ptr<Workers> workers = std::make_shared<Workers>();
  };
  static std::atomic<Current*> current = new Current;
  Current* found = current.load();
  if (found->epoch != process_epoch()) {
    Current* fresh = new Current;
    if (current.compare_exchange_strong(found, fresh))
      found = fresh;
    else
      delete fresh;
  }
  return found->workers;
}

}  // namespace

void run_on_worker(std::function<void()> task) {
  workers()->run(std::move(task));
}

}  // namespace leasehold::detail
