#include "picture.hpp"

#include "labels.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

std::string id_of(NetworkIndex network, StateIndex state) {
  return state == root ? fmt::format("n{}", network) : fmt::format("n{}s{}", network, state);
}
std::string start_of(const std::string& box) {
  return box + "start";
}
std::string handle_of(const std::string& box) {
  return box + "handle";
}

// The picture of one network, its box and its lines.
class Sketch {
 public:
  Sketch(const Definition& definition, NetworkIndex index, Picture& picture)
      : definition_(definition), network_(definition.networks[index]), index_(index), picture_(picture) {}

  void draw() {
    picture_.networks.push_back(box_of(root));
    for (StateIndex i = root; i < network_.states.size(); ++i) {
      draw_initial(i);
      for (const Arc& arc : network_.states[i].arcs) draw_arc(arc);
      for (const Catch& handler : network_.states[i].catches)
        draw(LineKind::fault, i, handler.target, label_of(handler));
    }
    for (const Catch& handler : network_.on_error)
      add({LineKind::fault, {on_error_id(), ""}, head(handler.target, root), label_of(handler)});
  }

 private:
  const State& state(StateIndex index) const { return network_.states[index]; }
  std::string id(StateIndex index) const { return id_of(index_, index); }
  std::string on_error_id() const { return id(root) + "fault"; }
  bool is_box(StateIndex index) const { return index == root || !state(index).children.empty(); }

  bool inside(StateIndex index, StateIndex box) const {  // or the box itself
    while (index != none && index != box) index = state(index).parent;
    return index != none;
  }

  std::string name_of(StateIndex index) const {
    if (index == root) {
      const bool worth_saying = definition_.networks.size() > 1 && network_.name != "main";
      return index_ == definition_.main && worth_saying ? network_.name + " (main)" : network_.name;
    }
    return state(index).type == StateType::parallel ? state(index).name + " (parallel)" : state(index).name;
  }

  PictureNode node_of(StateIndex index) const {
    const State& drawn = state(index);
    if (drawn.type == StateType::history) return {id(index), NodeKind::history, drawn.deep ? "H*" : "H"};
    const NodeKind kind = drawn.type != StateType::final ? NodeKind::state
                          : drawn.success                ? NodeKind::final
                                                         : NodeKind::failed_final;
    std::string label = label_of(drawn.name, drawn.resources);
    if (kind == NodeKind::failed_final) label += "\nfailed";
    return {id(index), kind, std::move(label)};
  }

  PictureBox box_of(StateIndex index) const {
    PictureBox box{id(index),
                   index == root                              ? BoxKind::network
                   : state(index).type == StateType::parallel ? BoxKind::parallel
                                                              : BoxKind::state,
                   label_of(name_of(index), index == root ? network_.resources : state(index).resources),
                   {{start_of(id(index)), NodeKind::start, ""}},
                   {}};
    if (leads_inside(index)) box.nodes.push_back({handle_of(id(index)), NodeKind::handle, ""});
    if (index == root && !network_.on_error.empty())
      box.nodes.push_back({on_error_id(), NodeKind::on_error, "on error"});
    for (const StateIndex child : state(index).children) {
      if (is_box(child)) {
        box.boxes.push_back(box_of(child));
      } else {
        box.nodes.push_back(node_of(child));
      }
    }
    return box;
  }

  // Whether a line of this box's own ends in it.
  bool leads_inside(StateIndex box) const {
    if (box == root) return false;
    const auto ends_in = [&](StateIndex target) { return inside(target, box); };
    const State& drawn = state(box);
    return std::any_of(drawn.arcs.begin(), drawn.arcs.end(),
                       [&](const Arc& arc) {
                         const std::vector<StateIndex> ends = ends_of(arc);
                         return std::any_of(ends.begin(), ends.end(), ends_in);
                       }) ||
           std::any_of(drawn.catches.begin(), drawn.catches.end(),
                       [&](const Catch& handler) { return ends_in(handler.target); });
  }

  // The states of this network that lines of the arc end at.
  static std::vector<StateIndex> ends_of(const Arc& arc) {
    if (arc.push && arc.push->return_state != none) return {arc.push->return_state};
    if (arc.targets.empty() && !arc.push) return {arc.source};
    return arc.targets;
  }

  // A box cannot be the end of a line that comes from inside it, or goes there: lines from its own border
  // start at its handle, lines to it from inside end at its start.
  PictureEnd tail(StateIndex from, StateIndex to) const {
    if (!is_box(from)) return {id(from), ""};
    if (inside(to, from)) return {handle_of(id(from)), ""};
    return {start_of(id(from)), id(from)};
  }
  PictureEnd head(StateIndex to, StateIndex from) const {
    if (!is_box(to)) return {id(to), ""};
    return {start_of(id(to)), inside(from, to) ? "" : id(to)};
  }

  void add(PictureLine line) { picture_.lines.push_back(std::move(line)); }
  void draw(LineKind kind, StateIndex from, StateIndex to, const std::string& label) {
    add({kind, tail(from, to), head(to, from), label});
  }

  void draw_initial(StateIndex index) {
    const State& drawn = state(index);
    if (drawn.type == StateType::history) {
      for (const StateIndex target : drawn.initial)
        draw(LineKind::initial, index, target, label_of(drawn.initial_actions));
    } else if (is_box(index)) {
      for (const StateIndex target : drawn.type == StateType::parallel ? drawn.children : drawn.initial)
        if (drawn.type != StateType::parallel || state(target).type != StateType::history)
          add({LineKind::initial,
               {start_of(id(index)), ""},
               head(target, index),
               label_of(drawn.initial_actions)});
    }
  }

  void draw_arc(const Arc& arc) {
    const std::string takes = label_of(arc, definition_), does = label_of(arc.actions);
    const std::string label = takes.empty() || does.empty() ? takes + does : takes + '\n' + does;
    if (arc.push) {
      const std::string pushed = id_of(arc.push->network, root);
      const bool itself = arc.push->network == index_;
      const std::string box = is_box(arc.source) ? id(arc.source) : "";
      add({LineKind::push,
           {box.empty() ? id(arc.source) : start_of(box), box},
           {start_of(pushed), itself ? "" : pushed},
           label});
      for (const StateIndex end : ends_of(arc))
        draw(LineKind::push, arc.source, end, "back from " + definition_.networks[arc.push->network].name);
      return;
    }
    for (const StateIndex end : ends_of(arc)) draw(LineKind::arc, arc.source, end, label);
  }

  const Definition& definition_;
  const Network& network_;
  NetworkIndex index_;
  Picture& picture_;
};

}  // namespace

Picture picture_of(const Definition& definition) {
  Picture picture{definition.name, {}, {}};
  for (NetworkIndex i = 0; i < definition.networks.size(); ++i) Sketch(definition, i, picture).draw();
  return picture;
}

}  // namespace leasehold::fsm
