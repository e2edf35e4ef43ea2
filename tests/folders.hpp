#pragma once

// Where tests find the project's files, and where they may leave their own. Only main.cpp knows the folders,
// so that a test compiles to the same object wherever the project lies.

#include <string>
#include <string_view>

namespace folders {

std::string source(std::string_view path = "");  // a path of the project: source("README.md")
std::string build(std::string_view path);        // a path of the build

}  // namespace folders
