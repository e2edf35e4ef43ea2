#pragma once

#include <leasehold/adapters/filesystem.hpp>

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

// A directory of one test, with a base directory "base" in it and a file "secret" beside that.
struct Scratch {
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "leasehold-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    base = root / "base";
    std::filesystem::create_directory(base);
    put(root / "secret", "outside");
  }
  ~Scratch() { std::filesystem::remove_all(root); }

  static void put(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary);
    file << bytes;
    REQUIRE(file.good());
  }
  static std::string get(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.good());
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  leasehold::FilesystemOptions options() const { return {.base_path = base.string()}; }

  // Everything in the base directory, hidden files too.
  std::vector<std::string> everything() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(base))
      names.push_back(std::filesystem::relative(entry.path(), base).string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::filesystem::path root, base;
};

// What the call throws, as Error::what(); "" if it does not.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const leasehold::Error& error) {
    return error.what();
  }
  return "";
}

// The name of the code it throws; "" if it does not.
template <class Call>
std::string refusal_code(Call&& call) {
  const std::string what = refusal(call);
  return what.substr(0, what.find(':'));
}
