#pragma once

#include <map>
#include <vector>

#include "events/rewards/rewards.hpp"

// What a reward batch consists of: epochs, blocks, who is credited for how many and who is left
// out.
namespace horae {

/// What the rule counts of them.
[[nodiscard]] std::uint64_t counted(const SequencerBlocks& blocks, schema::BlockCounting counting);

/// Blocks of all epochs in a range, both ends included; LockingPool's epochs have 256 bits.
struct RangeAccount {
  std::uint64_t first_block = 0;
  std::uint64_t last_block = 0;
  std::map<U256, SequencerBlocks> blocks;  // by sequencer id
};
[[nodiscard]] RangeAccount account_of(const Rewards& state, const U256& first, const U256& last);

/// The batch after the last one paid.
[[nodiscard]] U256 next_batch(const Rewards& state);

/// The period that could be closed now.
struct Composition {
  std::uint64_t first_epoch = 0;
  std::uint64_t last_epoch = 0;
  RangeAccount account;
  struct Line {
    U256 id;
    SequencerBlocks blocks;
    std::uint64_t counted = 0;
    schema::LeftOut left_out = schema::LeftOut::NO;
    Address signer;
  };
  std::vector<Line> lines;
  std::uint64_t credited = 0;  // blocks
};
/// Its epochs must be known to fit 64 bits and to be finished.
[[nodiscard]] Composition compose(const Rewards& state, const PoolStanding& pool);
/// Of a composition that credits no block, in words.
[[nodiscard]] std::string why_nobody(const Composition& composition);

/// "composition N of batch M", for refusals and stops.
[[nodiscard]] std::string name_of(schema::PeriodClosed::Reader closed);

/// The composition as the fact that closes the period.
void write(schema::PeriodClosed::Builder out, const Rewards& state, const PoolStanding& pool,
           schema::ClosePeriod::Reader command);

/// The call of batchSubmitRewards that a composition stands for.
[[nodiscard]] Bytes batch_call(schema::PeriodClosed::Reader period);

}  // namespace horae
