#include "actors/sequence_for_consensus.hpp"

#include <caf/scoped_actor.hpp>

namespace horae {

template <class Answer, class Question>
Result<Answer> SequenceForConsensus::ask(Question question) {
  caf::scoped_actor self(system_);
  Result<Answer> out = fail("the sequence has ended");
  self->request(sequence_, caf::infinite, std::move(question))
      .receive([&](Answer& answer) { out = std::move(answer); }, [](const caf::error&) {});
  return out;
}

Result<AppliedBlock> SequenceForConsensus::applied() { return ask<AppliedBlock>(AskApplied{}); }

Result<Hash32> SequenceForConsensus::begin(const ConsensusGenesis& genesis) {
  const auto answer = ask<PoolBegun>(BeginPool{genesis});
  return answer ? answer->app_hash : tl::unexpected(answer.error());
}

Result<TxnOutcome> SequenceForConsensus::check(BytesView txn, bool) {
  return ask<TxnOutcome>(CheckInput{Bytes(txn.begin(), txn.end())});
}

Result<bool> SequenceForConsensus::acceptable(const OrderedBlock& block) {
  return ask<bool>(AcceptBlock{block});
}

Result<BlockOutcome> SequenceForConsensus::settle(const OrderedBlock& block) {
  const auto answer = ask<BlockSettled>(SettleBlock{block});
  return answer ? answer->outcome : tl::unexpected(answer.error());
}

Result<std::uint64_t> SequenceForConsensus::apply() {
  const auto answer = ask<BlockApplied>(ApplyBlock{});
  return answer ? answer->retained : tl::unexpected(answer.error());
}

Result<std::vector<WantedHeader>> SequenceForConsensus::wanted() {
  auto answer = ask<WantedHeaders>(AskWanted{});
  if (!answer) return tl::unexpected(answer.error());
  return std::move(answer->headers);
}

Result<void> SequenceForConsensus::keep(std::uint64_t height, Bytes signed_header) {
  const auto receipt = ask<Receipt>(KeepHeader{height, std::move(signed_header)});
  if (!receipt) return tl::unexpected(receipt.error());
  if (receipt->read().isAccepted()) return {};
  return fail(receipt->read().getRejected().getDetail().cStr());
}

}  // namespace horae
