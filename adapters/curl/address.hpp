#pragma once

#include <sys/socket.h>

namespace leasehold::curl {

// Whether an address is not on the public internet: loopback, private, link-local, shared (RFC 6598),
// multicast, reserved or unspecified; of IPv4, IPv6 and IPv4 wrapped in IPv6. Other families count as
// private.
bool is_private_address(const sockaddr& address) noexcept;

}  // namespace leasehold::curl
