#include "interrupts.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <vector>

using namespace leasehold::tool;

TEST_CASE("each signal is counted, on a thread that may do anything") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> counts;
  Interrupts interrupts([&](int count) {
    const std::lock_guard lock(mutex);
    counts.push_back(count);
    changed.notify_all();
  });
  const auto signal_and_wait = [&](int signal, std::size_t total) {
    ::kill(::getpid(), signal);
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), [&] { return counts.size() == total; });
  };
  REQUIRE(signal_and_wait(SIGINT, 1));
  REQUIRE(signal_and_wait(SIGTERM, 2));
  CHECK(counts == std::vector<int>{1, 2});
}

TEST_CASE("the mask is what it was at the end") {
  sigset_t before, after;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0);
  {
    Interrupts interrupts([](int) {});
  }
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &after) == 0);
  CHECK(::sigismember(&before, SIGINT) == ::sigismember(&after, SIGINT));
  CHECK(::sigismember(&before, SIGTERM) == ::sigismember(&after, SIGTERM));
}
