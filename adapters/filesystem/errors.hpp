#pragma once

// What the system's errors mean for a user of files.

#include <leasehold/error.hpp>
#include <leasehold/operation.hpp>

#include <string>
#include <string_view>

namespace leasehold::detail {

struct FileProblem {
  errc code = errc::file_failed;
  std::string what = {};  // continues "cannot read 'x': "
  std::string hint = {};
};

// Of an errno value.
FileProblem file_problem(int error);

// "cannot <action> '<path>': <what>".
[[noreturn]] void throw_file_error(int error, std::string_view action, std::string_view path,
                                   const std::string& resource);

// Throws file_cancelled or file_deadline if `path` must not be worked on any longer.
void check_bounds(const OperationContext& context, std::string_view path, const std::string& resource);

// A path as messages show it: control characters and bytes that are not UTF-8 as \x.., shortened if it is
// long.
std::string shown_path(std::string_view path);

}  // namespace leasehold::detail
