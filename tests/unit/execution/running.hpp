#pragma once

// What the tests of running machines share: a manager with an exclusive fake resource and machines from YAML.

#include <leasehold/fsm/machine.hpp>
#include <leasehold/manager.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace leasehold::fsm::test {

// Time passes where somebody waits for it in vain, and nowhere else.
class JumpingClock final : public Clock {
 public:
  time_point now() const noexcept override { return now_.load(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    // Another thread may be about to change the word.
    for (int i = 0; i < 200; ++i) {
      if (word.load() != expected) return now() < deadline;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    REQUIRE(deadline != never);
    if (on_wait) on_wait(deadline - now());
    if (deadline > now()) now_ = deadline;
    return false;
  }
  void unpark(std::atomic<std::uint32_t>&, int) noexcept override {}
  void advance(Duration by) { now_ = now() + by; }

  std::function<void(Duration)> on_wait;

 private:
  std::atomic<time_point> now_ = time_point(std::chrono::hours(1));
};

struct Thing {
  int number = 0;
};

// Lends numbered Things; `echo` answers its arguments, `fail` throws the errc that it is told.
class ThingProvider final : public IResourceProvider {
 public:
  ThingProvider() {
    const nlohmann::json any = {{"type", "object"}};
    operations_.add(
        {"echo", "", any,
         [](Resource&, const nlohmann::json& arguments, const OperationContext&) { return arguments; }});
    operations_.add({"number", "", any, [](Resource& thing, const nlohmann::json&, const OperationContext&) {
                       return nlohmann::json(thing.as<Thing>().number);
                     }});
    operations_.add(
        {"fail", "", any,
         [](Resource&, const nlohmann::json& arguments, const OperationContext&) -> nlohmann::json {
           throw_error(*error_from_name(arguments.at("code").get<std::string>()), "told to fail");
         }});
    operations_.add({"hang", "", any,
                     [](Resource&, const nlohmann::json&, const OperationContext& context) -> nlohmann::json {
                       context.clock->sleep_until(context.deadline, context.stop);
                       throw_error(errc::db_deadline, "the statement did not end");
                     }});
  }
  std::string_view type() const noexcept override { return "thing"; }
  Resource acquire(const AcquireContext&) override {
    if (refuse > 0) {
      --refuse;
      throw_error(errc::db_unreachable, "refused");
    }
    return Resource::make<Thing>(Thing{++made});
  }
  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }
  const Operations& operations() const override {
    if (secretive) throw std::runtime_error("password=hunter2");
    return operations_;
  }

  std::atomic<bool> secretive = false;
  std::atomic<int> made = 0;
  std::atomic<int> refuse = 0;

 private:
  Operations operations_;
};

struct Running {
  explicit Running(std::shared_ptr<Clock> clock = nullptr)
      : manager({.clock = std::move(clock), .maintenance = false, .deadlock_check = std::chrono::hours(1)}) {
    // "note:x" style actions would need a grammar; these are enough.
    functions.action("nothing", [](Context&) {});
    functions.action("boom", [](Context&) { throw std::runtime_error("boom"); });
    functions.action("odd", [](Context&) { throw 7; });
    functions.action(
        "leases", [this](Context& c) { seen.push_back(std::string(c.state) + ":" + held(c.owner.name())); });
  }

  std::shared_ptr<ThingProvider> thing(const std::string& name, std::size_t max_size = 1,
                                       Duration timeout = std::chrono::seconds(5)) {
    auto provider = std::make_shared<ThingProvider>();
    manager.register_provider(name, provider, {.pool = {.max_size = max_size, .acquire_timeout = timeout}});
    return provider;
  }

  Machine load(const std::string& yaml) { return load_machine_text("name: m\n" + yaml, manager, functions); }
  // A machine of one network "main" that starts in the first state.
  Machine chart(const std::string& states, const std::string& network = {}) {
    const std::size_t name = states.find("name: ") + 6;
    const std::string initial = states.substr(name, states.find_first_of(",}\n", name) - name);
    return load("networks:\n- name: main\n  initial: " + initial + "\n" + network + "  states:\n" + states);
  }

  // Names of the things that this owner holds, in order of registration.
  std::string held(const std::string& owner) const {
    std::string names;
    for (const auto& name : manager.names())
      for (const auto& holder : manager.get_resource_owners(name))
        if (holder == owner) names += (names.empty() ? "" : " ") + name;
    return names;
  }
  // "name=owner" of everything lent now.
  std::vector<std::string> lent() const {
    std::vector<std::string> all;
    for (const auto& name : manager.names())
      for (const auto& holder : manager.get_resource_owners(name)) all.push_back(name + "=" + holder);
    return all;
  }

  FunctionRegistry functions;
  ResourceManager manager;
  std::vector<std::string> seen;
};

using Names = std::vector<std::string>;

}  // namespace leasehold::fsm::test
