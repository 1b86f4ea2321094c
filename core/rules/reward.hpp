#pragma once

#include <cstdint>

#include "core/u256.hpp"

// What blocks earn. Integers only, amounts in wei, rates in parts per million a year. Everything is
// computed exactly and rounded down once, at the end; what would not fit 256 bits is 2^256 - 1
// (where LockingPool's own arithmetic reverts).
namespace horae {

/// Metis's year has no leap days: `365 * 24 * 3600` in metis-sequencer-contract,
/// ts-src/tasks/l1.ts.
inline constexpr std::uint64_t seconds_per_year = 365ull * 24 * 3600;
inline constexpr std::uint64_t rate_unit = 1'000'000;

/// blocks x reward per block: LockingPool.batchSubmitRewards.
[[nodiscard]] U256 reward_amount(std::uint64_t blocks, const U256& reward_per_block);

/// The reward per block that pays rate_ppm of total_locked a year at a pace of blocks in seconds:
/// total_locked x rate / (year / interval), interval = seconds / blocks
/// (l1:target-reward-per-block in ts-src/tasks/l1.ts). 0 where there were no blocks.
[[nodiscard]] U256 target_reward_per_block(const U256& total_locked, std::uint64_t rate_ppm,
                                           std::uint64_t seconds, std::uint64_t blocks);

/// The rate that blocks in seconds came to: reward per block x blocks a year / total locked
/// (Pool MRR, forum.ceg.vote topic 11252). 0 where no time passed or nothing is locked.
[[nodiscard]] U256 realised_rate_ppm(const U256& reward_per_block, std::uint64_t blocks,
                                     std::uint64_t seconds, const U256& total_locked);

}  // namespace horae
