#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "node/consensus/peer.hpp"

namespace horae::test {

// Listens on an address of IPv4, on a port that the system chooses.
class Listener {
 public:
  explicit Listener(const std::string& host) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    BOOST_REQUIRE(::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(socket_, generic, size) == 0);
    BOOST_REQUIRE(::listen(socket_, 1) == 0);
    BOOST_REQUIRE(::getsockname(socket_, generic, &size) == 0);
    at = {host, ntohs(address.sin_port)};
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  HostPort at;

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

}  // namespace horae::test
