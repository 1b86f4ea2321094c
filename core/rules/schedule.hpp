#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "core/u256.hpp"

// Whose turn it is to make blocks: smooth weighted round-robin, by power. An epoch of so many
// blocks is one sequencer's; over many epochs each has made blocks in proportion to its power, and
// the turns of one are spread among those of the others. There is no chance in it, so that there is
// nothing to influence, and the next turn follows from what the log has.
namespace horae {

/// Who may have a turn.
struct TurnShare {
  U256 id;                  // of the sequencer
  std::uint64_t power = 0;  // METIS locked, at most 100,000
};

/// By how many blocks x power somebody is behind its share (positive) or ahead of it (negative).
/// Whoever is not in it has 0.
using TurnCredits = std::map<U256, std::int64_t>;

/// The longest epoch that turns go by: with a thousand sequencers of the greatest power each, no
/// sum leaves 64 bits.
inline constexpr std::uint64_t longest_turn = 1'000'000;

/// Whose turn an epoch of this length is: of the shares that are not skipped, the one with the
/// greatest credit at its end, if nobody made a block meanwhile; of equal ones, the smaller id.
/// Nothing where there is none, or all are skipped. shares ascend by id.
[[nodiscard]] std::optional<U256> next_turn(std::span<const TurnShare> shares,
                                            const TurnCredits& credits, std::uint64_t epoch_length,
                                            std::span<const U256> skipped = {});

/// What blocks cost whoever made them, and give to all who had a share in their epoch: each gains
/// its power for each block, and the maker pays the sum of all. One that is not among them changes
/// nothing. blocks: at most longest_turn.
void charge_block(TurnCredits& credits, std::span<const TurnShare> shares, const U256& maker,
                  std::uint64_t blocks = 1);

/// Takes back what such a block cost and gave, from those who have a credit still.
void refund_block(TurnCredits& credits, std::span<const TurnShare> shares, const U256& maker);

}  // namespace horae
