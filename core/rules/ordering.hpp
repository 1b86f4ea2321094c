#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/u256.hpp"

namespace horae {

/// The rule's name, as a block records it.
inline constexpr std::string_view priority_then_arrival = "priority fee, then arrival";

/// A waiting transaction as the ordering rule sees it. Fees in wei per gas; arrival counts the
/// admissions of the pool, so that no two are equal.
struct Candidate {
  std::uint64_t nonce = 0;
  std::uint64_t gas_limit = 0;
  std::uint64_t arrival = 0;
  U256 max_fee = 0;
  U256 max_priority_fee = 0;
  Hash32 hash;
  std::uint64_t bytes = 0;  // that it takes in a block
};

/// All that waits of one sender, by ascending nonce. next_nonce is the account's own.
struct SenderQueue {
  std::uint64_t next_nonce = 0;
  std::vector<Candidate> txns;
};

struct BlockLimits {
  U256 base_fee = 0;  // wei per gas
  std::uint64_t gas_limit = 0;
  std::size_t max_txns = 0;
  std::uint64_t max_bytes = UINT64_MAX;
};

/// The priority fee that a block with this base fee pays: min(max_priority_fee, max_fee -
/// base_fee). Only for max_fee >= base_fee.
[[nodiscard]] U256 effective_tip(const Candidate& txn, const U256& base_fee);

/// Chooses and orders a block's transactions; returns their hashes in the order of execution.
///
/// Of each sender, one transaction is ready at a time: first that with the account's next nonce,
/// then the one after it, and so on. Of all that are ready, the one with the greatest effective tip
/// goes next; of equal tips, that which arrived first (and of equal arrivals, which a pool does not
/// make, that with the smaller hash). A sender's turn ends for this block at a missing nonce, at a
/// maximum fee below the base fee, and at a gas limit above the gas that is left or more bytes than
/// are left. Nonces below
/// next_nonce are passed over. The block is done at max_txns or when nobody is ready.
///
/// A pure function of its arguments, whatever the order of the queues: a producer and whoever
/// checks it get the same list. O(n log m) for n transactions of m senders.
[[nodiscard]] std::vector<Hash32> order(std::span<const SenderQueue> senders,
                                        const BlockLimits& limits);

/// Where a transaction stands among the queues.
struct Place {
  std::size_t sender = 0, txn = 0;
};
/// The same list, as places instead of hashes.
[[nodiscard]] std::vector<Place> order_places(std::span<const SenderQueue> senders,
                                              const BlockLimits& limits);

}  // namespace horae
