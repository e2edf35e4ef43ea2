#pragma once

// One easy handle of libcurl that keeps its connections alive from one request to the next.
//
// Threads: one at a time. A forked child must not use it, and leaves the parent's sockets alone.

#include "curl/url.hpp"

#include <leasehold/clock.hpp>
#include <leasehold/config.hpp>
#include <leasehold/error.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace leasehold::curl {

// What holds for every request of a connection.
struct ConnectionOptions {
  Duration connect_timeout = std::chrono::seconds(10);
  bool verify_tls = true;
  std::string ca_file = {};
  Secret proxy = {};          // "": none; "environment": as the process's environment says; else its URL
  bool deny_private = false;  // connect to public addresses only
  bool cookies = false;
  std::string user_agent = {};
};

struct Request {
  std::string method = "GET";
  std::string url = {};
  NameValues headers = {};
  std::string username = {};  // given: basic authentication
  Secret password = {};
  std::optional<std::string_view> body = std::nullopt;  // must outlive the request
  std::size_t max_body = 10'000'000;                    // of the answer, uncompressed, in bytes
  bool repeatable = false;  // whether libcurl may send it again when a kept-alive connection turns out dead
  // Gets the body of an answer below 300 piece by piece instead of Response::body; what it throws is thrown
  // on.
  std::function<void(std::string_view)> on_body = {};
};

// What ends a request early.
struct Bounds {
  Clock::time_point deadline = Clock::never;
  std::stop_token stop = {};
  std::shared_ptr<Clock> clock = Clock::steady();

  Duration remaining() const noexcept;
};

struct Response {
  int status = 0;
  NameValues headers = {};  // names in lower case, in order of arrival
  std::string body = {};
  std::string location = {};  // of a redirect: the absolute URL

  std::string_view header(std::string_view lower_name) const noexcept;  // "" if there is none
};

// Why there is no response.
struct Failure {
  errc code = errc::http_failed;
  std::string what = {};       // "connection refused": no URL, no header, no body
  bool before_answer = false;  // nothing of an answer had arrived: an idempotent request may be repeated
};

struct Outcome {
  Response response = {};
  std::optional<Failure> failure = std::nullopt;
};

class Connection {
 public:
  explicit Connection(ConnectionOptions options);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Blocks until the answer is there or a bound is reached. Redirects are reported, not followed.
  Outcome perform(const Request& request, const Bounds& bounds);

  void forget_cookies();
  bool broken() const noexcept;  // a request failed in a way that may have left the connection unusable

 private:
  class Handle;
  std::unique_ptr<Handle> handle_;
};

// Throws the error of a failed request: "GET /v1/users did not end within 5s". `name` is its method and path,
// `limit` the time it had.
[[noreturn]] void throw_failure(const Failure& failure, const std::string& name, const std::string& resource,
                                Duration limit, Duration elapsed);

}  // namespace leasehold::curl
