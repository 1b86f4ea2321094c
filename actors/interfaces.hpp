#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>

#include "core/merkle.hpp"
#include "duties/engine_catch_up.hpp"
#include "events/blocks/blocks.hpp"
#include "events/penalties/evidence.hpp"
#include "events/pool/pool.hpp"
#include "schemas/blocks.capnp.h"
#include "schemas/locking.capnp.h"
#include "schemas/mempool.capnp.h"
#include "schemas/mpc.capnp.h"
#include "schemas/penalties.capnp.h"
#include "schemas/rewards.capnp.h"
#include "schemas/submissions.capnp.h"
#include "schemas/world.capnp.h"

// The whole conversation on one page. The type of a message is its selector. Commands, receipts,
// questions and answers are Cap'n Proto messages; what passes between an actor and the edge beside
// it (engine, doors) are the port's own values.
namespace horae {

/// The seq of the record that led to a command; 0 for an outside command.
using Cause = std::uint64_t;

/// A decision on its way to the disk. Without facts it is a barrier: answered after all before it.
struct Append {
  Decision decision;
  Cause cause = 0;
};

/// Decisions that are one commit, each of them settled by itself; answered with the last record.
struct AppendTogether {
  std::vector<Decision> decisions;
};

/// Answered as soon as the log holds a settled record beyond seq.
struct Beyond {
  std::uint64_t seq = 0;
};
struct Durable {
  std::uint64_t seq = 0;
};

struct StampedRecords;  // actors/committer.hpp
/// Wants the records on the disk; answered when they are. Nobody touches them in between. Those of
/// a journal that has ended are gone, and not written any more.
struct Commit {
  std::weak_ptr<const StampedRecords> records;
};
struct Committed {
  std::uint64_t took_us = 0;
};

/// Answered with the Merkle tree of everything durable; it ends where a decision ends.
struct AskTree {};
struct DurableTree {
  merkle::Frontier tree;
};
/// Wants a signed checkpoint of everything durable; answered when it is on the disk.
struct WriteCheckpoint {};
struct CheckpointWritten {
  Result<void> done;
  std::uint64_t size = 0;  // of the tree
};

/// An account at the end of the sealed head.
struct AccountOf {
  Address address;
};
struct AccountAnswer {
  Result<EngineAccount> account;
  std::uint64_t block = 0;
};

struct BuildBlock {
  Hash32 parent;
  BuildAttributes attributes;
  std::vector<OrderedTxn> txns;
};
struct BuildAnswer {
  Result<Payload> payload;
};
/// Makes a built block, whose BlockSealed is durable, the engine's head.
struct AdoptBlock {
  Payload payload;
  std::uint64_t seq = 0;               // of its BlockSealed
  std::vector<RevokedBlocks> revoked;  // of the log, up to there
};
struct AdoptAnswer {
  Result<void> done;
};
/// Brings the engine to the logged block of this number: forgets what it has beyond the last block
/// that both have, and executes what it lacks once more.
struct AlignEngine {
  std::uint64_t number = 0;
  std::uint64_t seq = 0;               // of the last record to look at
  std::vector<RevokedBlocks> revoked;  // of the log, up to there and maybe beyond
};
struct AlignAnswer {
  Result<void> done;
  std::optional<DifferingBlock> differs = {};  // why not: this block came out otherwise
};
/// Brings the engine to the block that it was at last, if it has lost that.
struct CheckEngine {};

/// What the engine has built and is on its way to be sealed: then it need not be executed again.
struct BuiltBlock {
  Payload payload;
};
/// What the engine was asked to build came to nothing: brings it back to the last sealed block that
/// it had, unless it is on its way to a newer one.
struct ForgetBuilt {};
/// Answered once the engine has the sealed block of this number, and what is in it has left the
/// mempool; or when the engine did not take one, which is tried again.
struct AwaitBlock {
  std::uint64_t number = 0;
};
struct BlockTaken {
  Result<void> done;
  std::uint64_t seq = 0;  // behind which that is durable
  bool revoked = false;   // why not: it is none of the chain's blocks any more
};

/// Why what is known of L1 may lack something; empty: it does not, as far as anybody sees.
struct L1Doubt {
  std::string why;
};

/// A member's part in a signature, and what came of a round.
struct SignDigest {
  Hash32 digest;
};
struct SignAnswer {
  Result<Signature> signature;
};

/// Names what a client wants among all that it wants: the answer carries it back.
using Ticket = std::uint64_t;
/// What became of a raw transaction, once that is durable.
struct SubmitAnswer {
  Ticket ticket = 0;
  Hash32 hash;
  Reason refused = Reason::NONE;
  std::string detail;
  std::uint64_t seq = 0;  // of the record that tells of it, where it was let in
};
/// What became of an evidence file: the receipt of the accusation.
struct EvidenceAnswer {
  Ticket ticket = 0;
  Receipt receipt;
};
/// Questions of somebody outside: the client asks them on their behalf.
struct AskWorld {
  Ticket ticket = 0;
  Msg<schema::WorldQuery> query;
};
struct AskArchive {
  Ticket ticket = 0;
  Msg<schema::ArchiveQuery> query;
};
/// Stands for the threads that are no actors (the RPC server's): takes the answers that they wait
/// for.
using client_actor = caf::typed_actor<caf::reacts_to<SubmitAnswer>, caf::reacts_to<EvidenceAnswer>,
                                      caf::reacts_to<AskWorld>, caf::reacts_to<AskArchive>>;
/// A raw transaction at the door, which sends the client a SubmitAnswer. No request in CAF's sense:
/// its list of open requests is searched from the front for each answer, and thousands may be open.
struct SubmitRaw {
  client_actor client;
  Ticket ticket = 0;
  Bytes raw;
};
/// An evidence file for the evidence checker, which sends the client an EvidenceAnswer.
struct SubmitEvidence {
  client_actor client;
  Ticket ticket = 0;
  Bytes file;
};

template <class Command>
using asks = typename caf::replies_to<Command, Cause>::template with<Receipt>;

/// The only writer of the log: groups decisions into commits, answers each after its commit, and
/// tells followers how far the log is durable.
using journal_actor = caf::typed_actor<
    caf::replies_to<Append>::with<Receipt>, caf::replies_to<AppendTogether>::with<Receipt>,
    caf::replies_to<Beyond>::with<Durable>, caf::replies_to<AskTree>::with<DurableTree>>;
/// The journal's other half: writes what it stamped, and waits for the disk.
using committer_actor = caf::typed_actor<caf::replies_to<Commit>::with<Committed>>;
/// Signs the log's tree: by itself soon after each commit, and when it is asked to.
using checkpointer_actor =
    caf::typed_actor<caf::replies_to<WriteCheckpoint>::with<CheckpointWritten>,
                     caf::reacts_to<caf::tick_atom>>;
/// Owns the state of all shared domains; orders their inputs.
using sequence_actor =
    caf::typed_actor<asks<Msg<schema::LockingCommand>>, asks<Msg<schema::BlocksCommand>>,
                     asks<Msg<schema::RewardsCommand>>, asks<Msg<schema::MpcCommand>>,
                     asks<Msg<schema::PenaltiesCommand>>, asks<Accusation>>;
/// The sequence of a pool, for consensus: what its calls ask (edges/ports.hpp).
struct AskApplied {};
struct BeginPool {
  ConsensusGenesis genesis;
};
struct PoolBegun {
  Result<Hash32> app_hash;
};
struct CheckInput {
  Bytes input;
};
struct AcceptBlock {
  OrderedBlock block;
};
struct SettleBlock {
  OrderedBlock block;
};
struct BlockSettled {
  Result<BlockOutcome> outcome;
};
struct ApplyBlock {};
struct BlockApplied {
  Result<std::uint64_t> retained;  // the height from which blocks are still needed; 0: all
};
/// The headers that are applied, and whose signatures the log is to have and has not yet.
struct AskWanted {};
struct WantedHeaders {
  std::vector<WantedHeader> headers;
};
/// One of them with its signatures, protobuf's SignedHeader, once that was checked.
struct KeepHeader {
  std::uint64_t height = 0;
  Bytes signed_header;
};
/// This node's engine has executed the logged blocks up to this one.
struct BlockExecuted {
  std::uint64_t number = 0;
  Hash32 hash;
};
/// A logged block came out otherwise on this node's engine.
struct BlockDiffers {
  DifferingBlock block;
};
/// This member's operator has decided that the block is to be revoked.
struct RevokeBlock {
  std::uint64_t number = 0;
};
/// Whether the member that makes the blocks is gone, as this node's links show it.
struct LeaderGone {
  Address leader;
  bool gone = false;
};
/// This node could have made a block for as long as it waits for one, and the head is this block
/// still.
struct LeaderStands {
  Address leader;
  std::uint64_t block = 0;
};
/// This node gives its turn to make blocks to the next; accepted where it has none, too.
struct YieldTurn {};
/// Orders its inputs by consensus; settles what consensus ordered.
using pool_sequence_actor = sequence_actor::extend<
    caf::replies_to<AskApplied>::with<AppliedBlock>, caf::replies_to<BeginPool>::with<PoolBegun>,
    caf::replies_to<CheckInput>::with<TxnOutcome>, caf::replies_to<AcceptBlock>::with<bool>,
    caf::replies_to<SettleBlock>::with<BlockSettled>,
    caf::replies_to<ApplyBlock>::with<BlockApplied>,
    caf::replies_to<AskWanted>::with<WantedHeaders>, caf::replies_to<KeepHeader>::with<Receipt>,
    caf::reacts_to<BlockExecuted>, caf::reacts_to<LeaderGone>, caf::reacts_to<LeaderStands>,
    caf::replies_to<YieldTurn>::with<Receipt>, caf::reacts_to<BlockDiffers>,
    caf::replies_to<RevokeBlock>::with<Receipt>>;
/// An input for consensus, and what it says to it.
struct ProposeInput {
  Bytes input;
};
struct ProposeAnswer {
  Result<TxnOutcome> outcome;  // a fault: consensus does not answer
};
using proposer_actor = caf::typed_actor<caf::replies_to<ProposeInput>::with<ProposeAnswer>>;
/// The part of the sequence that the MPC round manager speaks to.
using mpc_sequence_actor = caf::typed_actor<asks<Msg<schema::MpcCommand>>>;
/// Owns the waiting transactions, and chooses from them for a block.
using mempool_actor =
    caf::typed_actor<asks<Msg<schema::MempoolCommand>>,
                     caf::replies_to<Msg<schema::ChooseTxns>>::with<Msg<schema::ChosenTxns>>>;
/// Follows the log with the auditor's fold; alone answers questions on the state.
using world_actor =
    caf::typed_actor<caf::replies_to<Msg<schema::WorldQuery>>::with<Msg<schema::WorldAnswer>>>;
/// Answers from the log's records what may take long, so that the world's fold does not wait for
/// it.
using archive_actor =
    caf::typed_actor<caf::replies_to<Msg<schema::ArchiveQuery>>::with<Msg<schema::WorldAnswer>>>;
/// Asks the engine for accounts, many at a time.
using accounts_actor = caf::typed_actor<caf::replies_to<AccountOf>::with<AccountAnswer>>;
/// The engine's edge.
using engine_actor = caf::typed_actor<caf::replies_to<BuildBlock>::with<BuildAnswer>,
                                      caf::replies_to<AdoptBlock>::with<AdoptAnswer>,
                                      caf::replies_to<AlignEngine>::with<AlignAnswer>,
                                      caf::replies_to<CheckEngine>::with<AlignAnswer>>;
/// Has the engine and the mempool take each block that the log has, whoever made it.
using block_executor_actor =
    caf::typed_actor<caf::reacts_to<BuiltBlock>, caf::replies_to<ForgetBuilt>::with<AlignAnswer>,
                     caf::replies_to<AwaitBlock>::with<BlockTaken>, caf::reacts_to<caf::tick_atom>>;
/// Decodes and recovers at the door, then asks the mempool.
using door_actor = caf::typed_actor<caf::reacts_to<SubmitRaw>>;
/// Checks what shows a fault of a known signer, then asks the sequence.
using evidence_checker_actor = caf::typed_actor<caf::reacts_to<SubmitEvidence>>;
/// This node's turn to make the pool's blocks has begun, by that record.
struct TurnBegins {
  std::uint64_t seq = 0;
};
/// Makes a block each block time while transactions wait, and none while L1's view is in doubt.
using block_producer_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>,
                                              caf::reacts_to<TurnBegins>, caf::reacts_to<L1Doubt>>;

/// The link on which this node asks another member is there now, or no more.
struct MemberLink {
  Address member;
  bool open = false;
  std::string why;  // it is not
};
/// What a member answered to a batch of transactions, or why it did not.
struct Forwarded {
  std::uint64_t batch = 0;
  Result<Bytes> answer;
};
/// Hands the leader what users sent to this node.
using forwarder_actor = caf::typed_actor<caf::reacts_to<MemberLink>, caf::reacts_to<Forwarded>,
                                         caf::reacts_to<caf::tick_atom>>;

/// Whom this node can ask for a copy of a transaction: the members with a voice to whom there is a
/// link, the leader first.
struct LinkedMembers {
  std::vector<Address> members;
};
/// What a block has of this node's waiting transactions.
struct InBlock {
  std::vector<Hash32> hashes;
};
/// How many members have a transaction in their logs, this node among them.
struct CopiesTold {
  bool enough = false;
  std::size_t have = 1, wanted = 1;
  std::string why;  // there are not enough
};
/// A transaction that is durable here and that others are to have, too; what came of it is told
/// once, on the copier's thread.
struct CopyTxn {
  Hash32 hash;
  Bytes raw;
  std::function<void(const CopiesTold&)> told;
};
/// What a member answered to a batch of copies, or why it did not.
struct CopiesAnswered {
  std::uint64_t request = 0;
  Result<Bytes> answer;
};
/// Has other members write users' transactions down, before they are acknowledged.
using copier_actor = caf::typed_actor<caf::reacts_to<CopyTxn>, caf::reacts_to<CopiesAnswered>,
                                      caf::reacts_to<LinkedMembers>, caf::reacts_to<InBlock>,
                                      caf::reacts_to<caf::tick_atom>>;

/// A member's edge.
using member_actor = caf::typed_actor<caf::replies_to<SignDigest>::with<SignAnswer>>;
/// Opens rounds for what this log composes, and for nothing else; answers when they are over.
using round_manager_actor =
    caf::typed_actor<caf::replies_to<Msg<schema::OpenRound>>::with<SignAnswer>>;
/// Sends to L1 what is planned, one after the other, signed first.
using submitter_actor =
    caf::typed_actor<asks<Msg<schema::PlanSubmission>>, caf::reacts_to<caf::tick_atom>>;
/// Closes, submits and reopens periods. Needs no messages but its own timer.
using reward_accountant_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>>;
/// Transactions taken here that the pool's leader refused since the last word on it.
struct ForwardsRefused {
  std::uint32_t count = 0;
  Hash32 first;
  std::string why;  // the first was
};
/// Watches the service and accuses. Needs no messages but its own timer, and in a pool the
/// forwarder's word.
using penalty_monitor_actor =
    caf::typed_actor<caf::reacts_to<caf::tick_atom>, caf::reacts_to<ForwardsRefused>>;

}  // namespace horae

namespace caf {

template <class S>
struct allowed_unsafe_message_type<horae::Msg<S>> : std::true_type {};

}  // namespace caf

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AppendTogether)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AskApplied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AppliedBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BeginPool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::PoolBegun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::CheckInput)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::TxnOutcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AcceptBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SettleBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BlockSettled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::ApplyBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BlockApplied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AskWanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::WantedHeaders)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::KeepHeader)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BlockExecuted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BlockDiffers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::RevokeBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::ProposeInput)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::ProposeAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Beyond)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Commit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AskTree)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::DurableTree)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::WriteCheckpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::CheckpointWritten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AccountOf)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AccountAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BuildBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BuildAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AdoptBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AdoptAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AlignEngine)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AlignAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::CheckEngine)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BuiltBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::ForgetBuilt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AwaitBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::BlockTaken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::LeaderGone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::LeaderStands)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::YieldTurn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::MemberLink)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Forwarded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::LinkedMembers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::TurnBegins)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::ForwardsRefused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::InBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::CopyTxn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::CopiesAnswered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::L1Doubt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SignDigest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SignAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SubmitRaw)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SubmitAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::SubmitEvidence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Accusation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::EvidenceAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AskWorld)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::AskArchive)
