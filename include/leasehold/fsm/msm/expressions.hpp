#pragma once

// What a generated machine computes by itself: its jq programs, the arguments of its operations, the data of
// the events it raises. Included by headers that `leasehold generate` writes.
//
// Threads: immutable; any.

#include <leasehold/fsm/functions.hpp>

#include <initializer_list>
#include <memory>
#include <string_view>

namespace leasehold::fsm::msm {

class ChartCore;

// What generated functions get. Those of the program see the Context.
struct ChartContext : Context {
  ChartContext(const Context& context, ChartCore& core_) noexcept : Context(context), core(core_) {}

  void send(Event event) const;  // for after what is being handled
  void send(Event event, Duration after, std::string id) const;
  void cancel(std::string_view id) const;  // what was sent with a delay and this id

  ChartCore& core;
};

class Expressions {
 public:
  using Texts = std::initializer_list<std::string_view>;
  // jq programs; values as JSON whose texts may hold ${{ jq }}; paths into the data. Throws what parsing them
  // throws.
  Expressions(Texts programs, Texts values, Texts paths);
  ~Expressions();

  bool test(std::size_t program, const ChartContext& context) const;
  void transform(std::size_t program, ChartContext& context) const;  // the result becomes the data
  void transform(std::size_t program, std::size_t path, ChartContext& context) const;
  nlohmann::json fill(std::size_t value, const ChartContext& context) const;
  std::string text(std::size_t value, const ChartContext& context) const;
  Duration delay(std::size_t value, std::string_view event,
                 const ChartContext& context) const;  // of sending it
  void put(std::size_t path, nlohmann::json value, ChartContext& context) const;

  // An operation of a resource that is there; throws StateError (fsm_resource) if it is optional and absent.
  static nlohmann::json call(std::string_view resource, std::string_view operation,
                             const nlohmann::json& arguments, const ChartContext& context);

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace leasehold::fsm::msm
