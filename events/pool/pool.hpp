#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/decision.hpp"
#include "events/locking/locking.hpp"
#include "schemas/pool.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::PoolFact> = Domain::POOL;

/// Who has a voice in consensus, and how much.
struct Member {
  PublicKey key;
  std::uint64_t power = 0;  // METIS
  std::string endpoint;     // endpoint_of (members.hpp); empty: not told
  bool operator==(const Member&) const = default;
};
using Members = std::map<Address, Member>;  // by signer

/// Whether this much is more than two thirds of the whole.
[[nodiscard]] bool is_quorum(std::uint64_t power, std::uint64_t total);
[[nodiscard]] std::uint64_t total_power(const Members& members);

/// What one member reported of L1 for the place that is not agreed on yet.
struct StandingReport {
  Hash32 digest;
  std::uint64_t finalized = 0;
  std::uint64_t block = 0;    // that it speaks of
  std::uint32_t changes = 0;  // how often the member said something else of this place
  std::uint64_t number = 0;   // of its input: an older one says nothing
  bool operator==(const StandingReport&) const = default;
};

struct DifferingMember {
  std::uint64_t places = 0;  // in a row
  std::uint64_t since = 0;   // the first of them
  std::uint64_t last = 0;
};

/// Of which epoch, and since which block, a member says that the leader makes nothing.
struct Stall {
  std::uint64_t epoch = 0;
  std::uint64_t block = 0;
  bool operator==(const Stall&) const = default;
};

/// A block that a member says is not as it is sealed.
struct Dispute {
  std::uint64_t block = 0;
  std::optional<Hash32> hash;  // as its engine has it; none: its operator decided to revoke it
  bool operator==(const Dispute&) const = default;
};

/// How often a member has said something against a block, or one below it; block: the highest one.
struct Contradiction {
  std::uint64_t block = 0;
  std::uint32_t times = 0;
  bool operator==(const Contradiction&) const = default;
};

/// The epoch that runs where members take turns.
struct RunningTurn {
  std::uint64_t epoch = 0;
  std::uint64_t head = 0;         // L2's last block
  std::uint32_t skip_epochs = 0;  // for which a leader that was replaced is passed over
  U256 sequencer_id = 0;          // the leader
  Address signer;
};

/// Shared: who the members are, and what they have agreed on of L1. Where the node is alone, there
/// are no members, and nothing but the genesis and the changes of rules.
struct PoolAgreement {
  /// More make consensus slow, and are refused at the founding.
  static constexpr std::size_t most_members = 64;
  /// Of all members together: consensus itself takes an eighth of the largest signed number
  /// (CometBFT, MaxTotalVotingPower); 64 members with 100,000 METIS each are far below.
  static constexpr std::uint64_t most_power = 1'000'000'000;

  Msg<schema::PoolGenesis> genesis;  // empty: of a node alone whose log is older than that
  Members members;
  Members ready;                                          // by their own word, without a voice
  std::uint64_t place = 0;                                // reports agreed on
  std::uint64_t last_block = 0;                           // that what was agreed on last speaks of
  Hash32 last_digest;                                     // agreed on last
  std::map<Address, StandingReport> reports;              // for this place, by signer
  std::map<Hash32, Msg<schema::LockingCommand>> offered;  // of those reports, by digest
  /// Of L1 that were agreed on: those above the final one, and some before it; ascending.
  std::vector<L1Point> heads;
  std::map<Address, DifferingMember> differing;
  std::uint32_t rules_version = 0;  // that a binary must know
  /// The newest input of each sender that says how it is now: where it is reached, what it wants,
  /// whom it holds to be away.
  std::map<Address, std::uint64_t> heard;
  std::map<Address, Msg<schema::RuleChange>> wished;                           // by member
  std::map<std::pair<std::uint64_t, Hash32>, Msg<schema::RuleChange>> coming;  // fromBlock, digest
  std::map<Address, std::set<Address>> absences;  // by member: whom it holds to be away
  std::set<Address> lost;                     // whose voice is gone until they say that they run
  std::map<Address, std::uint64_t> attested;  // by member: the last block that it attested
  std::map<Address, Dispute> disputes;        // by member
  /// By member; of blocks that were revoked nothing is counted.
  std::map<Address, Contradiction> contradictions;
  std::map<Address, Stall> stalls;        // by member
  std::map<U256, std::uint64_t> skipped;  // sequencers that were replaced: up to which epoch
  std::uint64_t replaced_epoch = 0;       // the last one whose leader was replaced
  std::uint64_t yielded_epoch = 0;        // the last one that its leader gave up
  /// What was agreed on last, for the reaction in the same decision; no state hash has it.
  std::optional<Msg<schema::LockingCommand>> agreed;

  [[nodiscard]] bool has_genesis() const { return !genesis.empty(); }
  /// Whether there is anybody who agrees; once there was, there always is.
  [[nodiscard]] bool is_founded() const { return !members.empty(); }
  [[nodiscard]] Address leader() const { return fixed<Address>(genesis.read().getLeader()); }
};

/// How far this node has applied what consensus ordered.
struct AppliedHeight {
  std::uint64_t height = 0;
  Hash32 block_hash, app_hash;
};

/// A header whose signatures show that the members agreed on a state: the first one after a change.
struct WantedHeader {
  std::uint64_t height = 0;
  Hash32 app_hash;  // that it carries
  bool operator==(const WantedHeader&) const = default;
};

/// An input of this node's that must not be made twice: a block that it signed.
struct ProposedInput {
  std::uint64_t block = 0;  // its number
  Bytes input;
};

/// Local: where this node is among those who share the rest.
struct PoolProgress {
  /// Of older ones no signatures are kept any more. Consensus has a handful of blocks a second, and
  /// is asked for them every two seconds; while it catches up, it may be faster than that.
  static constexpr std::size_t most_wanted = 10'000;

  AppliedHeight applied;
  std::optional<ProposedInput> proposed;
  std::deque<WantedHeader> wanted;  // that are not kept yet, ascending
};

/// Whose input it is, and its number, which rises with each of a sender's inputs; 0: not known.
struct InputSource {
  InputSource(const Address& from, std::uint64_t its_number = 0)
      : sender(from), number(its_number) {}
  Address sender;
  std::uint64_t number = 0;
};

/// What is known where a command of the pool is decided.
struct PoolAsked {
  Address sender;
  std::uint64_t number = 0;   // of the input
  std::uint64_t l1_head = 0;  // agreed on last
  /// What the locking domain says to the command that is reported; for a report alone.
  Decision locking;
  /// Whether the sender is Active in the locking pool.
  bool active = false;
  /// For an attestation alone: L2's head, the last attested block, and the hash of the one that it
  /// names, where that waits for attestation. No head: none is asked for.
  std::optional<std::uint64_t> head;
  std::uint64_t attested = 0;
  std::optional<Hash32> sealed;
  bool revocable = false;  // whether that block may be revoked
  /// For a word on the leader alone; none: members take no turns, or none has begun.
  std::optional<RunningTurn> turn = {};
};

/// Founds a pool, or the chain of a node alone (once); takes a member's report of L1, and agrees
/// where more than two thirds of the power report the same; takes a sequencer's word that its node
/// runs, and a member's on the rules to come (rule_changes.hpp), on who is away (absences.hpp), on
/// the leader of the running epoch (stalls.hpp), that it has executed the blocks up to one
/// (attestations.hpp), and that a block is not as it is sealed (disputes.hpp).
/// A node alone takes its own word on the rules, and nothing else. Refuses: notOpen before the
/// founding, notMember, alreadyKnown (an older word than the sender's newest), notAgreed (a report
/// of another place than the next or the last, or one more change of mind than is taken),
/// wrongContent, and what the locking domain refuses of a report.
[[nodiscard]] Decision decide(const PoolAgreement& state, schema::PoolCommand::Reader command,
                              const PoolAsked& asked);
/// Reaction to whatever the locking domain says: who has a voice from here on, where that changes.
/// A member of the genesis has the power that it was given there while the locking pool does not
/// know its key. Never nobody.
[[nodiscard]] Decision follow_members(const PoolAgreement& state, const Locking& locking,
                                      std::int32_t after);

/// What a report is compared by: SHA-256 of the canonical command without the source of a split, an
/// assumption, and the finalized block, in which honest members may differ.
[[nodiscard]] Hash32 l1_digest(schema::LockingCommand::Reader command);
/// The number of the L1 block that it speaks of: two reports of one block contradict each other.
[[nodiscard]] std::uint64_t block_of(schema::LockingCommand::Reader command);
/// The command as it is settled: an advance names the finalized block, which is never below the one
/// that is known.
[[nodiscard]] Msg<schema::LockingCommand> with_finalized(schema::LockingCommand::Reader command,
                                                         const std::optional<L1Point>& known,
                                                         const L1Point& agreed);
/// A split whose source is not known, or L1's time: the member has to ask another endpoint before
/// it reports.
[[nodiscard]] bool lacks_something(schema::LockingCommand::Reader command);

/// Refuses a height that is not above the one before (notNext).
[[nodiscard]] Decision block_applied(const PoolProgress& state, const AppliedHeight& next);
/// signed_header: a header of that height with its signatures, which the caller has checked.
/// Refuses a height above the applied one, and one that is not wanted, or not any more: what is
/// wanted below the one that is kept is given up (notNext).
[[nodiscard]] Decision block_signed(const PoolProgress& state, std::uint64_t height,
                                    BytesView signed_header);
/// Refuses a second one while the first waits (notNext).
[[nodiscard]] Decision input_proposed(const PoolProgress& state, const ProposedInput& wanted);
/// Of the one that waits: consensus has ordered it, or the epoch of its block is over.
[[nodiscard]] Decision input_settled(const PoolProgress& state);

/// Whether facts of this kind are shared and fold into PoolAgreement; the others into PoolProgress.
[[nodiscard]] bool is_shared(schema::PoolFact::Which kind);
void apply(PoolAgreement& state, schema::PoolFact::Reader fact);
void apply(PoolProgress& state, schema::PoolFact::Reader fact);
[[nodiscard]] Message state_message(const PoolAgreement& state);
[[nodiscard]] Message state_message(const PoolProgress& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] PoolAgreement restore(schema::PoolAgreement::Reader state);
[[nodiscard]] PoolProgress restore(schema::PoolProgress::Reader state);

}  // namespace horae
