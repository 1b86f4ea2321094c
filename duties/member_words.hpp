#pragma once

#include <optional>
#include <set>

#include "events/shared.hpp"

// What a member of a pool has to say of itself, as inputs: nothing where the pool knows it already,
// or would not hear it.
namespace horae {

/// That its node runs, and where its consensus is reached. Whoever joins is heard once the pool has
/// agreed that it is Active.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> ready_word(const SharedState& state,
                                                                   const PublicKey& key,
                                                                   const std::string& endpoint);
/// A block as this member's engine has it.
struct OwnBlock {
  std::uint64_t number = 0;
  Hash32 hash;
};
/// That its engine has executed the chain up to this block, where that waits for attestation and is
/// the sealed one; nothing while its operator wants it revoked.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> attested_word(const SharedState& state,
                                                                      const Address& me,
                                                                      const OwnBlock& executed);
/// That its engine has this block otherwise than it is sealed, where it may be revoked; nothing
/// where its operator has decided to have it revoked anyway. sealed: as what it was executed.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> disputed_word(const SharedState& state,
                                                                      const Address& me,
                                                                      const OwnBlock& differs,
                                                                      const Hash32& sealed);
/// That its operator has decided to have this block revoked.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> revoked_word(const SharedState& state,
                                                                     const Address& me,
                                                                     std::uint64_t number);
/// That the running epoch's leader makes nothing; where that is this one, and not this member.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> stall_word(const SharedState& state,
                                                                   const Address& me,
                                                                   const Address& leader);
/// That it gives its turn to the next; where it has one.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> yield_word(const SharedState& state,
                                                                   const Address& me);
/// Whom it holds to be away, among those who have a voice.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> away_word(const PoolAgreement& pool,
                                                                  const Address& me,
                                                                  const std::set<Address>& away);
/// The change of rules that it wants, or that it wants none any more. Nothing of one that is past.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> change_word(
    const SharedState& state, const Address& me,
    const std::optional<Msg<schema::RuleChange>>& wanted);
/// Whether the block of L1 from which it was to hold is known already.
[[nodiscard]] bool is_past(const Locking& locking, schema::RuleChange::Reader change);

}  // namespace horae
