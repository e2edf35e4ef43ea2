#pragma once

// One atomic write: a temporary file beside the place, which takes the place's name when it is whole.

#include "base_directory.hpp"

namespace leasehold::detail {

class FileWrite {
 public:
  FileWrite(std::shared_ptr<const BaseDirectory> base, std::string_view path, OperationContext context);
  FileWrite(const FileWrite&) = delete;
  FileWrite& operator=(const FileWrite&) = delete;
  ~FileWrite() { discard(); }

  void write(std::string_view bytes);
  void commit();
  void discard() noexcept;    // removes the temporary file; the place stays as it was
  void end_lease() noexcept;  // the same, and says so to whoever goes on writing

 private:
  void check_place();
  void put(std::string_view bytes);
  void refuse_if_over() const;

  std::shared_ptr<const BaseDirectory> base_;
  std::string path_;
  OperationContext context_;
  Place place_;
  mode_t kept_mode_ = 0;  // of the file that is replaced; 0: there is none
  std::string temporary_;
  Descriptor file_;
  std::string buffer_;
  bool lease_ended_ = false;
};

// All of `bytes` to `file`, in chunks, looking at the context between them. Returns the errno value, 0 if all
// is written; `written` counts what was, also when this throws because of the context.
int write_all(int file, std::string_view bytes, const OperationContext& context, std::string_view path,
              const std::string& resource, std::size_t& written);

}  // namespace leasehold::detail
