#pragma once

// What a descriptor of ours is connected to, and writing to it.

#include <cstddef>
#include <string_view>

namespace leasehold::tool {

bool is_terminal(int fd);            // one that moves its cursor: TERM=dumb does not
bool wants_colour(int fd);           // a terminal, and NO_COLOR (no-color.org) is not set
std::size_t terminal_width(int fd);  // in columns; 80 where it does not say

// Puts something that refuses to be read and written in the place of each standard descriptor that the caller
// closed. The next file that is opened would be there else, and get what is printed.
void occupy_standard_descriptors() noexcept;

// Writes all of it, however often it takes. Returns 0, or the errno that stopped it.
int write_all(int fd, std::string_view text) noexcept;

// Whoever read our standard output has gone: there is nobody left to tell.
struct OutputClosed {};

// To standard output. Throws OutputClosed, and Failure (failed) with the reason, a full disk for one.
void print(std::string_view text);

}  // namespace leasehold::tool
