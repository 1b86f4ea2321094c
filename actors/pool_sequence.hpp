#pragma once

#include "actors/shell.hpp"
#include "core/crypto/secret.hpp"
#include "events/shared.hpp"

namespace horae {

/// Who this node is among the members.
struct PoolSequenceOptions {
  Msg<schema::PoolGenesis> genesis;
  std::shared_ptr<const SecretKey> key;  // signs its inputs
  std::string endpoint;                  // where others reach its consensus: id@host:port
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

/// Speaks to consensus on a thread of its own, since that asks the sequence before it answers.
proposer_actor spawn_proposer(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter, std::shared_ptr<ProposePort> port);

/// The sequence as consensus calls it, from its connections' threads. Whoever makes it ends it
/// before the sequence: then every call is refused.
class SequenceForConsensus : public ConsensusApp {
 public:
  SequenceForConsensus(caf::actor_system& system, pool_sequence_actor sequence)
      : system_(system), sequence_(std::move(sequence)) {}

  Result<AppliedBlock> applied() override;
  Result<Hash32> begin(const ConsensusGenesis& genesis) override;
  Result<TxnOutcome> check(BytesView txn, bool known) override;
  Result<bool> acceptable(const OrderedBlock& block) override;
  Result<BlockOutcome> settle(const OrderedBlock& block) override;
  Result<std::uint64_t> apply() override;

  /// What is to be kept with its signatures (edges/comet_commit.hpp), ascending: applied already.
  Result<std::vector<WantedHeader>> wanted();
  /// Returns once it is in the log; a fault where that refuses it.
  Result<void> keep(std::uint64_t height, Bytes signed_header);

 private:
  template <class Answer, class Question>
  Result<Answer> ask(Question question);

  caf::actor_system& system_;
  pool_sequence_actor sequence_;
};

/// What the genesis says as it stands in consensus' own genesis file: JSON, a string of hex.
[[nodiscard]] Bytes app_state_of(const Msg<schema::PoolGenesis>& genesis);
/// Its members as consensus counts them.
[[nodiscard]] std::vector<ConsensusMember> consensus_members(const Members& members);

}  // namespace horae
