#include "generate/rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

class RowWriter {
 public:
  RowWriter(const Network& network, const FlatChart& chart, const Symbols& symbols)
      : network_(network), chart_(chart), symbols_(symbols) {}

  std::string write() {
    for (const ArcRow& row : chart_.rows) add_arc(row);
    add_handlers(false);
    for (const ErrorArc& arc : chart_.error_arcs) add_error_arc(arc);
    add_handlers(true);
    std::reverse(rows_.begin(), rows_.end());  // MSM tries the last row of a state and event first
    return fmt::format(
        "  using FaultWays = msm::Parts<{}>;  // in the order in which they are tried\n"
        "  using transition_table = msm::Rows<\n    {}>;\n",
        fmt::join(ways_, ", "), fmt::join(rows_, ",\n    "));
  }

 private:
  void add(StateIndex source, const std::string& event, const std::string& what, const Passage& passage,
           const std::string& condition) {
    const std::string target = passage.target == none ? "msm::none" : symbols_.type(passage.target);
    rows_.push_back(fmt::format("msm::Row<{}, {}, {}, msm::ArcPassage<{}, {}, {}, {}>, {}>",
                                symbols_.type(source), event, target, what, symbols_.parts(passage.left),
                                symbols_.entered(passage), target, condition));
  }

  void add_arc(const ArcRow& row) {
    const std::string arc = "arcs::" + symbols_.arc(*row.arc);
    std::string condition = "msm::none";
    if (row.arc->condition) condition = fmt::format("msm::ArcCondition<{}>", arc);
    if (row.by_code) condition = fmt::format("msm::ErrorCondition<{}>", arc);
    const std::string event = row.arc->after ? fmt::format("msm::After<{}>", arc) : symbols_.type(row.event);
    add(row.source, event, arc, row.passage, condition);
  }

  void add_handlers(bool of_network) {
    for (std::size_t i = 0; i < chart_.handlers.size(); ++i) {
      if ((chart_.handlers[i].by == root) != of_network) continue;
      ways_.push_back("handlers::" + symbols_.handler(i));
      add_fault(chart_.handlers[i].passage);
    }
  }

  void add_error_arc(const ErrorArc& arc) {
    ways_.push_back("arcs::" + symbols_.arc(*arc.arc));
    if (!arc.arc->targets.empty()) add_fault(arc.passage);
    if (arc.within) add_fault(*arc.within, ", true");
  }

  // The last of the ways, wherever the machine is.
  void add_fault(const Passage& passage, std::string_view how = "") {
    for (const StateIndex leaf : chart_.states)
      if (!is_compound(network_, leaf) && !contains(chart_.apart, leaf))
        add(leaf, "msm::Fault", ways_.back(), passage, fmt::format("msm::Chosen<{}{}>", ways_.back(), how));
  }

  const Network& network_;
  const FlatChart& chart_;
  const Symbols& symbols_;
  std::vector<std::string> ways_, rows_;
};

}  // namespace

std::string write_rows(const Network& network, const FlatChart& chart, const Symbols& symbols) {
  return RowWriter(network, chart, symbols).write();
}

}  // namespace leasehold::fsm
