#include "jq.hpp"

#include "jq/conversion.hpp"
#include "jq/messages.hpp"
#include "jq/plain.hpp"
#include "jq/state.hpp"
#include "jq/unit.hpp"
#include "jq/vocabulary.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

namespace leasehold::fsm {

struct JqProgram::Compiled {
  std::string source;
  std::string written;  // for messages
  std::optional<jq::PlainProgram> plain;
  std::vector<jq::PathStep> path;  // followed before jq sees anything
  std::string rest;                // what jq compiles
  bool uses_event = false;
  jq::UnitProgram program = {};

  nlohmann::json run(const nlohmann::json& data, const nlohmann::json& event, const JqLimits& limits) const {
    jq::Value input = jq::to_jv(jq::follow(path, data));
    jq::Value second = uses_event ? jq::to_jv(event) : jq::Value(jv_null());
    const jq::Unit::Outcome outcome =
        program.unit->run(program.index, std::move(input), std::move(second), limits);
    if (outcome.halted != jq::Halted::no) throw_halted(outcome.halted, limits);
    if (!outcome.first.valid()) throw_failed(outcome.first);
    if (outcome.second.valid())
      throw_error(errc::fsm_expression, "it gave several results, but one is wanted",
                  {.hint = "put it in [ ] to make them an array"});
    if (jv_invalid_has_msg(outcome.second.copy()) != 0) throw_failed(outcome.second);
    return jq::from_jv(outcome.first);
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

  // In jq's own words about the program, without what stands around it in its unit.
  [[noreturn]] void throw_bad() const {
    std::vector<std::string> said;
    if (!uses_event) jq::compile_state(source, said);
    if (said.empty()) jq::compile_state("null as $event | (" + source + "\n)", said);
    throw_error(errc::fsm_expression, fmt::format("the jq '{}' does not compile: {}", jq::shortened(written),
                                                  said.empty() ? "" : jq::tidy(said.front())));
  }

  [[noreturn]] void throw_with_program(const Error& error) const {
    throw_error(error.reason(),
                fmt::format("the jq '{}' failed: {}", jq::shortened(written), error.message()),
                {.hint = error.hint()});
  }

  [[noreturn]] void throw_failed(const jq::Value& invalid) const {
    if (jv_invalid_has_msg(invalid.copy()) == 0)
      throw_error(errc::fsm_expression, "it gave no result, but one is wanted",
                  {.hint = "give a default: first(..., null)"});
    const jq::Value message(jv_invalid_get_msg(invalid.copy()));
    if (jv_get_kind(message.get()) == JV_KIND_STRING)
      throw_error(errc::fsm_expression, safe(jq::tidy(jq::without_values(jv_string_value(message.get())))));
    throw_error(errc::fsm_expression, "it raised an error that is no text");
  }

  [[noreturn]] static void throw_halted(jq::Halted why, const JqLimits& limits) {
    if (why == jq::Halted::stopped) throw_error(errc::fsm_cancelled, "it was cancelled");
    if (why == jq::Halted::large)
      throw_error(errc::fsm_expression,
                  fmt::format("it was stopped when the process had grown by {} MiB", limits.memory >> 20),
                  {.hint = "end its recursion, or do this in a function"});
    throw_error(errc::fsm_deadline,
                fmt::format("it did not end within {}",
                            format_duration(std::chrono::ceil<std::chrono::milliseconds>(limits.time))),
                {.hint = "end its loop, or give the state more time"});
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

struct JqBatch::Pending {
  std::shared_ptr<JqProgram::Compiled> program;
  Failed failed;
};

JqBatch::JqBatch() = default;
JqBatch::~JqBatch() = default;

JqProgram JqBatch::add(std::string source, std::string written, Failed failed) {
  if (source.find('\0') != std::string::npos)
    throw_error(errc::fsm_expression, "the jq holds a NUL character");
  if (source.find_first_not_of(" \t\r\n") == std::string::npos)
    throw_error(errc::fsm_expression, "the jq is empty", {.hint = "write '.' for the data itself"});
  auto compiled = std::make_shared<JqProgram::Compiled>();
  compiled->uses_event = jq::check_vocabulary(source).uses_event;
  compiled->written = written.empty() ? source : std::move(written);
  compiled->source = std::move(source);
  compiled->plain = jq::PlainProgram::parse(compiled->source);
  if (!compiled->plain) {
    refuse_library_at_home();
    jq::PathPrefix split = jq::split_path_prefix(compiled->source);
    if (compiled->uses_event) split = {{}, compiled->source};
    compiled->path = std::move(split.path);
    compiled->rest = split.rest;
    pending_.push_back({compiled, std::move(failed)});
  }
  return JqProgram(std::move(compiled));
}

void JqBatch::compile() {
  const std::vector<Pending> pending = std::exchange(pending_, {});
  std::map<std::string_view, std::size_t> distinct;
  std::vector<std::string> sources;
  for (const Pending& one : pending)
    if (distinct.emplace(one.program->rest, sources.size()).second) sources.push_back(one.program->rest);
  const std::vector<jq::UnitProgram> programs = jq::compile_units(sources);
  for (const Pending& one : pending) {
    one.program->program = programs[distinct.at(one.program->rest)];
    if (one.program->program.unit) continue;
    try {
      one.program->throw_bad();
    } catch (const Error& error) {
      one.failed(error);
    }
  }
}

JqProgram JqProgram::compile(std::string source, std::string written) {
  JqBatch alone;
  JqProgram program = alone.add(std::move(source), std::move(written), [](const Error& error) {
    throw_error(error.reason(), error.message(), {.hint = error.hint()});
  });
  alone.compile();
  return program;
}

nlohmann::json JqProgram::run(const nlohmann::json& data, const nlohmann::json& event,
                              const JqLimits& limits) const {
  try {
    return compiled_->plain ? compiled_->run_plain([&](const auto& plain) { return plain.run(data); })
                            : compiled_->run(data, event, limits);
  } catch (const Error& error) {
    compiled_->throw_with_program(error);
  }
}

bool JqProgram::test(const nlohmann::json& data, const nlohmann::json& event, const JqLimits& limits) const {
  if (!compiled_->plain) {
    const nlohmann::json value = run(data, event, limits);
    return !value.is_null() && value != false;
  }
  try {
    return compiled_->run_plain([&](const auto& plain) { return plain.test(data); });
  } catch (const Error& error) {
    compiled_->throw_with_program(error);
  }
}

bool JqProgram::plain() const noexcept {
  return compiled_->plain.has_value();
}

const std::string& JqProgram::source() const noexcept {
  return compiled_->source;
}

const std::string& JqProgram::written() const noexcept {
  return compiled_->written;
}

}  // namespace leasehold::fsm
