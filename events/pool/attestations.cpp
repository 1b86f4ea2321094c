#include "events/pool/attestations.hpp"

#include <algorithm>

#include "events/pool/disputes.hpp"
#include "events/pool/members.hpp"

namespace horae {

Decision decide_attest(const PoolAgreement& state, schema::Attestation::Reader said,
                       const PoolAsked& asked) {
  if (!state.members.contains(asked.sender)) return no_voice(asked.sender);
  if (!asked.head) {
    return refuse(Reason::NOT_OPEN, "the pool's rules ask for no attestation of blocks");
  }
  const auto number = said.getNumber();
  if (number > *asked.head) {
    return refuse(Reason::NOT_NEXT, "block " + std::to_string(number) +
                                        " is attested, the head is " + std::to_string(*asked.head));
  }
  const auto hash = fixed<Hash32>(said.getHash());
  // Its engine may have been mended since it said otherwise.
  if (asked.revocable && hash != *asked.sealed && said.hasSealed()) {
    return decide_dispute(state, said, asked);
  }
  if (state.disputes.contains(asked.sender)) {
    if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  }
  const auto before = state.attested.find(asked.sender);
  if (number <= asked.attested || (before != state.attested.end() && number <= before->second)) {
    return {};
  }
  if (!asked.sealed || hash != *asked.sealed) {
    return refuse(Reason::WRONG_CONTENT,
                  "block " + std::to_string(number) + " is attested as " + to_hex(hash) +
                      (asked.sealed ? ", and sealed as " + to_hex(*asked.sealed) : ""));
  }
  return decided(make_fact<schema::PoolFact>([&](auto fact) {
    auto attested = fact.initBlockAttested();
    attested.setNumber(number);
    attested.setMember(data(asked.sender));
    attested.setHash(said.getHash());
    // What shared rules of before do not have.
    if (asked.revocable) attested.setInput(asked.number);
  }));
}

std::uint64_t attested_by_quorum(const PoolAgreement& state) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> words;  // block, power
  for (const auto& [signer, number] : state.attested) {
    if (const auto member = state.members.find(signer); member != state.members.end()) {
      words.emplace_back(number, member->second.power);
    }
  }
  std::ranges::sort(words, std::greater());
  const auto total = total_power(state.members);
  std::uint64_t power = 0;
  for (const auto& [number, theirs] : words) {
    power += theirs;
    if (is_quorum(power, total)) return number;
  }
  return 0;
}

}  // namespace horae
