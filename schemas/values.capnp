@0xd7e8750b1f25f364;
# Words that every domain uses. Fixed-size values (Address 20, Hash32 32, U256 32, big-endian) are
# Data; core/message.hpp reads them, and core/message_shape.hpp holds what strangers send against the
# lengths and bounds below. Append only: never change a type, an ordinal or a default.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");

# A field of 32 big-endian bytes that is a number: shown in decimal.
annotation u256 @0xb4881e459f195f45 (field) :Void;

# What a field may hold. Every Data, Text and List field that a shared command can carry says it; of a
# list of Data, the length is that of each entry. A field that is not set is right, too.
annotation bytes @0x823fe949ecc30e8a (field) :UInt32;     # exactly so many; $u256 means 32
annotation most @0xc12b42e63a0dc52e (field) :UInt32;      # at most so many bytes
annotation entries @0xb198d7ea4fda84de (field) :UInt32;   # at most so many entries

# The order of the domains in a state hash. Append only.
enum Domain {
  none @0;
  node @1;
  locking @2;
  mempool @3;
  blocks @4;
  mpc @5;
  submissions @6;
  rewards @7;
  penalties @8;
  pool @9;
}

# Why a rule refused a command, or why a transaction was dropped or skipped. Append only.
enum Reason {
  none @0;
  busy @1;                  # intake is full: try again
  malformed @2;             # bytes that are no transaction
  unsupportedType @3;       # a transaction type that is not accepted here
  tooLarge @4;              # more bytes than a transaction may have
  wrongChain @5;            # another chain id, or none
  badSignature @6;          # no sender, or a malleable (high s) signature
  intrinsicGas @7;          # less gas than the transaction's own bytes cost
  gasLimit @8;              # more gas than a transaction may ask for
  feeTooLow @9;             # maximum fee below the floor, or priority above maximum
  nonceTooLow @10;          # the account is past this nonce
  nonceTooHigh @11;         # too far ahead of the account
  insufficientFunds @12;    # balance below gas x fee + value of what the sender has pending
  alreadyKnown @13;         # this very transaction is here already
  underpriced @14;          # a replacement needs both fees 10 % higher
  senderLimit @15;          # the sender has its share of the pool
  poolFull @16;             # the pool is full, or so crowded that nobody's nonce gap gives way
  staleView @17;            # the account was looked up too long ago: look it up again
  replaced @18;             # dropped: another transaction took its nonce
  includedElsewhere @19;    # dropped: a block took its nonce for another transaction
  engineSkipped @20;        # dropped: the engine left it out of the block; the detail says why
  notNext @21;              # a block that does not follow the head
  notActive @22;            # the sequencer is not Active in the locking pool
  wrongSigner @23;          # signed by somebody else
  wrongContent @24;         # header and content disagree
  fork @25;                 # an L1 block that does not follow what is known
  belowFinalized @26;       # an L1 reorganisation below the finalized block
  notOpen @27;              # the domain waits for its first fact
  shuttingDown @28;         # intake is closed
  evicted @29;              # dropped: the pool was full, and another transaction took its place
  notDue @30;               # the period's time, or an epoch of it, is not over
  slotTaken @31;            # the slot has another content, for ever
  wrongKey @32;             # no key, or another one, for this purpose
  notProven @33;            # the evidence does not show the fault
  unknownSigner @34;        # the pool knows no sequencer of this signer
  enoughProven @36;         # so many faults of this signer are proven that more say nothing
  staleOrigin @37;          # the block names another L1 head than the one that was told last
  notLeader @38;            # another member of the pool makes the blocks now
  notAgreed @39;            # the pool agreed on something else, or not yet
  notMember @40;            # of nobody who has a voice in the pool
  byGenesis @41;            # set by the pool's genesis, not by a command
  notAttested @42;          # too many blocks wait for two thirds of the power to attest them
  expired @35;              # dropped: a nonce before it was missing for too long
}

# The answer to a command: a refusal is a value.
struct Receipt {
  union {
    none @0 :Void;
    accepted @1 :UInt64;    # seq of the decision's last record, or of the head for a decision without facts
    rejected @2 :Rejection;
  }
}

struct Rejection {
  reason @0 :Reason;
  detail @1 :Text;
}

# A block's place on L1.
struct L1Block {
  number @0 :UInt64;
  hash @1 :Data $bytes(32);
}

# A log's place on L1.
struct L1Position {
  block @0 :UInt64;
  logIndex @1 :UInt32;
  timestamp @2 :UInt64;     # of the block, seconds
  blockHash @3 :Data $bytes(32);
  txnHash @4 :Data $bytes(32);
}
