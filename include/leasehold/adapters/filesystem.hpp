#pragma once

// The filesystem adapter: a directory, lent. Paths are relative to it and cannot leave it, be it by "..", as
// absolute paths or through symbolic links: the kernel checks each (openat2 with RESOLVE_BENEATH, Linux 5.6).
//
//   manager.register_provider("files", make_filesystem_provider("files", {.base_path = "./data"}));
//   auto files = manager.acquire<FileSystem>("files", "report#1");
//   files->write_text("out/summary.txt", "all is well\n");
//
// Threads: a FileSystem, reader or writer is used by one thread at a time; different ones by any number.
// Blocks: for as long as the disk takes; deadline and stop of the context are looked at between chunks.
// Errors, as leasehold::Error: path_missing, path_escape, file_denied, file_full, file_format (not UTF-8, not
// CSV), file_failed, file_deadline, file_cancelled; config_value for an argument that cannot be right.

#include <leasehold/adapters/csv.hpp>
#include <leasehold/config.hpp>
#include <leasehold/manager.hpp>
#include <leasehold/operation.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

struct FilesystemOptions {
  std::string base_path = {};               // relative to the working directory when a resource is opened
  bool create = false;                      // make the base directory when a resource is opened
  bool read_only = false;                   // refuse everything that writes
  bool make_directories = true;             // make the directories above a file that is written
  bool sync = true;                         // fsync what was written before it counts as written
  std::size_t max_file_size = 64 << 20;     // bytes that one whole-file read may take into memory
  std::size_t max_entries = 100'000;        // entries that one list may return
  std::string file_mode = "0644";           // permissions of new files, less the umask
  std::string directory_mode = "0755";      // the same of new directories
  std::string temp_prefix = ".leasehold-";  // begins the names of temporary files; listed only if asked for
};

const Fields<FilesystemOptions>& filesystem_fields();

enum class FileKind { file, directory, other };

struct FileStatus {
  FileKind kind = FileKind::other;
  std::uint64_t size = 0;  // bytes
  std::chrono::system_clock::time_point modified = {};
  unsigned mode = 0;  // permission bits
};

struct FileEntry {
  std::string path;  // relative to the base directory
  FileKind kind = FileKind::other;
};

struct ListOptions {
  std::string path = ".";  // the directory to look in
  std::string pattern =
      "*";  // * ? [a-z] [!a-z] \x within a name, ** over directories; a leading dot is explicit
  bool recursive = false;  // a pattern without '/' is looked for in the directories below, too
  bool files = true;
  bool directories = false;
};

namespace detail {
class BaseDirectory;
class FileWrite;
class TemporaryFiles;
}  // namespace detail

// A file being read in pieces.
class FileReader {
 public:
  FileReader(FileReader&&) noexcept;
  FileReader& operator=(FileReader&&) noexcept;
  ~FileReader();

  std::size_t read(char* buffer, std::size_t size);  // what was read; 0 only at the end
  std::uint64_t size() const;                        // of the file, now

 private:
  friend class FileSystem;
  struct State;
  explicit FileReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A file being written beside its place. commit() puts it there, whole, in one step; without it nothing
// changes. The end of the lease ends it, too: from then on it throws lease_revoked.
class FileWriter {
 public:
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;
  ~FileWriter();  // without commit(): discards

  void write(std::string_view bytes);
  void commit();  // once

 private:
  friend class FileSystem;
  explicit FileWriter(std::shared_ptr<detail::FileWrite> write);
  std::shared_ptr<detail::FileWrite> write_;
};

class FileSystem {
 public:
  // Opens the base directory. Throws path_missing, file_denied, file_failed. `resource` is its name in
  // errors.
  explicit FileSystem(const FilesystemOptions& options, std::string resource = {});
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  ~FileSystem();  // as end_lease

  // Whole files, up to max_file_size bytes. Text is valid UTF-8.
  std::string read_text(std::string_view path, const OperationContext& context = {}) const;
  std::string read_bytes(std::string_view path, const OperationContext& context = {}) const;

  // Atomic: readers see the old file or the new one, and after an error the old one is still there.
  void write_text(std::string_view path, std::string_view text, const OperationContext& context = {});
  void write_bytes(std::string_view path, std::string_view bytes, const OperationContext& context = {});

  // Adds to the end of the file, making it if needed; takes back what it wrote if it cannot write all.
  void append(std::string_view path, std::string_view bytes, const OperationContext& context = {});

  // Of any size, in pieces. The context bounds everything done through what is returned.
  FileReader open(std::string_view path, const OperationContext& context = {}) const;
  FileWriter create(std::string_view path, const OperationContext& context = {});
  CsvReader open_csv(std::string_view path, CsvFormat format = {},
                     const OperationContext& context = {}) const;

  // Sorted by path. Throws file_failed if there are more than max_entries.
  std::vector<FileEntry> list(const ListOptions& options = {}, const OperationContext& context = {}) const;

  bool exists(std::string_view path) const;
  FileStatus stat(std::string_view path) const;
  bool remove(std::string_view path);            // a file or an empty directory; false: there was none
  void make_directories(std::string_view path);  // and those above it; those there already are fine

  // Made now, removed with everything in them when the lease ends. Returns the path.
  std::string temp_file(std::string_view suffix = {});
  std::string temp_directory();

  // Removes temporary files and discards writes under way. false if something could not be removed.
  bool end_lease() noexcept;

  // Whether the base directory is still the one that was opened.
  bool usable() const noexcept;

  const FilesystemOptions& options() const noexcept;

 private:
  std::shared_ptr<const detail::BaseDirectory> base_;
  std::unique_ptr<detail::TemporaryFiles> temporary_;
  std::vector<std::weak_ptr<detail::FileWrite>> writes_;
};

// Does no I/O. Throws ConfigError if base_path is empty or a mode is none.
std::shared_ptr<IResourceProvider> make_filesystem_provider(std::string name, FilesystemOptions options);

// For ResourceManager::register_type("filesystem", ...).
ProviderFactory filesystem_factory();

}  // namespace leasehold
