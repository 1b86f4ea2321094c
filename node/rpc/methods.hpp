#pragma once

#include "node/rpc/json_rpc_server.hpp"

namespace horae::rpc {

/// Every method that the L2 port knows. The backend must outlive them.
[[nodiscard]] Methods methods(Backend& backend, const Limits& limits = {});

}  // namespace horae::rpc
