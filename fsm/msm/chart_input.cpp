#include "execution/input.hpp"
#include "load/schema.hpp"

#include <leasehold/fsm/msm/chart_input.hpp>

namespace leasehold::fsm::msm {

ChartInput::ChartInput(std::string_view machine, std::string_view schema) : machine_(machine) {
  if (!schema.empty()) schema_ = std::make_unique<const Schema>(nlohmann::json::parse(schema));
}

ChartInput::~ChartInput() = default;

void ChartInput::check(nlohmann::json& input) const {
  check_input(machine_, schema_.get(), input);
}

}  // namespace leasehold::fsm::msm
