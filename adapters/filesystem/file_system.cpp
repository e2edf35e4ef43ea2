#include "base_directory.hpp"
#include "errors.hpp"
#include "file_reader.hpp"
#include "file_write.hpp"
#include "listing.hpp"
#include "temporary_files.hpp"
#include "utf8.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace leasehold {

namespace {

void check_text(std::string_view text, std::string_view path, const std::string& resource) {
  if (const auto offset = detail::find_invalid_utf8(text))
    throw_error(errc::file_format,
                fmt::format("'{}' is not UTF-8 text: byte {} (0x{:02x}) is out of place",
                            detail::shown_path(path), *offset, static_cast<unsigned char>(text[*offset])),
                {.resource = resource, .hint = "convert it to UTF-8 or handle it as bytes"});
}

// Of a name that may not be there: false. Other errors go on.
bool absent(int error) noexcept {
  return error == ENOENT || error == ENOTDIR;
}

}  // namespace

FileSystem::FileSystem(const FilesystemOptions& options, std::string resource)
    : base_(std::make_shared<const detail::BaseDirectory>(options, std::move(resource))),
      temporary_(std::make_unique<detail::TemporaryFiles>(base_)) {}

FileSystem::~FileSystem() {
  end_lease();
}

std::string FileSystem::read_text(std::string_view path, const OperationContext& context) const {
  std::string text = read_bytes(path, context);
  check_text(text, path, base_->resource());
  return text;
}

std::string FileSystem::read_bytes(std::string_view path, const OperationContext& context) const {
  FileReader file = open(path, context);
  const std::size_t most = base_->options().max_file_size;
  std::string bytes;
  // The size is a hint: it may grow while we read, and files of /proc have none.
  constexpr std::size_t chunk = 1 << 20;
  std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), most)) + 1;
  for (;;) {
    const std::size_t had = bytes.size();
    bytes.resize(had + std::min(want, chunk));
    const std::size_t got = file.read(bytes.data() + had, bytes.size() - had);
    bytes.resize(had + got);
    if (got == 0) return bytes;
    if (bytes.size() > most)
      throw_error(errc::file_failed,
                  fmt::format("cannot read '{}' as a whole: it is larger than {} bytes",
                              detail::shown_path(path), most),
                  {.resource = base_->resource(), .hint = "raise max_file_size or read it in pieces"});
    want = std::max<std::size_t>(want > got ? want - got : 0, 4096);
  }
}

void FileSystem::write_text(std::string_view path, std::string_view text, const OperationContext& context) {
  check_text(text, path, base_->resource());
  write_bytes(path, text, context);
}

void FileSystem::write_bytes(std::string_view path, std::string_view bytes, const OperationContext& context) {
  detail::FileWrite file(base_, path, context);
  file.write(bytes);
  file.commit();
}

void FileSystem::append(std::string_view path, std::string_view bytes, const OperationContext& context) {
  constexpr std::string_view action = "append to";
  base_->refuse_if_read_only(action, path);
  detail::check_bounds(context, path, base_->resource());
  base_->place(path, action, base_->options().make_directories);
  const detail::Descriptor file =
      base_->open_regular(path, O_WRONLY | O_APPEND | O_CREAT, action, base_->file_mode());
  struct stat before {};
  if (::fstat(file.get(), &before) != 0) base_->fail(errno, action, path);
  std::size_t written = 0;
  const auto take_back = [&] {
    struct stat after {};
    // Only if nobody else has appended meanwhile.
    const auto length = static_cast<off_t>(written);
    if (::fstat(file.get(), &after) == 0 && after.st_size == before.st_size + length)
      return ::ftruncate(file.get(), before.st_size) == 0;
    return false;
  };
  int error = 0;
  try {
    error = detail::write_all(file.get(), bytes, context, path, base_->resource(), written);
  } catch (...) {
    take_back();
    throw;
  }
  if (error == 0 && base_->options().sync && ::fsync(file.get()) != 0 && errno != EINVAL) error = errno;
  if (error != 0) {
    take_back();
    base_->fail(error, action, path);
  }
}

FileReader FileSystem::open(std::string_view path, const OperationContext& context) const {
  detail::check_bounds(context, path, base_->resource());
  auto state = std::make_unique<FileReader::State>();
  state->base = base_;
  state->file = base_->open_regular(path, O_RDONLY, "read");
  state->path = path;
  state->context = context;
  return FileReader(std::move(state));
}

FileWriter FileSystem::create(std::string_view path, const OperationContext& context) {
  std::erase_if(writes_, [](const auto& write) { return write.expired(); });
  auto write = std::make_shared<detail::FileWrite>(base_, path, context);
  writes_.push_back(write);
  return FileWriter(std::move(write));
}

CsvReader FileSystem::open_csv(std::string_view path, CsvFormat format,
                               const OperationContext& context) const {
  auto file = std::make_shared<FileReader>(open(path, context));
  return CsvReader([file](char* buffer, std::size_t size) { return file->read(buffer, size); },
                   detail::shown_path(path), format);
}

std::vector<FileEntry> FileSystem::list(const ListOptions& options, const OperationContext& context) const {
  detail::check_bounds(context, options.path, base_->resource());
  return detail::list_directory(*base_, options, context);
}

bool FileSystem::exists(std::string_view path) const {
  const auto [file, error] = base_->try_open(path, O_PATH);
  if (error != 0 && !absent(error)) base_->fail(error, "look for", path);
  return error == 0;
}

FileStatus FileSystem::stat(std::string_view path) const {
  const detail::Descriptor file = base_->open(path, O_PATH, "look at");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) base_->fail(errno, "look at", path);
  FileStatus result;
  result.kind = S_ISREG(status.st_mode)   ? FileKind::file
                : S_ISDIR(status.st_mode) ? FileKind::directory
                                          : FileKind::other;
  result.size = static_cast<std::uint64_t>(status.st_size);
  result.modified = std::chrono::system_clock::time_point(std::chrono::seconds(status.st_mtim.tv_sec) +
                                                          std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  result.mode = status.st_mode & 07777;
  return result;
}

bool FileSystem::remove(std::string_view path) {
  constexpr std::string_view action = "remove";
  base_->refuse_if_read_only(action, path);
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  // The directory above may be missing: then there is nothing to remove, as when the file is.
  if (const auto [above, error] = base_->try_open(path, O_PATH | O_NOFOLLOW); absent(error)) return false;
  const detail::Place place = base_->place(path, action, false);
  int error = ::unlinkat(place.directory.get(), place.name.c_str(), 0) == 0 ? 0 : errno;
  if (error == EISDIR)
    error = ::unlinkat(place.directory.get(), place.name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
  if (error != 0 && !absent(error)) base_->fail(error, action, path);
  return error == 0;
}

void FileSystem::make_directories(std::string_view path) {
  constexpr std::string_view action = "make the directory";
  base_->refuse_if_read_only(action, path);
  base_->make_directories(path, action);
}

std::string FileSystem::temp_file(std::string_view suffix) {
  return temporary_->make_file(suffix);
}

std::string FileSystem::temp_directory() {
  return temporary_->make_directory();
}

bool FileSystem::end_lease() noexcept {
  for (const auto& weak : writes_)
    if (const auto write = weak.lock()) write->end_lease();
  writes_.clear();
  return temporary_->remove_all();
}

bool FileSystem::usable() const noexcept {
  return base_->is_still_there();
}

const FilesystemOptions& FileSystem::options() const noexcept {
  return base_->options();
}

}  // namespace leasehold
