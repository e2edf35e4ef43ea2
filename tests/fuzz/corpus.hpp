#pragma once

// What the fuzz tests begin with: the documents that the project ships and plays in its tests.

#include "folders.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace leasehold::fuzz {

inline const std::filesystem::path project = folders::source();

std::string read_file(const std::filesystem::path& path);

// The texts of the files below a folder of the project whose names end like that; in the order of their
// names.
std::vector<std::string> texts_of(const std::filesystem::path& folder, const std::string& ending);

std::vector<std::string> machines();   // configs, charts
std::vector<std::string> scenarios();  // configs/tests

}  // namespace leasehold::fuzz
