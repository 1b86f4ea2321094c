#pragma once

#include "events/domains.hpp"

namespace horae {

/// Decides, applies, and runs the reactions of other shared domains to the end, in a fixed order:
/// what results is one commit. The sequence, a pool and the auditor call the same function.
[[nodiscard]] Decision settle(SharedState& state, schema::LockingCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::BlocksCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::RewardsCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::MpcCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::PenaltiesCommand::Reader command);
/// The same for an accusation whose evidence was checked before.
[[nodiscard]] Decision settle(SharedState& state, const Accusation& accusation);

/// What another shared domain says to a fact that was just applied; after: the fact's index in its
/// decision. Empty for most.
[[nodiscard]] Decision reaction(const SharedState& state, Domain domain, const Message& payload,
                                std::int32_t after);

/// Applies one shared fact; stops on a domain or kind that is not shared or not known.
void apply(SharedState& state, Domain domain, const Message& payload);

/// What the locking domain says of a sequencer, for a block's decision.
[[nodiscard]] SequencerStanding standing(const Locking& locking, const Address& sequencer);
/// What the shared state says of the signer, for an accusation's decision.
[[nodiscard]] Accused accused(const SharedState& state, const ShownFault& shown);
/// What the slot's transaction does by this log; none where the log knows no such slot now.
[[nodiscard]] std::optional<Msg<schema::Content>> content_of(const SharedState& state,
                                                             const SlotName& slot);

}  // namespace horae
