// A picture in Mermaid, as a flowchart: its state diagrams know neither dashed lines nor lines between the
// insides of two boxes.

#include "picture.hpp"

#include <leasehold/fsm/graph.hpp>
#include <leasehold/fsm/machine.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace leasehold::fsm {

namespace {

// Everything that Mermaid, the Markdown in it or the HTML under it could read as its own becomes an entity
// in Mermaid's spelling; the colon too, since a line with "style", a colon and an entity is cut.
std::string mermaid_literal(std::string_view text) {
  static constexpr std::string_view special = "\"#&<>`*\\;:%{}|~$";
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '\n') {
      escaped += "<br/>";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      escaped += ' ';
    } else if (special.find(c) != std::string_view::npos) {
      escaped += fmt::format("#{};", static_cast<int>(c));
    } else {
      escaped += c;
    }
  }
  return escaped + '"';
}

std::string text_of(const PictureNode& node) {
  switch (node.kind) {
    case NodeKind::final:
    case NodeKind::failed_final:
      return fmt::format("{}((({})))", node.id, mermaid_literal(node.label));
    case NodeKind::history:
      return fmt::format("{}(({}))", node.id, mermaid_literal(node.label));
    case NodeKind::start:
    case NodeKind::handle:
      return fmt::format("{}((\" \"))", node.id);
    case NodeKind::on_error:
      return fmt::format("{}{{{{{}}}}}", node.id, mermaid_literal(node.label));
    case NodeKind::state:
      break;
  }
  return fmt::format("{}({})", node.id, mermaid_literal(node.label));
}

std::string_view class_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::failed_final:
    case NodeKind::on_error:
      return "fault";
    case NodeKind::start:
      return "start";
    default:
      return "";
  }
}

void write(std::string& text, std::string& classes, const PictureBox& box, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  text += fmt::format("{}subgraph {}[{}]\n", indent, box.id, mermaid_literal(box.label));
  for (const PictureNode& node : box.nodes) {
    text += fmt::format("{}  {}\n", indent, text_of(node));
    if (const std::string_view of = class_of(node.kind); !of.empty())
      classes += fmt::format("  class {} {}\n", node.id, of);
  }
  for (const PictureBox& inner : box.boxes) write(text, classes, inner, depth + 1);
  text += indent + "end\n";
  if (box.kind == BoxKind::parallel) classes += fmt::format("  class {} parallel\n", box.id);
}

std::string link_of(const PictureLine& line) {
  const auto end = [](const PictureEnd& of) { return of.box.empty() ? of.node : of.box; };
  const bool solid = line.kind == LineKind::initial || line.kind == LineKind::arc;
  return fmt::format("  {} {}{} {}\n", end(line.tail), solid ? "-->" : "-.->",
                     line.label.empty() ? "" : "|" + mermaid_literal(line.label) + "|", end(line.head));
}

}  // namespace

std::string to_mermaid(const Machine& machine) {
  const Picture picture = picture_of(machine.definition());
  std::string text = fmt::format("---\ntitle: {}\n---\nflowchart TB\n", nlohmann::json(picture.title).dump());
  std::string classes;
  for (const PictureBox& network : picture.networks) write(text, classes, network, 1);
  std::string faults;
  for (std::size_t i = 0; i < picture.lines.size(); ++i) {
    text += link_of(picture.lines[i]);
    if (picture.lines[i].kind == LineKind::fault) faults += fmt::format("{}{}", faults.empty() ? "" : ",", i);
  }
  text +=
      "  classDef start fill:black,stroke:black\n"
      "  classDef fault stroke:red,color:red\n"
      "  classDef parallel stroke-dasharray:5\n";
  text += classes;
  if (!faults.empty()) text += fmt::format("  linkStyle {} stroke:red,color:red\n", faults);
  return text;
}

}  // namespace leasehold::fsm
