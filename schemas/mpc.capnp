@0x9c41f7ad3be80d65;
# Keys that several hold together, and what is signed with them. Keys and outcomes are shared, rounds
# and timeouts are a node's own. No secret ever stands here.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

# What a key is for: one key a purpose, so that no purpose can speak for another. Metis's MpcType.
# Append only.
enum MpcPurpose {
  common @0;
  stateSubmit @1;
  rewardSubmit @2;
  blobSubmit @3;
}

struct MpcCommand {
  union {
    none @0 :Void;
    createKey @1 :KeyCreated;
    sign @2 :SlotSigned;
    succeedKey @3 :KeyCreated;
  }
}

struct RoundsCommand {
  union {
    none @0 :Void;
    open @1 :OpenRound;
    finish @2 :RoundFinished;
    timeOut @3 :RoundTimedOut;
  }
}

struct KeyCreated {
  purpose @0 :MpcPurpose;
  threshold @1 :UInt32;         # members that it takes
  l1ChainId @2 :UInt64;         # the only chain that it signs for
  address @3 :Data $Values.bytes(20);
  publicKey @4 :Data $Values.bytes(64);
  members @5 :List(Data) $Values.bytes(20) $Values.entries(1024); # addresses, ascending
}

# What may be signed once and with one content only. A batch that has to be composed anew, since its
# transaction came to nothing, is another composition of it.
struct Slot {
  purpose @0 :MpcPurpose;
  composition @1 :UInt32;
  key @2 :Data $Values.bytes(20);                 # address
  batchId @3 :Data $Values.u256;
}

# What an L1 transaction does.
struct Content {
  to @0 :Data $Values.bytes(20);
  data @1 :Data $Values.most(131072);
  value @2 :Data $Values.u256;  # wei
}

# How it is brought to L1 this time (EIP-1559). The content stays, nonce and fees may change.
struct Attempt {
  nonce @0 :UInt64;
  gasLimit @1 :UInt64;
  maxFee @2 :Data $Values.u256; # wei per gas
  maxPriorityFee @3 :Data $Values.u256;
}

# A signature that is out in the world: the slot has its content for ever.
struct SlotSigned {
  slot @0 :Slot;
  content @1 :Content;
  attempt @2 :Attempt;
  signature @3 :Data $Values.bytes(65);           # r, s, v over the transaction's signing hash
}

struct OpenRound {
  slot @0 :Slot;
  content @1 :Content;
  attempt @2 :Attempt;
  deadlineMs @3 :UInt64;        # since 1970
}

# From here on this node may have signed: the slot is bound to this content.
struct RoundOpened {
  round @0 :UInt64;             # 1, 2, 3 …
  deadlineMs @1 :UInt64;
  slot @2 :Slot;
  attempt @3 :Attempt;
  contentHash @4 :Data;         # SHA-256 of the canonical Content
  digest @5 :Data;              # what is signed: the transaction's signing hash
}

struct RoundFinished {
  round @0 :UInt64;
  signature @1 :Data;
}

struct RoundTimedOut {
  round @0 :UInt64;
  missing @1 :List(Data);       # addresses of members that did not answer
}

struct MpcFact {
  union {
    none @0 :Void;
    keyCreated @1 :KeyCreated;  # shared
    slotSigned @2 :SlotSigned;  # shared
    roundOpened @3 :RoundOpened;
    roundFinished @4 :RoundFinished;
    roundTimedOut @5 :RoundTimedOut;
    keySucceeded @6 :KeyCreated; # shared
  }
}

struct BoundSlot {
  slot @0 :Slot;
  contentHash @1 :Data;
  outcomes @2 :List(Data);      # SHA-256 of each SlotSigned of the slot, ascending
}

# Batches of a purpose below this one are forgotten, and so too old to be signed at all.
struct OldestBatch {
  purpose @0 :MpcPurpose;
  batchId @1 :Data $Values.u256;
}

struct MpcState {
  keys @0 :List(KeyCreated);    # by purpose
  signed @1 :List(BoundSlot);   # the newest ones
  oldest @2 :List(OldestBatch); # by purpose
}

struct RoundsState {
  rounds @0 :UInt64;            # opened so far
  timedOut @1 :UInt64;
  open @2 :List(RoundOpened);
  bound @3 :List(BoundSlot);    # the newest ones
  oldest @4 :List(OldestBatch); # by purpose
}
