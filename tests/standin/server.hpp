#pragma once

// A service on 127.0.0.1 that stands in for the outside: what the demo fetches, three kinds of language
// model, and every way a server can misbehave. It remembers what it was asked, so that tests can look.
//
// Threads: every member may be called from any thread. The destructor stops it and waits for its threads.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::standin {

struct Options {
  int port = 0;                  // 0: any free one
  std::size_t threads = 64;      // a kept-alive connection occupies one
  bool remember = true;          // false: requests() stays empty
  std::string certificate = {};  // PEM files; both given: TLS
  std::string key = {};
};

struct SeenRequest {
  std::string method;
  std::string path;  // without query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // the client's port
};

class Server {
 public:
  explicit Server(Options options = {});  // listening when it returns; throws std::runtime_error if it cannot
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const noexcept;
  std::string url() const;  // "http://127.0.0.1:40123"

  std::vector<SeenRequest> requests() const;  // in order of arrival
  std::size_t count(const std::string& path) const;
  std::size_t connections() const;  // distinct ones among requests()
  void forget();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::standin
