#pragma once

// The dict adapter: plain data as a resource, and a test double for any other resource.
//
//   manager.register_from_dict("settings", {{"data", {{"retries", 3}}}});
//   manager.register_from_dict("db", {{"type", "dict"}, {"replies", {{"query", {{1, 2}, {3}}}}},
//                                     {"faults", {{"query", {{"error", "db.unreachable"}, {"on", 2}}}}}});
//
// Every knob: adapters/dict/README.md.
// Threads: any, for everything here. Only a scripted delay blocks, and never beyond the deadline of its call.

#include <leasehold/manager.hpp>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

namespace detail {
struct DictStore;
class DictScript;
}  // namespace detail

// A mapping of JSON values. Copies of a Dict share its data.
class Dict {
 public:
  explicit Dict(nlohmann::json data = nlohmann::json::object());  // or any other value, for to_dict alone

  // Throws errc::resource_operation, with the nearest key, if there is none.
  nlohmann::json get(std::string_view key) const;
  nlohmann::json get(std::string_view key, nlohmann::json otherwise) const;
  template <class T>
  T value(std::string_view key, T otherwise) const {
    const nlohmann::json found = get(key, nullptr);
    return found.is_null() ? otherwise : found.get<T>();
  }
  bool contains(std::string_view key) const;
  std::size_t size() const;

  void set(std::string_view key, nlohmann::json value);
  void update(const nlohmann::json& values);  // sets each key of a mapping, all in one step
  bool erase(std::string_view key);           // false: there was none
  nlohmann::json to_dict() const;             // a copy of everything
  void replace(nlohmann::json data);

 private:
  std::shared_ptr<detail::DictStore> store_;
};

enum class DictMode {
  shared,  // one mapping for all owners; what one sets the others see
  copy,    // each lease starts with a copy of its own, gone at its end
};

// What a scripted operation answers, call by call.
struct DictReplies {
  enum class Then { last, repeat, error };  // after the list: its last again, from the start, or an error
  std::vector<nlohmann::json> list = {};    // none: null
  Then then = Then::last;
};

// `on`: which calls, counted from 1 for each operation; empty: every call.
struct DictFault {
  errc error = errc::resource_operation;
  std::set<std::size_t> on = {};
  std::string message = "injected fault";
};
struct DictDelay {
  Duration delay = {};
  std::set<std::size_t> on = {};
};

// Keys of faults and delays are names of operations, or of what a pool does: acquire, validate, reset,
// health. A fault of validate or reset makes it answer false, one of health makes it unhealthy.
struct DictOptions {
  nlohmann::json data = nlohmann::json::object();
  DictMode mode = DictMode::shared;
  std::map<std::string, DictReplies> replies = {};
  std::map<std::string, std::vector<DictFault>> faults = {};
  std::map<std::string, std::vector<DictDelay>> delays = {};
  std::vector<std::string> operations = {};  // more names that it answers to, with null
  std::size_t record = 1000;                 // the last calls kept for calls(); 0: none
};

// Throws ConfigError with every issue; pointers are relative to `config`.
DictOptions read_dict_options(const nlohmann::json& config);
nlohmann::json dict_schema();  // of `config`

struct DictCall {
  std::string operation;  // or acquire, validate, reset, health
  nlohmann::json arguments;
  std::string owner;
  Clock::time_point at;
  std::optional<errc> failed = std::nullopt;  // with the fault that was injected
};

// Lends Dicts. Offers get, set, update, delete and to_dict, and every operation that its script names: those
// take any arguments.
class DictProvider final : public IResourceProvider {
 public:
  explicit DictProvider(std::string name, DictOptions options = {});
  ~DictProvider() override;

  std::string_view type() const noexcept override { return "dict"; }
  Resource acquire(const AcquireContext& context) override;
  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource& resource) override;
  bool reset(Resource& resource) override;
  HealthReport health_check(const AcquireContext& context) override;
  Sharing sharing() const noexcept override;
  nlohmann::json describe() const override;  // names, no values
  const Operations& operations() const override { return operations_; }

  Dict& data() noexcept { return data_; }  // what `shared` lends

  // What was called, oldest first; of one operation, or all.
  std::vector<DictCall> calls(std::string_view operation = {}) const;
  std::size_t call_count(std::string_view operation) const;  // all calls, those not kept included
  void clear_calls();                                        // counting starts again from 1

  // Change the script; calls under way go on as they began. Throws errc::resource_operation for an operation
  // that was not named when the provider was made.
  void set_replies(std::string_view operation, DictReplies replies);
  void set_faults(std::string_view operation, std::vector<DictFault> faults);
  void set_delays(std::string_view operation, std::vector<DictDelay> delays);

 private:
  void add_operations(const DictOptions& options);

  const std::string name_;
  const DictMode mode_;
  const nlohmann::json initial_;
  Dict data_;
  const std::shared_ptr<detail::DictScript> script_;
  Operations operations_;
};

std::shared_ptr<DictProvider> make_dict_provider(std::string name, DictOptions options = {});

// For ResourceManager::register_type("dict", ...).
ProviderFactory dict_factory();

}  // namespace leasehold
