#pragma once

#include <cstdint>

#include "core/u256.hpp"

namespace horae {

/// What the next base fee follows from. base_fee in wei per gas.
struct FeeParent {
  U256 base_fee = 0;
  std::uint64_t gas_used = 0;
  std::uint64_t gas_limit = 0;
};

/// The base fee of the block after parent: EIP-1559 with its elasticity 2 and change denominator 8.
/// A parent whose gas limit is below 2 has no target and changes nothing.
[[nodiscard]] U256 next_base_fee(const FeeParent& parent);

}  // namespace horae
