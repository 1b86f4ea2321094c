#pragma once

#include <array>

#include "events/blocks/blocks.hpp"
#include "events/domain_digest.hpp"
#include "events/locking/locking.hpp"
#include "events/mpc/mpc.hpp"
#include "events/penalties/penalties.hpp"
#include "events/rewards/rewards.hpp"

namespace horae {

/// Whether all honest nodes of a pool must agree on facts of this domain and kind: the one table.
[[nodiscard]] bool is_shared(Domain domain, std::uint16_t kind);

/// The state of all shared domains, on which every honest node of a pool agrees.
struct SharedState {
  Locking locking;
  Blocks blocks;
  Mpc mpc;
  Rewards rewards;
  Faults faults;
  DomainDigests digests;
};

/// Decides, applies, and runs the reactions of other shared domains to the end, in a fixed order:
/// what results is one commit. The sequence, a pool and the auditor call the same function.
[[nodiscard]] Decision settle(SharedState& state, schema::LockingCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::BlocksCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::RewardsCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::MpcCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::PenaltiesCommand::Reader command);

/// What another shared domain says to a fact that was just applied; after: the fact's index in its
/// decision. Empty for most.
[[nodiscard]] Decision reaction(const SharedState& state, Domain domain, const Message& payload,
                                std::int32_t after);

/// Applies one shared fact; stops on a domain or kind that it does not know.
void apply(SharedState& state, Domain domain, const Message& payload);

/// What the locking domain says of a sequencer, for a block's decision.
[[nodiscard]] SequencerStanding standing(const Locking& locking, const Address& sequencer);
/// What the shared state says of a signer, for an accusation's decision.
[[nodiscard]] Accused accused(const SharedState& state, const Address& signer);
/// What the slot's transaction does by this log; none where the log knows no such slot now.
[[nodiscard]] std::optional<Msg<schema::Content>> content_of(const SharedState& state,
                                                             const SlotName& slot);

}  // namespace horae
