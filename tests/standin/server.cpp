#include <standin/server.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <standin/routes.hpp>
#include <stdexcept>
#include <thread>

// ThreadSanitizer asks for this. It does not see into the server's library: what that makes once for all its
// threads (the set of the methods' names) looks unguarded, because the guard is read by code that is not
// instrumented.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcpp-httplib.so\n";
}

namespace leasehold::standin {

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

class Server::State final : public Routes {
 public:
  explicit State(Options options) : options_(std::move(options)) {
    const bool tls = !options_.certificate.empty();
    if (tls) {
      server_ = std::make_unique<httplib::SSLServer>(options_.certificate.c_str(), options_.key.c_str());
    } else {
      server_ = std::make_unique<httplib::Server>();
    }
    if (!server_->is_valid()) throw std::runtime_error("the certificate or key cannot be used");
    server_->new_task_queue = [n = options_.threads] { return new httplib::ThreadPool(n); };
    server_->set_keep_alive_max_count(1'000'000);
    server_->set_keep_alive_timeout(2);  // also how long stop() may take
    server_->set_tcp_nodelay(true);
    server_->set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
          answer_json(response, 400, {{"error", "the stand-in does not understand this request"}});
        });
    add_behaviours(*this);
    add_countries(*this);
    add_models(*this);
    url_ = tls ? "https://127.0.0.1:" : "http://127.0.0.1:";
    port_ = options_.port;
    if (options_.port == 0) {
      port_ = server_->bind_to_any_port("127.0.0.1");
    } else if (!server_->bind_to_port("127.0.0.1", options_.port)) {
      port_ = -1;
    }
    if (port_ <= 0) throw std::runtime_error("cannot listen on port " + std::to_string(options_.port));
    url_ += std::to_string(port_);
    listener_ = std::thread([this] { server_->listen_after_bind(); });
  }

  ~State() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    while (!server_->is_running()) std::this_thread::yield();  // stop() before listening would be lost
    server_->stop();
    listener_.join();
  }

  void get(const std::string& pattern, Handler handler) override { server_->Get(pattern, seen(handler)); }
  void post(const std::string& pattern, Handler handler) override { server_->Post(pattern, seen(handler)); }
  void any(const std::string& pattern, Handler handler) override {
    get(pattern, handler);
    post(pattern, handler);
    server_->Put(pattern, seen(handler));
    server_->Patch(pattern, seen(handler));
    server_->Delete(pattern, seen(handler));
  }

  bool pause(std::chrono::milliseconds time) override {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, time, [this] { return stopping_; });
  }

  int port() const noexcept { return port_; }
  const std::string& url() const noexcept { return url_; }

  std::vector<SeenRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }

 private:
  Handler seen(Handler handler) {
    return
        [this, handler = std::move(handler)](const httplib::Request& request, httplib::Response& response) {
          if (options_.remember) remember(request);
          handler(request, response);
        };
  }

  void remember(const httplib::Request& request) {
    SeenRequest one{request.method, request.path, {}, {}, request.body, request.remote_port};
    for (const auto& [name, value] : request.params) one.query[name] = value;
    for (const auto& [name, value] : request.headers) one.headers[lower(name)] = value;
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(one));
  }

  Options options_;
  std::unique_ptr<httplib::Server> server_;
  std::string url_;
  int port_ = 0;
  std::thread listener_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<SeenRequest> requests_;
};

Server::Server(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Server::~Server() = default;
int Server::port() const noexcept {
  return state_->port();
}
std::string Server::url() const {
  return state_->url();
}
std::vector<SeenRequest> Server::requests() const {
  return state_->requests();
}
void Server::forget() {
  state_->forget();
}

std::size_t Server::count(const std::string& path) const {
  const auto all = requests();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&path](const SeenRequest& one) { return one.path == path; }));
}

std::size_t Server::connections() const {
  std::set<int> ports;
  for (const SeenRequest& one : requests()) ports.insert(one.connection);
  return ports.size();
}

}  // namespace leasehold::standin
