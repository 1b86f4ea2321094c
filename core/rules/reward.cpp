#include "core/rules/reward.hpp"

#include "core/u512.hpp"

namespace horae {
namespace {

// The longest product here has 256 + 64 + 64 bits.
U256 narrow(const U512& value) { return value >> 256 != 0 ? U256::max() : to_u256(value); }

}  // namespace

U256 reward_amount(std::uint64_t blocks, const U256& reward_per_block) {
  return narrow(to_u512(reward_per_block) * blocks);
}

U256 target_reward_per_block(const U256& total_locked, std::uint64_t rate_ppm,
                             std::uint64_t seconds, std::uint64_t blocks) {
  if (blocks == 0) return 0;
  return narrow(to_u512(total_locked) * rate_ppm * seconds /
                (U512(rate_unit) * seconds_per_year * blocks));
}

U256 realised_rate_ppm(const U256& reward_per_block, std::uint64_t blocks, std::uint64_t seconds,
                       const U256& total_locked) {
  if (seconds == 0 || total_locked == 0) return 0;
  return narrow(to_u512(reward_per_block) * blocks * (seconds_per_year * rate_unit) /
                (to_u512(total_locked) * seconds));
}

}  // namespace horae
