#pragma once

#include "actors/shell.hpp"
#include "core/crypto/secret.hpp"
#include "events/shared.hpp"

namespace horae {

/// Who this node is among the members.
struct PoolSequenceOptions {
  Msg<schema::PoolGenesis> genesis;
  std::shared_ptr<const SecretKey> key;  // signs its inputs
  std::string endpoint;                  // where others reach it (events/pool/members.hpp)
  /// The change of the shared rules that this member wants; none: it wants none.
  std::optional<Msg<schema::RuleChange>> change = {};
  std::uint64_t keep_heights = 0;  // of consensus' blocks, the newest; 0: all
  /// Tells inputs of this process from those of an earlier one.
  std::uint64_t begun_ms = Board::now_ms();
};

/// The sequence of a pool over a state folded from the log, in place of spawn_sequence: whatever
/// its askers want settled goes through consensus, and they are answered when the block that has it
/// is durable. What L1 tells (LockingCommand) goes as this member's report: it is answered when the
/// pool has agreed on it, or after about a second with notAgreed. proposer: gives consensus what is
/// proposed.
pool_sequence_actor spawn_pool_sequence(caf::actor_system& system,
                                        std::shared_ptr<ActorMeter> meter,
                                        std::shared_ptr<Board> board, SharedState state,
                                        PoolProgress progress, PoolSequenceOptions options,
                                        journal_actor journal, proposer_actor proposer);

/// What the genesis says as it stands in consensus' own genesis file: JSON, a string of hex.
[[nodiscard]] Bytes app_state_of(const Msg<schema::PoolGenesis>& genesis);
/// Its members as consensus counts them.
[[nodiscard]] std::vector<ConsensusMember> consensus_members(const Members& members);

}  // namespace horae
