#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "folders.hpp"

#include <doctest/doctest.h>

namespace folders {

std::string source(std::string_view path) {
  return std::string(LEASEHOLD_SOURCE_DIR "/").append(path);
}
std::string build(std::string_view path) {
  return std::string(LEASEHOLD_BINARY_DIR "/").append(path);
}

}  // namespace folders
