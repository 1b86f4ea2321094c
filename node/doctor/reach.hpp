#pragma once

#include <chrono>

#include "node/consensus/peer.hpp"

namespace horae::doctor {

/// Whether somebody takes a TCP connection there, at one of its addresses, each of which is given
/// this long. Nothing is said over it.
[[nodiscard]] Result<void> reach(const HostPort& at, std::chrono::milliseconds patience);

}  // namespace horae::doctor
