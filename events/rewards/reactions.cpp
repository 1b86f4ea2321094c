#include "events/rewards/rewards.hpp"

#include "core/rules/reward.hpp"
#include "events/rewards/composition.hpp"

namespace horae {
namespace {

using schema::LeftOut;
using schema::RewardsFact;

struct Part {
  U256 paid_blocks, paid_amount;
  std::uint64_t blocks = 0;
  U256 amount;
};

std::map<U256, Part> credits_of(schema::RewardDistributed::Reader batch) {
  std::map<U256, Part> out;
  for (const auto credit : batch.getCredits()) {
    auto& part = out[read_u256(credit.getSequencerId())];
    part.paid_blocks += read_u256(credit.getBlocks());
    part.paid_amount += read_u256(credit.getAmount());
  }
  return out;
}

// Whether L1's batch is the one that is closed here: the same epochs, and the same blocks to the
// same sequencers (where L1's split is not known, the same sum).
bool is_ours(schema::PeriodClosed::Reader closed, schema::RewardDistributed::Reader batch,
             const std::map<U256, Part>& credits) {
  if (read_u256(closed.getBatchId()) != read_u256(batch.getBatchId()) ||
      U256(closed.getStartEpoch()) != read_u256(batch.getStartEpoch()) ||
      U256(closed.getEndEpoch()) != read_u256(batch.getEndEpoch())) {
    return false;
  }
  U256 sum = 0;
  std::map<U256, U256> ours;
  for (const auto line : closed.getLines()) {
    if (line.getLeftOut() != LeftOut::NO) continue;
    ours[read_u256(line.getSequencerId())] = line.getBlocks();
    sum += reward_amount(line.getBlocks(), read_u256(batch.getRpb()));
  }
  if (batch.getSource() == schema::SplitSource::UNKNOWN) return sum == read_u256(batch.getAmount());
  std::map<U256, U256> theirs;
  for (const auto& [id, part] : credits) {
    if (part.paid_blocks != 0) theirs[id] = part.paid_blocks;
  }
  return ours == theirs;
}

void write(schema::L1Block::Builder out, const L1Point& point) {
  out.setNumber(point.number);
  out.setHash(data(point.hash));
}

}  // namespace

Decision credit(const Rewards& state, const CreditedBlock& block, std::int32_t after) {
  if (!state.open) return {};
  return decided(make_fact<RewardsFact>(
      [&](auto fact) {
        auto credited = fact.initBlockCredited();
        credited.setBlock(block.block);
        credited.setTimestamp(block.timestamp);
        credited.setEpoch(block.epoch);
        credited.setProducer(data(to_word(block.producer)));
        credited.setAllottee(data(to_word(block.allottee)));
      },
      after));
}

Decision pay(const Rewards& state, schema::RewardDistributed::Reader batch, std::int32_t after) {
  // A batch at or below the last one was paid before: L1 went back further than accounts are kept.
  if (!state.open || read_u256(batch.getBatchId()) <= state.paid.back().id) return {};
  const bool split_known = batch.getSource() != schema::SplitSource::UNKNOWN;
  const auto rpb = read_u256(batch.getRpb());
  auto parts = credits_of(batch);
  const bool ours = state.closed && is_ours(**state.closed, batch, parts);
  if (ours) {
    // Its lines say who was left out and why; those are owed nothing by this batch.
    for (const auto line : state.closed->read().getLines()) {
      auto& part = parts[read_u256(line.getSequencerId())];
      part.blocks = line.getBlocks();
      part.amount =
          line.getLeftOut() == LeftOut::NO ? reward_amount(line.getBlocks(), rpb) : U256(0);
    }
  } else {
    // Whoever made it, every block that counts by our rule should have been paid.
    const auto account =
        account_of(state, read_u256(batch.getStartEpoch()), read_u256(batch.getEndEpoch()));
    for (const auto& [id, blocks] : account.blocks) {
      auto& part = parts[id];
      part.blocks = counted(blocks, state.rules.counting);
      part.amount = reward_amount(part.blocks, rpb);
    }
  }
  U256 sum = 0;
  bool each = true;
  for (const auto& [id, part] : parts) {
    sum += part.amount;
    each = each && part.amount == part.paid_amount;
  }
  const bool agrees = split_known ? each : sum == read_u256(batch.getAmount());
  return decided(make_fact<RewardsFact>(
      [&](auto fact) {
        auto paid = fact.initBatchPaid();
        paid.setComposition(ours ? state.closed->read().getComposition() : 0);
        paid.setSplitKnown(split_known);
        paid.setAgrees(agrees);
        paid.setPosition(batch.getPosition());
        auto lines = paid.initLines(static_cast<unsigned>(parts.size()));
        unsigned index = 0;
        for (const auto& [id, part] : parts) {
          auto line = lines[index++];
          line.setComputedBlocks(part.blocks);
          line.setSequencerId(data(to_word(id)));
          line.setPaidBlocks(data(to_word(part.paid_blocks)));
          line.setPaidAmount(data(to_word(part.paid_amount)));
          line.setComputedAmount(data(to_word(part.amount)));
        }
        paid.setBatchId(batch.getBatchId());
        paid.setStartEpoch(batch.getStartEpoch());
        paid.setEndEpoch(batch.getEndEpoch());
        paid.setAmount(batch.getAmount());
        paid.setRewardPerBlock(batch.getRpb());
      },
      after));
}

Decision unpay(const Rewards& state, const U256& last_batch, const L1Point& to,
               std::int32_t after) {
  Decision out;
  if (!state.open) return out;
  for (auto batch = state.paid.rbegin(); batch->id > last_batch; ++batch) {
    // The oldest stands for what was before: nothing of it is known any more.
    if (batch + 1 == state.paid.rend()) break;
    out.facts.push_back(make_fact<RewardsFact>(
        [&](auto fact) {
          auto unpaid = fact.initBatchUnpaid();
          unpaid.setBatchId(data(to_word(batch->id)));
          write(unpaid.initTo(), to);
        },
        after));
  }
  return out;
}

}  // namespace horae
