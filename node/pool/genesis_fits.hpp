#pragma once

#include <optional>

#include "events/pool/pool.hpp"
#include "node/config/settings.hpp"

namespace horae {

/// Refuses settings that say otherwise than the genesis of what neither may choose, naming
/// the first: network, contracts, L2's chain.
[[nodiscard]] Result<void> check_fits(const config::Config& config,
                                      schema::PoolGenesis::Reader genesis);

/// Hash of L2's block 0, which every member's engine has; none where no rule opens the chain.
[[nodiscard]] std::optional<Hash32> block_zero_of(schema::PoolGenesis::Reader genesis);

}  // namespace horae
