#include "events/pool/stalls.hpp"

#include <algorithm>

#include "events/pool/members.hpp"

namespace horae {
namespace {

using schema::PoolFact;

Decision no_turns() {
  return refuse(Reason::NOT_OPEN, "members of this pool take no turns, or none has begun");
}

Decision other_epoch(std::uint64_t said, const RunningTurn& turn) {
  return refuse(Reason::NOT_NEXT, "a word on epoch " + std::to_string(said) + ", epoch " +
                                      std::to_string(turn.epoch) + " runs");
}

}  // namespace

Decision decide_stall(const PoolAgreement& state, schema::StallReport::Reader said,
                      const PoolAsked& asked) {
  if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  if (!asked.turn) return no_turns();
  const auto& turn = *asked.turn;
  if (said.getEpoch() != turn.epoch) return other_epoch(said.getEpoch(), turn);
  if (said.getBlock() != turn.head) {
    return refuse(Reason::NOT_NEXT, "block " + std::to_string(said.getBlock()) +
                                        " stands too long, the head is block " +
                                        std::to_string(turn.head));
  }
  const Stall stall{turn.epoch, turn.head};
  const auto before = state.stalls.find(asked.sender);
  if (before != state.stalls.end() && before->second == stall) return {};
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto reported = fact.initStallReported();
    reported.setNumber(asked.number);
    reported.setEpoch(stall.epoch);
    reported.setBlock(stall.block);
    reported.setMember(data(asked.sender));
  }));
}

Decision decide_yield(const PoolAgreement& state, schema::TurnYield::Reader said,
                      const PoolAsked& asked) {
  if (!state.members.contains(asked.sender)) return no_voice(asked.sender);
  if (!asked.turn) return no_turns();
  const auto& turn = *asked.turn;
  if (said.getEpoch() != turn.epoch) return other_epoch(said.getEpoch(), turn);
  if (asked.sender != turn.signer) {
    return refuse(Reason::NOT_LEADER, to_hex(turn.signer) + " leads epoch " +
                                          std::to_string(turn.epoch) + ", and it alone yields it");
  }
  if (state.yielded_epoch == turn.epoch) return {};
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto yielded = fact.initTurnYielded();
    yielded.setEpoch(turn.epoch);
    yielded.setSigner(data(turn.signer));
  }));
}

Decision replaced_leader(const PoolAgreement& state, const RunningTurn& turn, std::int32_t after) {
  if (state.replaced_epoch == turn.epoch) return {};
  std::set<Address> members;
  for (const auto& [member, stall] : state.stalls) {
    if (stall == Stall{turn.epoch, turn.head}) members.insert(member);
  }
  const auto power = U256(power_of(state.members, members));
  if (power * 3 <= U256(total_power(state.members))) return {};
  return replaced_by(turn, members, after);
}

Decision replaced_by(const RunningTurn& turn, const std::set<Address>& members,
                     std::int32_t after) {
  return decided(make_fact<PoolFact>(
      [&](auto fact) {
        auto replaced = fact.initLeaderReplaced();
        replaced.setEpoch(turn.epoch);
        replaced.setBlock(turn.head);
        replaced.setUntilEpoch(turn.epoch + turn.skip_epochs);
        replaced.setSequencerId(data(to_word(turn.sequencer_id)));
        replaced.setSigner(data(turn.signer));
        write_all(replaced.initMembers(static_cast<unsigned>(members.size())), members);
      },
      after));
}

void apply_stall(PoolAgreement& state, schema::StallReported::Reader fact) {
  const auto member = fixed<Address>(fact.getMember());
  if (fact.getNumber() != 0) state.heard[member] = fact.getNumber();
  const Stall stall{fact.getEpoch(), fact.getBlock()};
  // Of an epoch or a block before they say nothing any more.
  std::erase_if(state.stalls, [&](const auto& each) { return each.second != stall; });
  state.stalls[member] = stall;
}

void apply_replaced(PoolAgreement& state, schema::LeaderReplaced::Reader fact) {
  const auto epoch = fact.getEpoch();
  std::erase_if(state.skipped, [&](const auto& each) { return each.second < epoch; });
  // An epoch that came to nothing shortens nobody's waiting: else a few that make nothing would
  // have turn after turn, and whoever makes blocks none.
  for (auto& [id, until_epoch] : state.skipped) ++until_epoch;
  state.skipped[read_u256(fact.getSequencerId())] = fact.getUntilEpoch();
  state.replaced_epoch = epoch;
  state.stalls.clear();
  // Of blocks that are revoked.
  std::erase_if(state.disputes,
                [&](const auto& each) { return each.second.block > fact.getBlock(); });
  std::erase_if(state.contradictions,
                [&](const auto& each) { return each.second.block > fact.getBlock(); });
  // Where blocks were revoked, nobody has attested those that take their places.
  for (auto& [member, number] : state.attested) number = std::min(number, fact.getBlock());
}

}  // namespace horae
