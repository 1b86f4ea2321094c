#include "node/cli/words.hpp"

#include <array>

namespace horae::logging {
namespace {

constexpr auto refused = "data.reason of a refused transaction";
constexpr auto fate = "reason of a dropped transaction (horae_transaction)";
constexpr auto rule = "reason of a refused command, in messages of the node";
constexpr auto stall = "why a submission to L1 is stalled (horae_status, sending)";
constexpr auto health = "condition.state in horae_status and `horae status`";
constexpr auto production = "production.state in horae_status";
constexpr auto l1 = "l1.state in horae_status";
constexpr auto sending = "sending.state in horae_status";
constexpr auto rewards = "rewards.state in horae_status";
constexpr auto consensus = "pool.state in `horae pool status`";
constexpr auto signer = "signer.state in `horae pool status`";
constexpr auto room = "room.state in horae_status";

constexpr std::array table{
    Word{"busy", refused,
         "Intake is closed for the moment: too many transactions are on their way at once, the "
         "engine does not answer, or the log's disk or map is almost full.",
         "Send it again. An operator sees in horae_status (room, engine) whether it will pass by "
         "itself."},
    Word{"malformed", refused, "The bytes are no transaction.",
         "Send the signed transaction's bytes, as wallets make them."},
    Word{"unsupportedType", refused, "The transaction's type is not taken here.",
         "Send one of type 0, 1 or 2: no blobs, no authorisations."},
    Word{"tooLarge", refused, "The transaction has more than 128 KiB.", "Split it."},
    Word{"wrongChain", refused, "The transaction is signed for another chain id, or for none.",
         "Sign it for the chain id that eth_chainId tells (EIP-155)."},
    Word{"badSignature", refused,
         "No sender comes out of the signature, or it is malleable (its s is high).",
         "Sign it anew with another library."},
    Word{"intrinsicGas", refused,
         "The gas limit is below what the transaction's own bytes cost before anything runs.",
         "Take the gas limit of eth_estimateGas."},
    Word{"gasLimit", refused, "The transaction asks for more gas than one may.",
         "Lower its gas limit."},
    Word{"feeTooLow", refused,
         "The maximum fee is below the floor, or the priority fee above the maximum.",
         "Take the fees of eth_gasPrice and eth_maxPriorityFeePerGas."},
    Word{"nonceTooLow", refused, "The account is past this nonce: it was used.",
         "Take the nonce of eth_getTransactionCount with pending."},
    Word{"nonceTooHigh", refused, "The nonce is too far ahead of the account.",
         "Send the transactions before it first."},
    Word{"insufficientFunds", refused,
         "The balance does not pay for gas limit times maximum fee plus value, of this "
         "transaction and those of the sender that wait.",
         "Fund the account, or lower value, fee or gas limit."},
    Word{"alreadyKnown", refused, "This very transaction is here already.",
         "Nothing: ask for its receipt."},
    Word{"underpriced", refused,
         "Another transaction of the sender waits at this nonce, and a replacement must offer 10 "
         "% more, in both fees.",
         "Raise maximum and priority fee by 10 % at least."},
    Word{"senderLimit", refused, "The sender has its share of the pool: 64 transactions wait.",
         "Wait until some are in a block."},
    Word{"poolFull", refused,
         "The pool is full and this one offers no more than the cheapest, or it is half full, this "
         "one lacks a nonce before it, and none that lacks one, too, gives way.",
         "Raise the fee, or wait."},
    Word{"staleView", refused,
         "The account was looked up too long ago to decide by: many blocks went by meanwhile.",
         "Send it again."},
    Word{"replaced", fate, "Another transaction of the sender took its nonce, for a higher fee.",
         ""},
    Word{"includedElsewhere", fate, "A block took its nonce for another transaction.", ""},
    Word{"engineSkipped", fate,
         "The engine left it out of the block that it was chosen for; the detail has its words.",
         "Correct what the detail names, and send it anew."},
    Word{"notNext", rule, "A block that does not follow the head.", ""},
    Word{"notActive", rule, "The sequencer is not Active in the locking pool.",
         "See horae_sequencers; lock, or wait until L1 is followed to its head."},
    Word{"wrongSigner", rule, "Signed by somebody else than it says.", ""},
    Word{"wrongContent", rule, "Header and content, or two things that belong together, disagree.",
         ""},
    Word{"fork", rule, "An L1 block that does not follow what is known.",
         "Nothing: the listener goes back to the last common block."},
    Word{"belowFinalized", rule, "An L1 reorganisation below a block that was called finalized.",
         "horae explain H-L1-ALARM"},
    Word{"notOpen", rule, "The domain waits for its first fact.", ""},
    Word{"shuttingDown", refused, "The node is being stopped.", "Send it again a little later."},
    Word{"evicted", fate,
         "The pool was full, and another transaction took its place: one that offers more, or one "
         "that can run, or of somebody who holds fewer places, where this one lacked a nonce "
         "before it.",
         "Send what is missing before it, then this one anew, with a higher fee."},
    Word{"expired", fate,
         "A nonce before it was missing for longer than limits.pool_gap_lifetime_s.",
         "Send what is missing before it, then this one anew."},
    Word{"notDue", rule, "The period's time, or an epoch of it, is not over.", ""},
    Word{"slotTaken", rule, "The signing slot is bound to another content, for ever.", ""},
    Word{"wrongKey", rule, "There is no key for this purpose, or another one.",
         "See that the settings name the key that LockingPool's mpcAddress is of."},
    Word{"notProven", "reason of refused evidence (horae_submitEvidence)",
         "The evidence does not show the fault that it claims.",
         "Check the file: horae-replay check-evidence FILE."},
    Word{"staleOrigin", rule, "A block names another L1 head than the one that was told last.",
         "Nothing: the block is built anew on that head."},
    Word{"notLeader", rule,
         "Another member of the pool makes the blocks, or the block is of another epoch than runs.",
         "`horae pool status` names the leader."},
    Word{"notAttested", rule,
         "Too many blocks wait for members with more than two thirds of the power to execute them.",
         "Nothing at this node: see by `horae pool status` who is away or behind."},
    Word{"notAgreed", rule,
         "Members with more than two thirds of the power do not say so, or not yet.",
         "`horae pool status` shows who differs; compare this node's L1 endpoint with theirs."},
    Word{"notMember", rule, "The sender has no voice in the pool.",
         "Lock METIS for its key and run its node; `horae pool status` lists the members."},
    Word{"byGenesis", rule, "The pool's genesis sets this rule, and no command of one member.", ""},
    Word{"enoughProven", "reason of refused evidence (horae_submitEvidence)",
         "So many faults of this signer are proven that it is passed over for good.", ""},
    Word{"unknownSigner", "reason of refused evidence (horae_submitEvidence)",
         "The pool knows no sequencer of the key that signed what the evidence shows.",
         "Nothing follows from faults of strangers. Is it evidence of this pool?"},

    Word{
        "tooFewCopies", refused,
        "The transaction is let in, and fewer members have it than acknowledge.copies asks for: it "
        "may still be executed, and is not acknowledged.",
        "Send it again, to this member or another one. An operator sees in `horae pool status "
        "--json` (copies) what is lacking."},

    Word{"noFunds", stall, "The account that sends it cannot pay for gas.",
         "Send ether to the key's address; it goes on by itself."},
    Word{"feeCap", stall, "It is not mined, and to replace it would take more than the fee cap.",
         "Wait until L1 is cheaper; it goes on by itself."},
    Word{"wouldRevert", stall, "LockingPool refuses the transaction in a trial call.",
         "Read the contract's words: usually the reward payer's METIS or its allowance for "
         "LockingInfo."},
    Word{"endpointRefuses", stall, "The L1 endpoint does not take it, for a reason of its own.",
         "Read the endpoint's words; try another endpoint."},
    Word{"notSigned", stall, "The signing round came to nothing.",
         "See the rounds: horae-replay log shows each with its outcome. It is tried again."},

    Word{"starting", health, "The node starts: log, engine and L1 are met one after the other.",
         "Wait; `horae wait --for ready` does."},
    Word{"replaying", health, "The log is read and folded: progress says how far.", "Wait."},
    Word{"indexing", health, "Records are entered into the lookups (hash to record).", "Wait."},
    Word{"executing", health, "The engine executes the logged blocks once more.", "Wait."},
    Word{"backfilling", health, "L1's earlier blocks are being read, up to its head.", "Wait."},
    Word{"producing", health, "Blocks are made.", ""},
    Word{"waiting", health,
         "This node is a sequencer and makes no blocks for the moment; the words say why.",
         "See production.reason; horae explain stopped, where its signer is not Active."},
    Word{"verifying", health,
         "Nothing else is to be done than to verify the log behind a start from a snapshot.", ""},
    Word{"idle", health, "No transaction waits.", ""},
    Word{"synced", health, "L1 is followed at its head; nothing is sequenced here.", ""},
    Word{"stuck", health, "Something that should go on does not; the words say what.",
         "Do what the words name: engine, L1 endpoint, disk; horae-inspect shows the actors."},
    Word{"stopping", health, "The node is being stopped.", ""},
    Word{"behind", health,
         "This member is behind its pool: its consensus reads the blocks that the others have.",
         "Wait: height goes up in `horae pool status`."},

    Word{"starting", "any other state in horae_status", "Nothing was said yet since the start.",
         "Wait a moment."},
    Word{"producing", production, "Blocks are made.", ""},
    Word{"idle", production, "No transaction waits that could go into a block.", ""},
    Word{"waiting", production,
         "A block is due and cannot be made for the moment; the reason says why.",
         "If it stays, see to what the reason names: the engine, or the clock."},
    Word{"stopped", production,
         "This node's signer is not Active in the locking pool: transactions are still let in, "
         "and wait.",
         "See horae_sequencers; lock, or see that the node has the key of the Active signer."},
    Word{"following", production,
         "Another member of the pool makes the blocks; this node executes them.", ""},
    Word{"following", l1, "L1 is followed at its head.", ""},
    Word{"backfilling", l1, "L1's earlier blocks are being read.", "Wait: l1.confirmed goes up."},
    Word{"waiting for the contracts", l1, "There is no code at the addresses yet.",
         "See the two addresses, and whether the endpoint is of the right chain."},
    Word{
        "waiting for the pool", l1,
        "What this node saw of L1 was reported, and members with more than two thirds of the power "
        "do not say the same yet.",
        "If it stays, `horae pool status` shows who is away and who differs."},
    Word{"rate limited", l1,
         "The endpoint wants fewer questions; the node waits as long as it asks.",
         "Use an endpoint with a higher limit if it stays."},
    Word{"unreachable", l1, "The endpoint does not answer; the node tries again.",
         "Try it: cast block-number --rpc-url URL."},
    Word{"doubtful", l1,
         "The endpoint shows other logs of a block than the block's header tells (logsBloom). No "
         "block is sealed meanwhile; the node asks again until they fit.",
         "If it stays, use another endpoint: this one leaves logs out, or refuses "
         "eth_getBlockReceipts."},
    Word{
        "differs", l1,
        "The contracts' own views differ from what their logs gave; L1's logs are read again, and "
        "nothing of the log is deleted. No block is sealed meanwhile, nor afterwards where who may "
        "make blocks differs still.",
        "If it stays, try another endpoint; if it differs there too, report it "
        "(horae explain H-L1-DIFFERS)."},
    Word{"refused", l1, "What the endpoint tells does not follow from what is known.",
         "horae explain H-L1-REFUSED"},
    Word{"alarm", l1, "L1 contradicts what was final; the node stops.", "horae explain H-L1-ALARM"},
    Word{"stopped", l1, "The listener has ended, since the node is being stopped.", ""},
    Word{"idle", sending, "Nothing is to be sent to L1.", ""},
    Word{"sending", sending, "A transaction to L1 is being signed or sent.", ""},
    Word{"waiting", sending, "A transaction was sent, and is waited for.", ""},
    Word{"stalled", sending, "A transaction cannot go on; the reason says why.",
         "horae explain the reason; docs/pool-duties.md, Rewards, has what to do."},
    Word{"unreachable", sending, "The endpoint does not answer; the node tries again.",
         "Try it: cast block-number --rpc-url URL."},
    Word{"waiting", rewards, "No reward batch is due; the reason says what is missing.", ""},
    Word{"closing", rewards, "A period is being closed: its reward batch is composed.", ""},
    Word{"submitting", rewards, "A reward batch is on its way to LockingPool.", ""},
    Word{"reopening", rewards, "A batch that reverted is composed anew.", ""},
    Word{"ordering", consensus, "Consensus orders what the members propose.", ""},
    Word{"silent", consensus, "This node's CometBFT does not tell its height.",
         "Wait a moment, since it is started again by itself; else see "
         "consensus/cometbft/cometbft.log in the data directory."},
    Word{"still", consensus, "Commands wait, and the height of consensus does not move.",
         "See who is away (`horae pool status` at several members): members with more than two "
         "thirds of the power must run and reach one another. Where the others go on, start this "
         "node again."},
    Word{"signing", signer, "This member's key signs blocks of consensus.", ""},
    Word{"waiting", signer,
         "It cannot know what its key signed before, and signs nothing until a hundred blocks in a "
         "row were committed without that key.",
         "Wait; see that no other machine has the key."},
    Word{"stopped", signer,
         "A block has a signature of this key that was not made here: another machine has the key, "
         "and nothing is signed here any more.",
         "Find that machine and end its node. docs/pool.md, What is where."},
    Word{"ample", room, "The log's disk and map have room.", ""},
    Word{"scarce", room, "The log's disk or map is more than 80 % full.",
         "Free space, or start with a larger map (log.map_mib)."},
    Word{"closed", room,
         "The log's disk or map is almost full: no transaction and no evidence is let in, while "
         "blocks and L1 go on.",
         "Free space, or start with a larger map (log.map_mib): it opens again by itself."},
};

}  // namespace

std::span<const Word> words() { return table; }

}  // namespace horae::logging
