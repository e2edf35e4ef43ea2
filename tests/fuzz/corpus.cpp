#include "corpus.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace leasehold::fuzz {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> texts_of(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(project / folder))
    if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) texts.push_back(read_file(file));
  return texts;
}

std::vector<std::string> machines() {
  std::vector<std::string> all = texts_of("configs", ".yaml");
  for (std::string& chart : texts_of("tests/charts/scxml-test-framework", ".yaml"))
    all.push_back(std::move(chart));
  return all;
}

std::vector<std::string> scenarios() {
  return texts_of("configs/tests", ".test.yaml");
}

}  // namespace leasehold::fuzz
