// A picture in Graphviz's language: boxes are clusters, and lines that end at a box's border are clipped
// there (lhead, ltail).

#include "picture.hpp"

#include <leasehold/fsm/graph.hpp>
#include <leasehold/fsm/machine.hpp>

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

// Graphviz reads backslashes and HTML's entities in labels.
std::string dot_literal(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      escaped += ' ';
    } else {
      escaped += c;
    }
  }
  return escaped + '"';
}

std::string attributes_of(const PictureNode& node) {
  const std::string label = "label=" + dot_literal(node.label);
  switch (node.kind) {
    case NodeKind::final:
      return label + ", peripheries=2";
    case NodeKind::failed_final:
      return label + ", peripheries=2, color=red, fontcolor=red";
    case NodeKind::history:
      return label + ", shape=circle, margin=0";
    case NodeKind::start:
      return "shape=point, width=0.15, fillcolor=black";
    case NodeKind::handle:
      return "label=\"\", shape=circle, width=0.12, fixedsize=true";
    case NodeKind::on_error:
      return label + ", shape=plaintext, fontcolor=red";
    case NodeKind::state:
      break;
  }
  return label;
}

std::string_view style_of(BoxKind kind) {
  switch (kind) {
    case BoxKind::network:
      return "style=rounded, bgcolor=gray97";
    case BoxKind::parallel:
      return "style=\"rounded,dashed\", bgcolor=white";
    case BoxKind::state:
      break;
  }
  return "style=rounded, bgcolor=white";
}

std::string_view style_of(LineKind kind) {
  switch (kind) {
    case LineKind::push:
      return "style=dashed";
    case LineKind::fault:
      return "style=dotted, color=red, fontcolor=red";
    case LineKind::initial:
    case LineKind::arc:
      break;
  }
  return "";
}

void write(std::string& text, const PictureBox& box, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  text += fmt::format("{}subgraph cluster_{} {{\n", indent, box.id);
  text += fmt::format("{}  graph [label={}, {}]\n", indent, dot_literal(box.label), style_of(box.kind));
  for (const PictureNode& node : box.nodes)
    text += fmt::format("{}  {} [{}]\n", indent, node.id, attributes_of(node));
  for (const PictureBox& inner : box.boxes) write(text, inner, depth + 1);
  text += indent + "}\n";
}

std::string edge_of(const PictureLine& line) {
  std::string attributes;
  const auto add = [&](std::string_view attribute) {
    if (attribute.empty()) return;
    attributes += attributes.empty() ? " [" : ", ";
    attributes += attribute;
  };
  if (!line.label.empty()) add("label=" + dot_literal(line.label));
  add(style_of(line.kind));
  if (!line.tail.box.empty()) add("ltail=cluster_" + line.tail.box);
  if (!line.head.box.empty()) add("lhead=cluster_" + line.head.box);
  if (!attributes.empty()) attributes += ']';
  return fmt::format("  {} -> {}{}\n", line.tail.node, line.head.node, attributes);
}

}  // namespace

std::string to_dot(const Machine& machine) {
  const Picture picture = picture_of(machine.definition());
  std::string text =
      fmt::format("digraph {} {{\n  graph [label={}, labelloc=t, compound=true, fontname=\"Helvetica\"]\n",
                  dot_literal(picture.title), dot_literal(picture.title));
  text +=
      "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\"]\n"
      "  edge [fontname=\"Helvetica\", fontsize=10]\n";
  for (const PictureBox& network : picture.networks) write(text, network, 1);
  for (const PictureLine& line : picture.lines) text += edge_of(line);
  return text + "}\n";
}

}  // namespace leasehold::fsm
