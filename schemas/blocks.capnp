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
  genesisHash @4 :Data;
  stateRoot @5 :Data;
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
  parentHash @8 :Data;
  blockHash @9 :Data;           # from the engine, as are the roots
  stateRoot @10 :Data;
  txnsRoot @11 :Data;
  receiptsRoot @12 :Data;
  txnsDigest @13 :Data;         # SHA-256 over the transaction hashes in order
  skippedDigest @14 :Data;      # SHA-256 over the skipped hashes in order
  sequencer @15 :Data;          # address of the signer
  baseFee @16 :Data $Values.u256;
  epoch @17 :UInt64;            # that the block is of; this and the next: since SealRulesSet
  payloadDigest @18 :Data;      # SHA-256 over the canonical EnginePayload
}

# What another engine needs besides header and transactions to have the same block, byte for byte.
struct EnginePayload {
  feeRecipient @0 :Data;
  prevRandao @1 :Data;
  beaconRoot @2 :Data;          # of the parent's beacon block
  extraData @3 :Data;
  logsBloom @4 :Data;           # 256 bytes
  requests @5 :List(Data);      # EIP-7685: a byte of type and what it asks
}

struct BlockSealed {
  header @0 :BlockHeader;
  txns @1 :List(Data);          # raw, in the order of execution
  skipped @2 :List(Mempool.SkippedTxn);
  senders @3 :List(Mempool.IncludedSender);
  hashes @4 :List(Data);        # of txns
  signature @5 :Data;           # r, s, v of the sequencer over the header
  payload @6 :EnginePayload;    # since SealRulesSet
  # r, s, v of the sequencer over each of hashes, as Metis's batches to its inbox carry them
  txnSignatures @7 :List(Data);
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
  }
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

# Stands before the epoch's first block, in the same decision. Epoch 0 is the chain's block 0 and
# whatever was sealed before there were epochs: LockingPool never pays it. Another sequencer's block
# ends an epoch early.
struct EpochStarted {
  number @0 :UInt64;            # 1, 2, 3 …
  startBlock @1 :UInt64;
  endBlock @2 :UInt64;          # unless another sequencer's block comes before
  sequencerId @3 :Data $Values.u256;
  signer @4 :Data;
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
}
