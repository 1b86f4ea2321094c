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
/// That its engine has executed the blocks up to this one, as far as they wait for attestation.
[[nodiscard]] std::optional<Msg<schema::SharedCommand>> attested_word(const SharedState& state,
                                                                      const Address& me,
                                                                      std::uint64_t executed);
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
