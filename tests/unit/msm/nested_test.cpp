// Machines inside machines, orthogonal regions, raised events and tables beyond MPL's 20 rows.

#include <leasehold/fsm/msm.hpp>

#include "fixture.hpp"

#include <utility>

using namespace leasehold;
using namespace leasehold::fsm::msm;
using leasehold::fsm::msm::test::Things;

namespace {

namespace back = boost::msm::back;

struct Go {};
struct Leave {};
struct Boom {};

thread_local std::string failing;
thread_local int raised = 0;

template <class Derived>
struct Failing : State<Derived> {
  template <class Event, class Machine>
  void entry(const Event&, Machine&) {
    if (failing == Derived::name) throw std::runtime_error("no entry");
  }
};

struct Throw {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine&, Source&, Target&) const {
    throw 7;
  }
};

// A machine that holds "a", with states inside that hold "b" and "c".
struct First : Failing<First> {
  static constexpr std::string_view name = "first";
  static std::vector<ResourceRequirement> resources() { return {{.name = "b"}}; }
};
struct Second : Failing<Second> {
  static constexpr std::string_view name = "second";
  static std::vector<ResourceRequirement> resources() { return {{.name = "c"}}; }
};
struct InnerDefinition : MachineDefinition<InnerDefinition> {
  static constexpr std::string_view name = "inner";
  static std::vector<ResourceRequirement> resources() { return {{.name = "a"}}; }
  template <class Event, class Machine>
  void entry(const Event&, Machine&) {
    if (failing == name) throw std::runtime_error("no entry");
  }
  using initial_state = First;
  using transition_table = Rows<Row<First, Go, Second>, Row<First, Boom, Second, Throw>>;
};
using Inner = back::state_machine<InnerDefinition>;

struct Idle : State<Idle> {
  static std::vector<ResourceRequirement> resources() { return {{.name = "b"}}; }
};
struct Broken : State<Broken> {};
struct OuterDefinition : MachineDefinition<OuterDefinition> {
  using initial_state = Idle;
  using transition_table = Rows<Row<Idle, Go, Inner>, Row<Inner, Leave, Idle>, Row<Idle, Fault, Broken>,
                                Row<Inner, Fault, Broken>>;
};

// Two regions of which one watches for faults.
struct Work : State<Work> {
  static std::vector<ResourceRequirement> resources() { return {{.name = "a"}}; }
};
struct Rest : State<Rest> {};
struct Good : State<Good> {};
struct Bad : State<Bad> {};
struct RegionsDefinition : MachineDefinition<RegionsDefinition> {
  using initial_state = boost::mpl::vector<Work, Good>;
  using transition_table = Rows<Row<Work, Go, Rest>, Row<Work, Boom, none, Throw>, Row<Good, Fault, Bad>>;
};

struct Raise {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine& machine, Source&, Target&) const {
    machine.process_event(Leave{});
    throw std::runtime_error("after raising");
  }
};
struct Count {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine&, Source&, Target&) const {
    ++raised;
  }
};
struct RaisingDefinition : MachineDefinition<RaisingDefinition> {
  using initial_state = Rest;
  using transition_table = Rows<Row<Rest, Go, Good, Raise>, Row<Good, Fault, Bad>, Row<Good, Leave, Rest>,
                                Row<Bad, Leave, none, Count>>;
};

struct AgainDefinition : MachineDefinition<AgainDefinition> {
  using initial_state = Rest;
  using transition_table = Rows<Row<Rest, Go, Good, Throw>, Row<Good, Fault, Good, Count>>;
};

// A ring of 60 states, each of whose rows counts.
template <int n>
struct Ring : State<Ring<n>> {};
template <class Numbers>
struct RingTable;
template <int... n>
struct RingTable<std::integer_sequence<int, n...>> {
  using type = Rows<Row<Ring<n>, Go, Ring<(n + 1) % sizeof...(n)>, Count>...>;
};
struct RingDefinition : MachineDefinition<RingDefinition> {
  using initial_state = Ring<0>;
  using transition_table = RingTable<std::make_integer_sequence<int, 60>>::type;
};

struct Nested {
  explicit Nested(std::string fails = {}) {
    failing = std::move(fails);
    machine.start();
  }
  ~Nested() { failing.clear(); }

  Things things;
  Machine<OuterDefinition> machine{Borrower{things.manager, "m"}};
};

}  // namespace

TEST_CASE("a machine inside another holds its own resources around those of its states") {
  Nested n;
  CHECK(n.things.lent() == "b");
  n.machine.process_event(Go{});
  CHECK(n.things.lent() == "a b");
  CHECK(n.things.providers[1]->returned == 0);  // handed from Idle to First
  CHECK(n.machine.get_state<Inner&>().get_state<First&>().lease("a").name() == "a");
  n.machine.process_event(Go{});
  CHECK(n.things.lent() == "a c");
  n.machine.process_event(Leave{});
  CHECK(n.things.lent() == "b");
}

TEST_CASE("a fault while entering goes out to the machine around, and only standing states hold") {
  for (const char* where : {"inner", "first"}) {
    CAPTURE(where);
    Nested n(where);
    n.machine.process_event(Go{});
    CHECK_FALSE(n.machine.failure());
    CHECK(n.machine.get_state<Broken&>().standing());
    CHECK_FALSE(n.machine.get_state<Inner&>().standing());
    CHECK(n.things.lent().empty());
  }
}

TEST_CASE("a fault inside that no inner row takes leaves the inner machine by an outer row") {
  Nested n;
  n.machine.process_event(Go{});
  n.machine.process_event(Boom{});
  CHECK_FALSE(n.machine.failure());
  CHECK(n.machine.get_state<Broken&>().standing());
  CHECK(n.things.lent().empty());
}

TEST_CASE("a resource of a machine that cannot be had at the start ends it") {
  Things things;
  things.providers[1]->refuse = true;
  struct Definition : MachineDefinition<Definition> {
    static std::vector<ResourceRequirement> resources() { return {{.name = "b"}}; }
    using initial_state = Rest;
    using transition_table = Rows<Row<Rest, Fault, Good>>;
  };
  Machine<Definition> machine{Borrower{things.manager, "m"}};
  machine.start();
  REQUIRE(machine.failure());
  CHECK(machine.failure()->code() == errc::db_unreachable);
  CHECK_FALSE(machine.get_state<Rest&>().standing());
}

TEST_CASE("one region may watch the faults of another") {
  Things things;
  Machine<RegionsDefinition> machine{Borrower{things.manager, "m"}};
  machine.start();
  machine.process_event(Boom{});
  CHECK_FALSE(machine.failure());
  CHECK(machine.get_state<Bad&>().standing());
  CHECK(machine.get_state<Work&>().standing());
  CHECK(things.lent() == "a");
  machine.process_event(Boom{});  // nobody watches any more
  CHECK(machine.failure());
  CHECK(things.lent().empty());
}

TEST_CASE("a fault comes before the events that wait") {
  Things things;
  Machine<RaisingDefinition> machine{Borrower{things.manager, "m"}};
  machine.start();
  raised = 0;
  machine.process_event(Go{});
  CHECK(machine.get_state<Bad&>().standing());
  CHECK(raised == 1);
}

TEST_CASE("a state that an action's fault kept from being entered is entered by a row of the fault") {
  Things things;
  Machine<AgainDefinition> machine{Borrower{things.manager, "m"}};
  machine.start();
  raised = 0;
  machine.process_event(Go{});
  CHECK(raised == 1);
  CHECK_FALSE(machine.failure());
  CHECK(machine.get_state<Good&>().standing());
}

TEST_CASE("faults without end end the machine") {
  Things things;
  struct Loop : State<Loop> {
    static std::vector<ResourceRequirement> resources() { return {{.name = "a"}}; }
  };
  struct Definition : MachineDefinition<Definition> {
    using initial_state = Loop;
    using transition_table = Rows<Row<Loop, Fault, Loop>>;
  };
  things.providers[0]->refuse = true;
  Machine<Definition> loop{Borrower{things.manager, "l"}};
  loop.start();
  REQUIRE(loop.failure());
  CHECK(loop.failure()->code() == errc::db_unreachable);
}

TEST_CASE("a table may have any number of rows") {
  Things things;
  Machine<RingDefinition> machine{Borrower{things.manager, "m"}};
  machine.start();
  raised = 0;
  for (int i = 0; i < 59; ++i) machine.process_event(Go{});
  CHECK(raised == 59);
  CHECK(machine.get_state<Ring<59>&>().standing());
  machine.process_event(Go{});
  CHECK(machine.get_state<Ring<0>&>().standing());
}
