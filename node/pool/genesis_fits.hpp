#pragma once

#include "events/pool/pool.hpp"
#include "node/config/settings.hpp"

namespace horae {

/// Refuses settings that say otherwise than the genesis of what neither may choose, naming
/// the first: network, contracts, L2's chain.
[[nodiscard]] Result<void> check_fits(const config::Config& config,
                                      schema::PoolGenesis::Reader genesis);

}  // namespace horae
