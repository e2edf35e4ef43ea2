// Servers that refuse, hang, drip, flood, redirect and lie.

#include "fixture.hpp"
#include "raw_listener.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// How long a call took; generous bounds only.
template <class F>
Duration took(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::steady_clock::now() - start;
}

}  // namespace

TEST_CASE("a refused port and an unknown host are unreachable") {
  std::string url;
  { url = RawListener().url(); }  // nobody listens there any more
  Calls call(options_for(url));
  CHECK(
      call.error_of("get", {{"path", "/x"}, {"query", {{"token", "hunter2"}}}}) ==
      "http.unreachable: GET /x: connection refused; check that the server runs and that base_url names it");
  CHECK(call.client().broken());
  CHECK_FALSE(call.provider().reset(call.held()));
  CHECK_FALSE(call.provider().validate(call.held()));

  Calls nowhere(options_for("http://nowhere.invalid"));
  CHECK(nowhere.error_of("get", {{"path", "/"}}).starts_with("http.unreachable: GET /: "));
}

TEST_CASE("a server that never answers is left at the deadline") {
  RawListener never_accepts;
  standin::Server server;
  for (const std::string& url : {never_accepts.url(), server.url() + "/hang", server.url() + "/drip"}) {
    CAPTURE(url);
    HttpOptions options = options_for(url);
    options.timeout = 150ms;
    Calls call(options);
    std::string error;
    CHECK(took([&] { error = call.error_of("get", json::object()); }) < 5s);
    CHECK(error.find(" did not end within 150ms; raise timeout, or look why the server is slow") !=
          std::string::npos);
    CHECK(error.starts_with("http.deadline: GET /"));
    CHECK(call.client().broken());
  }
}

TEST_CASE("the caller's deadline counts where it is earlier, on the caller's clock") {
  standin::Server server;
  Calls call(options_for(server.url()));
  OperationContext context;
  context.deadline = context.clock->deadline_after(100ms);
  CHECK(call.error_of("get", {{"path", "/slow"}, {"query", {{"ms", 5000}}}}, context)
            .starts_with("http.deadline"));
  context.deadline = context.clock->now() - 1s;
  server.forget();
  CHECK(call.error_of("get", {{"path", "/echo"}}, context).starts_with("http.deadline"));
  CHECK(server.requests().empty());

  // A clock that a test drives ends the wait too.
  const auto clock = std::make_shared<ManualClock>();
  HttpClient client("api", std::make_shared<HttpOptions>(options_for(server.url())), clock);
  std::jthread later([&] {
    while (server.count("/hang") == 0) std::this_thread::yield();
    clock->advance(1h);
  });
  CHECK_THROWS_AS(client.get("/hang"), TimeoutError);
}

TEST_CASE("a stop request ends a transfer at once") {
  standin::Server server;
  Calls call(options_for(server.url()));
  std::stop_source source;
  OperationContext context;
  context.stop = source.get_token();
  std::jthread later([&] {
    while (server.count("/hang") == 0) std::this_thread::yield();
    source.request_stop();
  });
  CHECK(call.error_of("get", {{"path", "/hang"}}, context) == "http.cancelled: GET /hang: it was cancelled");
}

TEST_CASE("an answer beyond max_body is cut off, whether announced or not, compressed or not") {
  standin::Server server;
  HttpOptions options = options_for(server.url());
  options.max_body = 1000;
  Calls call(options);
  const std::string too_large =
      "http.too_large: GET /big: the answer is larger than 1000 bytes; raise max_body, or ask for less";
  CHECK(call.error_of("get", {{"path", "/big"}, {"query", {{"bytes", 100'000'000}, {"chunked", 1}}}}) ==
        too_large);
  CHECK(call.error_of("get", {{"path", "/big"}, {"query", {{"bytes", 1001}}}}) == too_large);
  CHECK(call("get", {{"path", "/big"}, {"query", {{"bytes", 1000}}}})["body"].get<std::string>().size() ==
        1000);
  CHECK(call("head", {{"path", "/big"}, {"query", {{"bytes", 1'000'000}}}})["status"] == 200);
  const std::string long_text(1200, 'x');  // compresses to far less than 1000 bytes
  CHECK(call.error_of("post", {{"path", "/echo"}, {"text", long_text}})
            .starts_with("http.too_large: POST /echo"));
  CHECK_FALSE(call.client().broken());
}

TEST_CASE("redirects are followed to http(s) only, a bounded number of times") {
  standin::Server server, other;
  HttpOptions options = options_for(server.url());
  options.auth = {.type = HttpAuthType::api_key, .token = Secret("hunter2")};
  options.headers = {{"X-Tenant", "7"}};
  Calls call(options);
  const auto to = [](const std::string& target, int status = 302) {
    return json{{"path", "/redirect"}, {"query", {{"to", target}, {"status", status}}}};
  };
  CHECK(call("get", to("/echo"))["body"]["headers"]["X-API-Key"] == "hunter2");
  CHECK(call("post", to("/echo", 303))["body"]["method"] == "GET");
  json kept = to("/echo", 307);
  kept["json"] = {1};
  CHECK(call("post", kept)["body"]["body"] == "[1]");
  CHECK(call("post", kept)["body"]["method"] == "POST");

  call("get", to(other.url() + "/echo"));
  CHECK(other.requests().back().headers.count("x-api-key") == 0);
  CHECK(other.requests().back().headers.count("x-tenant") == 0);
  CHECK(other.requests().back().headers.count("authorization") == 0);

  CHECK(call.error_of("get", to("file:///etc/passwd")) ==
        "http.failed: GET /redirect: a redirect to 'file:' was refused; only http and https are followed");
  server.forget();
  CHECK(call.error_of("get", to("/redirect?to=/redirect%3Fto%3D/echo")) == "no error");
  HttpOptions looping = options_for(server.url());
  looping.query = {{"to", "/redirect?to=/redirect"}};
  server.forget();
  Calls loop(looping);
  looping.max_redirects = 0;
  CHECK(Calls(looping)("get", {{"path", "/redirect"}})["status"] == 302);
}

TEST_CASE("a redirect loop ends") {
  RawListener listener;
  std::jthread server([&] {
    const int connection = ::accept(listener.socket(), nullptr, nullptr);
    std::string request;
    while (read_request(connection, request))
      write_all(connection, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    ::close(connection);
  });
  Calls call(options_for(listener.url()));
  CHECK(call.error_of("get", {{"path", "/x"}}) == "http.failed: GET /x: more than 5 redirects");
  call.held().clear();
}

TEST_CASE("what may be repeated is repeated, what may not is not") {
  standin::Server server;
  Calls call(options_for(server.url()));
  const auto flaky = [](const char* key, int fail, int status = 503) {
    return json{{"path", "/flaky"}, {"query", {{"key", key}, {"fail", fail}, {"status", status}}}};
  };
  CHECK(call("get", flaky("a", 2))["body"]["times"] == 3);
  CHECK(call("put", flaky("b", 1, 429))["body"]["times"] == 2);
  CHECK(call("delete", flaky("c", 1, 502))["body"]["times"] == 2);
  CHECK(call.error_of("get", flaky("d", 3, 504)) ==
        "http.status: GET /flaky answered 504; look why the server fails, or try again later");
  server.forget();
  CHECK(call.error_of("post", flaky("e", 1)).starts_with("http.status: POST /flaky answered 503"));
  CHECK(call.error_of("patch", flaky("f", 1)).starts_with("http.status: PATCH /flaky answered 503"));
  CHECK(call.error_of("get", flaky("g", 1, 500)).starts_with("http.status: GET /flaky answered 500"));
  CHECK(server.requests().size() == 3);
}

TEST_CASE("Retry-After is heeded within the deadline") {
  standin::Server server;
  HttpOptions options = options_for(server.url());
  options.retries.delay = 1h;  // would be too long: only Retry-After can bring the second try
  options.timeout = 2s;
  Calls call(options);
  const auto flaky = [](const char* key, const char* after) {
    return json{{"path", "/flaky"}, {"query", {{"key", key}, {"retry_after", after}}}};
  };
  CHECK(call("get", flaky("a", "0"))["body"]["times"] == 2);
  CHECK(call("get", flaky("b", "Fri, 20 Nov 2020 19:00:00 GMT"))["body"]["times"] == 2);
  CHECK(took([&] { CHECK(call("get", flaky("c", "1"))["body"]["times"] == 2); }) >= 1s);
  CHECK(took([&] {
          CHECK(call.error_of("get", flaky("d", "60")).starts_with("http.status: GET /flaky answered 503"));
        }) < 2s);
}

// A kept-alive connection that the server closes when the next request comes: libcurl would send it again.
TEST_CASE("a POST on a connection that turns out dead is not sent twice, a GET is") {
  for (const bool post : {true, false}) {
    RawListener listener;
    std::atomic<int> requests = 0;
    std::jthread server([&] {
      while (requests < 3) {
        const int connection = ::accept(listener.socket(), nullptr, nullptr);
        if (connection < 0) return;
        std::string request;
        while (read_request(connection, request)) {
          if (++requests == 2) break;  // read, and never answered
          write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
        ::close(connection);
      }
    });
    Calls call(options_for(listener.url()));
    CHECK(call.client().get("/first").body == "ok");
    if (post) {
      CHECK(call.error_of("post", {{"path", "/second"}, {"json", 1}}) ==
            "http.failed: POST /second: the connection broke before an answer; the request was not repeated");
      CHECK(requests == 2);
      call.renew();
      CHECK(call.client().get("/third").body == "ok");  // lets the server end
    } else {
      CHECK(call.client().get("/second").body == "ok");
    }
    CHECK(requests == 3);
    call.held().clear();
  }
}

TEST_CASE("private addresses are denied on request") {
  standin::Server server;
  HttpOptions options = options_for(server.url());
  options.deny_private = true;
  Calls call(options);
  CHECK(
      call.error_of("get", {{"path", "/echo"}}) ==
      "net.address_denied: GET /echo: the host has a private address, and deny_private is set; use a public "
      "address, or set deny_private to false");
  CHECK(server.requests().empty());
}

TEST_CASE("the environment's proxy is heeded only on request") {
  standin::Server server;
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  HttpOptions options = options_for(server.url());
  CHECK(Calls(options)("get", {{"path", "/echo"}})["status"] == 200);
  options.proxy = Secret("environment");
  options.retries.attempts = 1;
  CHECK(Calls(options).error_of("get", {{"path", "/echo"}}).starts_with("http.unreachable"));
  ::unsetenv("http_proxy");
}

TEST_CASE("health tells whether the server answers") {
  standin::Server server;
  const auto health = [](HttpOptions options) {
    return make_http_provider("api", std::move(options))->health_check(AcquireContext{});
  };
  HttpOptions options = options_for(server.url());
  options.health_path = "/health";
  CHECK(health(options).health == ResourceHealth::healthy);
  options.health_path = "/status/500";
  CHECK(health(options).health == ResourceHealth::degraded);
  CHECK(health(options).message == "GET /status/500 answered 500");
  { options.base_url = RawListener().url(); }
  CHECK(health(options).health == ResourceHealth::unhealthy);
}
