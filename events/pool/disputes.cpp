#include "events/pool/disputes.hpp"

#include "events/pool/members.hpp"

namespace horae {
namespace {

// Each time is a fact: a member whose engine is mended, and its operator, need a few.
constexpr std::uint32_t most_contradictions = 32;

// How often the sender has said something else of this block, with the one that it says now.
Contradiction counted(const PoolAgreement& state, const Address& member, std::uint64_t block) {
  const auto known = state.contradictions.find(member);
  if (known == state.contradictions.end() || block > known->second.block) return {block, 1};
  return {known->second.block, known->second.times + 1};
}

Decision disputed(const PoolAgreement& state, const Dispute& wanted, const PoolAsked& asked) {
  const auto said = state.disputes.find(asked.sender);
  if (said != state.disputes.end() && said->second == wanted) return {};
  if (counted(state, asked.sender, wanted.block).times > most_contradictions) {
    return refuse(Reason::NOT_AGREED, "a member that has said " +
                                          std::to_string(most_contradictions) +
                                          " times something else against block " +
                                          std::to_string(wanted.block) + " or one below it");
  }
  return decided(make_fact<schema::PoolFact>([&](auto fact) {
    auto dispute = fact.initBlockDisputed();
    dispute.setNumber(asked.number);
    dispute.setBlock(wanted.block);
    dispute.setMember(data(asked.sender));
    if (wanted.hash) dispute.setHash(data(*wanted.hash));
  }));
}

Decision other_block(std::uint64_t number, const Hash32& said, const Hash32& sealed) {
  return refuse(Reason::WRONG_CONTENT, "block " + std::to_string(number) + " is sealed as " +
                                           to_hex(sealed) + ", not as " + to_hex(said));
}

}  // namespace

Decision not_revocable(std::uint64_t block) {
  return refuse(Reason::NOT_OPEN, "block " + std::to_string(block) +
                                      " cannot be revoked: it is attested, or there is no such "
                                      "block, or blocks of this pool are not revoked");
}

Decision decide_dispute(const PoolAgreement& state, schema::Attestation::Reader said,
                        const PoolAsked& asked) {
  if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  const auto number = said.getNumber();
  if (!asked.revocable || !asked.sealed) return not_revocable(number);
  // Of a block that was revoked it says nothing of the one that takes its place.
  const auto sealed = fixed<Hash32>(said.getSealed());
  if (sealed != *asked.sealed) return other_block(number, sealed, *asked.sealed);
  return disputed(state, {number, fixed<Hash32>(said.getHash())}, asked);
}

Decision decide_revocation(const PoolAgreement& state, schema::Revocation::Reader said,
                           const PoolAsked& asked) {
  if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  const auto number = said.getNumber();
  if (!asked.revocable || !asked.sealed) return not_revocable(number);
  const auto sealed = fixed<Hash32>(said.getHash());
  if (sealed != *asked.sealed) return other_block(number, sealed, *asked.sealed);
  return disputed(state, {number, std::nullopt}, asked);
}

std::map<std::optional<Hash32>, std::set<Address>> disputes_of(const PoolAgreement& state,
                                                               std::uint64_t block) {
  std::map<std::optional<Hash32>, std::set<Address>> out;
  for (const auto& [member, dispute] : state.disputes) {
    if (dispute.block == block && state.members.contains(member)) out[dispute.hash].insert(member);
  }
  return out;
}

std::optional<Verdict> verdict_on(const PoolAgreement& state, std::uint64_t block) {
  const auto total = total_power(state.members);
  for (const auto& [hash, members] : disputes_of(state, block)) {
    if (is_quorum(power_of(state.members, members), total)) {
      return Verdict{hash, {members.begin(), members.end()}};
    }
  }
  return std::nullopt;
}

std::string dispute_words(const PoolAgreement& state, std::uint64_t block) {
  std::string out;
  const auto of_total = " of " + std::to_string(total_power(state.members)) + " power";
  for (const auto& [hash, members] : disputes_of(state, block)) {
    out += (out.empty() ? "of block " + std::to_string(block) + ", " : "; ") +
           std::string("members with ") + std::to_string(power_of(state.members, members)) +
           of_total + (hash ? " have " + to_hex(*hash) + " instead" : " want it revoked");
  }
  return out;
}

void apply_disputed(PoolAgreement& state, schema::BlockDisputed::Reader fact) {
  const auto member = fixed<Address>(fact.getMember());
  if (fact.getNumber() != 0) state.heard[member] = fact.getNumber();
  const auto block = fact.getBlock();
  state.contradictions[member] = counted(state, member, block);
  auto& dispute = state.disputes[member];
  dispute.block = block;
  dispute.hash.reset();
  if (fact.getHash().size() != 0) dispute.hash = fixed<Hash32>(fact.getHash());
  // All before it are as they are sealed.
  state.attested[member] = block - 1;
}

}  // namespace horae
