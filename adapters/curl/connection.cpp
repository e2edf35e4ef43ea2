#include "curl/connection.hpp"

#include "curl/descriptors.hpp"
#include "curl/exchange.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace leasehold::curl {

namespace {

// Once for the process and never undone: other users of libcurl may outlive us.
void initialize_library() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw_error(errc::http_failed, "libcurl could not be initialised");
}

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void append(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

HeaderList header_list(const Request& request) {
  HeaderList list;
  append(list, "Expect:");  // no waiting for "100 Continue"
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    has_type = has_type || lower(name) == "content-type";
    append(list, value.empty() ? name + ";" : name + ": " + value);
  }
  if (!has_type) append(list, "Content-Type:");  // libcurl would claim a form
  return list;
}

int open_socket(void* exchange, curlsocktype, curl_sockaddr* address) {
  return static_cast<Exchange*>(exchange)->may_connect(address->addr)
             ? socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol)
             : CURL_SOCKET_BAD;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* exchange) {
  return static_cast<Exchange*>(exchange)->take_header({data, size}) ? size : 0;
}

std::size_t on_data(char* data, std::size_t, std::size_t size, void* exchange) {
  return static_cast<Exchange*>(exchange)->take_body({data, size}) ? size : 0;
}

// Called each time the request is about to be sent.
int before_request(void* exchange, char*, char*, int, int) {
  return static_cast<Exchange*>(exchange)->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

}  // namespace

Duration Bounds::remaining() const noexcept {
  return deadline == Clock::never ? Duration::max() : std::max(Duration::zero(), deadline - clock->now());
}

std::string_view Response::header(std::string_view lower_name) const noexcept {
  for (const auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

class Connection::Handle {
 public:
  explicit Handle(ConnectionOptions options) : options_(std::move(options)) {
    initialize_library();
    close_on_exec([this] { multi_ = curl_multi_init(); });
    easy_ = curl_easy_init();
    if (multi_ == nullptr || easy_ == nullptr || !begin_cookies()) {
      close();
      throw_error(errc::http_failed, "libcurl could not make a handle");
    }
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 4L);
  }

  ~Handle() {
    // In a forked child the sockets are the parent's; closing a TLS session would end it there.
    if (getpid() == process_) close();
  }

  Outcome perform(const Request& request, const Bounds& bounds) {
    if (getpid() != process_)
      throw_error(errc::acquire_forked, "the connection belongs to the parent process",
                  {.hint = "make a manager of its own after fork"});
    Exchange exchange(request, options_.deny_private);
    const HeaderList headers = header_list(request);
    text_[0] = '\0';
    prepare(request, bounds, exchange, headers.get());
    const auto [code, limit] = drive(bounds);
    Outcome outcome = exchange.finish(easy_, code, limit, text_.data());
    if (outcome.failure && code != CURLE_OK && outcome.failure->code != errc::http_too_large) broken_ = true;
    return outcome;
  }

  void forget_cookies() { curl_easy_setopt(easy_, CURLOPT_COOKIELIST, "ALL"); }
  bool broken() const noexcept { return broken_; }

 private:
  void close() noexcept {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }

  // Any cookie turns them on, and a reset leaves them on. The name of a CURLOPT_COOKIEFILE would be lost with
  // each reset (libcurl 7.88 forgets to free it).
  bool begin_cookies() {
    if (!options_.cookies) return true;
    const CURLcode code = curl_easy_setopt(easy_, CURLOPT_COOKIELIST, "Set-Cookie: none=; domain=localhost");
    forget_cookies();
    return code == CURLE_OK;
  }

  template <class T>
  void set(CURLoption option, T value) {
    if (const CURLcode code = curl_easy_setopt(easy_, option, value); code != CURLE_OK)
      throw_error(errc::http_failed, fmt::format("libcurl refuses an option: {}", curl_easy_strerror(code)));
  }

  void prepare(const Request& request, const Bounds& bounds, Exchange& exchange, curl_slist* headers) {
    curl_easy_reset(easy_);  // keeps connections and cookies
    set(CURLOPT_ERRORBUFFER, text_.data());
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // or a name server that hangs would hold us beyond the deadline
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can undo
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_HTTPHEADER, headers);
    if (!options_.user_agent.empty()) set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    const auto connect = std::min(options_.connect_timeout, bounds.remaining());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(1 + connect / std::chrono::milliseconds(1)));
    if (!request.username.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, request.username.c_str());
      set(CURLOPT_PASSWORD, request.password.reveal().c_str());
    }
    set(CURLOPT_SSL_VERIFYPEER, options_.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, options_.verify_tls ? 2L : 0L);
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    if (options_.proxy.reveal() != "environment") {
      set(CURLOPT_PROXY, options_.proxy.reveal().c_str());  // "" ignores the environment too
      set(CURLOPT_NOPROXY, "");
    }
    set_method(request);
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&exchange));
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(CURLOPT_WRITEFUNCTION, &on_data);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_PREREQFUNCTION, &before_request);
    set(CURLOPT_PREREQDATA, static_cast<void*>(&exchange));
  }

  void set_method(const Request& request) {
    if (request.method == "HEAD") return set(CURLOPT_NOBODY, 1L);
    const bool needs_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (request.body || needs_body) {
      const std::string_view body = request.body.value_or("");
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  // Runs the transfer until it is done or a bound is reached.
  std::pair<CURLcode, Limit> drive(const Bounds& bounds) {
    curl_multi_add_handle(multi_, easy_);
    CURLcode code = CURLE_OK;
    Limit limit = Limit::none;
    {
      const std::stop_callback wake(bounds.stop, [this] { curl_multi_wakeup(multi_); });
      for (int running = 1; running != 0;) {
        if (bounds.stop.stop_requested()) limit = Limit::cancelled;
        const Duration remaining = bounds.remaining();
        if (limit == Limit::none && remaining == Duration::zero()) limit = Limit::deadline;
        if (limit != Limit::none || curl_multi_perform(multi_, &running) != CURLM_OK) break;
        // Not longer, because another clock than the system's may reach the deadline meanwhile.
        constexpr Duration look = std::chrono::milliseconds(100);
        const auto wait = 1 + std::min(remaining, look) / std::chrono::milliseconds(1);
        if (running != 0) curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait), nullptr);
      }
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    curl_multi_remove_handle(multi_, easy_);  // closes the connection of an unfinished transfer
    if (limit != Limit::none) code = CURLE_ABORTED_BY_CALLBACK;
    return {code, limit};
  }

  ConnectionOptions options_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  pid_t process_ = getpid();
  std::array<char, CURL_ERROR_SIZE> text_{};  // libcurl keeps a pointer to it
  bool broken_ = false;
};

Connection::Connection(ConnectionOptions options) : handle_(std::make_unique<Handle>(std::move(options))) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;
Outcome Connection::perform(const Request& request, const Bounds& bounds) {
  return handle_->perform(request, bounds);
}
void Connection::forget_cookies() {
  handle_->forget_cookies();
}
bool Connection::broken() const noexcept {
  return handle_->broken();
}

}  // namespace leasehold::curl
