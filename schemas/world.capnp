@0x8b93802d32b340b9;
# Questions to the read side and its answers: to the world, which answers from its state, and to the
# archive, which answers from the log's records and may take long.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Locking = import "locking.capnp";
using Values = import "values.capnp";
using Mpc = import "mpc.capnp";
using Penalties = import "penalties.capnp";
using Rewards = import "rewards.capnp";
using Snapshot = import "snapshot.capnp";

# Answered once the world has folded everything up to atLeast.
struct WorldQuery {
  atLeast @0 :UInt64;
  union {
    none @1 :Void;
    status @2 :Void;            # seq, state hashes, heads: JSON
    sequencers @3 :Void;        # the locking pool's: JSON
    pooled @4 :Data;            # the waiting transaction of this hash as JSON-RPC shows it, or absent
    pendingNonce @5 :Data;      # of this address: a number, absent where the pool knows nothing of it
    nextBlock @6 :List(Data);   # what the next block stands on: by the first of these signers that is Active
    rewardDuty @7 :Data;        # what the accountant has to do that holds this key for reward batches
    content @8 :Mpc.Slot;       # what this log says that the slot's content is, or absent
    present @9 :Void;           # what a statement says of now
    service @10 :UInt64;        # how this node serves, this being the time, ms; 0: what is owed alone
    slot @11 :Mpc.Slot;         # what a round of the slot goes by
    l1Progress @12 :Void;       # how far L1 was followed; absent while the locking pool is not open
    openPool @13 :Void;         # the locking pool as values; absent while it is not open
    fault @14 :Penalties.KnownFault; # what is known of such a fault
  }
}

# Told from the records that the world has folded when the question comes, and at least up to
# atLeast.
struct ArchiveQuery {
  atLeast @0 :UInt64;
  union {
    none @1 :Void;
    fate @2 :Data;              # of the transaction of this hash: JSON, absent where no record names it
    rewards @3 :StatementOf;    # statement: JSON
    penalties @4 :StatementOf;  # statement: JSON
  }
}

# Which part of a statement.
struct StatementOf {
  fromSeq @0 :UInt64;           # of rewards; scores need all penalties
  toSeq @1 :UInt64;             # 0: to the end
  all @2 :Bool;                 # of all sequencers, or:
  sequencerId @3 :Data $Values.u256;
}

# Of both.
struct WorldAnswer {
  seq @0 :UInt64;               # the record that the answer speaks of
  union {
    none @1 :Void;
    absent @2 :Void;
    json @3 :Text;
    number @4 :UInt64;
    nextBlock @5 :NextBlock;
    duty @6 :Rewards.RewardDuty;
    content @7 :Mpc.Content;
    present @8 :Present;
    service @9 :Service;
    slot @10 :KnownSlot;
    l1Progress @11 :L1Progress;
    openPool @12 :OpenPool;
    fault @13 :FaultStanding;
  }
}

struct FaultStanding {
  knownSigner @0 :Bool;         # is, or was, a sequencer's key
  proven @1 :Bool;              # the very fault
}

struct Present {
  timeMs @0 :UInt64;            # of the last record
  notDue @1 :Text;              # why the open reward period is not due; empty: it is due
}

struct KnownSlot {
  content @0 :Mpc.Content;      # what this log says that it is; null: the log knows no such slot
  keys @1 :Mpc.MpcState;        # the part of it that is about the slot
}

struct Service {
  owed @0 :List(Snapshot.OwedObservations); # what the log does not hold yet, oldest first
  backlog @1 :Snapshot.OwedObservations;    # what waits too long, where the log does not say so yet
  sealedMs @2 :UInt64;          # with a backlog: when the last block had left the pool
  behindTheBlock @3 :Bool;      # with a backlog: it waited too long then, too
}

struct NextBlock {
  number @0 :UInt64;
  parentTimestamp @1 :UInt64;
  gasLimit @2 :UInt64;
  active @3 :Bool;
  standing @4 :Text;            # why the sequencer is not active
  l1Origin @5 :Values.L1Block;
  parentHash @6 :Data;
  baseFee @7 :Data $Values.u256;
  sequencer @8 :Data;           # the signer that the block would be by
  l1Time @9 :UInt64;            # of l1Origin, seconds; 0: not known
  l1Bound @10 :UInt64;          # how far after it the block's time may be, seconds; 0: no bound
  parentL1Origin @11 :UInt64;   # number of the L1 block that the parent names
  epoch @12 :UInt64;            # that a block by this sequencer would be of
  maxBytes @14 :UInt64;         # of the transactions that it may choose
  leader @15 :Data;             # of the pool, who makes it; zeros: nobody yet; absent for a node alone
  unattested @16 :UInt64;       # blocks that wait for the pool's attestation
  mostUnattested @17 :UInt32;   # so many may; 0: none is asked for
  parentEpoch @19 :UInt64;      # of the block before it; 0: not known
  dispute @18 :Text;            # what members say against the first of them; empty: nothing
  signsTxns @13 :Bool;          # whether it signs each transaction's hash
}

# The blocks of L1 that the locking domain knows, from which its follower goes on.
struct L1Progress {
  confirmed @0 :Values.L1Block; # absent where no head was told yet
  finalized @1 :Values.L1Block; # absent where none was told yet
  blocks @2 :List(Values.L1Block); # with events, ascending: all above finalized, before them the last one below
  discrepancies @3 :UInt64;     # found in what is final
}

# The two contracts as the fold of their events has them.
struct OpenPool {
  opened @0 :Locking.PoolOpened;
  pool @1 :Locking.PoolState;
}
