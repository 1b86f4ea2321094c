#pragma once

#include "node/rpc/json_rpc_server.hpp"

namespace horae::rpc {

/// EIP-2718 bytes of one transaction, as geth's pool has it.
constexpr std::size_t txn_max_bytes = 128u << 10;

/// Every method that the L2 port knows. The backend must outlive them.
[[nodiscard]] Methods methods(Backend& backend, const Limits& limits = {});

}  // namespace horae::rpc
