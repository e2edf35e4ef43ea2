#include <leasehold/adapters/filesystem.hpp>

#include "base_directory.hpp"
#include "operations.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>

namespace leasehold {

namespace {

void check_options(const FilesystemOptions& options, const std::string& pointer,
                   std::vector<ConfigIssue>& issues) {
  const auto refuse = [&](const char* key, std::string what, std::string hint) {
    issues.push_back(
        {errc::config_value, pointer_join(pointer, key), std::move(what), std::move(hint), false});
  };
  if (options.base_path.empty())
    refuse("base_path", "'base_path' is empty", "name a directory; '.' is the working one");
  if (options.base_path.find('\0') != std::string::npos)
    refuse("base_path", "'base_path' holds a NUL character", "");
  for (const auto& [key, mode] :
       {std::pair("file_mode", options.file_mode), {"directory_mode", options.directory_mode}})
    if (!detail::parse_mode(mode))
      refuse(key, std::string("'") + key + "' is no octal permission", "write it as text: \"0644\"");
  constexpr std::size_t longest_prefix = 64;
  const std::string& prefix = options.temp_prefix;
  if (prefix.empty() || prefix.size() > longest_prefix || prefix.find('/') != std::string::npos ||
      prefix.find('\0') != std::string::npos)
    refuse("temp_prefix", "'temp_prefix' must have 1 to 64 bytes and no '/'",
           "write something like .leasehold-");
  if (options.create && options.read_only)
    refuse("create", "'create' contradicts 'read_only'", "leave one of them out");
}

class FilesystemProvider final : public IResourceProvider {
 public:
  FilesystemProvider(std::string name, FilesystemOptions options)
      : name_(std::move(name)), options_(std::move(options)) {}

  std::string_view type() const noexcept override { return "filesystem"; }

  Resource acquire(const AcquireContext&) override { return Resource::make<FileSystem>(options_, name_); }

  void release(Resource&& resource) noexcept override { Resource(std::move(resource)).clear(); }

  bool validate(Resource& resource) override { return resource.as<FileSystem>().usable(); }

  bool reset(Resource& resource) override { return resource.as<FileSystem>().end_lease(); }

  HealthReport health_check(const AcquireContext&) override {
    try {
      const detail::BaseDirectory base(options_, name_);
      if (options_.read_only) return {ResourceHealth::healthy, "the base directory is there"};
      const detail::Descriptor opened = base.open(".", O_RDONLY | O_DIRECTORY, "open");
      if (::faccessat(opened.get(), ".", W_OK, AT_EACCESS) != 0)
        return {ResourceHealth::degraded, "the base directory cannot be written"};
      struct statvfs room {};
      if (::fstatvfs(opened.get(), &room) == 0 && room.f_blocks > 0 && room.f_bavail == 0)
        return {ResourceHealth::degraded, "no space is left on the device"};
      return {ResourceHealth::healthy, "the base directory is there and can be written"};
    } catch (const Error& error) {
      return {ResourceHealth::unhealthy, error.what()};
    }
  }

  nlohmann::json describe() const override { return filesystem_fields().write(options_); }

  const Operations& operations() const override { return detail::filesystem_operations(); }

 private:
  const std::string name_;
  const FilesystemOptions options_;
};

}  // namespace

const Fields<FilesystemOptions>& filesystem_fields() {
  using O = FilesystemOptions;
  static const Fields<O> fields =
      Fields<O>()
          .required("base_path", &O::base_path,
                    "directory that holds everything; relative to the working directory")
          .field("create", &O::create, "make the base directory if it is missing")
          .field("read_only", &O::read_only, "refuse everything that writes")
          .field("make_directories", &O::make_directories,
                 "make the directories above a file that is written")
          .field("sync", &O::sync, "flush to the disk before a write counts as done")
          .field("max_file_size", &O::max_file_size, "bytes that one whole-file read may take into memory")
          .field("max_entries", &O::max_entries, "entries that one list may return")
          .field("file_mode", &O::file_mode, "permissions of new files, octal as text, less the umask")
          .field("directory_mode", &O::directory_mode,
                 "permissions of new directories, octal as text, less the umask")
          .field("temp_prefix", &O::temp_prefix, "begins the names of temporary files and directories")
          .check(check_options);
  return fields;
}

std::shared_ptr<IResourceProvider> make_filesystem_provider(std::string name, FilesystemOptions options) {
  filesystem_fields().verify(options);
  return std::make_shared<FilesystemProvider>(std::move(name), std::move(options));
}

ProviderFactory filesystem_factory() {
  return [](const std::string& name, const nlohmann::json& config) {
    return make_filesystem_provider(name, filesystem_fields().read(config));
  };
}

}  // namespace leasehold
