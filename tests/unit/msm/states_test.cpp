// States of hand-written MSM machines: leases on entry and exit, and faults as events.

#include <leasehold/fsm/msm.hpp>

#include "fixture.hpp"

#include <set>

using namespace leasehold;
using namespace leasehold::fsm::msm;
using leasehold::fsm::msm::test::Things;

namespace {

struct Go {};
struct Back {};
struct Inside {};
struct Retry {};

// What the hooks of one test's machine write down, and where they throw.
struct Diary {
  Things* things = nullptr;
  std::vector<std::string> lines = {};
  std::set<std::string> throws = {};
  std::set<std::string> throws_odd = {};

  void note(const std::string& what) {
    lines.push_back(what + ":" + things->lent());
    if (throws.contains(what)) throw std::runtime_error(what + " failed");
    if (throws_odd.contains(what)) throw 7;
  }
};
thread_local Diary* diary = nullptr;

template <class Derived>
struct Noted : State<Derived> {
  template <class Event, class Machine>
  void entry(const Event&, Machine&) {
    diary->note("enter " + std::string(Derived::name));
  }
  template <class Event, class Machine>
  void exit(const Event&, Machine&) {
    diary->note("exit " + std::string(Derived::name));
  }
};

struct Idle : Noted<Idle> {
  static constexpr std::string_view name = "idle";
};
struct Busy : Noted<Busy> {
  static constexpr std::string_view name = "busy";
  static std::vector<ResourceRequirement> resources() {
    return {{.name = "b"}, {.name = "a", .role = "first"}};
  }
};
struct Next : Noted<Next> {
  static constexpr std::string_view name = "next";
  static std::vector<ResourceRequirement> resources() { return {{.name = "a"}, {.name = "c"}}; }
};
struct Broken : Noted<Broken> {
  static constexpr std::string_view name = "broken";
};

struct Act {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine&, Source&, Target&) const {
    diary->note("act");
  }
};
struct Ask {
  template <class Event, class Machine, class Source, class Target>
  bool operator()(const Event&, Machine&, Source&, Target&) const {
    diary->note("ask");
    return true;
  }
};
struct Remember {
  template <class Machine, class Source, class Target>
  void operator()(const Fault& fault, Machine& machine, Source&, Target&) const {
    machine.seen = std::string(to_string(fault.stage)) + " of " + std::string(fault.state) + ", " +
                   std::string(error_name(fault.code())) + ": " + fault.message();
  }
};

struct Definition : MachineDefinition<Definition> {
  using initial_state = Idle;
  // clang-format off
  using transition_table = Rows<
    Row<Idle,   Go,     Busy,   Act,      Ask>,
    Row<Busy,   Go,     Next,   Act>,
    Row<Busy,   Inside, none,   Act>,
    Row<Next,   Back,   Idle>,
    Row<Idle,   Fault,  Broken, Remember>,
    Row<Busy,   Fault,  Broken, Remember>,
    Row<Next,   Fault,  Broken, Remember>,
    Row<Broken, Retry,  Idle>>;
  // clang-format on
  std::string seen = {};
};

struct Fixture {
  Fixture() {
    diary = &written;
    machine.start();
  }
  ~Fixture() { diary = nullptr; }

  bool standing_in(const Scope& state) const {
    int standing = 0;
    for (const Scope* one : {static_cast<const Scope*>(&machine.get_state<Idle&>()),
                             static_cast<const Scope*>(&machine.get_state<Busy&>()),
                             static_cast<const Scope*>(&machine.get_state<Next&>()),
                             static_cast<const Scope*>(&machine.get_state<Broken&>())})
      standing += one->standing() ? 1 : 0;
    return standing == 1 && state.standing();
  }
  template <class S>
  bool in() {
    return standing_in(machine.get_state<S&>());
  }
  std::vector<std::string> lines() { return std::exchange(written.lines, {}); }

  Things things;
  Diary written{.things = &things};
  mutable Machine<Definition> machine{Borrower{things.manager, "m#1"}};
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a state leases before its entry and gives back after its exit and the row's action") {
  Fixture f;
  CHECK(f.lines() == Lines{"enter idle:"});
  f.machine.process_event(Go{});
  CHECK(f.in<Busy>());
  CHECK(f.lines() == Lines{"ask:", "exit idle:", "act:", "enter busy:a b"});
  CHECK(f.things.manager.has_resource("a", "m#1"));
  CHECK(f.machine.get_state<Busy&>().lease("first").name() == "a");
  f.machine.process_event(Inside{});
  CHECK(f.lines() == Lines{"act:a b"});
  f.machine.process_event(Go{});
  CHECK(f.lines() == Lines{"exit busy:a b", "act:a b", "enter next:a c"});
  f.machine.process_event(Back{});
  CHECK(f.lines() == Lines{"exit next:a c", "enter idle:"});
  CHECK(f.things.lent().empty());
}

TEST_CASE("what source and target both require is handed over without letting go") {
  Fixture f;
  f.machine.process_event(Go{});
  f.machine.process_event(Go{});
  CHECK(f.in<Next>());
  CHECK(f.things.providers[0]->returned == 0);
  CHECK(f.things.providers[1]->returned == 1);
  CHECK(f.things.lent() == "a c");
}

TEST_CASE("a state does not run without its resources, and the fault arrives") {
  Fixture f;
  Lease other = f.things.manager.acquire("a", "other");
  f.lines();
  f.machine.process_event(Go{});
  CHECK(f.lines() == Lines{"ask:a", "exit idle:a", "act:a", "enter broken:a"});
  CHECK(f.in<Broken>());
  CHECK(f.machine.seen.starts_with("acquire of busy, acquire.deadlock: acquire.deadlock: "));
  CHECK_FALSE(f.machine.failure());
  other.release();
  f.machine.process_event(Retry{});
  f.machine.process_event(Go{});
  CHECK(f.in<Busy>());
  CHECK(f.things.lent() == "a b");
}

TEST_CASE("half of a set is no set: what was had goes back") {
  Fixture f;
  f.things.providers[1]->refuse = true;
  f.machine.process_event(Go{});
  CHECK(f.in<Broken>());
  CHECK(f.things.lent().empty());
  CHECK(f.things.providers[0]->returned == 1);
}

TEST_CASE("faults of hooks, guards and actions become events, and no lease outlives its state") {
  struct Case {
    const char* what;
    const char* from;  // "idle" or "busy"
    const char* expected;
    Lines lines;
  };
  const Case cases[] = {
      {"enter busy",
       "idle",
       "entry of busy, fsm.action",
       {"ask:", "exit idle:", "act:", "enter busy:a b", "enter broken:"}},
      {"exit idle", "idle", "exit of idle, fsm.action", {"ask:", "exit idle:", "enter broken:"}},
      {"act", "idle", "action of idle, fsm.action", {"ask:", "exit idle:", "act:", "enter broken:"}},
      {"ask", "idle", "guard of idle, fsm.expression", {"ask:", "exit idle:", "enter broken:"}},
      {"exit busy", "busy", "exit of busy, fsm.action", {"exit busy:a b", "enter broken:"}},
      {"act", "busy", "action of busy, fsm.action", {"exit busy:a b", "act:a b", "enter broken:"}},
      {"enter next",
       "busy",
       "entry of next, fsm.action",
       {"exit busy:a b", "act:a b", "enter next:a c", "enter broken:"}},
  };
  for (const Case& c : cases)
    for (const bool odd : {false, true}) {
      CAPTURE(c.what);
      CAPTURE(c.from);
      CAPTURE(odd);
      Fixture f;
      if (c.from == std::string("busy")) f.machine.process_event(Go{});
      f.lines();
      (odd ? f.written.throws_odd : f.written.throws).insert(c.what);
      f.machine.process_event(Go{});
      CHECK(f.lines() == c.lines);
      CHECK(f.in<Broken>());
      CHECK(f.things.lent().empty());
      CHECK(f.machine.seen ==
            std::string(c.expected) + ": " +
                (odd ? "something that is no std::exception was thrown" : std::string(c.what) + " failed"));
    }
}

TEST_CASE("an action inside a state that throws leaves by the fault, with an exit") {
  Fixture f;
  f.machine.process_event(Go{});
  f.lines();
  f.written.throws.insert("act");
  f.machine.process_event(Inside{});
  CHECK(f.lines() == Lines{"act:a b", "exit busy:a b", "enter broken:"});
  CHECK(f.in<Broken>());
}

TEST_CASE("a fault that no row takes ends the machine") {
  Fixture f;
  f.written.throws.insert("enter broken");
  f.written.throws_odd.insert("enter busy");
  f.machine.process_event(Go{});
  REQUIRE(f.machine.failure());
  CHECK(f.machine.failure()->state == "broken");
  CHECK(f.machine.failure()->message() == "enter broken failed");
  CHECK(f.things.lent().empty());
  f.lines();
  CHECK(f.machine.process_event(Retry{}) != boost::msm::back::HANDLED_TRUE);
  CHECK(f.lines().empty());
  f.written.throws.clear();
  f.machine.start();
  CHECK_FALSE(f.machine.failure());
  CHECK(f.in<Idle>());
}

TEST_CASE("stop leaves what is active, whatever its exit throws") {
  Fixture f;
  f.machine.process_event(Go{});
  f.lines();
  f.written.throws.insert("exit busy");
  f.machine.stop();
  CHECK(f.lines() == Lines{"exit busy:a b"});
  CHECK(f.things.lent().empty());
  CHECK_FALSE(f.machine.failure());
  f.written.throws.clear();
  f.machine.start();
  f.machine.process_event(Go{});
  CHECK(f.in<Busy>());
}

TEST_CASE("the end of the machine gives everything back") {
  Things things;
  Diary written{.things = &things};
  diary = &written;
  {
    Machine<Definition> machine{Borrower{things.manager, "m#1"}};
    machine.start();
    machine.process_event(Go{});
    CHECK(things.lent() == "a b");
  }
  CHECK(things.lent().empty());
}

TEST_CASE("a resource that no state around requires is refused by name") {
  Fixture f;
  f.machine.process_event(Go{});
  CHECK_THROWS_WITH_AS(
      f.machine.get_state<Busy&>().lease("z"),
      "fsm.resource: the resource 'z' is not leased in the state 'busy'; name it in the state's "
      "resources()",
      StateError);
}
