#pragma once

// ByteInput: a file or standard input, read in pieces, with waits that a stop token ends.

#include "file_descriptor.hpp"

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

namespace leasehold::tool {

class ByteInput {
 public:
  // What read throws when it was stopped while it waited for bytes.
  struct Stopped {};

  // "-": standard input. Throws Failure (usage) if it cannot be opened, or is a directory.
  explicit ByteInput(const std::string& path);

  // Puts up to `size` bytes into `buffer` and returns how many; 0 at the end. Waits for bytes. Throws
  // Stopped, and Failure (usage) if the file cannot be read.
  std::size_t read(char* buffer, std::size_t size, const std::stop_token& stop = {});

  std::string read_all(std::size_t limit,
                       const std::stop_token& stop = {});  // Failure (usage) if it is larger

  bool rewindable() const noexcept { return rewindable_; }  // a regular file: it can be read twice
  void rewind();

  const std::string& name() const noexcept { return name_; }  // for messages

 private:
  [[noreturn]] void fail(int error) const;

  std::string name_;
  FileDescriptor file_;
  bool rewindable_ = false;
};

}  // namespace leasehold::tool
