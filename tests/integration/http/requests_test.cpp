// What is sent and what comes back when all is well.

#include "fixture.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

using namespace leasehold;
using nlohmann::json;

TEST_CASE("operations send method, path, query, headers and body, and parse JSON") {
  standin::Server server;
  Calls call(options_for(server.url() + "/echo"));
  for (const char* operation : {"get", "post", "put", "patch", "delete"}) {
    CAPTURE(operation);
    json arguments = {{"path", "/a"},
                      {"query", {{"n", 1}, {"t", "x y"}, {"none", nullptr}, {"many", {"a", true}}}},
                      {"headers", {{"X-One", "1"}}}};
    const bool has_body = *operation == 'p';
    if (has_body)
      arguments["json"] = {{"k",
                            "Gr\xc3\xbc\xc3\x9f"
                            "e"}};
    const json result = call(operation, arguments);
    CHECK(result["status"] == 200);
    CHECK(result["headers"]["content-type"] == "application/json");
    CHECK(result["body"]["path"] == "/echo/a");
    CHECK(result["body"]["query"] == json{{"many", {"a", "true"}}, {"n", {"1"}}, {"t", {"x y"}}});
    CHECK(result["body"]["headers"]["X-One"] == "1");
    CHECK(result["body"]["headers"]["User-Agent"] == "leasehold/0.1");
    CHECK(result["body"]["body"] == (has_body ? R"({"k":"Grüße"})" : ""));
    if (has_body) CHECK(result["body"]["headers"]["Content-Type"] == "application/json");
  }
  std::string methods;
  for (const auto& one : server.requests()) methods += one.method + " ";
  CHECK(methods == "GET POST PUT PATCH DELETE ");
}

TEST_CASE("text, unicode, compression, 204 and HEAD") {
  standin::Server server;
  Calls call(options_for(server.url()));
  CHECK(call("get", {{"path", "/text"}})["body"] == "Grüße, 世界");
  CHECK(server.requests().back().headers.at("accept-encoding").find("gzip") != std::string::npos);
  CHECK(call("get", {{"path", "/text"},
                     {"headers", {{"Accept-Encoding", "gzip"}}}})["headers"]["content-encoding"] == "gzip");
  CHECK(call("get", {{"path", "/text"}, {"headers", {{"Accept-Encoding", "gzip"}}}})["body"] ==
        "Grüße, 世界");
  CHECK(call("get", {{"path", "/status/204"}}) ==
        json{{"status", 204},
             {"body", nullptr},
             {"headers", call("get", {{"path", "/status/204"}})["headers"]}});
  const json head = call("head", {{"path", "/big"}, {"query", {{"bytes", 5000}}}});
  CHECK(head["body"] == nullptr);
  CHECK(head["headers"]["content-length"] == "5000");
  CHECK(call("post", {{"path", "/echo"}, {"text", "plain"}})["body"]["headers"]["Content-Type"] ==
        "text/plain; charset=utf-8");
  CHECK(call("post", {{"path", "/echo"}})["body"]["headers"]["Content-Length"] == "0");
}

TEST_CASE("bodies that are not what they say are errors") {
  standin::Server server;
  Calls call(options_for(server.url()));
  CHECK(call.error_of("get", {{"path", "/latin1"}}) ==
        "http.failed: GET /latin1: the body is not UTF-8 text; read it in C++ by HttpClient");
  CHECK(call.error_of("get", {{"path", "/malformed"}}).starts_with("json.syntax: GET /malformed:1:6"));
  CHECK(call.client().get("/latin1").body ==
        "Gr\xfc\xdf"
        "e");
}

TEST_CASE("one connection serves request after request, and lease after lease") {
  standin::Server server;
  Calls call(options_for(server.url()));
  for (int i = 0; i < 5; ++i) call("get", {{"path", "/echo"}});
  CHECK(call.provider().reset(call.held()));
  for (int i = 0; i < 5; ++i) call("post", {{"path", "/echo"}, {"json", i}});
  call.error_of("get", {{"path", "/status/500"}});
  call("get", {{"path", "/echo"}});
  CHECK(server.requests().size() == 12);
  CHECK(server.connections() == 1);
  CHECK_FALSE(call.client().broken());
}

TEST_CASE("cookies and headers last as long as the lease") {
  standin::Server server;
  Calls call(options_for(server.url()));
  call.client().set_header("X-Lease", "7");
  call.client().get("/cookie");
  call.client().get("/echo");
  CHECK(server.requests().back().headers.at("cookie") == "session=1234");
  CHECK(server.requests().back().headers.at("x-lease") == "7");
  CHECK(call.provider().reset(call.held()));
  call.client().get("/echo");
  CHECK(server.requests().back().headers.count("cookie") == 0);
  CHECK(server.requests().back().headers.count("x-lease") == 0);
  call.client().get("/cookie");
  call.client().get("/echo");
  CHECK(server.requests().back().headers.at("cookie") == "session=1234");
  CHECK(server.connections() == 1);
}

TEST_CASE("a request leaves no memory behind") {
  standin::Server server({.remember = false});
  Calls call(options_for(server.url()));
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) call.client().get("/echo");
  };
  ask(100);
  const std::size_t before = mallinfo2().uordblks;  // 0 under a sanitizer, which looks for itself
  ask(1000);
  CHECK(mallinfo2().uordblks < before + 32'000);
}

TEST_CASE("each kind of auth reaches the server and nobody else") {
  standin::Server server;
  const auto seen = [&](HttpAuth auth, const char* header) {
    HttpOptions options = options_for(server.url());
    options.auth = std::move(auth);
    Calls call(std::move(options));
    call("get", {{"path", "/echo"}});
    CHECK(call.provider().describe().dump().find("hunter2") == std::string::npos);
    CHECK(call.error_of("get", {{"path", "/status/401"}, {"query", {{"q", "hunter2"}}}}) ==
          "http.status: GET /status/401 answered 401; check the credentials in auth");
    return server.requests().at(server.requests().size() - 2).headers.at(header);
  };
  CHECK(seen({.type = HttpAuthType::bearer, .token = Secret("hunter2")}, "authorization") ==
        "Bearer hunter2");
  CHECK(seen({.type = HttpAuthType::basic, .username = "u", .password = Secret("hunter2")},
             "authorization") == "Basic dTpodW50ZXIy");
  CHECK(seen({.type = HttpAuthType::api_key, .token = Secret("hunter2")}, "x-api-key") == "hunter2");
  CHECK(seen({.type = HttpAuthType::api_key, .token = Secret("hunter2"), .header = "X-Mine"}, "x-mine") ==
        "hunter2");
}

TEST_CASE("a body is streamed piece by piece, and what the receiver throws ends the request") {
  standin::Server server;
  Calls call(options_for(server.url()));
  std::size_t bytes = 0, pieces = 0;
  HttpRequest request{.query = {{"bytes", "300000"}, {"chunked", "1"}}};
  request.on_body = [&](std::string_view piece) {
    bytes += piece.size();
    ++pieces;
  };
  const HttpResponse response = call.client().get("/big", request);
  CHECK(response.ok());
  CHECK(response.body.empty());
  CHECK(bytes == 300'000);
  CHECK(pieces > 1);

  request.on_body = [](std::string_view) { throw std::domain_error("enough"); };
  CHECK_THROWS_WITH_AS(call.client().get("/big", request), "enough", std::domain_error);
  CHECK(call.client().get("/echo").ok());

  // The body of an error is no part of the stream.
  request.on_body = [&](std::string_view) { FAIL("not of an error"); };
  CHECK(call.client().get("/status/404", request).body == R"({"status":404})");
}

TEST_CASE("statuses: C++ sees them, operations throw unless told otherwise") {
  standin::Server server;
  Calls call(options_for(server.url()));
  const HttpResponse response = call.client().get("/status/404");
  CHECK(response.status == 404);
  CHECK(response.json()["status"] == 404);
  CHECK_THROWS_WITH(response.throw_if_error(),
                    "http.status: GET /status/404 answered 404; check the path and base_url");
  CHECK(call.error_of("get", {{"path", "/status/404"}, {"query", {{"secret", "hunter2"}}}}) ==
        "http.status: GET /status/404 answered 404; check the path and base_url");
  CHECK(call("get", {{"path", "/status/404"}, {"accept_status", {404}}})["status"] == 404);
  CHECK(call("get", {{"path", "/status/201"}, {"expect", {201}}})["status"] == 201);
  CHECK(call.error_of("get", {{"path", "/status/202"}, {"expect", {201}}}) ==
        "http.status: GET /status/202 answered 202; check the request");
}
