#include "events/rewards/composition.hpp"

#include "core/eth/abi.hpp"
#include "core/rules/reward.hpp"

namespace horae {

using schema::BlockCounting;
using schema::LeftOut;

std::uint64_t counted(const SequencerBlocks& blocks, BlockCounting counting) {
  switch (counting) {
    case BlockCounting::ALLOTTED:
      return blocks.allotted;
    case BlockCounting::PRODUCED:
      return blocks.produced;
    case BlockCounting::NONE:
      break;
  }
  stop("blocks counted by a rule that this version does not know");
}

RangeAccount account_of(const Rewards& state, const U256& first, const U256& last) {
  RangeAccount out;
  for (const auto& [number, epoch] : state.epochs) {
    if (U256(number) < first || U256(number) > last) continue;
    if (out.first_block == 0) out.first_block = epoch.first_block;
    out.last_block = epoch.last_block;
    for (const auto& [id, blocks] : epoch.blocks) {
      out.blocks[id].allotted += blocks.allotted;
      out.blocks[id].produced += blocks.produced;
    }
  }
  return out;
}

U256 next_batch(const Rewards& state) { return state.paid.back().id + 1; }

Composition compose(const Rewards& state, const PoolStanding& pool) {
  Composition out;
  out.first_epoch = static_cast<std::uint64_t>(state.paid.back().end_epoch) + 1;
  out.last_epoch = state.running_epoch - 1;
  out.account = account_of(state, out.first_epoch, out.last_epoch);
  for (const auto& [id, blocks] : out.account.blocks) {
    auto& line = out.lines.emplace_back();
    line.id = id;
    line.blocks = blocks;
    line.counted = counted(blocks, state.rules.counting);
    const auto member = pool.members.find(id);
    if (member == pool.members.end()) {
      line.left_out = LeftOut::UNKNOWN;
      continue;
    }
    line.signer = member->second.signer;
    if (member->second.retired) {
      line.left_out = LeftOut::RETIRED;
    } else if (line.counted == 0) {
      line.left_out = LeftOut::NOTHING_COUNTED;
    } else {
      out.credited += line.counted;
    }
  }
  return out;
}

std::string why_nobody(const Composition& composition) {
  return "nobody can be credited for the epochs " + std::to_string(composition.first_epoch) +
         " to " + std::to_string(composition.last_epoch) + ": of " +
         std::to_string(composition.lines.size()) +
         " sequencers each is retired, unknown to the pool or without a block that counts";
}

std::string name_of(schema::PeriodClosed::Reader closed) {
  return "composition " + std::to_string(closed.getComposition()) + " of batch " +
         to_decimal(read_u256(closed.getBatchId()));
}

void write(schema::PeriodClosed::Builder out, const Rewards& state, const PoolStanding& pool,
           schema::ClosePeriod::Reader command) {
  const auto composition = compose(state, pool);
  const auto seconds = command.getTimestamp() - state.started_at;
  out.setComposition(state.compositions + 1);
  out.setCounting(state.rules.counting);
  out.setStartEpoch(composition.first_epoch);
  out.setEndEpoch(composition.last_epoch);
  out.setFirstBlock(composition.account.first_block);
  out.setLastBlock(composition.account.last_block);
  out.setStartedAt(state.started_at);
  out.setClosedAt(command.getTimestamp());
  out.setL1Block(command.getL1Block());
  auto lines = out.initLines(static_cast<unsigned>(composition.lines.size()));
  U256 total = 0;
  unsigned index = 0;
  for (const auto& line : composition.lines) {
    const auto amount =
        line.left_out == LeftOut::NO ? reward_amount(line.counted, pool.reward_per_block) : U256(0);
    total += amount;
    auto entry = lines[index++];
    entry.setAllotted(line.blocks.allotted);
    entry.setProduced(line.blocks.produced);
    entry.setBlocks(line.counted);
    entry.setLeftOut(line.left_out);
    entry.setSequencerId(data(to_word(line.id)));
    entry.setSigner(data(line.signer));
    entry.setAmount(data(to_word(amount)));
  }
  out.setBatchId(data(to_word(next_batch(state))));
  out.setRewardPerBlock(data(to_word(pool.reward_per_block)));
  out.setTotal(data(to_word(total)));
  out.setTotalLocked(data(to_word(pool.total_locked)));
  out.setRealisedRatePpm(data(to_word(
      realised_rate_ppm(pool.reward_per_block, composition.credited, seconds, pool.total_locked))));
  out.setTargetRewardPerBlock(data(to_word(target_reward_per_block(
      pool.total_locked, state.rules.target_rate_ppm, seconds, composition.credited))));
}

Bytes batch_call(schema::PeriodClosed::Reader period) {
  std::vector<Address> signers;
  std::vector<U256> blocks;
  for (const auto line : period.getLines()) {
    if (line.getLeftOut() != LeftOut::NO) continue;
    signers.push_back(fixed<Address>(line.getSigner()));
    blocks.emplace_back(line.getBlocks());
  }
  return AbiWriter()
      .number(read_u256(period.getBatchId()))
      .number(period.getStartEpoch())
      .number(period.getEndEpoch())
      .addresses(signers)
      .numbers(blocks)
      .call("batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])");
}

}  // namespace horae
