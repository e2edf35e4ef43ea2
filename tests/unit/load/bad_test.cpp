#include "folders.hpp"
#include "loaded.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace leasehold;
using namespace leasehold::fsm;
using test::Document;

namespace {
std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
}  // namespace

// Each bad/<name>.yaml is refused with exactly the text of bad/<name>.expected: every error, with its place.
// LEASEHOLD_WRITE_EXPECTED=1 writes those texts; read what changed before you keep it.
TEST_CASE("bad documents are refused with exactly these words") {
  std::size_t documents = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folders::source("tests/unit/load/bad"))) {
    if (entry.path().extension() != ".yaml") continue;
    ++documents;
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const Document m(read(entry.path()), {{"SECRET", "hunter2-secret"}}, name);
    CHECK_FALSE(m.loaded.definition);
    const std::string text = Document::text(m.errors);
    const std::filesystem::path expected = std::filesystem::path(entry.path()).replace_extension(".expected");
    if (std::getenv("LEASEHOLD_WRITE_EXPECTED")) std::ofstream(expected) << text;
    CHECK(text == read(expected));
    CHECK(text.find("error[") != std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);
  }
  CHECK(documents >= 15);
}
