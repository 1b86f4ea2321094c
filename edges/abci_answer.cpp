#include "edges/abci_answer.hpp"

#include <limits>

#include "core/crypto/secp256k1.hpp"
#include "edges/proto/abci.pb.h"

namespace horae {
namespace {

namespace abci = comet::abci;

// Stands in each block's header: the same at every member, as long as a pool's genesis holds.
constexpr std::uint64_t abci_app_version = 1;
// CometBFT's own bound on the sum of all power (MaxTotalVotingPower, types/validator_set.go).
constexpr std::uint64_t power_max = std::numeric_limits<std::int64_t>::max() / 8;
// Of what we have nothing for. Any other than 0 says no.
constexpr std::uint32_t abci_refused = 1;

BytesView wire_view(const std::string& bytes) { return as_bytes(bytes); }
std::string wire_text(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

Result<std::uint64_t> block_height(std::int64_t height) {
  if (height <= 0) return fail("height " + std::to_string(height) + " is none");
  return static_cast<std::uint64_t>(height);
}

Result<void> read_votes(const abci::CommitInfo& commit, OrderedBlock& out) {
  for (const auto& vote : commit.votes()) {
    const auto address = Address::from(wire_view(vote.validator().address()));
    if (!address) return within("a voter's address", address.error());
    // Whoever voted for no block is absent from this one.
    (vote.block_id_flag() == abci::VoteInfo::COMMIT ? out.signed_by : out.absent)
        .push_back(*address);
  }
  return {};
}

Result<void> read_misbehavior(const abci::FinalizeBlock& request, OrderedBlock& out) {
  for (const auto& each : request.misbehavior()) {
    if (each.type() != abci::Misbehavior::DUPLICATE_VOTE) continue;
    const auto address = Address::from(wire_view(each.validator().address()));
    if (!address) return within("the address of who voted twice", address.error());
    const auto height = block_height(each.height());
    if (!height) return within("two votes", height.error());
    out.voted_twice.emplace_back(*address, *height);
  }
  return {};
}

/// The block of ProcessProposal or FinalizeBlock: their fields differ by the commit's
/// name alone.
template <class BlockRequest>
Result<OrderedBlock> block_of(const BlockRequest& request, const abci::CommitInfo& last_commit) {
  OrderedBlock out;
  const auto height = block_height(request.height());
  if (!height) return tl::unexpected(height.error());
  out.height = *height;
  const auto hash = Hash32::from(wire_view(request.hash()));
  if (!hash) return within("the block's hash", hash.error());
  out.hash = *hash;
  out.txns.reserve(static_cast<std::size_t>(request.txs_size()));
  for (const auto& txn : request.txs()) {
    out.txns.emplace_back(wire_view(txn).begin(), wire_view(txn).end());
  }
  if (auto votes = read_votes(last_commit, out); !votes) return tl::unexpected(votes.error());
  return out;
}

Result<ConsensusMember> member_of(const abci::ValidatorUpdate& update) {
  const auto key = decompressed(wire_view(update.pub_key().secp256k1eth()));
  if (!key) return within("a validator's secp256k1eth key", key.error());
  if (update.power() < 0) return fail("a validator's power is below 0");
  return ConsensusMember{*key, static_cast<std::uint64_t>(update.power())};
}

void write_outcome(const TxnOutcome& outcome, abci::TxnResult& out) {
  out.set_code(outcome.code);
  out.set_data(wire_text(outcome.data));
  out.set_log(outcome.words);
}

/// Puts the call's name in front of what went wrong.
Result<void> within_call(std::string_view call, Result<void> outcome) {
  if (!outcome) return within(call, outcome.error());
  return outcome;
}

Result<void> answer_info(ConsensusApp& app, abci::InfoAnswer& out) {
  const auto applied = app.applied();
  if (!applied) return tl::unexpected(applied.error());
  out.set_data("horae");
  out.set_version(HORAE_VERSION);
  out.set_app_version(abci_app_version);
  out.set_last_block_height(static_cast<std::int64_t>(applied->height));
  if (applied->height > 0) out.set_last_block_app_hash(wire_text(applied->app_hash.view()));
  return {};
}

Result<void> answer_init_chain(const abci::InitChain& request, ConsensusApp& app,
                               abci::InitChainAnswer& out) {
  if (request.initial_height() > 1) {
    return fail("the genesis file begins at height " + std::to_string(request.initial_height()) +
                ", and a pool's begins at 1");
  }
  ConsensusGenesis genesis{request.chain_id(), {}, {}};
  for (const auto& update : request.validators()) {
    const auto member = member_of(update);
    if (!member) return within("the genesis file", member.error());
    genesis.members.push_back(*member);
  }
  const auto state = wire_view(request.app_state_bytes());
  genesis.app_state.assign(state.begin(), state.end());
  const auto hash = app.begin(genesis);
  if (!hash) return tl::unexpected(hash.error());
  out.set_app_hash(wire_text(hash->view()));
  return {};
}

Result<void> answer_check_tx(const abci::CheckTx& request, ConsensusApp& app,
                             abci::TxnResult& out) {
  const auto outcome = app.check(wire_view(request.tx()), request.type() == abci::CheckTx::RECHECK);
  if (!outcome) return tl::unexpected(outcome.error());
  write_outcome(*outcome, out);
  return {};
}

/// What a txn takes of max_tx_bytes: its field in the block's Data (ComputeProtoSizeForTxs,
/// types/tx.go), a byte of tag, the length and the bytes.
std::int64_t size_in_block(const std::string& txn) {
  std::int64_t out = 2 + static_cast<std::int64_t>(txn.size());
  for (auto rest = txn.size() >> 7; rest > 0; rest >>= 7) ++out;
  return out;
}

void answer_prepare_proposal(abci::PrepareProposal& request, abci::PrepareProposalAnswer& out) {
  auto room = request.max_tx_bytes();
  for (auto& txn : *request.mutable_txs()) {
    room -= size_in_block(txn);
    if (room < 0) return;
    out.add_txs()->swap(txn);
  }
}

Result<void> answer_process_proposal(const abci::ProcessProposal& request, ConsensusApp& app,
                                     abci::Verdict& out) {
  const auto block = block_of(request, request.proposed_last_commit());
  if (!block) return tl::unexpected(block.error());
  const auto acceptable = app.acceptable(*block);
  if (!acceptable) return tl::unexpected(acceptable.error());
  out.set_status(*acceptable ? abci::Verdict::ACCEPT : abci::Verdict::REJECT);
  return {};
}

Result<void> answer_finalize_block(const abci::FinalizeBlock& request, ConsensusApp& app,
                                   abci::FinalizeBlockAnswer& out) {
  auto block = block_of(request, request.decided_last_commit());
  if (!block) return tl::unexpected(block.error());
  if (auto read = read_misbehavior(request, *block); !read) return read;
  const auto outcome = app.settle(*block);
  if (!outcome) return tl::unexpected(outcome.error());
  if (outcome->txns.size() != block->txns.size()) {
    return fail("height " + std::to_string(block->height) + " has " +
                std::to_string(block->txns.size()) + " txns, and outcomes of " +
                std::to_string(outcome->txns.size()));
  }
  for (const auto& txn : outcome->txns) write_outcome(txn, *out.add_tx_results());
  for (const auto& member : outcome->changed) {
    if (member.power > power_max) {
      return fail("a member's power of " + std::to_string(member.power) +
                  " is more than CometBFT takes, " + std::to_string(power_max));
    }
    const auto key = compressed(member.key);
    if (!key) return within("a member's key", key.error());
    auto& update = *out.add_validator_updates();
    update.mutable_pub_key()->set_secp256k1eth(wire_text(*key));
    update.set_power(static_cast<std::int64_t>(member.power));
  }
  out.set_app_hash(wire_text(outcome->app_hash.view()));
  return {};
}

Result<void> answer_commit(ConsensusApp& app, abci::CommitAnswer& out) {
  const auto needed_from = app.apply();
  if (!needed_from) return tl::unexpected(needed_from.error());
  out.set_retain_height(static_cast<std::int64_t>(*needed_from));
  return {};
}

Result<void> answer_to(abci::Request& request, ConsensusApp& app, abci::Response& out) {
  switch (request.value_case()) {
    case abci::Request::kEcho:
      out.mutable_echo()->Swap(request.mutable_echo());
      return {};
    case abci::Request::kFlush:
      out.mutable_flush();
      return {};
    case abci::Request::kInfo:
      return within_call("Info", answer_info(app, *out.mutable_info()));
    case abci::Request::kInitChain:
      return within_call("InitChain",
                         answer_init_chain(request.init_chain(), app, *out.mutable_init_chain()));
    case abci::Request::kQuery:
      out.mutable_query()->set_code(abci_refused);
      out.mutable_query()->set_log("Horae answers on its own RPC");
      return {};
    case abci::Request::kCheckTx:
      return within_call("CheckTx",
                         answer_check_tx(request.check_tx(), app, *out.mutable_check_tx()));
    case abci::Request::kCommit:
      return within_call("Commit", answer_commit(app, *out.mutable_commit()));
    case abci::Request::kListSnapshots:
      out.mutable_list_snapshots();
      return {};
    case abci::Request::kOfferSnapshot:
      out.mutable_offer_snapshot()->set_result(abci::OfferSnapshotAnswer::REJECT);
      return {};
    case abci::Request::kLoadSnapshotChunk:
      out.mutable_load_snapshot_chunk();
      return {};
    case abci::Request::kApplySnapshotChunk:
      out.mutable_apply_snapshot_chunk()->set_result(abci::ApplySnapshotChunkAnswer::ABORT);
      return {};
    case abci::Request::kPrepareProposal:
      answer_prepare_proposal(*request.mutable_prepare_proposal(), *out.mutable_prepare_proposal());
      return {};
    case abci::Request::kProcessProposal:
      return within_call("ProcessProposal",
                         answer_process_proposal(request.process_proposal(), app,
                                                 *out.mutable_process_proposal()));
    case abci::Request::kExtendVote:
      out.mutable_extend_vote();
      return {};
    case abci::Request::kVerifyVoteExtension:
      out.mutable_verify_vote_extension()->set_status(
          request.verify_vote_extension().vote_extension().empty() ? abci::Verdict::ACCEPT
                                                                   : abci::Verdict::REJECT);
      return {};
    case abci::Request::kFinalizeBlock:
      return within_call("FinalizeBlock", answer_finalize_block(request.finalize_block(), app,
                                                                *out.mutable_finalize_block()));
    case abci::Request::kInsertTx:
      out.mutable_insert_tx()->set_code(abci_refused);
      return {};
    case abci::Request::kReapTxs:
      out.mutable_reap_txs();
      return {};
    case abci::Request::VALUE_NOT_SET:
      return fail("a request of a kind that ABCI 2.0 does not have");
  }
  stop("a request of no kind");
}

}  // namespace

Result<AbciAnswer> abci_answer(std::string_view request, ConsensusApp& app) {
  abci::Request asked;
  if (!asked.ParseFromArray(request.data(), static_cast<int>(request.size()))) {
    return fail("bytes that are no request of ABCI 2.0");
  }
  abci::Response out;
  if (auto answered = answer_to(asked, app, out); !answered) {
    return tl::unexpected(answered.error());
  }
  return AbciAnswer{out.SerializeAsString(), asked.value_case() == abci::Request::kFlush};
}

std::string abci_exception(std::string_view why) {
  abci::Response out;
  out.mutable_exception()->set_error(std::string(why));
  return out.SerializeAsString();
}

}  // namespace horae
