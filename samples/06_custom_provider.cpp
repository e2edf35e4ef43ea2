// Bring your own kind of resource: a provider of sessions with a key-value server (played by a map in this
// process), registered as the type "keyvalue" and used from YAML like any other.

#include <leasehold/adapters/all.hpp>
#include <leasehold/config.hpp>
#include <leasehold/fsm/machine.hpp>
#include <leasehold/manager.hpp>

#include <iostream>
#include <map>
#include <mutex>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

// What would be at the other end of a socket.
class Server {
 public:
  std::int64_t increment(const std::string& key, std::int64_t by) {
    const std::lock_guard lock(mutex_);
    return values_[key] += by;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> values_;
};

// One session: what a lease lends.
struct Session {
  std::shared_ptr<Server> server;
  std::string prefix;
};

struct KeyValueOptions {
  std::string host;
  std::string prefix = "";  // put before every key
  Duration timeout = 2s;    // bounds each command
  Secret password = {};
};

// The only place that knows the keys: the reader, the schema, the documentation and describe() all come from
// here.
const Fields<KeyValueOptions>& key_value_fields() {
  static const Fields<KeyValueOptions> fields =
      Fields<KeyValueOptions>()
          .required("host", &KeyValueOptions::host, "server to connect to")
          .field("prefix", &KeyValueOptions::prefix, "put before every key")
          .field("timeout", &KeyValueOptions::timeout, "bounds each command")
          .field("password", &KeyValueOptions::password, "never shown");
  return fields;
}

class KeyValueProvider final : public IResourceProvider {
 public:
  explicit KeyValueProvider(KeyValueOptions options) : options_(std::move(options)) {
    operations_.add(
        {.name = "increment",
         .summary = "Adds to a counter and returns it",
         .arguments = {{"type", "object"},
                       {"properties", {{"key", {{"type", "string"}}}, {"by", {{"type", "integer"}}}}},
                       {"required", {"key"}},
                       {"additionalProperties", false}},
         .call = [](Resource& resource, const nlohmann::json& arguments, const OperationContext&) {
           auto& session = resource.as<Session>();
           return nlohmann::json(session.server->increment(
               session.prefix + arguments.at("key").get<std::string>(), arguments.value("by", 1)));
         }});
  }

  std::string_view type() const noexcept override { return "keyvalue"; }
  Resource acquire(const AcquireContext&) override {
    return Resource::make<Session>(server_, options_.prefix);
  }
  void release(Resource&& session) noexcept override { session.clear(); }
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override {
    return {ResourceHealth::healthy, "in this process"};
  }
  nlohmann::json describe() const override { return key_value_fields().write(options_); }
  const Operations& operations() const override { return operations_; }

 private:
  KeyValueOptions options_;
  std::shared_ptr<Server> server_ = std::make_shared<Server>();
  Operations operations_;
};

constexpr const char* text = R"yaml(
name: visits
resources:
  counters: {type: keyvalue, host: localhost, prefix: "visits:", password: "hunter2", pool: {max_size: 2}}
networks:
  - name: main
    initial: count
    states:
      - name: count
        resources: [counters]
        functions:
          transform:
            - {call: counters.increment, with: {key: "${{ .page }}"}, into: .visits}
        arcs: [{target: done}]
      - {name: done, type: final}
)yaml";

}  // namespace

int main() {
  ResourceManager manager;
  manager.register_type("keyvalue", [](const std::string&, const nlohmann::json& config) {
    return std::make_shared<KeyValueProvider>(key_value_fields().read(config));
  });

  const fsm::FunctionRegistry functions;
  const fsm::Machine machine = fsm::load_machine_text(text, manager, functions);
  for (const char* page : {"/", "/about", "/"})
    std::cout << machine.run({{"page", page}}).data.dump() << "\n";

  std::cout << manager.get_resource_status("counters").configuration.dump() << "\n";

  // A wrong key is refused where it stands, and nothing is registered.
  try {
    ResourceManager other;
    other.register_type("keyvalue", [](const std::string&, const nlohmann::json& config) {
      return std::make_shared<KeyValueProvider>(key_value_fields().read(config));
    });
    other.register_from_dict("counters", {{"type", "keyvalue"}, {"host", "localhost"}, {"prefx", "a"}});
  } catch (const ConfigError& error) {
    std::cout << error.what() << "\n";
  }
}

// Output:
// {"page":"/","visits":1}
// {"page":"/about","visits":1}
// {"page":"/","visits":2}
// {"host":"localhost","password":"***","prefix":"visits:","timeout":"2s"}
// config.unknown_key: /prefx: unknown key 'prefx'; did you mean 'prefix'?
