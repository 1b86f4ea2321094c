#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/rules/schedule.hpp"
#include "core/u256.hpp"
#include "events/decision.hpp"
#include "schemas/blocks.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::BlocksFact> = Domain::BLOCKS;

/// The last block: block 0 until one is sealed.
struct ChainHead {
  std::uint64_t number = 0;
  std::uint64_t timestamp = 0;  // seconds
  std::uint64_t gas_used = 0;
  std::uint64_t l1_origin = 0;
  U256 base_fee = 0;  // wei
  Hash32 hash;
  Hash32 state_root;
};

/// Who could have had an epoch's turn.
struct EpochShare {
  TurnShare share;
  Address signer;
  bool passed_over = false;  // and so gains nothing by the epoch's blocks either
};

/// A run of blocks that one sequencer has to itself. The one before the first is 0 and has no end.
struct Epoch {
  std::uint64_t number = 0;
  std::uint64_t start_block = 0;
  std::uint64_t end_block = 0;  // unless it ends early
  U256 sequencer_id = 0;
  Address signer;
  // Where members take turns:
  schema::EpochCause why = schema::EpochCause::NONE;
  std::vector<EpochShare> shares;  // by sequencer id
};

/// Those of an epoch's shares that its blocks are charged by.
[[nodiscard]] std::vector<TurnShare> charged_shares(const Epoch& epoch);

/// How members of a pool take turns: since TurnsSet.
struct Turns {
  schema::TurnRule rule = schema::TurnRule::NONE;
  std::uint32_t skip_epochs = 0;  // for which a leader that was replaced is passed over
};

/// A signed block that a pool refused for what had been agreed on before it.
struct RefusedSeal {
  std::uint64_t number = 0;
  Hash32 digest;  // that was signed
};

/// A block that may become the head again, as the one before a revoked block.
struct ReturnPoint {
  ChainHead head;
  std::uint64_t txns = 0;  // in all blocks up to it
  std::uint64_t epoch = 0;
};

/// What a pool's members attest: since AttestationSet.
struct Attestation {
  std::uint32_t most = 0;      // blocks that may stand unattested
  std::uint64_t attested = 0;  // the last one that is; where it began, before there is one
  std::deque<std::pair<std::uint64_t, Hash32>> unattested;  // those behind it, in order
  // Where blocks may be revoked:
  std::uint64_t revocable_from = 0;  // the first block that may be; 0: none
  std::deque<ReturnPoint> points;    // the attested block and those behind it, in order
  std::deque<Epoch> earlier_epochs;  // before the running one, with blocks behind the attested one
};

/// Blocks of these numbers up to this epoch are no part of the chain any more.
struct RevokedBlocks {
  std::uint64_t first = 0, last = 0;
  std::uint64_t epoch = 0;  // the one that ended with it
  bool operator==(const RevokedBlocks&) const = default;
};

/// What a block says besides, since SealRulesSet: its epoch, and the engine's payload.
struct SealRules {
  bool signs_txns = false;  // and the sequencer's signature over each transaction's hash
};

/// The L2 chain's state: the fold of its facts.
struct Blocks {
  bool open = false;
  std::uint64_t chain_id = 0;
  std::uint64_t genesis_time = 0;  // seconds
  std::uint64_t gas_limit = 0;
  schema::OrderingRule ordering_rule = schema::OrderingRule::NONE;
  Hash32 genesis_hash;
  Hash32 genesis_state_root;
  U256 genesis_base_fee = 0;
  ChainHead head;
  std::uint64_t txns = 0;
  std::uint64_t epoch_length = 0;  // blocks; 0: there are no epochs
  Epoch epoch;                     // the running one
  std::uint64_t l1_bound = 0;      // seconds, L1BoundSet; 0: there is none
  std::optional<SealRules> seal_rules;
  std::deque<RefusedSeal> refused;  // the newest, in order
  std::optional<Attestation> attestation;
  std::vector<RevokedBlocks> revoked;  // in order
  std::optional<Turns> turns;
  TurnCredits credits;  // of those who have a share in the running epoch
};

/// What the locking domain says of a block's sequencer: plain values, carried into the decision.
struct SequencerStanding {
  bool active = false;
  U256 id = 0;                                     // 0: no signer in the pool
  std::string status;                              // in words, for a refusal
  std::optional<std::uint64_t> confirmed_l1_head;  // none while L1 was never seen
  Hash32 confirmed_l1_hash = {};
  std::uint64_t confirmed_l1_time = 0;  // seconds; 0: not known
  /// Older heads that a block may name as well: in a pool, where another one may have been agreed
  /// on while the block was under way.
  std::vector<std::pair<std::uint64_t, Hash32>> earlier_heads = {};
};

/// What a block says of itself, whatever chain it stands in: its hashes, digests and signature,
/// which is nearly all the work of judging one.
struct BlockWord {
  std::string wrong;              // the first thing that contradicts another; empty: nothing
  std::optional<Address> signer;  // of the header; none: no valid signature
  // Where the chain has SealRules, and the signer is the sequencer that the header names:
  std::string no_payload;    // what the engine's payload lacks or contradicts; empty: nothing
  std::string unsigned_txn;  // the first hash that the signer did not sign; empty: it signed all
};
[[nodiscard]] BlockWord word_of(schema::BlockSealed::Reader block);

/// What a chain says to a block: a refusal, or that it has it already, or that it is the next one.
struct Judgement {
  Reason refused = Reason::NONE;
  std::string detail;
  bool known = false;
  std::optional<Epoch> epoch;  // that it is the first block of
};

/// Base fee of the block after the head (EIP-1559).
[[nodiscard]] U256 next_base_fee(const Blocks& chain);

/// What the sequencer signs: SHA-256 over "horae block 1" and the canonical header.
[[nodiscard]] Hash32 signing_digest(const Msg<schema::BlockHeader>& header);
/// What the header says of the payload: SHA-256 over its canonical bytes.
[[nodiscard]] Hash32 payload_digest(schema::EnginePayload::Reader payload);
/// SHA-256 over the hashes in order.
[[nodiscard]] Hash32 digest_of(const std::vector<Hash32>& hashes);

/// Opens the chain once; seals a block that follows the head, keeps its own word (digests, hashes,
/// base fee, gas limit), L1's bounds and the chain's SealRules, and is signed by a sequencer that
/// is Active; the first block of an epoch has the fact EpochStarted before it. A block's fact
/// stands last. What was refused before (seal_refused) is refused for good. Where members take
/// turns, a block is of the running epoch and its leader's (notLeader else), and no block begins
/// one (events/turns.hpp). They take turns only where blocks carry their epoch.
[[nodiscard]] Decision decide(const Blocks& chain, schema::BlocksCommand::Reader command,
                              const SequencerStanding& standing);
/// What decide goes by for a block, with its word, which may have been computed before.
[[nodiscard]] Judgement judge(const Blocks& chain, schema::BlockSealed::Reader block,
                              const SequencerStanding& standing, const BlockWord& word);
[[nodiscard]] Fact epoch_started(const Epoch& epoch, std::int32_t after = -1);
/// Why a block with this header cannot be the next one now, whatever stands in it; none: it can.
[[nodiscard]] Reason refused_now(const Blocks& chain, schema::BlockHeader::Reader header,
                                 const SequencerStanding& standing);
/// Remembers that the next block was refused though it is signed by the sequencer that it names:
/// since its L1 origin is no head that it may name any more, or the sequencer is not Active, or has
/// no voice. Nothing for another reason: that its sequencer could have known before it signed.
[[nodiscard]] Decision seal_refused(const Blocks& chain, schema::BlockHeader::Reader header,
                                    BytesView signature, Reason reason);
/// Whether that header is one of those.
[[nodiscard]] bool is_refused(const Blocks& chain, schema::BlockHeader::Reader header);
/// Reaction to a member's word: the chain is attested up to this block. Nothing where it is
/// already.
[[nodiscard]] Decision attested_up_to(const Blocks& chain, std::uint64_t number,
                                      std::int32_t after);
/// The hash of an unattested block; none where it is attested, or there is no such block.
[[nodiscard]] std::optional<Hash32> unattested_hash(const Blocks& chain, std::uint64_t number);
/// Whether a block of this number that is sealed now may be revoked.
[[nodiscard]] bool is_revocable(const Blocks& chain, std::uint64_t number);
/// Whether a block that was sealed is no part of the chain any more.
[[nodiscard]] bool is_revoked(const std::vector<RevokedBlocks>& revoked, std::uint64_t number,
                              std::uint64_t epoch);
/// A block that is paid once it is attested.
struct EarnedBlock {
  std::uint64_t number = 0, timestamp = 0, epoch = 0;
  U256 sequencer_id;  // the epoch's leader
};
/// Those that would be paid if the chain were attested up to this block, in order.
[[nodiscard]] std::vector<EarnedBlock> earned_up_to(const Blocks& chain, std::uint64_t number);
/// The members that say that the first unattested block is not as it is sealed.
struct Verdict {
  std::optional<Hash32> instead;  // as they have it; none: whatever it comes out as
  std::vector<Address> members;   // by signer
};
/// Reaction to that: the chain ends before the first unattested block. Nothing where there is none,
/// or it cannot be revoked.
[[nodiscard]] Decision revoke_blocks(const Blocks& chain, const Verdict& verdict,
                                     std::int32_t after);
/// The last block that is as good as final here: the attested one, or, where none is asked for, the
/// head.
[[nodiscard]] std::uint64_t safe_block(const Blocks& chain);
void apply(Blocks& chain, schema::BlocksFact::Reader fact);
[[nodiscard]] Message state_message(const Blocks& chain);
/// The way back from state_message (see events/snapshot.hpp). open: whether the domain has facts,
/// which its message does not say.
[[nodiscard]] Blocks restore(schema::BlocksState::Reader state, bool open);

/// The epoch that block number of this sequencer would be the first of; none where it belongs to
/// the running one, or there are no epochs, or members take turns.
[[nodiscard]] std::optional<Epoch> epoch_begun_by(const Blocks& chain, std::uint64_t number,
                                                  const U256& sequencer_id, const Address& signer);
/// Number of the epoch that such a block is of: the one that it begins, or the running one.
[[nodiscard]] std::uint64_t epoch_with(const Blocks& chain, std::uint64_t number,
                                       const U256& sequencer_id, const Address& signer);

}  // namespace horae
