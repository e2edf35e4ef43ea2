// Every way a server can behave, each at a path of its own.

#include <map>
#include <memory>
#include <mutex>
#include <standin/routes.hpp>

namespace leasehold::standin {

namespace {

// GET /echo?a=1 -> what was asked.
void echo(const httplib::Request& request, httplib::Response& response) {
  nlohmann::json headers = nlohmann::json::object(), query = nlohmann::json::object();
  for (const auto& [name, value] : request.headers) headers[name] = value;
  for (const auto& [name, value] : request.params) query[name].push_back(value);
  answer_json(response, 200,
              {{"method", request.method},
               {"path", request.path},
               {"query", query},
               {"headers", headers},
               {"body", request.body}});
}

void set_retry_after(const httplib::Request& request, httplib::Response& response) {
  if (request.has_param("retry_after"))
    response.set_header("Retry-After", request.get_param_value("retry_after"));
}

// GET /status/503?retry_after=1
void status(const httplib::Request& request, httplib::Response& response) {
  response.status = std::stoi(request.matches[1]);
  set_retry_after(request, response);
  if (response.status != 204) answer_json(response, response.status, {{"status", response.status}});
}

// GET /big?bytes=1000&chunked=1
void big(const httplib::Request& request, httplib::Response& response) {
  const auto bytes = static_cast<std::size_t>(number_of(request, "bytes", 1000));
  if (!request.has_param("chunked"))
    return response.set_content(std::string(bytes, 'x'), "application/octet-stream");
  response.set_chunked_content_provider(
      "application/octet-stream", [bytes](std::size_t offset, httplib::DataSink& sink) {
        const std::string piece(std::min<std::size_t>(bytes - std::min(offset, bytes), 16'384), 'x');
        if (piece.empty()) {
          sink.done();
          return true;
        }
        return sink.write(piece.data(), piece.size());
      });
}

// GET /redirect?to=/echo&status=302
void redirect(const httplib::Request& request, httplib::Response& response) {
  response.status = number_of(request, "status", 302);
  response.set_header("Location", request.get_param_value("to"));
  response.set_content("this way", "text/plain");
}

}  // namespace

void add_behaviours(Routes& routes) {
  routes.get("/health", [](const auto&, auto& response) { answer_json(response, 200, {{"status", "ok"}}); });
  routes.any("/echo(/.*)?", echo);
  routes.any(R"(/status/(\d+))", status);
  routes.get("/big", big);
  routes.any("/redirect", redirect);

  // GET /slow?ms=100 answers after that time.
  routes.any("/slow", [&routes](const auto& request, auto& response) {
    routes.pause(std::chrono::milliseconds(number_of(request, "ms", 100)));
    answer_json(response, 200, {{"slow", true}});
  });
  // GET /hang never answers.
  routes.any("/hang", [&routes](const auto&, auto&) { routes.pause(std::chrono::hours(1)); });

  // GET /drip?ms=100 sends one byte each 100 ms, for ever.
  routes.get("/drip", [&routes](const auto& request, auto& response) {
    response.set_chunked_content_provider(
        "text/plain", [&routes, ms = number_of(request, "ms", 100)](std::size_t, httplib::DataSink& sink) {
          return routes.pause(std::chrono::milliseconds(ms)) && sink.write("x", 1);
        });
  });

  // GET /flaky?key=a&fail=2&status=503&retry_after=0 fails the first two times that it sees the key.
  routes.any("/flaky",
             [mutex = std::make_shared<std::mutex>(), seen = std::make_shared<std::map<std::string, int>>()](
                 const auto& request, auto& response) {
               const std::lock_guard lock(*mutex);
               const int times = ++(*seen)[request.get_param_value("key")];
               if (times > number_of(request, "fail", 1))
                 return answer_json(response, 200, {{"times", times}});
               set_retry_after(request, response);
               answer_json(response, number_of(request, "status", 503), {{"times", times}});
             });

  routes.get("/text", [](const auto&, auto& response) {
    response.set_content(
        "Gr\xc3\xbc\xc3\x9f"
        "e, \xe4\xb8\x96\xe7\x95\x8c",
        "text/plain; charset=utf-8");
  });
  routes.get("/latin1", [](const auto&, auto& response) {
    response.set_content(
        "Gr\xfc\xdf"
        "e",
        "text/plain");
  });
  routes.get("/malformed",
             [](const auto&, auto& response) { response.set_content("{\"a\":", "application/json"); });
  routes.get("/cookie", [](const auto&, auto& response) {
    response.set_header("Set-Cookie", "session=1234; Path=/");
    answer_json(response, 200, {{"set", true}});
  });
}

}  // namespace leasehold::standin
