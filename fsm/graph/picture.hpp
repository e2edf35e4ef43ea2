#pragma once

// What is drawn of a machine, whatever the language: boxes, nodes and lines with unescaped labels, in
// document order. Ids are letters and digits, unique in the picture, and no reserved word anywhere.

#include "../model.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

enum class NodeKind {
  state,
  final,
  failed_final,
  history,
  start,     // the dot from which lines lead to the initial states of the box around it
  handle,    // where an arc of a box leads into the box itself
  on_error,  // where faults of a whole network come from
};

struct PictureNode {
  std::string id;
  NodeKind kind = NodeKind::state;
  std::string label;  // lines, "\n" between them
};

enum class BoxKind { network, state, parallel };

struct PictureBox {
  std::string id;
  BoxKind kind = BoxKind::state;
  std::string label;
  std::vector<PictureNode> nodes;
  std::vector<PictureBox> boxes;
};

enum class LineKind { initial, arc, push, fault };

struct PictureEnd {
  std::string node;
  std::string box;  // the line ends at the border of this box around the node; "": at the node
};

struct PictureLine {
  LineKind kind = LineKind::arc;
  PictureEnd tail, head;
  std::string label;
};

struct Picture {
  std::string title;
  std::vector<PictureBox> networks;
  std::vector<PictureLine> lines;
};

Picture picture_of(const Definition& definition);

}  // namespace leasehold::fsm
