#pragma once

// AtomicFile: a file that appears under its name when it is whole, or not at all.
//
// It is written beside its name, as ".NAME.PID.tmp", and renamed by commit(); without commit() the temporary
// file goes away. What is no regular file (a device, a pipe) is written directly.

#include "file_descriptor.hpp"

#include <filesystem>
#include <string_view>

namespace leasehold::tool {

class AtomicFile {
 public:
  // Throws Failure (usage) if it cannot be made there.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  // Both throw Failure (failed) with the reason, a full disk for one.
  void write(std::string_view text);
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty: written directly, or committed
  FileDescriptor file_;
};

}  // namespace leasehold::tool
