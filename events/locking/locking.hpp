#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/u256.hpp"
#include "events/decision.hpp"
#include "schemas/locking.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::LockingFact> = Domain::LOCKING;

/// A block's place on L1.
struct L1Point {
  std::uint64_t number = 0;
  Hash32 hash;
  auto operator<=>(const L1Point&) const = default;
};

[[nodiscard]] inline L1Point to_point(schema::L1Block::Reader block) {
  return {block.getNumber(), fixed<Hash32>(block.getHash())};
}

/// The contract's own numbers (ISequencerInfo.Status).
enum class SequencerStatus : std::uint8_t {
  unavailable = 0,
  inactive = 1,
  active = 2,
  unlocked = 3
};
[[nodiscard]] std::string_view status_name(SequencerStatus status);

/// sequencers(id), as the contract would answer.
struct SequencerView {
  U256 id, amount;
  std::optional<U256> reward = U256(0);  // nothing where the split of a batch is not known
  U256 activation_batch, updated_batch, deactivation_batch, deactivation_time, unlock_claim_time;
  U256 nonce;
  Address owner, signer, reward_recipient;
  Bytes pubkey;
  SequencerStatus status = SequencerStatus::unavailable;
  bool operator==(const SequencerView&) const = default;
};

struct BatchView {
  U256 id, number, start_epoch, end_epoch;
  bool operator==(const BatchView&) const = default;
};

/// Both contracts' state, as far as their logs and their initialisers tell.
struct PoolView {
  std::map<U256, SequencerView> sequencers;
  std::map<Address, U256> signers;  // to ids, or retired_signer
  std::set<Address> whitelist;
  std::map<Address, Address> implementations;  // of the proxies, where an Upgraded was seen
  BatchView batch;
  U256 total_locked, total_rewards_liquidated;
  U256 min_lock, max_lock, exit_delay_period, reward_per_block, signer_update_throttle;
  Address mpc, reward_payer;
  bool paused = false;
  std::uint64_t discrepancies = 0;
  bool operator==(const PoolView&) const = default;
};

/// In PoolView::signers as in the contract's seqSigners: this key never signs again.
[[nodiscard]] U256 retired_signer();

/// A fact above the finalized block, and the block it stands in.
struct PendingFact {
  L1Point block;
  Msg<schema::LockingFact> fact;
};

struct Locking {
  Msg<schema::PoolOpened> opened;     // empty: the pool is not open
  PoolView base;                      // everything at or below the finalized block
  std::optional<L1Point> base_block;  // last block with events in base
  std::vector<PendingFact> pending;
  PoolView current;  // base and pending
  std::optional<L1Point> confirmed_head;
  std::uint64_t confirmed_time = 0;  // of confirmed_head, seconds; 0: not known
  std::optional<L1Point> finalized;

  [[nodiscard]] bool is_open() const { return !opened.empty(); }
  /// The newest block that the state says anything about: confirmed head or last block with events.
  [[nodiscard]] std::optional<L1Point> last_known() const;
};

/// L1's own time of what a fact tells, seconds: that of its block. Nothing where it tells none:
/// facts that were written before it was logged.
[[nodiscard]] std::optional<std::uint64_t> l1_time(schema::LockingFact::Reader fact);

/// Refuses what cannot follow (fork, belowFinalized, notOpen, wrongContent). A log that disagrees
/// with the fold is never refused: a DiscrepancyFound stands behind its fact. What was folded
/// before is accepted without facts. A return goes no further than the finalized block, save to the
/// block of the opening or one before it: then everything is read again.
[[nodiscard]] Decision decide(const Locking& state, schema::LockingCommand::Reader command);

void apply(Locking& state, schema::LockingFact::Reader fact);

/// The canonical LockingState, for the state hash.
[[nodiscard]] Message state_message(const Locking& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] Locking restore(schema::LockingState::Reader state);
/// The part of a LockingState that is one view of the contracts, and the way back.
void fill(schema::PoolState::Builder builder, const PoolView& pool);
[[nodiscard]] PoolView restore(schema::PoolState::Reader pool);

/// The sequencer that this key signs for now; none for unknown and retired keys.
[[nodiscard]] const SequencerView* by_signer(const Locking& state, const Address& signer);

}  // namespace horae
