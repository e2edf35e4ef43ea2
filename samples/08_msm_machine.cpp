// A Boost.MSM machine written by hand whose states hold leases: a door that is only ever unlocked while it
// holds the one key, and that stays safe when its functions throw.

#include <leasehold/adapters/dict.hpp>
#include <leasehold/fsm/msm.hpp>
#include <leasehold/manager.hpp>

#include <iostream>

using namespace leasehold;
using namespace leasehold::fsm::msm;

namespace {

struct Unlock {
  int code = 0;
};
struct Lock {};
struct Repaired {};

struct Locked : State<Locked> {};

// Holds "key" from before its entry until after its exit.
struct Unlocked : State<Unlocked> {
  static std::vector<ResourceRequirement> resources() { return {{.name = "key"}}; }
  template <class Event, class Machine>
  void entry(const Event&, Machine&) {
    std::cout << "unlocked with the " << lease("key").as<Dict>().get("kind").get<std::string>() << " key\n";
  }
  template <class Event, class Machine>
  void exit(const Event&, Machine&) {
    std::cout << "locked\n";
  }
};

struct OutOfOrder : State<OutOfOrder> {
  static constexpr std::string_view name = "out of order";
};

struct IsRight {
  template <class Machine, class Source, class Target>
  bool operator()(const Unlock& unlock, Machine&, Source&, Target&) const {
    if (unlock.code < 0) throw std::runtime_error("the keypad is broken");
    return unlock.code == 4711;
  }
};

struct Complain {
  template <class Machine, class Source, class Target>
  void operator()(const Fault& fault, Machine&, Source&, Target&) const {
    std::cout << "fault in the " << to_string(fault.stage) << " of '" << fault.state
              << "': " << fault.message() << "\n";
  }
};

struct DoorDefinition : MachineDefinition<DoorDefinition> {
  using initial_state = Locked;
  // clang-format off
  using transition_table = Rows<
    Row<Locked,     Unlock,   Unlocked,   none,     IsRight>,
    Row<Unlocked,   Lock,     Locked>,
    Row<Locked,     Fault,    OutOfOrder, Complain>,
    Row<Unlocked,   Fault,    OutOfOrder, Complain>,
    Row<OutOfOrder, Repaired, Locked>>;
  // clang-format on
};

}  // namespace

int main() {
  ResourceManager manager;
  manager.register_provider("key", create_simple_provider("key", {{"kind", "brass"}}));
  const auto holders = [&] { return manager.get_resource_owners("key").size(); };

  Machine<DoorDefinition> door({manager, "door#1"});
  door.start();
  door.process_event(Unlock{1234});
  std::cout << "holders of the key: " << holders() << "\n";
  door.process_event(Unlock{4711});
  std::cout << "holders of the key: " << holders() << "\n";
  door.process_event(Lock{});
  std::cout << "holders of the key: " << holders() << "\n";

  // A guard that throws.
  door.process_event(Unlock{-1});
  door.process_event(Repaired{});

  // A resource that cannot be had: the entry does not run.
  manager.unregister_provider("key");
  door.process_event(Unlock{4711});
  std::cout << "unlocked: " << std::boolalpha << door.get_state<Unlocked&>().standing() << "\n";
}

// clang-format off
// Output:
// holders of the key: 0
// unlocked with the brass key
// holders of the key: 1
// locked
// holders of the key: 0
// fault in the guard of 'Locked': the keypad is broken
// fault in the acquire of 'Unlocked': resource.unknown: no resource 'key' is registered; register its provider first
// unlocked: false
