#include "file_reader.hpp"

#include "errors.hpp"

#include <cerrno>

namespace leasehold {

FileReader::FileReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileReader::FileReader(FileReader&&) noexcept = default;
FileReader& FileReader::operator=(FileReader&&) noexcept = default;
FileReader::~FileReader() = default;

std::size_t FileReader::read(char* buffer, std::size_t size) {
  if (size == 0) return 0;
  const State& s = *state_;
  for (;;) {
    detail::check_bounds(s.context, s.path, s.base->resource());
    const ssize_t got = ::read(s.file.get(), buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) s.base->fail(errno, "read", s.path);
  }
}

std::uint64_t FileReader::size() const {
  struct stat status {};
  if (::fstat(state_->file.get(), &status) != 0) state_->base->fail(errno, "read", state_->path);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace leasehold
