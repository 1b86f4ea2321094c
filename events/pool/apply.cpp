#include <algorithm>

#include "events/pool/absences.hpp"
#include "events/pool/disputes.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/pool/stalls.hpp"

namespace horae {
namespace {

using schema::PoolFact;

// Agreed heads that are kept although they are final: a block that is under way when there is a
// newer one may name them.
constexpr std::size_t kept_heads = 16;

void differ(PoolAgreement& state, const Address& signer, std::uint64_t place) {
  auto& differing = state.differing[signer];
  if (differing.places++ == 0) differing.since = place;
  differing.last = place;
}

void apply_reported(PoolAgreement& state, schema::L1Reported::Reader fact) {
  const auto member = fixed<Address>(fact.getMember());
  const auto report = fact.getReport();
  const auto digest = fixed<Hash32>(report.getDigest());
  if (report.getPlace() != state.place) return differ(state, member, report.getPlace());
  const auto before = state.reports.find(member);
  const bool again = before != state.reports.end();
  const auto changed = again ? before->second.digest : Hash32{};
  state.reports[member] = {digest, report.getFinalized(), report.getBlock(),
                           again ? before->second.changes + 1 : 0, fact.getNumber()};
  if (report.hasCommand()) {
    state.offered.emplace(digest, Msg<schema::LockingCommand>::copy_of(report.getCommand()));
  }
  // What nobody stands by any more is forgotten.
  const bool stands = std::ranges::any_of(
      state.reports, [&](const auto& each) { return each.second.digest == changed; });
  if (!stands) state.offered.erase(changed);
}

// Logs of schema 7 kept none of them.
void forget_final_heads(PoolAgreement& state, std::uint64_t final_block) {
  const auto kept = state.rules_version == 0 ? 0 : kept_heads;
  std::size_t gone = 0;
  while (state.heads.size() - gone > kept && state.heads[gone].number < final_block) ++gone;
  state.heads.erase(state.heads.begin(), state.heads.begin() + static_cast<std::ptrdiff_t>(gone));
}

void apply_agreed(PoolAgreement& state, schema::L1Agreed::Reader fact) {
  const auto digest = fixed<Hash32>(fact.getDigest());
  const auto offered = state.offered.find(digest);
  if (offered == state.offered.end() || fact.getPlace() != state.place) {
    stop("L1Agreed of what nobody reported, at place " + std::to_string(fact.getPlace()));
  }
  state.agreed = offered->second;
  const auto command = state.agreed->read();
  const auto finalized = to_point(fact.getFinalized());
  if (command.isAdvance()) {
    state.heads.push_back(to_point(command.getAdvance().getConfirmed()));
    forget_final_heads(state, finalized.number);
    forget_past_wishes(state, state.heads.back().number);
  }
  if (command.isRevert()) {
    const auto to = command.getRevert().getTo().getNumber();
    std::erase_if(state.heads, [&](const L1Point& head) { return head.number > to; });
  }
  for (const auto& [signer, report] : state.reports) {
    if (report.digest == digest) {
      state.differing.erase(signer);
    } else if (report.block == block_of(command)) {
      differ(state, signer, state.place);
    }
  }
  state.last_digest = digest;
  state.last_block = block_of(command);
  state.reports.clear();
  state.offered.clear();
  ++state.place;
}

void apply_applied(PoolProgress& state, schema::ConsensusBlockApplied::Reader fact) {
  const AppliedHeight next{fact.getHeight(), fixed<Hash32>(fact.getBlockHash()),
                           fixed<Hash32>(fact.getAppHash())};
  // What a block led to stands in the header of the next one.
  if (next.app_hash != state.applied.app_hash) {
    state.wanted.push_back({next.height + 1, next.app_hash});
    if (state.wanted.size() > PoolProgress::most_wanted) state.wanted.pop_front();
  }
  state.applied = next;
}

}  // namespace

bool is_shared(PoolFact::Which kind) {
  switch (kind) {
    case PoolFact::POOL_FOUNDED:
    case PoolFact::L1_REPORTED:
    case PoolFact::L1_AGREED:
    case PoolFact::MEMBER_READY:
    case PoolFact::MEMBERS_CHANGED:
    case PoolFact::RULES_WANTED:
    case PoolFact::RULES_AGREED:
    case PoolFact::RULES_CHANGED:
    case PoolFact::RULES_REFUSED:
    case PoolFact::ABSENCE_TOLD:
    case PoolFact::MEMBER_LOST:
    case PoolFact::BLOCK_ATTESTED:
    case PoolFact::STALL_REPORTED:
    case PoolFact::LEADER_REPLACED:
    case PoolFact::TURN_YIELDED:
    case PoolFact::BLOCK_DISPUTED:
      return true;
    case PoolFact::NONE:
    case PoolFact::CONSENSUS_BLOCK_APPLIED:
    case PoolFact::INPUT_PROPOSED:
    case PoolFact::INPUT_SETTLED:
    case PoolFact::CONSENSUS_BLOCK_SIGNED:
      return false;
  }
  stop("a fact of the pool written by a newer version");
}

void apply(PoolAgreement& state, PoolFact::Reader fact) {
  switch (fact.which()) {
    case PoolFact::NONE:
      break;
    case PoolFact::POOL_FOUNDED:
      state.genesis = Msg<schema::PoolGenesis>::copy_of(fact.getPoolFounded());
      state.members = to_members(fact.getPoolFounded().getMembers());
      state.rules_version = fact.getPoolFounded().getRulesVersion();
      return;
    case PoolFact::L1_REPORTED:
      return apply_reported(state, fact.getL1Reported());
    case PoolFact::L1_AGREED:
      return apply_agreed(state, fact.getL1Agreed());
    case PoolFact::MEMBER_READY: {
      const auto told = fact.getMemberReady();
      const auto signer = fixed<Address>(told.getSigner());
      if (told.getNumber() != 0) state.heard[signer] = told.getNumber();
      state.lost.erase(signer);
      if (const auto member = state.members.find(signer); member != state.members.end()) {
        member->second.endpoint = told.getEndpoint().cStr();
      } else {
        state.ready[signer] = {fixed<PublicKey>(told.getPublicKey()), 0, told.getEndpoint().cStr()};
      }
      return;
    }
    case PoolFact::MEMBERS_CHANGED: {
      // Who loses its voice and runs on may get it again.
      for (const auto& [signer, member] : state.members) {
        state.ready[signer] = {member.key, 0, member.endpoint};
      }
      state.members = to_members(fact.getMembersChanged().getMembers());
      for (const auto& [signer, member] : state.members) state.ready.erase(signer);
      std::erase_if(state.reports,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.differing,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.wished,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.attested,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.stalls,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.disputes,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      std::erase_if(state.contradictions,
                    [&](const auto& each) { return !state.members.contains(each.first); });
      forget_absences(state);
      return;
    }
    case PoolFact::RULES_WANTED:
      return apply_wanted(state, fact.getRulesWanted());
    case PoolFact::RULES_AGREED:
      return apply_rules_agreed(state, fact.getRulesAgreed());
    case PoolFact::RULES_CHANGED:
      return apply_changed(state, fact.getRulesChanged());
    case PoolFact::RULES_REFUSED:
      return;  // what was to be set is not
    case PoolFact::ABSENCE_TOLD:
      return apply_told(state, fact.getAbsenceTold());
    case PoolFact::MEMBER_LOST:
      return apply_lost(state, fact.getMemberLost());
    case PoolFact::BLOCK_ATTESTED: {
      const auto attested = fact.getBlockAttested();
      const auto member = fixed<Address>(attested.getMember());
      state.attested[member] = attested.getNumber();
      const auto dispute = state.disputes.find(member);
      if (dispute != state.disputes.end() && dispute->second.block <= attested.getNumber()) {
        state.disputes.erase(dispute);
      }
      return;
    }
    case PoolFact::BLOCK_DISPUTED:
      return apply_disputed(state, fact.getBlockDisputed());
    case PoolFact::STALL_REPORTED:
      return apply_stall(state, fact.getStallReported());
    case PoolFact::LEADER_REPLACED:
      return apply_replaced(state, fact.getLeaderReplaced());
    case PoolFact::TURN_YIELDED:
      state.yielded_epoch = fact.getTurnYielded().getEpoch();
      return;
    case PoolFact::CONSENSUS_BLOCK_APPLIED:
    case PoolFact::INPUT_PROPOSED:
    case PoolFact::INPUT_SETTLED:
    case PoolFact::CONSENSUS_BLOCK_SIGNED:
      break;
  }
  stop("a fact of the pool that its members do not share");
}

void apply(PoolProgress& state, PoolFact::Reader fact) {
  switch (fact.which()) {
    case PoolFact::CONSENSUS_BLOCK_APPLIED:
      return apply_applied(state, fact.getConsensusBlockApplied());
    case PoolFact::CONSENSUS_BLOCK_SIGNED:
      std::erase_if(state.wanted, [&](const WantedHeader& header) {
        return header.height <= fact.getConsensusBlockSigned().getHeight();
      });
      return;
    case PoolFact::INPUT_PROPOSED:
      state.proposed = ProposedInput{fact.getInputProposed().getBlock(),
                                     copy(fact.getInputProposed().getInput())};
      return;
    case PoolFact::INPUT_SETTLED:
      state.proposed.reset();
      return;
    case PoolFact::NONE:
    case PoolFact::POOL_FOUNDED:
    case PoolFact::L1_REPORTED:
    case PoolFact::L1_AGREED:
    case PoolFact::MEMBER_READY:
    case PoolFact::MEMBERS_CHANGED:
    case PoolFact::RULES_WANTED:
    case PoolFact::RULES_AGREED:
    case PoolFact::RULES_CHANGED:
    case PoolFact::RULES_REFUSED:
    case PoolFact::ABSENCE_TOLD:
    case PoolFact::MEMBER_LOST:
    case PoolFact::BLOCK_ATTESTED:
    case PoolFact::STALL_REPORTED:
    case PoolFact::LEADER_REPLACED:
    case PoolFact::TURN_YIELDED:
    case PoolFact::BLOCK_DISPUTED:
      break;
  }
  stop("a fact of the pool that is not this node's own");
}

}  // namespace horae
