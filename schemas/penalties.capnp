@0xb70e95c8a1d24f33;
# Faults with evidence that anyone can check, which are shared; what a node sees of its own service,
# which is local; and what both cost. The contracts have no slashing: the consequences are those that
# the rules allow.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";
using Blocks = import "blocks.capnp";

# Append only.
enum FaultKind {
  none @0;
  twoBlocks @1;                 # two signed blocks at one height
  brokenOrder @2;               # a block whose order its own ordering rule does not give
  sandwich @3;                  # such a block with one sender on both sides of another's transaction
  wrongRoots @4;                # a block that does not come out as signed when it is executed
  l1Reports @5;                 # many reports in a row that the pool agreed otherwise on
  leaderReplaced @6;            # a turn in which nothing was made until members replaced the leader
  wrongAttestation @7;          # a block said to come out otherwise than two thirds of the power attest it
  duplicateVote @8;             # two votes of one round of consensus, as consensus itself shows
}

struct SignedHeader {
  header @0 :Blocks.BlockHeader;
  signature @1 :Data $Values.bytes(65);
}

# Stands alone: whoever has it needs nothing else to see the fault (but an engine, for wrongRoots).
struct Evidence {
  union {
    none @0 :Void;
    twoBlocks @1 :TwoBlocks;
    brokenOrder @2 :BrokenOrder;
    sandwich @3 :Sandwich;
    wrongRoots @4 :WrongRoots;
    l1Reports @5 :DifferingReports;
    agreed @6 :AgreedFault;
  }
}
struct TwoBlocks {
  first @0 :SignedHeader;
  second @1 :SignedHeader;
}
struct BrokenOrder {
  block @0 :Blocks.BlockSealed;
}
# Places in the block, front < victim < back.
struct Sandwich {
  front @0 :UInt32;
  victim @1 :UInt32;
  back @2 :UInt32;
  block @3 :Blocks.BlockSealed;
}
struct WrongRoots {
  block @0 :Blocks.BlockSealed;
}

# What the pool's own facts show, and nobody else's word can. The fault's block is the last place.
struct DifferingReports {
  since @0 :UInt64;             # the place of the first
  last @1 :UInt64;
  places @2 :UInt64;            # how many
}

# What the pool's own facts show, and nobody else's word can: wrongRoots of a block that was revoked,
# leaderReplaced, wrongAttestation. The facts stand before the fault, in its decision. Of duplicateVote
# there is no fact before: consensus shows it beside what it orders, the same to all members.
struct AgreedFault {
  epoch @0 :UInt64;             # of the block; of leaderReplaced the turn; of duplicateVote the running one
  hash @1 :Data $Values.bytes(32);    # as the block is sealed; of leaderReplaced and duplicateVote none
  instead @2 :Data $Values.most(32);  # as it comes out; of wrongAttestation as the member has it
}

struct PenaltiesCommand {
  union {
    none @0 :Void;
    setParameters @1 :FaultParameters;
    accuse @2 :Evidence;
  }
}

struct FaultPoints {
  kind @0 :FaultKind;
  points @1 :UInt32;
}

struct FaultParameters {
  skipAt @0 :UInt64;            # points from which a sequencer is passed over by the schedule
  skipEpochs @1 :UInt64;        # for so many epochs
  proposeAt @2 :UInt64;         # points from which forceUnlock is proposed to governance
  points @3 :List(FaultPoints) $Values.entries(64);
  knownSignersOnly @4 :Bool;    # faults of signers that the pool never knew are refused
}

struct FaultProven {
  kind @0 :FaultKind;
  points @1 :UInt32;
  block @2 :UInt64;             # L2 height; of l1Reports the place; of duplicateVote consensus' height
  signer @3 :Data;
  sequencerId @4 :Data $Values.u256; # 0 where the pool knows no such signer
  evidence @5 :Evidence;
}

# Append only.
enum ConsequenceKind {
  none @0;
  skipped @1;                   # passed over by the schedule up to untilEpoch
  forceUnlockProposed @2;       # for governance to decide
}

struct ConsequenceDrawn {
  kind @0 :ConsequenceKind;
  untilEpoch @1 :UInt64;
  score @2 :UInt64;
  sequencerId @3 :Data $Values.u256;
}

struct ObservationsCommand {
  union {
    none @0 :Void;
    setParameters @1 :ObservationParameters;
    observe @2 :Observed;
  }
}

# Append only.
enum ObservationKind {
  none @0;
  lateBlock @1;                 # sealed later than its slot while transactions waited
  missedSlot @2;                # slots that passed without a block while transactions waited
  outage @3;                    # the node was not running
  backlog @4;                   # a transaction that could be included waited longer than the limit
  roundTimedOut @5;             # a signing round
  forwardRefused @6;            # a transaction taken here that the pool's leader refused
}

struct ObservationPoints {
  kind @0 :ObservationKind;
  points @1 :UInt32;            # for each
}

struct ObservationParameters {
  blockTimeMs @0 :UInt64;
  lateAfterMs @1 :UInt64;       # after its slot
  backlogLimitMs @2 :UInt64;
  outageLimitMs @3 :UInt64;     # shorter stops are a restart
  windowMs @4 :UInt64;          # a score counts what was observed in this time
  points @5 :List(ObservationPoints);
}

struct Observed {
  kind @0 :ObservationKind;
  count @1 :UInt32;             # slots, for missedSlot; transactions, for forwardRefused; 1 else
  fromMs @2 :UInt64;            # since 1970
  untilMs @3 :UInt64;
  block @4 :UInt64;             # L2 height, where there is one
  subject @5 :Data;             # hash of the transaction that waited longest, or was refused first
  detail @6 :Text;
}

struct PenaltiesFact {
  union {
    none @0 :Void;
    faultParametersSet @1 :FaultParameters;             # shared
    faultProven @2 :FaultProven;                        # shared
    consequenceDrawn @3 :ConsequenceDrawn;              # shared
    observationParametersSet @4 :ObservationParameters;
    observed @5 :Observed;
  }
}

# A fault that was proven, so that it counts once.
struct KnownFault {
  kind @0 :FaultKind;
  block @1 :UInt64;
  signer @2 :Data;
}

struct Standing {
  score @0 :UInt64;
  skippedUntil @1 :UInt64;      # epoch; 0: not skipped
  proposed @2 :Bool;            # for forceUnlock
  sequencerId @3 :Data $Values.u256;
}

struct FaultsState {
  parameters @0 :FaultParameters;
  standings @1 :List(Standing); # by sequencer id
  known @2 :List(KnownFault);   # in order
}

struct ObservationCount {
  kind @0 :ObservationKind;
  times @1 :UInt64;             # since the beginning
  count @2 :UInt64;
  lastUntilMs @3 :UInt64;
}

struct ObservationsState {
  parameters @0 :ObservationParameters;
  counts @1 :List(ObservationCount); # by kind
  recent @2 :List(Observed);    # in the window, without detail
}
