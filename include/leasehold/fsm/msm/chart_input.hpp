#pragma once

// What a generated machine takes as input. Internal: <leasehold/fsm/msm/chart.hpp> includes it.
//
// Threads: immutable; any.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace leasehold::fsm {
class Schema;
}

namespace leasehold::fsm::msm {

class ChartInput {
 public:
  explicit ChartInput(std::string_view machine, std::string_view schema = {});  // as JSON; "": any object
  ~ChartInput();

  // Null counts as an empty object. Throws Error (fsm_input) naming every place that does not fit.
  void check(nlohmann::json& input) const;

 private:
  std::string machine_;
  std::unique_ptr<const Schema> schema_;
};

}  // namespace leasehold::fsm::msm
