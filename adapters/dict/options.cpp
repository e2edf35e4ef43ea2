// Reading a dict's configuration.

#include <leasehold/adapters/dict.hpp>

#include <fmt/format.h>

namespace leasehold {

namespace {

using Issues = std::vector<ConfigIssue>;
using Calls = std::set<std::size_t>;

// As it is written; what is typed in DictOptions is JSON here.
struct Written {
  nlohmann::json data = nlohmann::json::object();
  DictMode mode = DictMode::shared;
  nlohmann::json replies = nlohmann::json::object();
  nlohmann::json faults = nlohmann::json::object();
  nlohmann::json delays = nlohmann::json::object();
  std::vector<std::string> operations;
  std::size_t record = DictOptions{}.record;
};

struct WrittenFault {
  std::string error = std::string(error_name(errc::resource_operation));
  nlohmann::json on = "every";
  std::string message = DictFault{}.message;
};
struct WrittenDelay {
  Duration delay{};
  nlohmann::json on = "every";
};
struct WrittenReplies {
  nlohmann::json list = nlohmann::json::array();
  DictReplies::Then then = DictReplies::Then::last;
};

constexpr std::size_t largest_call = 1'000'000'000;

Calls read_calls(const nlohmann::json& on, const std::string& pointer, Issues& issues) {
  Calls calls;
  if (on == "every") return calls;
  const auto add = [&](const nlohmann::json& number, const std::string& at) {
    if (number.is_number_integer() && number > 0 && number <= largest_call)
      calls.insert(number.get<std::size_t>());
    else
      issues.push_back({errc::config_value, at, "the number of a call is needed here, counted from 1",
                        "give a number, a list of numbers, or every", false});
  };
  if (on.is_array() && !on.empty()) {
    for (std::size_t i = 0; i < on.size(); ++i) add(on[i], pointer_join(pointer, i));
  } else {
    add(on, pointer);
  }
  return calls;
}

const Fields<WrittenFault>& fault_fields() {
  static const Fields<WrittenFault> fields =
      Fields<WrittenFault>()
          .field("error", &WrittenFault::error, "the code of the error, as db.unreachable")
          .field("on", &WrittenFault::on,
                 "which calls, counted from 1: a number, a list of numbers, or every")
          .field("message", &WrittenFault::message, "what the error says")
          .check([](const WrittenFault& fault, const std::string& pointer, Issues& issues) {
            if (!error_from_name(fault.error))
              issues.push_back({errc::config_value, pointer_join(pointer, "error"),
                                fmt::format("no error has the code '{}'", fault.error),
                                "use a code such as db.unreachable, http.deadline or resource.operation",
                                false});
            read_calls(fault.on, pointer_join(pointer, "on"), issues);
          });
  return fields;
}

const Fields<WrittenDelay>& delay_fields() {
  static const Fields<WrittenDelay> fields =
      Fields<WrittenDelay>()
          .required("delay", &WrittenDelay::delay, "how long the call takes")
          .field("on", &WrittenDelay::on,
                 "which calls, counted from 1: a number, a list of numbers, or every")
          .check([](const WrittenDelay& delay, const std::string& pointer, Issues& issues) {
            read_calls(delay.on, pointer_join(pointer, "on"), issues);
          });
  return fields;
}

const Fields<WrittenReplies>& replies_fields() {
  static const Fields<WrittenReplies> fields =
      Fields<WrittenReplies>()
          .required("list", &WrittenReplies::list, "the replies, in order")
          .choice("then", &WrittenReplies::then,
                  {{"last", DictReplies::Then::last},
                   {"repeat", DictReplies::Then::repeat},
                   {"error", DictReplies::Then::error}},
                  "after the list: its last reply again, the list again, or an error")
          .check([](const WrittenReplies& replies, const std::string& pointer, Issues& issues) {
            if (!replies.list.is_array())
              issues.push_back({errc::config_value, pointer_join(pointer, "list"),
                                "a list of replies is needed here", "write [first, second, ...]", false});
          });
  return fields;
}

// Calls read(name, value, pointer) for each operation of a mapping.
template <class Read>
void each_operation(const nlohmann::json& all, const std::string& pointer, Issues& issues, Read read) {
  if (!all.is_object()) {
    issues.push_back({errc::config_value, pointer, "a mapping of operations is needed here",
                      "write {operation: ...}", false});
    return;
  }
  for (const auto& [name, value] : all.items()) read(name, value, pointer_join(pointer, name));
}

void read_replies(const Written& written, const std::string& pointer, DictOptions& options, Issues& issues) {
  each_operation(written.replies, pointer_join(pointer, "replies"), issues,
                 [&](const std::string& name, const nlohmann::json& value, const std::string& at) {
                   if (name == "acquire" || name == "validate" || name == "reset" || name == "health") {
                     issues.push_back({errc::config_value, at, fmt::format("'{}' is no operation", name),
                                       "give it faults or delays", true});
                     return;
                   }
                   WrittenReplies replies;
                   if (value.is_array())
                     replies.list = value;
                   else
                     replies_fields().read_into(replies, value, at, issues);
                   if (replies.list.is_array())
                     options.replies[name] = {replies.list.get<std::vector<nlohmann::json>>(), replies.then};
                 });
}

// One or a list of them.
template <class Item, class Read>
std::vector<Item> read_list(const nlohmann::json& value, const std::string& at, Read read) {
  std::vector<Item> items;
  if (!value.is_array()) return {read(value, at)};
  for (std::size_t i = 0; i < value.size(); ++i) items.push_back(read(value[i], pointer_join(at, i)));
  return items;
}

void read_faults(const Written& written, const std::string& pointer, DictOptions& options, Issues& issues) {
  const auto read = [&](const nlohmann::json& value, const std::string& at) {
    WrittenFault fault;
    if (value.is_string())  // the code alone
      fault_fields().read_into(fault, {{"error", value}}, at, issues);
    else
      fault_fields().read_into(fault, value, at, issues);
    Issues reported;  // the table's rule has reported them
    return DictFault{error_from_name(fault.error).value_or(errc::resource_operation),
                     read_calls(fault.on, at, reported), fault.message};
  };
  each_operation(written.faults, pointer_join(pointer, "faults"), issues,
                 [&](const std::string& name, const nlohmann::json& value, const std::string& at) {
                   options.faults[name] = read_list<DictFault>(value, at, read);
                 });
}

void read_delays(const Written& written, const std::string& pointer, DictOptions& options, Issues& issues) {
  const auto read = [&](const nlohmann::json& value, const std::string& at) {
    WrittenDelay delay;
    if (value.is_object())
      delay_fields().read_into(delay, value, at, issues);
    else
      detail::read_field({value, at, issues}, delay.delay);
    Issues reported;
    return DictDelay{delay.delay, read_calls(delay.on, at, reported)};
  };
  each_operation(written.delays, pointer_join(pointer, "delays"), issues,
                 [&](const std::string& name, const nlohmann::json& value, const std::string& at) {
                   options.delays[name] = read_list<DictDelay>(value, at, read);
                 });
}

void read_script(const Written& written, const std::string& pointer, DictOptions& options, Issues& issues) {
  read_replies(written, pointer, options, issues);
  read_faults(written, pointer, options, issues);
  read_delays(written, pointer, options, issues);
}

const Fields<Written>& written_fields() {
  static const Fields<Written> fields =
      Fields<Written>()
          .field("data", &Written::data, "what it holds at first")
          .choice("mode", &Written::mode, {{"shared", DictMode::shared}, {"copy", DictMode::copy}},
                  "one for all owners, or a copy for each lease")
          .field("replies", &Written::replies, "what operations answer: {query: [first, second]}")
          .field("faults", &Written::faults, "errors to inject: {query: {error: db.unreachable, on: 2}}")
          .field("delays", &Written::delays, "how long calls take: {query: 50ms}")
          .field("operations", &Written::operations, "more operations to offer, which answer null")
          .field("record", &Written::record, "how many of the last calls are kept; 0: none")
          .check([](const Written& written, const std::string& pointer, Issues& issues) {
            DictOptions unused;
            read_script(written, pointer, unused, issues);
          });
  return fields;
}

}  // namespace

DictOptions read_dict_options(const nlohmann::json& config) {
  Written written = written_fields().read(config);
  DictOptions options;
  Issues none;
  read_script(written, "", options, none);
  options.data = std::move(written.data);
  options.mode = written.mode;
  options.operations = std::move(written.operations);
  options.record = written.record;
  return options;
}

nlohmann::json dict_schema() {
  return written_fields().schema();
}

}  // namespace leasehold
