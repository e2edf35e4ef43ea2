#pragma once

// The temporary files of one lease: all in one directory of a random name, made when the first is asked for.

#include "base_directory.hpp"

namespace leasehold::detail {

class TemporaryFiles {
 public:
  explicit TemporaryFiles(std::shared_ptr<const BaseDirectory> base) : base_(std::move(base)) {}

  std::string make_file(std::string_view suffix);
  std::string make_directory();
  bool remove_all() noexcept;  // false if something is left

 private:
  std::string next_path(std::string_view suffix);

  std::shared_ptr<const BaseDirectory> base_;
  std::string directory_;  // its name in the base; empty: not made
  std::size_t count_ = 0;
};

}  // namespace leasehold::detail
