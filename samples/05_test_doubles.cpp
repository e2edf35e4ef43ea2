// Test a machine with nothing outside: the machine as it is in production, its resources replaced by doubles
// that answer from a script, fail when told to, and remember what they were asked.

#include <leasehold/adapters/dict.hpp>
#include <leasehold/fsm/machine.hpp>

#include <iostream>

using namespace leasehold;
using namespace std::chrono_literals;

constexpr const char* text = R"yaml(
name: greeting
networks:
  - name: main
    initial: ask
    states:
      - name: ask
        resources: [people]
        functions:
          transform: {call: people.get, with: {path: "/people/${{ .id }}"}, into: .answer}
        retry: {errors: [connection], attempts: 3, delay: 10ms}
        catch: [{errors: [connection], target: offline, into: .why}]
        arcs: [{target: done}]
      - {name: offline, type: final, success: false}
      - {name: done, type: final}
)yaml";

int main() {
  ResourceManager manager;
  // In production: {type: http, base_url: ...}.
  const auto people = make_dict_provider(
      "people", {.replies = {{"get", {.list = {{{"status", 200}, {"body", {{"name", "Ada"}}}}}}}},
                 .operations = {"get"}});
  manager.register_provider("people", people);
  const fsm::Machine machine = fsm::load_machine_text(text, manager, {});

  people->set_faults("get", {{.error = errc::http_unreachable, .on = {1}}});
  fsm::RunResult result = machine.run({{"id", 7}});
  std::cout << result.final_state << " after " << people->call_count("get")
            << " calls: " << result.data["answer"]["body"].dump() << "\n";
  for (const DictCall& call : people->calls("get"))
    std::cout << "  " << call.arguments.dump() << (call.failed ? " failed" : "") << "\n";

  people->set_faults("get", {{.error = errc::http_unreachable}});
  result = machine.run({{"id", 8}});
  std::cout << result.final_state << ": " << result.data["why"]["code"] << "\n";
}

// Output:
// done after 2 calls: {"name":"Ada"}
//   {"path":"/people/7"} failed
//   {"path":"/people/7"}
// offline: "http.unreachable"
