#pragma once

// Runs a generated machine and the interpreter side by side on the same random events, with functions that
// decide and fail at random but alike, and compares what can be seen of them.

#include "folders.hpp"

#include <leasehold/fsm/machine.hpp>
#include <leasehold/fsm/msm/chart.hpp>
#include <leasehold/fsm/virtual_clock.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace leasehold::fsm::test {

using namespace std::chrono_literals;

// Every resource is new, and refused while `refuse` says so.
class FreshProvider final : public IResourceProvider {
 public:
  FreshProvider() {
    operations_.add(
        {"echo",
         "",
         {{"type", "object"}},
         [](Resource&, const nlohmann::json& arguments, const OperationContext&) { return arguments; }});
    operations_.add({"even",
                     "",
                     {{"type", "object"}},
                     [](Resource&, const nlohmann::json& arguments, const OperationContext&) {
                       if (arguments.at("n").get<int>() % 2 != 0) throw_error(errc::db_constraint, "odd");
                       return arguments.at("n");
                     }});
  }
  std::string_view type() const noexcept override { return "fresh"; }
  Resource acquire(const AcquireContext&) override {
    if (refuse) throw_error(errc::db_unreachable, "refused");
    return Resource::make<int>(1);
  }
  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource&) override { return true; }
  bool reset(Resource&) override { return false; }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }
  const Operations& operations() const override { return operations_; }

  bool refuse = false;

 private:
  Operations operations_;
};

// One side: its own manager, and the functions of all machines.
class Side {
 public:
  Side(unsigned seed, bool faults) : random_(seed), faults_(faults) {
    for (const char* name : names) {
      providers_.push_back(std::make_shared<FreshProvider>());
      manager.register_provider(name, providers_.back(), {.pool = {.max_size = 1}});
    }
    functions.action("enter", [this](Context& c) { enter(c); }).action("leave", [this](Context& c) {
      leave(c);
    });
    functions.action("count", [this](Context& c) { count(c); }).action("price", [this](Context& c) {
      price(c);
    });
    functions.action("pause", [this](Context& c) { pause(c); });
    functions.action("look", [this](Context& c) { look(c); });
    functions.guard("sees", [this](const Context& c) { return sees(c); });
    functions.guard("open", [this](const Context& c) { return open(c); });
    functions.guard("busy", [this](const Context& c) { return busy(c); });
    functions.guard("rich", [this](const Context& c) { return rich(c); });
  }

  void enter(Context& c) { act("enter", c); }
  void leave(Context& c) { act("leave", c); }
  void count(Context& c) {
    c.data["n"] = c.data.value("n", 0) + 1;
    act("count", c);
  }
  void price(Context& c) {
    c.data["total"] = random_() % 100;
    act("price", c);
  }
  void pause(Context& c) {
    if (random_() % 3 == 0) clock->advance_to(clock->now() + std::chrono::milliseconds(random_() % 5 * 300));
    act("pause", c);
  }
  void look(Context& c) { note(("look" + seen(c)).c_str(), c); }
  bool sees(const Context& c) { return note(("see" + seen(c)).c_str(), c), true; }
  bool open(const Context& c) { return ask("open", c); }
  bool busy(const Context& c) { return ask("busy", c); }
  bool rich(const Context& c) { return ask("rich", c); }

  // "a c" of what is lent now.
  std::string lent() const {
    std::string all;
    for (const char* name : names)
      if (manager.get_resource_status(name).active_count > 0)
        all += std::string(all.empty() ? "" : " ") + name;
    return all;
  }
  void refuse(unsigned mask) {
    for (std::size_t i = 0; i < providers_.size(); ++i) providers_[i]->refuse = (mask >> i & 1U) != 0;
  }

  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  ResourceManager manager{{.clock = clock, .maintenance = false}};
  FunctionRegistry functions;
  std::vector<std::string> lines;

 private:
  static constexpr const char* names[] = {"a", "b", "c"};

  void note(const char* what, const Context& c) {
    lines.push_back(std::string(what) + (c.in(c.state) ? " in " : " out of ") + std::string(c.state) +
                    " on " + c.event.name + " " + c.event.data.dump() + " holding " + lent());
    if (!faults_ || random_() % 12 != 0) return;
    lines.push_back("fault");
    switch (random_() % 3) {
      case 0:
        throw std::runtime_error("no");
      case 1:
        throw_error(errc::db_unreachable, "gone");
      default:
        throw 7;
    }
  }
  // " x=a" for whatever name or role finds there.
  static std::string seen(const Context& c) {
    std::string found;
    for (const char* const sought : {"a", "b", "c", "x"}) try {
        const Lease& lease = c.lease(sought);
        found += std::string(" ") + sought + "=" + (lease ? lease.name() : "absent");
      } catch (const Error& error) {
        found += std::string(" ") + sought + "=?";
      }
    return found;
  }
  void act(const char* what, Context& c) {
    note(what, c);
    lines.back() += " of " + c.data.dump();
  }
  bool ask(const char* what, const Context& c) {
    note(what, c);
    return random_() % 2 == 0;
  }

  std::minstd_rand random_;
  bool faults_;
  std::vector<std::shared_ptr<FreshProvider>> providers_;
};

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// What both have in common at any time. True if they are at their end.
template <class Generated>
bool alike(Side& left, const Execution& interpreted, Side& right, Generated& generated) {
  const RunResult result = interpreted.result();
  CHECK(joined(left.lines) == joined(right.lines));
  CHECK(joined(interpreted.configuration()) == joined(generated.configuration()));
  CHECK(left.lent() == right.lent());
  CHECK(interpreted.finished() == generated.finished());
  CHECK(interpreted.next_due() == generated.next_due());
  CHECK(result.data.dump() == generated.data().dump());
  CHECK(result.success == generated.success());
  if (generated.failure()) {
    REQUIRE(result.code);
    CHECK(to_string(*result.code) == to_string(generated.failure()->code()));
  } else if (generated.finished()) {
    CHECK(result.final_state == generated.final_state());
  }
  return generated.finished();
}

template <template <class> class Generated>
void compare(const std::string& file, const std::vector<std::string>& events, unsigned seeds) {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const bool faults = seed % 3 != 0;
    Side left(seed, faults);
    Side right(seed, faults);
    std::minstd_rand random(seed);
    const auto refuse = [&] {
      const unsigned mask = faults && random() % 5 == 0 ? static_cast<unsigned>(random() % 8) : 0;
      left.refuse(mask);
      right.refuse(mask);
    };
    const Machine machine =
        load_machine(folders::source("tests/unit/generate/machines/") + file, left.manager, left.functions);
    Generated<Side> generated({right.manager, "generated"}, right);
    refuse();
    Execution interpreted = machine.start({{"seed", seed}});
    generated.start({{"seed", seed}});
    bool ended = alike(left, interpreted, right, generated);
    for (int i = 0; i < 40 && !ended && !events.empty(); ++i) {
      const std::string& event = events[random() % events.size()];
      left.lines.push_back("event " + event);
      right.lines.push_back("event " + event);
      refuse();
      if (const std::chrono::milliseconds passed(random() % 3 == 0 ? random() % 7 * 250 : 0); passed > 0ms) {
        for (Side* const side : {&left, &right}) side->clock->advance_to(side->clock->now() + passed);
        CHECK(interpreted.advance() == generated.advance());
        ended = alike(left, interpreted, right, generated);
        if (ended) break;
      }
      CHECK(interpreted.send(event, i) == generated.send(event, i));
      ended = alike(left, interpreted, right, generated);
    }
  }
}

}  // namespace leasehold::fsm::test
