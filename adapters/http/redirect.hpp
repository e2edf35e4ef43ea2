#pragma once

// Pure decisions about what an answer asks for.

#include "curl/connection.hpp"

#include <optional>
#include <string>

namespace leasehold {

bool is_redirect(int status) noexcept;  // 301 302 303 307 308

// What is wrong with the target of a redirect, or nullopt.
std::optional<std::string> redirect_problem(const std::string& location);

// Turns a request into the one that the redirect asks for. Another origin gets no credentials: no auth, and
// of the headers only those that every server gets.
void redirect(curl::Request& request, int status, const std::string& location);

// What to do about a status of 400 and more.
std::string hint_for_status(int status);

}  // namespace leasehold
