#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace horae {

/// Where somebody listens or is reached: a name or an address, and a port.
struct HostPort {
  std::string host;  // of an IPv6 address without the brackets
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;

  /// Reads name:port, 1.2.3.4:port and [::1]:port. Refuses port 0 and anything else.
  [[nodiscard]] static Result<HostPort> parse(std::string_view text);
  /// The same form.
  [[nodiscard]] std::string shown() const;
  /// Every address of the machine: one listens there, and nobody can dial it.
  [[nodiscard]] bool is_any() const { return host == "0.0.0.0" || host == "::"; }
};

/// Another node of the pool.
struct Peer {
  std::string id;  // of its node key (node/consensus/node_key.hpp)
  HostPort at;
  bool operator==(const Peer&) const = default;

  /// Reads id@host:port, the id 40 lower-case hex digits, as CometBFT writes it.
  [[nodiscard]] static Result<Peer> parse(std::string_view text);
  /// The same form.
  [[nodiscard]] std::string shown() const { return id + "@" + at.shown(); }
};

}  // namespace horae
