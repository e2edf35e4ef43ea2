#include "verbs.hpp"

int main(int argc, char** argv) {
  return leasehold::tool::tool_main(argc, argv);
}
