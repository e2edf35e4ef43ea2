#pragma once

// A machine as C++: the header of a Boost.MSM machine that takes the same transitions and leases as the YAML.
//
//   std::string header = generate_machine("orders.yaml");   // namespace orders
//
// CMake has it as leasehold_generate_machine(target orders.yaml), the command line as `leasehold generate`;
// docs/msm.md says what a machine may hold for this, and how the header is used.
//
// Threads: any. Blocks: reads the file; opens and registers nothing.

#include <leasehold/fsm/load.hpp>

#include <filesystem>
#include <string>

namespace leasehold::fsm {

struct GenerateOptions {
  std::string name_space = {};  // of what is generated; "": the machine's name
  LoadOptions load = {};        // its bounds
};

// Every name that the machine calls is taken as a function that the program has, every resource as one that
// it registers; the environment is not asked. Throws LoadError: what load_machine refuses, and what cannot be
// generated, each at its place.
std::string generate_machine(const std::filesystem::path& path, const GenerateOptions& options = {});
std::string generate_machine_text(std::string_view text, const GenerateOptions& options = {},
                                  std::string_view file_name = "machine.yaml");

}  // namespace leasehold::fsm
