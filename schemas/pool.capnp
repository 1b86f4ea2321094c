@0xd1c6a2b8f3e95074;
# The pool as its members agree on it, whose inputs they order by consensus: members, reports of L1,
# and what ordered inputs look like. Members and reports are shared; how far this node has applied
# what consensus ordered is its own.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";
using Locking = import "locking.capnp";
using Blocks = import "blocks.capnp";
using Rewards = import "rewards.capnp";
using Mpc = import "mpc.capnp";
using Penalties = import "penalties.capnp";

# One input of the shared domains.
struct SharedCommand {
  union {
    none @0 :Void;
    locking @1 :Locking.LockingCommand;
    blocks @2 :Blocks.BlocksCommand;
    rewards @3 :Rewards.RewardsCommand;
    mpc @4 :Mpc.MpcCommand;
    penalties @5 :Penalties.PenaltiesCommand;
    pool @6 :PoolCommand;
  }
}

# What consensus orders: a command with its sender's word for it. The signature is over SHA-256 of
# "horae input 1", the length and the bytes of the consensus' chain id, and the canonical bytes of
# this struct without it.
struct PoolInput {
  number @0 :UInt64;            # told apart by it; rises with each of a sender's inputs
  sender @1 :Data;              # address of a member's key
  command @2 :Data;             # canonical bytes of a SharedCommand
  signature @3 :Data;           # r, s, v
}

struct PoolCommand {
  union {
    none @0 :Void;
    found @1 :PoolGenesis;
    report @2 :L1Report;
    beReady @3 :MemberReady;
    changeRules @4 :RuleChange;
    tellAbsent @5 :AbsentMembers;
    attest @6 :Attestation;
    reportStall @7 :StallReport;
    yieldTurn @8 :TurnYield;
    revoke @9 :Revocation;
  }
}

# What everyone of the pool begins with; without members, a node alone.
struct PoolGenesis {
  l1ChainId @0 :UInt64;
  l2ChainId @1 :UInt64;
  fromBlock @2 :UInt64;         # first L1 block looked at
  confirmations @3 :UInt64;     # the head of L1 is this far below the latest block
  finalizedOnly @4 :Bool;       # or it is the finalized block
  l1Step @5 :UInt32;            # heads of L1 are told at the multiples of it
  name @6 :Text $Values.most(50); # of the consensus' chain
  lockingPool @7 :Data $Values.bytes(20); # the proxies
  lockingInfo @8 :Data $Values.bytes(20);
  leader @9 :Data $Values.bytes(20); # the signer that makes L2 blocks
  members @10 :List(PoolMember) $Values.entries(64); # by signer
  rules @11 :List(SharedCommand) $Values.entries(32); # what is settled first, in this order
  timeMs @12 :UInt64;           # when it was made, ms since 1970
  absenceMs @13 :UInt64;        # a member that is away for so long loses its voice; 0: none does
  rulesVersion @14 :UInt32;     # of the shared rules, that a binary must know; 0: of schema 7
}

struct PoolMember {
  power @0 :UInt64;             # METIS
  signer @1 :Data $Values.bytes(20);
  publicKey @2 :Data $Values.bytes(64); # 64 bytes
  # Where it is reached: id@host:port of its consensus, and behind a blank host:port of its link, where
  # its program has one; empty: not told.
  endpoint @3 :Text $Values.most(256);
}

# How one member wants what configures the shared rules to be from the first head of L1 on that the pool
# agrees on at fromBlock or above. With more than two thirds of the power behind the same it will be so.
# fromBlock 0: it takes its word back.
struct RuleChange {
  fromBlock @0 :UInt64;         # of L1
  needs @1 :UInt32;             # the version of the shared rules that a binary must know from then on
  # canonical bytes of a SharedCommand each: who does not know such a rule yet passes it on
  rules @2 :List(Data) $Values.most(4096) $Values.entries(16);
}

# Whom a member has not seen sign for as long as the genesis says, by its own clock: all of them.
struct AbsentMembers {
  signers @0 :List(Data) $Values.bytes(20) $Values.entries(64);
}

# A member's engine has executed the chain up to this block, and it came out with this hash: as it is
# sealed, or, where blocks may be revoked, otherwise.
struct Attestation {
  number @0 :UInt64;
  hash @1 :Data $Values.bytes(32);
  sealed @2 :Data $Values.bytes(32); # where it came out otherwise: as what it was executed
}

# A member's operator has decided that this block is to be revoked, whatever it comes out as.
struct Revocation {
  number @0 :UInt64;
  hash @1 :Data $Values.bytes(32); # as it is sealed
}

# A member's word that the leader of this epoch makes nothing: the head has been this block for too long by
# its own clock.
struct StallReport {
  epoch @0 :UInt64;
  block @1 :UInt64;
}

# The running epoch's leader gives its turn to the next.
struct TurnYield {
  epoch @0 :UInt64;
}

# What one member saw of L1, as the next command of the locking domain. With more than two thirds of
# the power behind one digest it is settled.
struct L1Report {
  place @0 :UInt64;             # how many were agreed on before
  finalized @1 :UInt64;         # the number of the block that this member holds to be final; 0: none
  digest @2 :Data $Values.bytes(32); # SHA-256 of the command, without what depends on an endpoint
  command @3 :Locking.LockingCommand; # null where the pool has it already
  block @4 :UInt64;             # of L1, that the command speaks of
}

# A member's own word that its node runs. Its power counts from then on.
struct MemberReady {
  publicKey @0 :Data $Values.bytes(64);
  endpoint @1 :Text $Values.most(256);
}

struct PoolFact {
  union {
    none @0 :Void;
    poolFounded @1 :PoolGenesis;
    l1Reported @2 :L1Reported;
    l1Agreed @3 :L1Agreed;
    memberReady @4 :MemberIsReady;
    membersChanged @5 :MembersChanged;
    consensusBlockApplied @6 :ConsensusBlockApplied;
    inputProposed @7 :InputProposed;
    inputSettled @8 :InputSettled;
    consensusBlockSigned @9 :ConsensusBlockSigned;
    rulesWanted @10 :RulesWanted;
    rulesAgreed @11 :RulesAgreed;
    rulesChanged @12 :RulesChanged;
    rulesRefused @13 :RulesRefused;
    absenceTold @14 :AbsenceTold;
    memberLost @15 :MemberLost;
    blockAttested @16 :BlockAttested;
    stallReported @17 :StallReported;
    leaderReplaced @18 :LeaderReplaced;
    turnYielded @19 :TurnYielded;
    blockDisputed @20 :BlockDisputed;
  }
}

struct BlockAttested {
  number @0 :UInt64;
  member @1 :Data;
  hash @2 :Data;
  input @3 :UInt64;             # its number; 0 in logs before schema 11
}

# A member says that this block is not as it is sealed, and that all before it are.
struct BlockDisputed {
  number @0 :UInt64;            # of the input
  block @1 :UInt64;
  member @2 :Data;
  hash @3 :Data;                # as its engine has it; empty: its operator decided to revoke it
}

struct StallReported {
  number @0 :UInt64;            # of the input
  epoch @1 :UInt64;
  block @2 :UInt64;             # L2's head
  member @3 :Data;
}

# Members with more than a third of the power say that the epoch's leader makes nothing, or blocks were
# revoked: the next epoch begins with the next block.
struct LeaderReplaced {
  epoch @0 :UInt64;
  block @1 :UInt64;             # L2's head
  untilEpoch @2 :UInt64;        # up to which it is passed over; an epoch whose leader is replaced adds one
  sequencerId @3 :Data $Values.u256; # who makes nothing, or made the first of those blocks
  signer @4 :Data;
  members @5 :List(Data);       # who said so, by signer
}

# The epoch's leader gave its turn to the next: the next epoch begins with the next block.
struct TurnYielded {
  epoch @0 :UInt64;
  signer @1 :Data;
}

struct L1Reported {
  member @0 :Data;
  report @1 :L1Report;
  number @2 :UInt64;            # of the input
}

# The command with this digest is settled. finalized: what more than two thirds of the power hold to be
# final, number 0: nothing. members: who reported it, by signer.
struct L1Agreed {
  place @0 :UInt64;
  digest @1 :Data;
  finalized @2 :Values.L1Block;
  members @3 :List(Data);
}

struct MemberIsReady {
  signer @0 :Data;
  publicKey @1 :Data;
  endpoint @2 :Text;
  number @3 :UInt64;            # of the input
}

struct RulesWanted {
  number @0 :UInt64;            # of the input
  member @1 :Data;
  change @2 :RuleChange;
}

# The change with this digest is to come. digest: SHA-256 of the canonical RuleChange. members: who wants
# it, by signer.
struct RulesAgreed {
  digest @0 :Data;
  members @1 :List(Data);
}

# A change that was agreed on begins to hold: what it sets follows in the same decision, or rulesRefused.
struct RulesChanged {
  needs @0 :UInt32;
  digest @1 :Data;
  block @2 :Values.L1Block;     # the head of L1 with which it does
  rules @3 :List(Data);
}

# One of its rules was refused: nothing of it is set.
struct RulesRefused {
  rule @0 :UInt32;              # from 0
  reason @1 :Values.Reason;
}

struct AbsenceTold {
  number @0 :UInt64;            # of the input
  member @1 :Data;
  signers @2 :List(Data);       # by signer
}

# It loses its voice until it says that it runs. members: who told that it is away, by signer.
struct MemberLost {
  signer @0 :Data;
  members @1 :List(Data);
}

# Who has a voice in consensus from here on, by signer.
struct MembersChanged {
  members @0 :List(PoolMember);
}

# Everything that consensus ordered up to this height is in the log before this record.
struct ConsensusBlockApplied {
  height @0 :UInt64;
  blockHash @1 :Data;
  appHash @2 :Data;
}

# What shows to a stranger that the members agreed: the header of this height, which carries the app
# hash that consensusBlockApplied says of the height before, and the signatures of members with more
# than two thirds of the power. Of the headers alone whose app hash is another than the one before.
struct ConsensusBlockSigned {
  height @0 :UInt64;
  commit @1 :Data;              # protobuf's SignedHeader, as edges/proto/commit.proto has it
}

# An input that must not be made twice, before it leaves: a block that this node signed. After a restart
# it is these bytes or none.
struct InputProposed {
  block @0 :UInt64;             # its number
  input @1 :Data;               # canonical bytes of a PoolInput
}

# Consensus ordered it, whatever became of it; or its epoch is over, so that nothing can come of it.
struct InputSettled {
  block @0 :UInt64;
  key @1 :Data;                 # SHA-256 of its bytes
}

# A member's report of the place that is not agreed on yet.
struct StandingReport {
  finalized @0 :UInt64;
  member @1 :Data;
  digest @2 :Data;
  block @3 :UInt64;
  changes @4 :UInt32;           # how often this member said something else of this place
  number @5 :UInt64;            # of the input
}

# The number of the newest input of a sender that says how something is now: an older one says nothing.
struct HeardSender {
  number @0 :UInt64;
  sender @1 :Data;
}

# A member's word for a change of rules.
struct StandingWish {
  member @0 :Data;
  change @1 :RuleChange;
}

# Whom a member holds to be away.
struct StandingAbsence {
  member @0 :Data;
  signers @1 :List(Data);       # by signer
}

# The last block that a member has attested.
struct StandingAttestation {
  number @0 :UInt64;
  member @1 :Data;
}

# A member's newest word that a block is not as it is sealed.
struct StandingDispute {
  block @0 :UInt64;
  member @1 :Data;
  hash @2 :Data;                # empty: it is to be revoked whatever it comes out as
}

# How often a member said something against a block, or one below it.
struct Contradiction {
  block @0 :UInt64;             # the highest one
  times @1 :UInt32;
  member @2 :Data;
}

# A member's newest word that the leader makes nothing.
struct StandingStall {
  epoch @0 :UInt64;
  block @1 :UInt64;
  member @2 :Data;
}

# A sequencer that is passed over since it was replaced.
struct SkippedTurn {
  untilEpoch @0 :UInt64;
  sequencerId @1 :Data $Values.u256;
}

# A command that somebody reported for that place.
struct OfferedCommand {
  digest @0 :Data;
  command @1 :Locking.LockingCommand;
}

# A member whose report of a block was another than the one that was agreed on, in a row.
struct DifferingMember {
  places @0 :UInt64;            # how many times
  since @1 :UInt64;             # the place of the first
  signer @2 :Data;
  last @3 :UInt64;              # the place of the last
}

struct PoolAgreement {
  place @0 :UInt64;             # reports agreed on
  genesis @1 :PoolGenesis;      # absent: of a node alone whose log is older than that
  members @2 :List(PoolMember); # by signer
  ready @3 :List(MemberIsReady); # by signer, those without a voice
  reports @4 :List(StandingReport); # by member
  offered @5 :List(OfferedCommand); # by digest
  heads @6 :List(Values.L1Block); # agreed on above the final one, ascending
  differing @7 :List(DifferingMember); # by signer
  lastDigest @8 :Data;          # agreed on last, and the block that it speaks of
  lastBlock @9 :UInt64;
  rulesVersion @10 :UInt32;
  heard @11 :List(HeardSender); # by sender
  wished @12 :List(StandingWish); # by member
  coming @13 :List(RuleChange); # agreed on, by fromBlock and digest
  absences @14 :List(StandingAbsence); # by member, without those who hold nobody to be away
  lost @15 :List(Data);         # by signer
  attested @16 :List(StandingAttestation); # by member
  stalls @17 :List(StandingStall); # by member
  skipped @18 :List(SkippedTurn); # by sequencer id
  replacedEpoch @19 :UInt64;    # the last one whose leader was replaced
  yieldedEpoch @20 :UInt64;     # the last one that its leader gave up
  disputes @21 :List(StandingDispute); # by member
  contradictions @22 :List(Contradiction); # by member
}

struct PoolProgress {
  height @0 :UInt64;
  blockHash @1 :Data;
  appHash @2 :Data;
  proposed @3 :InputProposed;   # absent: none waits
  wanted @4 :List(WantedHeader); # that are not kept yet, ascending
}

# The first header after a change, whose signatures show that the members agreed on it.
struct WantedHeader {
  height @0 :UInt64;
  appHash @1 :Data;             # that it carries
}
