#pragma once

// A provider whose answers a test sets, and which counts what it is asked.

#include <leasehold/manager.hpp>

#include <atomic>
#include <mutex>

namespace leasehold::test {

struct Thing {
  int number = 0;
};

class FakeProvider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "fake"; }
  Resource acquire(const AcquireContext& context) override {
    ++opened;
    if (on_acquire) on_acquire(context);
    return Resource::make<Thing>(opened.load());
  }
  void release(Resource&& resource) noexcept override {
    if (on_dispose) on_dispose();
    resource.clear();
    ++disposed;
  }
  bool validate(Resource&) override { return valid; }
  HealthReport health_check(const AcquireContext& context) override {
    ++checked;
    return on_health ? on_health(context) : HealthReport{ResourceHealth::healthy, "fine", {}};
  }
  nlohmann::json describe() const override { return {{"kind", "fake"}}; }
  const Operations& operations() const override {
    if (on_operations) on_operations();
    return IResourceProvider::operations();
  }
  void close() noexcept override {
    ++closed;
    if (on_close) on_close();
  }

  std::function<void(const AcquireContext&)> on_acquire;
  std::function<void()> on_dispose;
  std::function<HealthReport(const AcquireContext&)> on_health;
  std::function<void()> on_operations;
  std::function<void()> on_close;
  std::atomic<bool> valid = true;
  std::atomic<int> opened = 0, disposed = 0, checked = 0, closed = 0;
};

inline std::shared_ptr<FakeProvider> fake() {
  return std::make_shared<FakeProvider>();
}

// What a logger was told.
class Log {
 public:
  Logger logger() {
    return [this](LogLevel, std::string_view message) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(message);
    };
  }
  bool has(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines_)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// The text of what a call throws; "" if it throws nothing.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace leasehold::test
