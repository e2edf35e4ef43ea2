#include "curl/url.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

#include <leasehold/error.hpp>

using namespace leasehold;
using namespace leasehold::curl;

TEST_CASE("a path is joined below the whole base URL") {
  struct Row {
    const char* base;
    const char* path;
    const char* url;
  };
  const Row rows[] = {
      {"http://h/v1", "/users", "http://h/v1/users"},
      {"http://h/v1/", "/users", "http://h/v1/users"},
      {"http://h/v1", "users", "http://h/v1/users"},
      {"http://h", "users/", "http://h/users/"},
      {"http://h/v1", "", "http://h/v1"},
      {"http://h/v1", "?q=1", "http://h/v1?q=1"},
      {"http://h/v1", "/a?u=http://other/", "http://h/v1/a?u=http://other/"},
      {"http://h", "/a b#c", "http://h/a%20b%23c"},
      {"http://h",
       "/Gr\xc3\xbc\xc3\x9f"
       "e",
       "http://h/Gr%C3%BC%C3%9Fe"},
      {"http://h", "/100%25/5%/x", "http://h/100%25/5%25/x"},
      {"http://h", "/a..b/...", "http://h/a..b/..."},
      {"http://h", "/x:y@z", "http://h/x:y@z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(join_url(row.base, row.path) == row.url);
  }
}

TEST_CASE("a path that leads elsewhere is refused") {
  for (const char* path : {"http://evil/x", "HTTPS://evil", "//evil/x", "file:///etc/passwd", "\\\\evil"}) {
    CAPTURE(path);
    CHECK_THROWS_WITH_AS(
        join_url("http://h/v1", path),
        "net.address_denied: the path is an absolute URL; give a path below base_url, or register "
        "another resource for that server",
        ConnectionError);
  }
  for (const char* path : {"../admin", "/a/../../b", "/..", "/%2e%2E/x", "/.%2e/x", "/a\\..\\b"}) {
    CAPTURE(path);
    CHECK_THROWS_WITH_AS(join_url("http://h/v1", path),
                         "path.escape: the path climbs out of base_url by '..'; give a path below base_url",
                         Error);
  }
}

TEST_CASE("query parameters are encoded, and appended to those there are") {
  CHECK(add_query("http://h/a", {}) == "http://h/a");
  CHECK(add_query("http://h/a", {{"q", "a&b=c d"}, {"u", "\xc3\xbc"}}) ==
        "http://h/a?q=a%26b%3Dc%20d&u=%C3%BC");
  CHECK(add_query("http://h/a?x=1", {{"y", "2"}}) == "http://h/a?x=1&y=2");
}

TEST_CASE("a base URL that cannot be one says why, and shows no credentials") {
  CHECK_FALSE(base_url_problem("http://h"));
  CHECK_FALSE(base_url_problem("https://h.example:8443/v1/"));
  CHECK_FALSE(base_url_problem("http://[::1]:80"));
  CHECK(base_url_problem("") == "the URL is empty");
  CHECK(base_url_problem("h/v1") == "the URL has no scheme");
  CHECK(base_url_problem("ftp://h") == "the scheme 'ftp' is not http or https");
  CHECK(base_url_problem("file:///etc") == "the scheme 'file' is not http or https");
  CHECK(base_url_problem("http://u:secret@h") == "the URL contains credentials (not shown)");
  CHECK(base_url_problem("http://h/?q=1") == "the URL has a query or a fragment");
  CHECK(base_url_problem("http://h/a b") == "the URL contains a space or a control character");
  CHECK(base_url_problem("http://h:99999") == "this is not a URL");
}

TEST_CASE("origins compare by scheme, host and port") {
  CHECK(origin_of("http://H/x") == "http://h:80");
  CHECK(origin_of("https://h/x") == "https://h:443");
  CHECK(origin_of("http://h:80") == origin_of("http://h/other?q"));
  CHECK(origin_of("https://h") != origin_of("http://h"));
  CHECK(path_of("http://h/a/b?token=1") == "/a/b");
  CHECK(path_of("http://h") == "/");
}

TEST_CASE("a header that could start another is refused without showing its value") {
  CHECK_FALSE(header_problem("X-A", "b"));
  CHECK(header_problem("X A", "b") == "'X A' is not a name of a header");
  CHECK(header_problem("", "b") == "'' is not a name of a header");
  CHECK(header_problem("X-A", "secret\r\nX-B: c") ==
        "the value of the header 'X-A' contains a line break (not shown)");
  CHECK(header_problem("Content-Length", "3") == "the header 'Content-Length' is set by the client itself");
}
