#pragma once

#include <map>
#include <optional>

#include "core/u256.hpp"
#include "events/decision.hpp"
#include "events/locking/locking.hpp"
#include "schemas/rewards.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::RewardsFact> = Domain::REWARDS;

struct RewardRules {
  std::uint64_t period_s = 0;
  std::uint32_t min_epochs = 2;
  schema::BlockCounting counting = schema::BlockCounting::NONE;
  std::uint64_t target_rate_ppm = 0;  // of what is locked, a year
};

[[nodiscard]] RewardRules to_rules(schema::RewardsOpened::Reader opened);

struct SequencerBlocks {
  std::uint64_t allotted = 0;
  std::uint64_t produced = 0;
};

struct EpochAccount {
  std::uint64_t first_block = 0;
  std::uint64_t last_block = 0;
  std::map<U256, SequencerBlocks> blocks;  // by sequencer id
};

/// A batch that L1 has paid and a reorganisation may take back.
struct PaidBatch {
  U256 id, end_epoch;
  std::uint64_t started_at = 0;                     // of the period that it closed
  std::uint32_t composition = 0;                    // of ours that it was; 0: none
  std::uint32_t compositions = 0;                   // made of it
  std::optional<Msg<schema::PeriodClosed>> closed;  // what was composed when it was paid
};

/// How many paid batches keep their epochs' accounts, and can be taken back. Where L1 takes back
/// more, the older ones stay paid: L1 tells them again before anything is composed.
inline constexpr std::size_t kept_batches = 16;

/// What was made of a batch that was next once and comes later now, since L1 took back one before
/// it. Its compositions stay used: what may have been signed as one of them is never another.
struct ComposedBatch {
  std::uint32_t compositions = 0;
  std::optional<Msg<schema::PeriodClosed>> closed;
};

struct Rewards {
  bool open = false;
  RewardRules rules;
  Msg<schema::RewardsOpened> opened;
  std::uint64_t started_at = 0;     // of the open period, seconds; 0 before the first block
  std::uint32_t compositions = 0;   // of the batch after the last paid
  std::uint64_t running_epoch = 0;  // of the last block credited: not finished
  std::map<std::uint64_t, EpochAccount> epochs;
  std::vector<PaidBatch>
      paid;  // oldest first; never empty once open: the first stands for what was before
  std::optional<Msg<schema::PeriodClosed>> closed;  // composed, not yet paid
  std::map<U256, ComposedBatch> composed;           // by batch id
};

/// Whether the rules came before the pool was open: its last batch is not known yet.
[[nodiscard]] bool waits_for_pool(const Rewards& state);

/// A sequencer as the locking domain has it at this moment.
struct PoolMember {
  Address signer;
  bool retired = false;  // its exit is claimed
};
/// What the locking domain says, carried into a decision. batch_id 0: its pool is not open.
struct PoolStanding {
  U256 batch_id, end_epoch;  // of the contract's last batch
  U256 reward_per_block, total_locked;
  std::map<U256, PoolMember> members;  // by id
  std::optional<L1Point> l1_head;      // confirmed
  std::uint64_t l1_time = 0;           // of it, seconds; 0: not known
};
[[nodiscard]] PoolStanding pool_standing(const Locking& locking);

struct CreditedBlock {
  std::uint64_t block = 0, timestamp = 0, epoch = 0;
  U256 producer, allottee;  // sequencer ids
};

/// Opens (and changes the rules), closes a period (notDue while its time or its epochs are not
/// over, while one is closed already, or while nobody could be credited; wrongContent by another L1
/// block or time than the confirmed head's), reopens what came to nothing. What was done before is
/// accepted without facts.
[[nodiscard]] Decision decide(const Rewards& state, schema::RewardsCommand::Reader command,
                              const PoolStanding& pool);
// Reactions to other shared domains. They cannot be refused; before the domain is open they say
// nothing. after: index of the fact that led to them.
/// The rules were there before the pool was: now its last batch is known.
[[nodiscard]] Decision pool_opened(const Rewards& state, schema::PoolOpened::Reader pool,
                                   std::int32_t after);
[[nodiscard]] Decision credit(const Rewards& state, const CreditedBlock& block, std::int32_t after);
[[nodiscard]] Decision pay(const Rewards& state, schema::RewardDistributed::Reader batch,
                           std::int32_t after);
/// L1 went back to a block at which this was the last batch: a fact for each batch taken back of
/// those that are kept, newest first. pay says nothing of a batch that was not taken back.
[[nodiscard]] Decision unpay(const Rewards& state, const U256& last_batch, const L1Point& to,
                             std::int32_t after);

void apply(Rewards& state, schema::RewardsFact::Reader fact);
[[nodiscard]] Message state_message(const Rewards& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] Rewards restore(schema::RewardsState::Reader state);

/// Whether a period could be closed at this time, and if not, why, in words.
[[nodiscard]] std::string why_not_due(const Rewards& state, std::uint64_t l1_timestamp,
                                      const PoolStanding& pool);

}  // namespace horae
