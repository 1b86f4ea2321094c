#include "events/pool/absences.hpp"

#include "events/pool/members.hpp"

namespace horae {
namespace {

using schema::PoolFact;

std::set<Address> holding_away(const PoolAgreement& state, const Address& signer) {
  std::set<Address> out;
  for (const auto& [member, signers] : state.absences) {
    if (signers.contains(signer)) out.insert(member);
  }
  return out;
}

}  // namespace

Decision decide_absence(const PoolAgreement& state, schema::AbsentMembers::Reader told,
                        const PoolAsked& asked) {
  if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  if (state.genesis.read().getAbsenceMs() == 0) {
    return refuse(Reason::BY_GENESIS,
                  "by the genesis of this pool nobody loses its voice by being "
                  "away");
  }
  std::set<Address> signers;
  for (const auto each : told.getSigners()) {
    const auto signer = fixed<Address>(each);
    if (signer != asked.sender && state.members.contains(signer)) signers.insert(signer);
  }
  const auto before = state.absences.find(asked.sender);
  if (before == state.absences.end() ? signers.empty() : before->second == signers) return {};
  Decision out;
  out.facts.push_back(make_fact<PoolFact>([&](auto fact) {
    auto absence = fact.initAbsenceTold();
    absence.setNumber(asked.number);
    absence.setMember(data(asked.sender));
    write_all(absence.initSigners(static_cast<unsigned>(signers.size())), signers);
  }));
  const auto total = total_power(state.members);
  for (const auto& signer : signers) {
    auto members = holding_away(state, signer);
    members.insert(asked.sender);
    if (!is_quorum(power_of(state.members, members), total)) continue;
    out.facts.push_back(make_fact<PoolFact>(
        [&](auto fact) {
          auto lost = fact.initMemberLost();
          lost.setSigner(data(signer));
          write_all(lost.initMembers(static_cast<unsigned>(members.size())), members);
        },
        0));
  }
  return out;
}

void apply_told(PoolAgreement& state, schema::AbsenceTold::Reader fact) {
  const auto member = fixed<Address>(fact.getMember());
  if (fact.getNumber() != 0) state.heard[member] = fact.getNumber();
  std::set<Address> signers;
  for (const auto signer : fact.getSigners()) signers.insert(fixed<Address>(signer));
  if (signers.empty()) {
    state.absences.erase(member);
  } else {
    state.absences[member] = std::move(signers);
  }
}

void apply_lost(PoolAgreement& state, schema::MemberLost::Reader fact) {
  const auto signer = fixed<Address>(fact.getSigner());
  state.lost.insert(signer);
  for (auto& [member, signers] : state.absences) signers.erase(signer);
  std::erase_if(state.absences, [](const auto& each) { return each.second.empty(); });
}

void forget_absences(PoolAgreement& state) {
  std::erase_if(state.absences,
                [&](const auto& each) { return !state.members.contains(each.first); });
  for (auto& [member, signers] : state.absences) {
    std::erase_if(signers, [&](const Address& signer) { return !state.members.contains(signer); });
  }
  std::erase_if(state.absences, [](const auto& each) { return each.second.empty(); });
}

}  // namespace horae
