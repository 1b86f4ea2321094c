#include "core/rules/reward.hpp"

namespace horae {
namespace {

// The longest product here has 256 + 64 + 64 bits.
using Wide = boost::multiprecision::uint512_t;

U256 narrow(const Wide& value) {
  static const U256 most = U256(0) - 1;
  return value > Wide(most) ? most : value.convert_to<U256>();
}

}  // namespace

U256 reward_amount(std::uint64_t blocks, const U256& reward_per_block) {
  return narrow(Wide(reward_per_block) * blocks);
}

U256 target_reward_per_block(const U256& total_locked, std::uint64_t rate_ppm,
                             std::uint64_t seconds, std::uint64_t blocks) {
  if (blocks == 0) return 0;
  return narrow(Wide(total_locked) * rate_ppm * seconds /
                (Wide(rate_unit) * seconds_per_year * blocks));
}

U256 realised_rate_ppm(const U256& reward_per_block, std::uint64_t blocks, std::uint64_t seconds,
                       const U256& total_locked) {
  if (seconds == 0 || total_locked == 0) return 0;
  return narrow(Wide(reward_per_block) * blocks * (seconds_per_year * rate_unit) /
                (Wide(total_locked) * seconds));
}

}  // namespace horae
