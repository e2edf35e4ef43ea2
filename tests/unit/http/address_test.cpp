#include "curl/address.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <initializer_list>

using leasehold::curl::is_private_address;

namespace {

bool is_private(const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
    return is_private_address(reinterpret_cast<const sockaddr&>(v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
  return is_private_address(reinterpret_cast<const sockaddr&>(v6));
}

}  // namespace

TEST_CASE("addresses that are not on the public internet are known") {
  for (const char* address : {"127.0.0.1",   "10.1.2.3",         "172.16.0.1",      "172.31.255.255",
                              "192.168.1.1", "169.254.169.254",  "100.64.0.1",      "0.0.0.0",
                              "224.0.0.1",   "255.255.255.255",  "198.18.0.1",      "::1",
                              "::",          "fe80::1",          "fc00::1",         "fd12::1",
                              "ff02::1",     "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"}) {
    CAPTURE(address);
    CHECK(is_private(address));
  }
  for (const char* address : {"1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "11.0.0.1",
                              "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    CAPTURE(address);
    CHECK_FALSE(is_private(address));
  }
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  CHECK(is_private_address(reinterpret_cast<const sockaddr&>(local)));
}
