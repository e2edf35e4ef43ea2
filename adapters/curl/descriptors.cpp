#include "curl/descriptors.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <mutex>
#include <vector>

namespace leasehold::curl {

void close_on_exec(const std::function<void()>& open) {
  // A new descriptor is the lowest free one, so it is among the first free ones of before. Another thread may
  // take some of them meanwhile; the spare ones are for that, and only unnamed local sockets without the flag
  // are marked.
  constexpr std::size_t looked_at = 16;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::vector<int> free;
  for (int fd = 0; free.size() < looked_at; ++fd)
    if (fcntl(fd, F_GETFD) == -1) free.push_back(fd);
  open();
  for (const int fd : free) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
      fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

}  // namespace leasehold::curl
