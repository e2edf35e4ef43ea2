#pragma once

// One request on its way: what libcurl's callbacks gather, and what became of it.

#include "curl/connection.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <exception>
#include <string>
#include <string_view>

namespace leasehold::curl {

enum class Limit { none, deadline, cancelled };

class Exchange {
 public:
  Exchange(const Request& request, bool deny_private) : request_(request), deny_private_(deny_private) {}

  // The callbacks; false breaks the transfer off.
  bool may_connect(const sockaddr& address) noexcept;
  bool may_send() noexcept;
  bool take_header(std::string_view line) noexcept;
  bool take_body(std::string_view piece) noexcept;

  // Throws what on_body threw.
  Outcome finish(CURL* easy, CURLcode code, Limit limit, std::string_view text);

 private:
  Failure failure(CURL* easy, CURLcode code, Limit limit, std::string_view text) const;

  const Request& request_;
  const bool deny_private_;
  Response response_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  int sent_ = 0;
  bool denied_ = false;
  bool too_large_ = false;
  std::exception_ptr thrown_;
};

// Which of our codes one of libcurl's is.
errc classify(CURLcode code) noexcept;

}  // namespace leasehold::curl
