#include "errors.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using leasehold::errc;
using leasehold::detail::file_problem;

TEST_CASE("the system's errors have codes a caller can act on") {
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) CHECK(file_problem(error).code == errc::file_full);
  for (const int error : {EACCES, EPERM, EROFS}) CHECK(file_problem(error).code == errc::file_denied);
  for (const int error : {ENOENT, ENOTDIR}) CHECK(file_problem(error).code == errc::path_missing);
  CHECK(file_problem(EXDEV).code == errc::path_escape);
  for (const int error : {EIO, EISDIR, ELOOP, ENAMETOOLONG, EMFILE, ENXIO, ENOSYS, ESTALE})
    CHECK(file_problem(error).code == errc::file_failed);
  CHECK(file_problem(ENOSPC).what == "no space is left on the device");
  CHECK(file_problem(ENOSYS).hint == "use Linux 5.6 or later");
  CHECK_FALSE(file_problem(EIO).what.empty());
}

TEST_CASE("paths in messages are short and printable") {
  using leasehold::detail::shown_path;
  CHECK(shown_path("a/b c.txt") == "a/b c.txt");
  CHECK(shown_path("a\nb\x7F") == "a\\x0ab\\x7f");
  CHECK(shown_path("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
  CHECK(shown_path("\xFCx") == "\\xfcx");
  CHECK(shown_path(std::string(1000, 'x')) == std::string(200, 'x') + "...");
  std::string umlauts = "x";
  for (int i = 0; i < 1000; ++i) umlauts += "\xC3\xBC";
  CHECK(shown_path(umlauts).size() == 201 + 3);
}
