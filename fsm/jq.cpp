#include "jq.hpp"

#include "jq/conversion.hpp"
#include "jq/plain.hpp"
#include "jq/vocabulary.hpp"

extern "C" {
#include <jq.h>
}

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

namespace leasehold::fsm {

namespace {

constexpr std::size_t kept_states = 8;  // compiled programs that wait for their next use, per JqProgram

struct Teardown {
  void operator()(jq_state* state) const noexcept { jq_teardown(&state); }
};
using StatePtr = std::unique_ptr<jq_state, Teardown>;

std::string shortened(std::string_view source) {
  constexpr std::size_t limit = 120;
  return source.size() <= limit ? std::string(source) : std::string(source.substr(0, limit)) + "...";
}

// jq shows the beginning of values ("string (\"secr...) cannot be ..."): say the kind only.
std::string without_values(std::string message) {
  for (const std::string_view kind : {"null", "boolean", "number", "string", "array", "object"}) {
    const std::string opening = fmt::format("{} (", kind);
    for (std::size_t at = 0; (at = message.find(opening, at)) != std::string::npos;) {
      at += kind.size();
      // The value is cut to 14 characters and may hold parentheses itself: it ends at the last one.
      std::size_t end = at;
      for (const std::string_view next : {") and ", ") cannot", ") is ", ") has", ") not", ") as "})
        if (const auto found = message.rfind(next, at + 16); found != std::string::npos)
          end = std::max(end, found);
      if (end == at) end = message.size() - 1;
      message.erase(at, end + 1 - at);
    }
  }
  if (const auto at = message.find(" (while parsing"); at != std::string::npos) message.erase(at);
  if (message.starts_with("date \"")) message = "the text is no date of this format";
  return message;
}

std::string tidy(std::string message) {
  if (message.starts_with("jq: ")) message.erase(0, 4);
  if (message.starts_with("error: ")) message.erase(0, 7);
  message.erase(std::min(message.find('\n'), message.size()));
  for (const std::string_view noise : {" (Unix shell quoting issues?)", " at <top-level>", ", line 1:"})
    if (const auto at = message.find(noise); at != std::string::npos) message.erase(at, noise.size());
  if (message.ends_with(':')) message.pop_back();
  if (message.size() > 1 && message[0] >= 'A' && message[0] <= 'Z' && message[1] >= 'a')
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  return message;
}

// Keeps the first thing that jq says; the rest ("jq: 1 compile error") adds nothing.
void keep_first(void* kept, jv message) {
  auto& text = *static_cast<std::string*>(kept);
  const jq::Value spoken(jq_format_error(message));
  if (text.empty() && jv_get_kind(spoken.get()) == JV_KIND_STRING) text = jv_string_value(spoken.get());
}

StatePtr new_state(const std::string& program, std::string& complaint) {
  StatePtr state(jq_init());
  if (!state) throw std::bad_alloc();
  jq_set_error_cb(state.get(), keep_first, &complaint);
  jq_set_attr(state.get(), jv_string("JQ_LIBRARY_PATH"), jv_array());
  if (jq_compile(state.get(), program.c_str()) == 0) state.reset();
  // The complaint is gone when the state runs.
  else
    jq_set_error_cb(
        state.get(), [](void*, jv message) { jv_free(message); }, nullptr);
  return state;
}

}  // namespace

struct JqProgram::Compiled {
  std::string source;
  std::string written;  // for messages
  std::optional<jq::PlainProgram> plain;
  std::vector<jq::PathStep> path;  // followed before jq sees anything
  std::string program;             // what jq compiles
  bool uses_event = false;

  mutable std::mutex mutex;
  mutable std::vector<StatePtr> free;

  // A jq_state serves one thread at a time.
  class Borrowed {
   public:
    explicit Borrowed(const Compiled& from) : from_(from), state_(from.take()) {}
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() { from_.give_back(std::move(state_)); }
    jq_state* get() const noexcept { return state_.get(); }

   private:
    const Compiled& from_;
    StatePtr state_;
  };

  StatePtr take() const {
    {
      const std::lock_guard lock(mutex);
      if (!free.empty()) {
        StatePtr state = std::move(free.back());
        free.pop_back();
        return state;
      }
    }
    return compile();
  }

  void give_back(StatePtr state) const noexcept {
    const std::lock_guard lock(mutex);
    if (free.size() < kept_states) free.push_back(std::move(state));  // reserved: does not throw
  }

  StatePtr compile() const {
    std::string complaint;
    if (StatePtr state = new_state(program, complaint)) return state;
    // In its own words, without what we put around it.
    std::string own;
    new_state("null as $event | (" + source + "\n)", own);
    std::string alone;
    if (!uses_event) new_state(source, alone);
    const std::string& said = !alone.empty() ? alone : !own.empty() ? own : complaint;
    throw_error(errc::fsm_expression,
                fmt::format("the jq '{}' does not compile: {}", shortened(written), tidy(said)));
  }

  nlohmann::json run(const nlohmann::json& data, const nlohmann::json& event) const {
    const nlohmann::json& start = jq::follow(path, data);
    jq::Value input = jq::to_jv(start);
    if (uses_event) {
      jq::Value both(jv_array_append(jv_array(), input.release()));
      input = jq::Value(jv_array_append(both.release(), jq::to_jv(event).release()));
    }
    const Borrowed state(*this);
    jq_start(state.get(), input.release(), 0);
    const jq::Value output(jq_next(state.get()));
    if (!output.valid()) throw_failed(output);
    const jq::Value further(jq_next(state.get()));
    const bool several = further.valid();
    jq_start(state.get(), jv_null(), 0);  // lets go of the data
    if (several)
      throw_error(errc::fsm_expression, "it gave several results, but one is wanted",
                  {.hint = "put it in [ ] to make them an array"});
    if (jv_invalid_has_msg(further.copy()) != 0) throw_failed(further);
    return jq::from_jv(output);
  }

  // Words that may quote the program, which may hold a secret of the environment.
  std::string safe(std::string words) const {
    return written == source ? std::move(words) : "its reason may show what came from the environment";
  }

  template <class Run>
  auto run_plain(const Run& run_it) const {
    try {
      return run_it(*plain);
    } catch (const Error& error) {
      throw_error(error.reason(), safe(error.message()), {.hint = error.hint()});
    }
  }

  [[noreturn]] void throw_with_program(const Error& error) const {
    throw_error(error.reason(), fmt::format("the jq '{}' failed: {}", shortened(written), error.message()),
                {.hint = error.hint()});
  }

  [[noreturn]] void throw_failed(const jq::Value& invalid) const {
    if (jv_invalid_has_msg(invalid.copy()) == 0)
      throw_error(errc::fsm_expression, "it gave no result, but one is wanted",
                  {.hint = "give a default: first(..., null)"});
    const jq::Value message(jv_invalid_get_msg(invalid.copy()));
    if (jv_get_kind(message.get()) == JV_KIND_STRING)
      throw_error(errc::fsm_expression, safe(tidy(without_values(jv_string_value(message.get())))));
    throw_error(errc::fsm_expression, "it raised an error that is no text");
  }
};

namespace {
// libjq 1.6 puts the definitions of ~/.jq before every program and offers no way to leave them out.
void refuse_library_at_home() {
  const char* const home = std::getenv("HOME");
  std::error_code ignored;
  if (home && std::filesystem::is_regular_file(std::filesystem::path(home) / ".jq", ignored))
    throw_error(errc::fsm_expression,
                "libjq would read the file .jq of the home directory, which no machine may see",
                {.hint = "move it away, or run with HOME unset"});
}
}  // namespace

JqProgram JqProgram::compile(std::string source, std::string written) {
  if (source.find('\0') != std::string::npos)
    throw_error(errc::fsm_expression, "the jq holds a NUL character");
  if (source.find_first_not_of(" \t\r\n") == std::string::npos)
    throw_error(errc::fsm_expression, "the jq is empty", {.hint = "write '.' for the data itself"});
  auto compiled = std::make_shared<Compiled>();
  compiled->uses_event = jq::check_vocabulary(source).uses_event;
  compiled->written = written.empty() ? source : std::move(written);
  compiled->source = std::move(source);
  compiled->plain = jq::PlainProgram::parse(compiled->source);
  if (!compiled->plain) {
    refuse_library_at_home();
    compiled->free.reserve(kept_states);
    jq::PathPrefix split = jq::split_path_prefix(compiled->source);
    if (compiled->uses_event) split = {{}, compiled->source};
    compiled->path = std::move(split.path);
    compiled->program = fmt::format("{}{}({}\n)", jq::defused_words(),
                                    compiled->uses_event ? ".[1] as $event | .[0] | " : "", split.rest);
    compiled->give_back(compiled->compile());
  }
  JqProgram program;
  program.compiled_ = std::move(compiled);
  return program;
}

nlohmann::json JqProgram::run(const nlohmann::json& data, const nlohmann::json& event) const {
  try {
    return compiled_->plain ? compiled_->run_plain([&](const auto& plain) { return plain.run(data); })
                            : compiled_->run(data, event);
  } catch (const Error& error) {
    compiled_->throw_with_program(error);
  }
}

bool JqProgram::test(const nlohmann::json& data, const nlohmann::json& event) const {
  if (!compiled_->plain) {
    const nlohmann::json value = run(data, event);
    return !value.is_null() && value != false;
  }
  try {
    return compiled_->run_plain([&](const auto& plain) { return plain.test(data); });
  } catch (const Error& error) {
    compiled_->throw_with_program(error);
  }
}

const std::string& JqProgram::source() const noexcept {
  return compiled_->source;
}

const std::string& JqProgram::written() const noexcept {
  return compiled_->written;
}

}  // namespace leasehold::fsm
