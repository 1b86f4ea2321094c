#pragma once

#include "node/rpc/json_rpc_server.hpp"

namespace horae::rpc {

/// eth_estimateGas within what the caller can pay, as geth has it: where a fee is named, for no
/// more gas than the balance pays for, and refused where it does not pay for the value. gas_max is
/// the most that a transaction may have.
[[nodiscard]] Method estimate(Backend& backend, std::uint64_t gas_max);

}  // namespace horae::rpc
