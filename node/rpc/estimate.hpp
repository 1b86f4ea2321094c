#pragma once

#include "node/rpc/json_rpc_server.hpp"

namespace horae::rpc {

/// eth_estimateGas. gas_max is the most that a transaction may have; less than any needs is taken
/// for no limit, as geth does.
[[nodiscard]] Method estimate(Backend& backend, std::uint64_t gas_max);

}  // namespace horae::rpc
