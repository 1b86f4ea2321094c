@0x9416d7b478432f3f;
# The L2 chain. Shared.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";
using Mempool = import "mempool.capnp";

struct BlocksCommand {
  union {
    none @0 :Void;
    open @1 :ChainOpened;
    seal @2 :BlockSealed;
    setEpochLength @3 :EpochLengthSet;
    setL1Bound @4 :L1BoundSet;
    setSealRules @5 :SealRulesSet;
    setAttestation @6 :AttestationSet;
    setTurns @7 :TurnsSet;
  }
}

# The rule by which transactions are chosen and ordered. Append only.
enum OrderingRule {
  none @0;
  priorityFeeThenArrival @1;    # core/rules/ordering.hpp
}

# The chain's first block and what configures its rules.
struct ChainOpened {
  chainId @0 :UInt64;
  genesisTime @1 :UInt64;       # seconds
  gasLimit @2 :UInt64;          # of every block
  orderingRule @3 :OrderingRule;
  genesisHash @4 :Data $Values.bytes(32);
  stateRoot @5 :Data $Values.bytes(32);
  baseFee @6 :Data $Values.u256; # of block 0, wei
}

# Everything the sequencer signs: SHA-256 over "horae block 1" and these canonical bytes.
struct BlockHeader {
  chainId @0 :UInt64;
  number @1 :UInt64;
  timestamp @2 :UInt64;         # seconds
  poolPosition @3 :UInt64;      # mempool facts of the sequencer that it selected from
  gasUsed @4 :UInt64;
  gasLimit @5 :UInt64;
  orderingRule @6 :OrderingRule;
  l1Origin @7 :Values.L1Block;  # confirmed L1 head when it was proposed
  parentHash @8 :Data $Values.bytes(32);
  blockHash @9 :Data $Values.bytes(32);           # from the engine, as are the roots
  stateRoot @10 :Data $Values.bytes(32);
  txnsRoot @11 :Data $Values.bytes(32);
  receiptsRoot @12 :Data $Values.bytes(32);
  txnsDigest @13 :Data $Values.bytes(32);         # SHA-256 over the transaction hashes in order
  skippedDigest @14 :Data $Values.bytes(32);      # SHA-256 over the skipped hashes in order
  sequencer @15 :Data $Values.bytes(20);          # address of the signer
  baseFee @16 :Data $Values.u256;
  epoch @17 :UInt64;            # that the block is of; this and the next: since SealRulesSet
  payloadDigest @18 :Data $Values.bytes(32);      # SHA-256 over the canonical EnginePayload
}

# What another engine needs besides header and transactions to have the same block, byte for byte. The
# longest request is of 8,192 deposits, 192 bytes each (EIP-6110).
struct EnginePayload {
  feeRecipient @0 :Data $Values.bytes(20);
  prevRandao @1 :Data $Values.bytes(32);
  beaconRoot @2 :Data $Values.bytes(32);          # of the parent's beacon block
  extraData @3 :Data $Values.most(1024);
  logsBloom @4 :Data $Values.bytes(256);
  # EIP-7685: a byte of type and what it asks
  requests @5 :List(Data) $Values.most(2097152) $Values.entries(256);
}

# A transaction has at most 128 KiB and costs 21,000 gas at least: the lists are for blocks of up to
# 1,376 million gas.
struct BlockSealed {
  header @0 :BlockHeader;
  # raw, in the order of execution
  txns @1 :List(Data) $Values.most(131072) $Values.entries(65536);
  skipped @2 :List(Mempool.SkippedTxn) $Values.entries(65536);
  senders @3 :List(Mempool.IncludedSender) $Values.entries(65536);
  hashes @4 :List(Data) $Values.bytes(32) $Values.entries(65536); # of txns
  signature @5 :Data $Values.bytes(65);           # r, s, v of the sequencer over the header
  payload @6 :EnginePayload;    # since SealRulesSet
  # r, s, v of the sequencer over each of hashes, as Metis's batches to its inbox carry them
  txnSignatures @7 :List(Data) $Values.bytes(65) $Values.entries(65536);
}

struct BlocksFact {
  union {
    none @0 :Void;
    chainOpened @1 :ChainOpened;
    blockSealed @2 :BlockSealed;
    epochLengthSet @3 :EpochLengthSet;
    epochStarted @4 :EpochStarted;
    l1BoundSet @5 :L1BoundSet;
    sealRulesSet @6 :SealRulesSet;
    sealRefused @7 :SealRefused;
    attestationSet @8 :AttestationSet;
    blocksAttested @9 :BlocksAttested;
    turnsSet @10 :TurnsSet;
    blocksRevoked @11 :BlocksRevoked;
  }
}

# From the next block on, members of the pool attest those that they executed, and at most so many may
# stand without the word of two thirds of the power.
struct AttestationSet {
  most @0 :UInt32;
  # From the next block on, blocks are paid once they are attested, and revoked where two thirds of the
  # power say that they do not come out as sealed.
  revocable @1 :Bool;
}

# Members with more than two thirds of the power have executed the chain up to this block, and it came
# out as it is sealed.
struct BlocksAttested {
  number @0 :UInt64;
  hash @1 :Data;
}

# The chain ends before this block again: members with more than two thirds of the power say that it does
# not come out as it is sealed. Its leader's epoch is over, and so are those behind it.
struct BlocksRevoked {
  number @0 :UInt64;            # the first
  last @1 :UInt64;              # the head until now
  epoch @2 :UInt64;             # of the first
  hash @3 :Data;                # of the first, as it was sealed
  instead @4 :Data;             # as members have it; empty: they revoke it whatever it comes out as
  sequencerId @5 :Data $Values.u256; # who made the first
  signer @6 :Data;
  members @7 :List(Data);       # who say so, by signer
  running @8 :UInt64;           # the epoch that ends with it
}

struct UnattestedBlock {
  number @0 :UInt64;
  hash @1 :Data;
}

# A pool refused a signed block for what had been agreed on before it: its sequencer may sign another one
# of that number, and the two are no fault.
struct SealRefused {
  reason @0 :Values.Reason;
  header @1 :BlockHeader;
  signature @2 :Data;
}

struct RefusedSeal {
  number @0 :UInt64;
  digest @1 :Data;              # that was signed
}

# What L1 says of a block, from the next one on: its L1 origin is the confirmed head that the log has, and
# no older than its parent's; its time is at most so much after that head's.
struct L1BoundSet {
  seconds @0 :UInt64;
}

# What a block says besides, from the next one on: its epoch, and the engine's payload.
struct SealRulesSet {
  signsTxns @0 :Bool;           # and the sequencer's signature over each transaction's hash
}

# From the next epoch on. Metis's SequencerSet: 1000 on Andromeda.
struct EpochLengthSet {
  blocks @0 :UInt64;
}

# Whose turn it is to make blocks. Append only.
enum TurnRule {
  none @0;
  weightedRoundRobin @1;        # smooth, by power: core/rules/schedule.hpp
}

# Members of the pool take turns from here on, an epoch each: an epoch begins by what the log says, and its
# blocks are its leader's alone.
struct TurnsSet {
  rule @0 :TurnRule;
  skipEpochs @1 :UInt32;        # for which a leader that was replaced is passed over
}

# Who could have had an epoch's turn.
struct TurnShare {
  power @0 :UInt64;             # METIS
  passedOver @1 :Bool;          # and so gains nothing by the epoch's blocks either
  sequencerId @2 :Data $Values.u256;
  signer @3 :Data;
}

# Why an epoch began where members take turns. Append only.
enum EpochCause {
  none @0;                      # they take none
  first @1;                     # none was there before
  length @2;                    # the one before has all its blocks
  leaderLeft @3;                # its leader is no Active sequencer with a voice and that signer any more
  leaderReplaced @4;            # members said that its leader makes nothing
  leaderYielded @5;             # its leader gave its turn to the next
}

# Stands before the epoch's first block, in the same decision; where members take turns, behind what led
# to it. Epoch 0 is the chain's block 0 and whatever was sealed before there were epochs: LockingPool never
# pays it. Another sequencer's block ends an epoch early; where members take turns, another EpochStarted.
struct EpochStarted {
  number @0 :UInt64;            # 1, 2, 3 …
  startBlock @1 :UInt64;
  endBlock @2 :UInt64;          # unless it ends early
  sequencerId @3 :Data $Values.u256;
  signer @4 :Data;
  why @5 :EpochCause;
  shares @6 :List(TurnShare);   # by sequencer id, where members take turns
}

# How far somebody is behind its share of the blocks (positive) or ahead of it, in blocks x power.
struct TurnCredit {
  credit @0 :Int64;
  sequencerId @1 :Data $Values.u256;
}

# A block that may become the head again, as the block before a revoked one.
struct ReturnPoint {
  number @0 :UInt64;
  timestamp @1 :UInt64;
  gasUsed @2 :UInt64;
  l1Origin @3 :UInt64;
  txns @4 :UInt64;              # in all blocks up to it
  epoch @5 :UInt64;
  hash @6 :Data;
  stateRoot @7 :Data;
  baseFee @8 :Data $Values.u256;
}

# Blocks of these numbers up to this epoch are no part of the chain any more.
struct RevokedBlocks {
  first @0 :UInt64;
  last @1 :UInt64;
  epoch @2 :UInt64;             # the one that ended with it
}

struct BlocksState {
  txns @0 :UInt64;              # transactions in all blocks
  number @1 :UInt64;            # of the last block; 0 where none is sealed
  timestamp @2 :UInt64;
  gasUsed @3 :UInt64;
  l1Origin @4 :UInt64;
  opened @5 :ChainOpened;
  hash @6 :Data;
  stateRoot @7 :Data;
  baseFee @8 :Data $Values.u256;
  epochLength @9 :UInt64;       # 0: there are no epochs
  epoch @10 :EpochStarted;      # the running one
  l1Bound @11 :UInt64;          # seconds; 0: L1 bounds nothing but the origin's number
  sealRules @12 :SealRulesSet;  # absent where none are set
  refused @13 :List(RefusedSeal); # the newest, in order
  attestation @14 :AttestationSet; # absent where none is asked for
  attested @15 :UInt64;         # the last block that is attested; where it began, before there is one
  unattested @16 :List(UnattestedBlock); # those behind it, in order
  turns @17 :TurnsSet;          # absent where members take none
  credits @18 :List(TurnCredit); # by sequencer id
  # Where blocks may be revoked: the first that may be; the attested block and those behind it, in order;
  # and the epochs before the running one that have some of them.
  revocableFrom @19 :UInt64;
  returnPoints @20 :List(ReturnPoint);
  earlierEpochs @21 :List(EpochStarted);
  revoked @22 :List(RevokedBlocks); # in order
}
