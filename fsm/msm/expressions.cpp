#include "event_value.hpp"
#include "template.hpp"

#include <leasehold/fsm/msm/chart_core.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm::msm {

struct Expressions::Compiled {
  std::vector<JqProgram> programs;
  std::vector<Template> values;
  std::vector<DataPath> paths;
};

namespace {

JqLimits limits(const ChartContext& context) {
  JqLimits limits{.stop = context.stop};
  if (context.deadline != Clock::never)
    limits.time = std::max(context.deadline - context.core.time.clock().now(), Duration::zero());
  return limits;
}

}  // namespace

void ChartContext::send(Event event_to_come) const {
  core.send(std::move(event_to_come), true);
}

void ChartContext::send(Event event_to_come, Duration after, std::string id) const {
  core.time.send(std::move(event_to_come), after, std::move(id));
}

void ChartContext::cancel(std::string_view id) const {
  core.time.timers.cancel(id);
}

Expressions::Expressions(Texts programs, Texts values, Texts paths) {
  auto compiled = std::make_unique<Compiled>();
  JqBatch batch;
  const auto add = [&batch](std::string source) {
    return batch.add(std::move(source), {}, [](const Error& error) {
      throw_error(error.reason(), error.message(), {.hint = error.hint()});
    });
  };
  for (const std::string_view program : programs) compiled->programs.push_back(add(std::string(program)));
  for (const std::string_view value : values)
    compiled->values.push_back(
        Template::parse(nlohmann::json::parse(value),
                        [&](std::string source, const std::string&) { return add(std::move(source)); }));
  for (const std::string_view path : paths) compiled->paths.push_back(DataPath::parse(path));
  batch.compile();
  compiled_ = std::move(compiled);
}

Expressions::~Expressions() = default;

bool Expressions::test(std::size_t program, const ChartContext& context) const {
  return compiled_->programs[program].test(context.data, event_value(context.event), limits(context));
}

void Expressions::transform(std::size_t program, ChartContext& context) const {
  context.data = compiled_->programs[program].run(context.data, event_value(context.event), limits(context));
}

void Expressions::transform(std::size_t program, std::size_t path, ChartContext& context) const {
  put(path, compiled_->programs[program].run(context.data, event_value(context.event), limits(context)),
      context);
}

nlohmann::json Expressions::fill(std::size_t value, const ChartContext& context) const {
  return compiled_->values[value].evaluate(context.data, event_value(context.event), limits(context));
}

std::string Expressions::text(std::size_t value, const ChartContext& context) const {
  const nlohmann::json filled = fill(value, context);
  return filled.is_string() ? filled.get<std::string>() : filled.dump();
}

Duration Expressions::delay(std::size_t value, std::string_view event, const ChartContext& context) const {
  const nlohmann::json filled = fill(value, context);
  const auto delay =
      filled.is_string() ? parse_duration(filled.get_ref<const std::string&>()) : std::optional<Duration>();
  if (!delay)
    throw_error(errc::fsm_expression, fmt::format("the delay of '{}' is no duration", event),
                {.hint = "let it give a text with a unit, such as 250ms or 1.5s"});
  return *delay;
}

void Expressions::put(std::size_t path, nlohmann::json value, ChartContext& context) const {
  compiled_->paths[path].set(context.data, std::move(value));
}

nlohmann::json Expressions::call(std::string_view resource, std::string_view operation,
                                 const nlohmann::json& arguments, const ChartContext& context) {
  if (!context.lease(resource))
    throw_error(errc::fsm_resource, fmt::format("the resource '{}' is optional and absent", resource),
                {.resource = std::string(resource), .hint = "require it, or test before the call"});
  return context.call(resource, operation, arguments);
}

}  // namespace leasehold::fsm::msm
