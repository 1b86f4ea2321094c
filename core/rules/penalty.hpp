#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/rules/ordering.hpp"

namespace horae {

/// A transaction as it stands in a block: what its own bytes say, and who signed it.
struct PlacedTxn {
  Address sender;
  std::uint64_t nonce = 0;
  std::uint64_t gas_limit = 0;
  U256 max_fee = 0;  // wei per gas
  U256 max_priority_fee = 0;
  Hash32 hash;
};

/// The ordering rule over a block's own transactions: for each that it lets in, its place in the
/// block, in the order in which the rule would have them. A block that kept to the rule gives 0, 1,
/// 2 … to its end, whatever else waited in the pool when it was made. For:
///
/// A block executes what the rule selected, in that order, without what the engine left out. Of one
/// sender, nothing is executed behind what was left out (its nonce is missing), so what is executed
/// of a sender is the beginning of what was selected of it, from the account's own nonce on. Let t
/// be the next of the selection that is executed, after the same ones before it here and there.
/// Ready here are then, of each sender, the transaction that was ready there, too, unless the
/// sender has nothing more in the block: a part of those from which the rule took t as the one with
/// the greatest tip, or of equal tips the earliest arrival. So t has the greatest tip here; and of
/// those with an equal tip it stands first in the block, so that the place in the block is as good
/// as the arrival, which a block does not tell. Gas keeps nobody out here: what was selected fits
/// the block's gas limit by the sum of its gas limits, and so does a part of it. What is not ready
/// here at all (a maximum fee below the base fee, a nonce gap, one nonce twice, more gas than the
/// limit) was not there either.
[[nodiscard]] std::vector<std::size_t> order_within(std::span<const PlacedTxn> block,
                                                    const BlockLimits& limits);

/// Places in a block, front < victim < back.
struct SandwichPlaces {
  std::size_t front = 0, victim = 0, back = 0;
};

/// Whether front and back have one sender, victim has another, and the rule would not have had the
/// three in this order. All three must be transactions that the rule lets in; the block's gas limit
/// is no matter here, since what does not fit it was executed all the same.
[[nodiscard]] bool is_sandwich(std::span<const PlacedTxn> block, const U256& base_fee,
                               const SandwichPlaces& places);
/// The first victim's narrowest sandwich, if there is any.
[[nodiscard]] std::optional<SandwichPlaces> find_sandwich(std::span<const PlacedTxn> block,
                                                          const U256& base_fee);

}  // namespace horae
