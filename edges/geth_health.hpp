#pragma once

#include "edges/engine_api.hpp"
#include "edges/engine_rpc.hpp"

// How geth, or a client that is made of it, is, beside what it is there for (EnginePort).
namespace horae {

[[nodiscard]] Result<EngineHealth> geth_health(EngineRpc& rpc);

/// Whether its Engine API answers to our secret.
[[nodiscard]] Result<void> engine_api_answers(EngineApi& api);

/// Always told. Started with a price that nobody pays (--txpool.pricelimit), it refuses whatever is
/// sent.
[[nodiscard]] Result<std::optional<bool>> geth_pool_closed(EngineRpc& rpc);

}  // namespace horae
