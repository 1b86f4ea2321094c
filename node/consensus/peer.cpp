#include "node/consensus/peer.hpp"

#include <algorithm>
#include <charconv>

namespace horae {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view of_names =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view of_ipv6 = "abcdefABCDEF0123456789:.";

bool only(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

Result<HostPort> HostPort::parse(std::string_view text) {
  const auto wrong = fail("wanted host:port, as 127.0.0.1:26656, got " +
                          (text.empty() ? std::string("nothing") : std::string(text)));
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!only(host, bracketed ? of_ipv6 : of_names) || !only(port, digits)) return wrong;
  HostPort out{std::string(host), 0};
  const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (read.ec != std::errc() || out.port == 0) return wrong;
  return out;
}

std::string HostPort::shown() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Peer> Peer::parse(std::string_view text) {
  const auto at = text.find('@');
  const auto id = text.substr(0, at);
  if (at == std::string_view::npos || id.size() != 40 || !only(id, hex_digits)) {
    return fail("wanted id@host:port, the id 40 lower-case hex digits, got " +
                (text.empty() ? std::string("nothing") : std::string(text)));
  }
  auto where = HostPort::parse(text.substr(at + 1));
  if (!where) return within(text, where.error());
  return Peer{std::string(id), std::move(*where)};
}

}  // namespace horae
