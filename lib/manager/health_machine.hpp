#pragma once

// How one provider is doing, from report to report: a small Boost.MSM machine that says what a report
// changes.
//
// Threads: none of its own; HealthMonitor guards it.

#include <leasehold/health.hpp>

#include <memory>

namespace leasehold::detail {

class HealthMachine {
 public:
  HealthMachine();
  ~HealthMachine();
  HealthMachine(HealthMachine&&) noexcept;

  struct Effects {
    bool changed = false;  // worth telling
    bool retire = false;   // what exists now must not be lent again
  };
  Effects report(ResourceHealth health) noexcept;
  ResourceHealth health() const noexcept;

 private:
  struct Chart;
  std::unique_ptr<Chart> chart_;
};

}  // namespace leasehold::detail
