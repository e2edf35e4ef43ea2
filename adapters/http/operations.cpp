#include "operations.hpp"

#include "curl/duration_schema.hpp"
#include "curl/url.hpp"
#include "redirect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace leasehold {

namespace {

using nlohmann::json;

json argument_schema(bool has_body) {
  const json scalar = {{"type", {"string", "number", "boolean", "null"}}};
  const json statuses = {{"type", "array"},
                         {"items", {{"type", "integer"}, {"minimum", 100}, {"maximum", 599}}}};
  json properties = {
      {"path", {{"type", "string"}, {"description", "below base_url"}}},
      {"query",
       {{"type", "object"},
        {"additionalProperties", {{"anyOf", {scalar, {{"type", "array"}, {"items", scalar}}}}}},
        {"description", "query parameters; null leaves one out, a list repeats it"}}},
      {"headers", {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}}},
      {"timeout", curl::duration_schema("instead of the resource's, such as 5s")},
      {"expect", statuses},
      {"accept_status", statuses}};
  properties["expect"]["description"] = "the only statuses that are a success";
  properties["accept_status"]["description"] = "statuses of 400 and more that are a success too";
  if (has_body) {
    properties["json"] = {{"description", "sent as application/json"}};
    properties["text"] = {{"type", "string"},
                          {"description", "sent as text/plain unless headers say otherwise"}};
  }
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

std::string text_of(const json& scalar) {
  return scalar.is_string() ? scalar.get<std::string>() : scalar.dump();
}

bool is_json(std::string_view content_type) {
  const std::string type = curl::lower(content_type.substr(0, content_type.find(';')));
  const std::size_t end = type.find_last_not_of(' ') + 1;
  const std::string_view plain = std::string_view(type).substr(0, end);
  return plain == "application/json" || plain == "text/json" || plain.ends_with("+json");
}

bool is_utf8(const std::string& text) try {
  static_cast<void>(json(text).dump());
  return true;
} catch (const json::type_error&) {
  return false;
}

json call(const std::string& resource, const std::string& method, HttpClient& client, const json& arguments,
          const OperationContext& context) {
  HttpRequest request = read_http_request(arguments);
  request.deadline = context.deadline;
  request.stop = context.stop;
  const HttpResponse response = client.request(method, arguments.value("path", ""), std::move(request));
  if (!is_expected(response.status, arguments))
    throw_error(errc::http_status, fmt::format("{} answered {}", response.request, response.status),
                {.resource = resource, .hint = hint_for_status(response.status)});
  return write_http_response(response);
}

}  // namespace

HttpRequest read_http_request(const json& arguments) {
  HttpRequest request;
  const json query = arguments.value("query", json::object());
  for (const auto& [name, value] : query.items()) {
    for (const json& one : value.is_array() ? value : json::array({value}))
      if (!one.is_null()) request.query.emplace_back(name, text_of(one));
  }
  if (arguments.contains("json")) request.json = arguments["json"];
  if (arguments.contains("text")) {
    if (request.json)
      throw_error(errc::fsm_argument, "json and text exclude each other", {.hint = "leave one out"});
    request.body = arguments["text"].get<std::string>();
    request.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  }
  const json headers = arguments.value("headers", json::object());
  for (const auto& [name, value] : headers.items())
    request.headers.emplace_back(name, value.get<std::string>());
  if (arguments.contains("timeout")) {
    request.timeout = parse_duration(arguments["timeout"].get<std::string>());
    if (!request.timeout)
      throw_error(errc::fsm_argument, "the timeout is not a duration",
                  {.hint = "write a number with its unit: 5s"});
  }
  return request;
}

json write_http_response(const HttpResponse& response) {
  json body;
  if (!response.body.empty()) {
    if (is_json(response.header("content-type"))) {
      body = response.json();
    } else if (is_utf8(response.body)) {
      body = response.body;
    } else {
      throw_error(errc::http_failed, fmt::format("{}: the body is not UTF-8 text", response.request),
                  {.hint = "read it in C++ by HttpClient"});
    }
  }
  return {{"status", response.status}, {"headers", response.headers}, {"body", std::move(body)}};
}

bool is_expected(int status, const json& arguments) {
  const auto names = [&](const char* key) {
    const json statuses = arguments.value(key, json::array());
    return std::find(statuses.begin(), statuses.end(), json(status)) != statuses.end();
  };
  if (names("accept_status")) return true;
  return arguments.contains("expect") ? names("expect") : status < 400;
}

Operations http_operations(std::string resource) {
  struct Row {
    const char* name;
    const char* method;
    bool has_body;
    const char* summary;
  };
  constexpr Row rows[] = {
      {"get", "GET", false, "Fetches; repeated after failures that pass"},
      {"head", "HEAD", false, "Fetches status and headers only; repeated after failures that pass"},
      {"post", "POST", true, "Sends a body; never repeated"},
      {"put", "PUT", true, "Stores a body; repeated after failures that pass"},
      {"patch", "PATCH", true, "Sends a change; never repeated"},
      {"delete", "DELETE", false, "Deletes; repeated after failures that pass"},
  };
  Operations operations;
  for (const Row& row : rows)
    operations.add({row.name, row.summary, argument_schema(row.has_body),
                    [resource, method = std::string(row.method)](Resource& held, const json& arguments,
                                                                 const OperationContext& context) {
                      return call(resource, method, held.as<HttpClient>(), arguments, context);
                    }});
  return operations;
}

}  // namespace leasehold
