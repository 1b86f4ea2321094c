#include "core/rules/base_fee.hpp"

#include <algorithm>

namespace horae {
namespace {

constexpr std::uint64_t elasticity = 2;
constexpr std::uint64_t change_denominator = 8;

}  // namespace

U256 next_base_fee(const FeeParent& parent) {
  const std::uint64_t target = parent.gas_limit / elasticity;
  if (target == 0 || parent.gas_used == target) return parent.base_fee;
  const bool fuller = parent.gas_used > target;
  const std::uint64_t off = fuller ? parent.gas_used - target : target - parent.gas_used;
  // Divided twice, as the EIP writes it: the two roundings are part of the rule.
  const U256 change = parent.base_fee * off / target / change_denominator;
  if (fuller) return parent.base_fee + std::max(change, U256(1));
  return parent.base_fee - std::min(change, parent.base_fee);
}

}  // namespace horae
