#pragma once

#include "actors/shell.hpp"
#include "events/pool/pool.hpp"

namespace horae {

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

}  // namespace horae
