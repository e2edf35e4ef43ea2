#pragma once

// The text of a machine's file.

#include <filesystem>
#include <string>

namespace leasehold::fsm {

// At most a little more than max_bytes of it. Throws LoadError.
std::string read_machine_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace leasehold::fsm
