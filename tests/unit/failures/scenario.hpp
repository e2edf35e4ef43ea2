#pragma once

// A script through a manager's life, of which any single call may fail, and what must hold afterwards.

#include <leasehold/manager.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nth.hpp"

namespace leasehold::failures {

struct Session {
  int number = 0;
};

// What of it fails, and how.
enum class Fault { throws_error, throws_foreign, refuses };

class FailingProvider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "failing"; }
  Resource acquire(const AcquireContext&) override;
  void release(Resource&& resource) noexcept override;
  bool validate(Resource&) override { return answer(validates); }
  bool reset(Resource&) override { return answer(resets); }
  HealthReport health_check(const AcquireContext&) override;
  nlohmann::json describe() const override { return nlohmann::json::object(); }
  void close() noexcept override { ++closed; }

  Fault fault = Fault::throws_error;
  Nth opens, validates, resets;
  std::atomic<bool> ill = false;
  std::atomic<int> live = 0, most_live = 0, closed = 0;

 private:
  bool answer(Nth& calls) const;
};

class Scenario {
 public:
  explicit Scenario(std::shared_ptr<Clock> clock = nullptr);

  // Every step, each on its own: what it throws ends the step and is noted.
  void play();

  // Closes while something is held and somebody waits. close() may throw std::bad_alloc, no more.
  void close();

  // With nothing failing any more: the whole capacity is there, and nothing is left in use or open.
  // Returns what is wrong, "" if nothing.
  std::string verify();

  std::shared_ptr<FailingProvider> provider = std::make_shared<FailingProvider>();
  std::vector<std::string> errors;   // what() of each
  std::vector<std::string> foreign;  // what was no leasehold::Error and no std::bad_alloc

 private:
  void attempt(const std::function<void()>& step);

  std::mutex mutex_;
  std::shared_ptr<Clock> clock_;
  std::unique_ptr<ResourceManager> manager_;
};

}  // namespace leasehold::failures
