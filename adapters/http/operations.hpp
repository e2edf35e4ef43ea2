#pragma once

#include <leasehold/adapters/http.hpp>

namespace leasehold {

// get, head, post, put, patch and delete for machines.
Operations http_operations(std::string resource);

// The request that the arguments of an operation ask for.
HttpRequest read_http_request(const nlohmann::json& arguments);

// {"status": 200, "headers": {...}, "body": ...}: JSON if the answer says so, else text, null if empty.
nlohmann::json write_http_response(const HttpResponse& response);

// Whether the arguments (expect, accept_status) take this status as a success.
bool is_expected(int status, const nlohmann::json& arguments);

}  // namespace leasehold
