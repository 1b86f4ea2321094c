#include "node/child/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <random>
#include <string>

#include "core/files.hpp"

namespace horae {
namespace {

// The port that a socket of 127.0.0.1 gets when it asks for this one, or the errno.
tl::expected<std::uint16_t, int> try_bind(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return tl::unexpected(errno);
  // Connections of a former life that linger in TIME_WAIT are in nobody's way.
  const int yes = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  int code = 0;
  if (::bind(descriptor, generic, sizeof address) != 0 || ::listen(descriptor, 1) != 0 ||
      ::getsockname(descriptor, generic, &length) != 0) {
    code = errno;
  }
  ::close(descriptor);
  if (code != 0) return tl::unexpected(code);
  return ntohs(address.sin_port);
}

// Below it the system chooses no port by itself (ip(7), ip_local_port_range).
std::uint16_t first_chosen_by_system() {
  constexpr std::uint16_t usual = 32768;
  const auto text = read_small_file("/proc/sys/net/ipv4/ip_local_port_range");
  if (!text) return usual;
  const auto first = std::strtoul(text->c_str(), nullptr, 10);
  return first > 0 && first <= UINT16_MAX ? static_cast<std::uint16_t>(first) : usual;
}

}  // namespace

Result<void> check_port(std::uint16_t port, std::string_view option) {
  const auto bound = try_bind(port);
  if (bound) return {};
  const std::string name = "port " + std::to_string(port) + " (" + std::string(option) + ")";
  if (bound.error() == EADDRINUSE) {
    return fail(name + " is taken by another process; choose another one, or 0 for a free one");
  }
  return fail(name + " cannot be used: " + errno_words(bound.error()));
}

Result<std::uint16_t> free_port(std::uint16_t but) {
  for (;;) {
    const auto bound = try_bind(0);
    if (!bound) return fail("no free port: " + errno_words(bound.error()));
    if (*bound != but) return *bound;
  }
}

Result<std::vector<std::uint16_t>> lasting_ports(std::size_t count) {
  constexpr std::uint16_t lowest = 10'000;  // below are those of well-known services
  const auto end = first_chosen_by_system();
  std::vector<std::uint16_t> out;
  if (end <= lowest) {
    return fail("the system gives every port from " + std::to_string(end) +
                " on to connections (net.ipv4.ip_local_port_range)");
  }
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> any(lowest, static_cast<std::uint16_t>(end - 1));
  for (int tries = 0; out.size() < count; ++tries) {
    if (tries == 10'000) return fail("no free ports below " + std::to_string(end));
    const auto port = any(random);
    if (std::ranges::find(out, port) == out.end() && try_bind(port)) out.push_back(port);
  }
  return out;
}

}  // namespace horae
