#pragma once

#include <span>

#include "core/bytes.hpp"
#include "core/eth/log.hpp"

// A block's logsBloom, M3:2048 of the yellow paper (4.3.1): 2,048 bits, of which each address and
// topic of the block's logs sets three. What is not in it stands in no log; what is in it may.
namespace horae {

[[nodiscard]] bool may_have(const LogsBloom& bloom, const Address& address);

/// Of all logs of a block. A log more or less shows, but with a chance of bits that are set anyway.
[[nodiscard]] LogsBloom bloom_of(std::span<const EthLog> logs);

}  // namespace horae
