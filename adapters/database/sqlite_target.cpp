#include "sqlite_connection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>

namespace leasehold::database {

namespace api = sqlite_api;

namespace {

[[noreturn]] void refuse_connection(std::string message, std::string hint) {
  throw ConfigError({{errc::config_value, "/connection", std::move(message), std::move(hint), false}});
}

// One word of a connection string, "quoted" or 'quoted' where it holds blanks. Moves `text` behind it.
std::string take_value(std::string_view& text) {
  const char quote = text.empty() ? ' ' : text.front();
  if (quote == '"' || quote == '\'') {
    const std::size_t end = text.find(quote, 1);
    if (end == std::string_view::npos)
      refuse_connection("the connection has a quote that is not closed", "close it, or leave it out");
    std::string value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
  }
  const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
  std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

// The file that a connection string names: "dbname=file", or the file alone. Says nothing of its contents,
// which may hold what is not ours to show.
std::string file_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) refuse_connection("the connection holds a NUL", "remove it");
  // A URL of another database may hold a password, so it must not be taken for the name of a file.
  if (!text.starts_with("file:") && text.find("://") != std::string_view::npos)
    refuse_connection("the connection is a URL, which sqlite3 does not take",
                      "write \"dbname=<file>\" or file:<file>");
  const auto skip_blanks = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  };
  if (text.starts_with("file:") || text.find('=') == std::string_view::npos) {
    if (text.empty()) refuse_connection("the connection is empty", "write \"dbname=<file>\"");
    return std::string(text);
  }
  std::optional<std::string> file;
  for (skip_blanks(); !text.empty(); skip_blanks()) {
    const std::size_t equals = text.find_first_of("= \t\r\n");
    if (equals == std::string_view::npos || text[equals] != '=')
      refuse_connection("the connection has a word without '='",
                        "write dbname=\"<file>\" if the file's name has blanks");
    const std::string_view key = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    std::string value = take_value(text);
    if (key == "dbname" || key == "db") {
      if (file) refuse_connection("the connection names two files", "leave one dbname");
      file = std::move(value);
    } else if (key == "timeout") {
      refuse_connection("the connection has 'timeout'", "use the key busy_timeout of the resource");
    } else if (key == "readonly") {
      refuse_connection("the connection has 'readonly'", "use the key read_only of the resource");
    } else if (key == "synchronous") {
      refuse_connection("the connection has 'synchronous'",
                        "use the key init: [\"PRAGMA synchronous = ...\"]");
    } else {
      refuse_connection("the connection has an unknown key", suggest_name(key, {"dbname"}));
    }
  }
  if (!file || file->empty()) refuse_connection("the connection names no file", "write \"dbname=<file>\"");
  return *file;
}

class SqliteTarget final : public Target {
 public:
  SqliteTarget(std::string resource, const DatabaseOptions& options)
      : resource_(std::move(resource)), options_(options), file_(file_of(options.connection.reveal())) {}

  std::unique_ptr<Connection> open(const AcquireContext& context, bool create) const override {
    const int access =
        options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    api::sqlite3* handle = nullptr;
    // A session belongs to one thread at a time, so SQLite need not lock it.
    const int result = api::sqlite3_open_v2(file_.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX, nullptr);
    if (result != SQLITE_OK) {
      const int why = handle ? api::sqlite3_system_errno(handle) : ENOMEM;
      api::sqlite3_close(handle);
      throw_unreachable(result, why);
    }
    auto connection = std::make_unique<SqliteConnection>(resource_, handle, options_);
    OperationContext unbounded =
        connection->limits.narrow({context.deadline, context.stop, context.owner, context.clock});
    // SQLite reads the file when it is first asked for something.
    connection->prepare("SELECT count(*) FROM sqlite_schema")->step();
    connection->limits.restore(std::move(unbounded));
    return connection;
  }

  bool exists() const override {
    if (file_.empty() || file_ == ":memory:" || file_.starts_with("file:")) return true;
    return ::access(file_.c_str(), F_OK) == 0 || errno != ENOENT;
  }

 private:
  [[noreturn]] void throw_unreachable(int result, int why) const {
    // What follows '?' in a URI is options, among them keys of encrypted databases.
    const std::string shown = file_.substr(0, file_.find('?'));
    const std::string reason = why != 0 ? std::generic_category().message(why) : api::sqlite3_errstr(result);
    std::string hint = "check the path and the permissions";
    if (why == ENOENT) {
      hint = options_.read_only ? "create it first; read_only does not"
             : !options_.create ? "create it first, or set create: true"
                                : "create the directory first";
    }
    throw_error(errc::db_unreachable, fmt::format("the database '{}' cannot be opened: {}", shown, reason),
                {.resource = resource_, .hint = std::move(hint)});
  }

  std::string resource_;
  DatabaseOptions options_;
  std::string file_;
};

}  // namespace

std::unique_ptr<Target> make_sqlite_target(const std::string& name, const DatabaseOptions& options) {
  return std::make_unique<SqliteTarget>(name, options);
}

}  // namespace leasehold::database
