#include "node/doctor/reach.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/files.hpp"

namespace horae::doctor {
namespace {

Result<void> connect_to(const addrinfo& address, std::chrono::milliseconds patience) {
  const int socket =
      ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(errno_words(errno));
  int error = ::connect(socket, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd wanted{socket, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (::poll(&wanted, 1, static_cast<int>(patience.count())) == 1) {
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    } else {
      error = ETIMEDOUT;
    }
  }
  ::close(socket);
  if (error != 0) return fail(errno_words(error));
  return {};
}

}  // namespace

Result<void> reach(const HostPort& at, std::chrono::milliseconds patience) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int unknown =
      ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &wanted, &found);
  if (unknown != 0) return fail(::gai_strerror(unknown));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  Result<void> out = fail("it has no address");
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    out = connect_to(*each, patience);
    if (out) break;
  }
  return out;
}

}  // namespace horae::doctor
