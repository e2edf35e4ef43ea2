#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace leasehold {

// A socket on loopback for what no proper server does: never accept, or break off.
class RawListener {
 public:
  RawListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 8) != 0)
      throw std::runtime_error("cannot listen");
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  ~RawListener() {
    if (socket_ >= 0) ::close(socket_);
  }

  int socket() const { return socket_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

// Reads until the blank line and the body that Content-Length announces; false when the client is gone.
inline bool read_request(int connection, std::string& request) {
  request.clear();
  char byte = 0;
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (::recv(connection, &byte, 1, 0) != 1) return false;
    request += byte;
  }
  const std::size_t at = request.find("Content-Length: ");
  std::size_t left =
      at == std::string::npos ? 0 : static_cast<std::size_t>(std::stoi(request.substr(at + 16)));
  for (; left > 0; --left) {
    if (::recv(connection, &byte, 1, 0) != 1) return false;
    request += byte;
  }
  return true;
}

inline void write_all(int connection, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

}  // namespace leasehold
