#pragma once

// URLs: pure decisions. No function here does I/O.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::curl {

using NameValues = std::vector<std::pair<std::string, std::string>>;

// What is wrong with a base URL, or nullopt: http or https, a host, no credentials, query or fragment.
std::optional<std::string> base_url_problem(const std::string& url);

// The URL of `path` below `base`, whose own path is kept: "http://h/v1" + "/users" = "http://h/v1/users".
// What may not stand in a URL is percent-encoded; a query in `path` stays. Throws net_address_denied if
// `path` is itself an absolute URL, path_escape if it climbs out of the base by "..".
std::string join_url(std::string_view base, std::string_view path);

// Appends "?a=1&b=2", encoded; to a URL that may have a query already.
std::string add_query(std::string url, const NameValues& query);

std::string origin_of(const std::string& url);  // "http://host:80", "" if it is no URL
std::string path_of(const std::string& url);    // for messages: no origin, no query

// What is wrong with a header, or nullopt. Line breaks would start a header of their own.
std::optional<std::string> header_problem(std::string_view name, std::string_view value);

std::string lower(std::string_view ascii);

}  // namespace leasehold::curl
