#include "sqlite_errors.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

namespace leasehold::database {

Verdict classify(int extended, Phase phase) noexcept {
  if (extended == SQLITE_READONLY_DBMOVED)
    return {errc::db_unreachable, true, "the database file was moved or removed; put it back"};
  if (extended == SQLITE_IOERR_NOMEM) return {errc::db_failed, true, {}};
  switch (extended & 0xFF) {
    case SQLITE_CANTOPEN:
      return {errc::db_unreachable, true,
              "check that the file, its directory and their permissions allow it"};
    case SQLITE_AUTH:
    case SQLITE_PERM:
      return {errc::db_auth, false, "check the credentials and permissions"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {errc::db_deadline, false, "keep transactions short, or raise busy_timeout"};
    case SQLITE_CONSTRAINT:
      return {errc::db_constraint, false, {}};
    case SQLITE_FULL:
      return {errc::db_full, false, "free space on the disk, or raise max_page_count"};
    case SQLITE_READONLY:
      return {errc::db_readonly, false, "make the file and its directory writable, and read_only false"};
    case SQLITE_IOERR:
      return {errc::db_failed, true, "check the disk that holds the database"};
    case SQLITE_CORRUPT:
      return {errc::db_failed, true, "restore the database from a backup"};
    case SQLITE_NOTADB:
      return {errc::db_failed, true, "check that the file is an SQLite database"};
    case SQLITE_NOMEM:
      return {errc::db_failed, true, {}};
    case SQLITE_RANGE:
      return {errc::db_syntax, false, {}};
    case SQLITE_ERROR:
      return {phase == Phase::prepare ? errc::db_syntax : errc::db_failed, false, {}};
    default:
      return {errc::db_failed, false, {}};
  }
}

bool message_may_quote_values(int extended) noexcept {
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_AUTH:
    case SQLITE_TOOBIG:
    case SQLITE_INTERRUPT:
    case SQLITE_NOMEM:
      return false;
    default:
      return true;
  }
}

}  // namespace leasehold::database
