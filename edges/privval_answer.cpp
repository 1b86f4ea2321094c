#include "edges/privval_answer.hpp"

#include "core/crypto/secp256k1.hpp"
#include "edges/proto/privval.pb.h"

namespace horae {
namespace {

namespace privval = comet::privval;

std::string as_text(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

/// Nothing for the id of no block: all of it is empty.
Result<std::optional<CometBlockId>> block_id_of(const comet::BlockID& id) {
  const auto& parts = id.part_set_header();
  if (id.hash().empty() && parts.hash().empty() && parts.total() == 0) return std::nullopt;
  const auto hash = Hash32::from(as_bytes(id.hash()));
  if (!hash) return within("a block's hash", hash.error());
  const auto parts_hash = Hash32::from(as_bytes(parts.hash()));
  if (!parts_hash) return within("the hash of a block's parts", parts_hash.error());
  if (parts.total() == 0) return fail("a block of no parts");
  return CometBlockId{*hash, parts.total(), *parts_hash};
}

/// What a vote and a proposal have in common.
template <class Asked>
Result<CometVote> vote_of(const Asked& asked, VoteStep step) {
  CometVote out{.step = step, .height = asked.height(), .round = asked.round()};
  if (out.height <= 0) return fail("height " + std::to_string(out.height) + " is none");
  if (out.round < 0) return fail("round " + std::to_string(out.round) + " is none");
  out.time = {asked.timestamp().seconds(), asked.timestamp().nanos()};
  if (out.time.nanos < 0 || out.time.nanos > 999'999'999) return fail("a time that is none");
  auto block = block_id_of(asked.block_id());
  if (!block) return tl::unexpected(block.error());
  out.block = *block;
  return out;
}

Result<CometVote> read_vote(const privval::Vote& asked) {
  if (asked.type() != privval::PREVOTE && asked.type() != privval::PRECOMMIT) {
    return fail("a vote of type " + std::to_string(asked.type()) + ", which is none");
  }
  const bool precommit = asked.type() == privval::PRECOMMIT;
  auto out = vote_of(asked, precommit ? VoteStep::precommit : VoteStep::prevote);
  if (out && !asked.extension().empty() && !(precommit && out->block)) {
    return fail("an extension of what is no precommit for a block");
  }
  return out;
}

Result<CometVote> read_proposal(const privval::Proposal& asked) {
  if (asked.type() != privval::PROPOSAL) {
    return fail("a proposal of type " + std::to_string(asked.type()) + ", which is none");
  }
  auto out = vote_of(asked, VoteStep::proposal);
  if (!out) return out;
  if (!out->block) return fail("a proposal of no block");
  if (asked.pol_round() < -1) return fail("a proposal whose valid round is none");
  out->valid_round = asked.pol_round();
  return out;
}

Result<void> right_chain(const std::string& asked, const SigningGuard& guard) {
  if (asked == guard.chain_id()) return {};
  return fail("CometBFT runs the chain " + asked + ", and this signer is of " + guard.chain_id());
}

Result<SignedVote> sign_on(const std::string& chain_id, const Result<CometVote>& vote,
                           SigningGuard& guard) {
  if (auto right = right_chain(chain_id, guard); !right) return tl::unexpected(right.error());
  if (!vote) return tl::unexpected(vote.error());
  return guard.sign(*vote);
}

/// The vote or proposal as it came, with the time that was signed, and the signature.
template <class Asked>
void fill_signed(Asked& out, const SignedVote& voted) {
  out.mutable_timestamp()->set_seconds(voted.vote.time.seconds);
  out.mutable_timestamp()->set_nanos(voted.vote.time.nanos);
  out.set_signature(as_text(voted.signature.view()));
}

PrivvalAnswer answer_vote(privval::SignVoteRequest& request, SigningGuard& guard) {
  privval::Message out;
  auto& answer = *out.mutable_signed_vote_response();
  const auto voted = sign_on(request.chain_id(), read_vote(request.vote()), guard);
  if (!voted) {
    answer.mutable_error()->set_description(voted.error().what);
    return {out.SerializeAsString(), true, voted.error().what};
  }
  auto& vote = *answer.mutable_vote();
  vote.Swap(request.mutable_vote());
  fill_signed(vote, *voted);
  if (voted->vote.step == VoteStep::precommit && voted->vote.block) {
    vote.set_extension_signature(
        as_text(guard.sign_extension(vote.extension(), voted->vote).view()));
  }
  return {out.SerializeAsString(), true, {}};
}

PrivvalAnswer answer_proposal(privval::SignProposalRequest& request, SigningGuard& guard) {
  privval::Message out;
  auto& answer = *out.mutable_signed_proposal_response();
  const auto voted = sign_on(request.chain_id(), read_proposal(request.proposal()), guard);
  if (!voted) {
    answer.mutable_error()->set_description(voted.error().what);
    return {out.SerializeAsString(), true, voted.error().what};
  }
  answer.mutable_proposal()->Swap(request.mutable_proposal());
  fill_signed(*answer.mutable_proposal(), *voted);
  return {out.SerializeAsString(), true, {}};
}

PrivvalAnswer answer_key(const privval::PubKeyRequest& request, const SigningGuard& guard) {
  privval::Message out;
  auto& answer = *out.mutable_pub_key_response();
  if (const auto right = right_chain(request.chain_id(), guard); !right) {
    answer.mutable_error()->set_description(right.error().what);
    return {out.SerializeAsString(), false, right.error().what};
  }
  answer.mutable_pub_key()->set_secp256k1eth(as_text(*compressed(guard.public_key())));
  return {out.SerializeAsString(), false, {}};
}

}  // namespace

Result<PrivvalAnswer> privval_answer(std::string_view request, SigningGuard& guard) {
  privval::Message asked;
  if (!asked.ParseFromArray(request.data(), static_cast<int>(request.size()))) {
    return fail("bytes that are no request to a signer");
  }
  switch (asked.sum_case()) {
    case privval::Message::kPubKeyRequest:
      return answer_key(asked.pub_key_request(), guard);
    case privval::Message::kSignVoteRequest:
      return answer_vote(*asked.mutable_sign_vote_request(), guard);
    case privval::Message::kSignProposalRequest:
      return answer_proposal(*asked.mutable_sign_proposal_request(), guard);
    case privval::Message::kPingRequest: {
      privval::Message pong;
      pong.mutable_ping_response();
      return PrivvalAnswer{pong.SerializeAsString(), false, {}};
    }
    case privval::Message::kPubKeyResponse:
    case privval::Message::kSignedVoteResponse:
    case privval::Message::kSignedProposalResponse:
    case privval::Message::kPingResponse:
    case privval::Message::SUM_NOT_SET:
      return fail("a message that asks a signer nothing");
  }
  stop("a message to the signer of no kind");
}

}  // namespace horae
