#pragma once

// The front end of leasehold's own small Boost.MSM machines. Nothing in them throws, so MSM's own handler is
// not compiled in, and what a state does not name it ignores. Included in .cpp files only.

#include <boost/mpl/vector.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>

namespace leasehold::detail {

namespace msm = boost::msm;

template <class Derived>
struct SmallMachine : msm::front::state_machine_def<Derived> {
  using no_exception_thrown = int;

  template <class Machine, class Event>
  void no_transition(const Event&, Machine&, int) noexcept {}
};

}  // namespace leasehold::detail
