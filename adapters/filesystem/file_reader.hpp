#pragma once

#include "base_directory.hpp"

namespace leasehold {

struct FileReader::State {
  std::shared_ptr<const detail::BaseDirectory> base;
  detail::Descriptor file;
  std::string path;
  OperationContext context;
};

}  // namespace leasehold
