@0xa9b7f17f1ea04236;
# The pool's sequencers as LockingPool and LockingInfo tell it on L1. Shared. Facts are named after
# the contracts' events; every number of the contracts has 256 bits, since the real log uses them.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

struct LockingCommand {
  union {
    none @0 :Void;
    open @1 :PoolOpened;
    observe @2 :ObserveBlock;
    advance @3 :L1Advanced;
    revert @4 :L1Reverted;
  }
}

# One L1 block that has logs of the two contracts: one decision. Only event facts, in the order of
# their log indexes, completed at the edge with what the logs do not say. A log of the contracts takes
# 2,500 gas at least (two calls through the proxy, a store, a topic or two), so that no L1 block of
# 80 million gas has more events than the list.
struct ObserveBlock {
  timestamp @0 :UInt64;         # seconds
  block @1 :Values.L1Block;
  parentHash @2 :Data $Values.bytes(32);
  events @3 :List(LockingFact) $Values.entries(32768);
}

struct LockingFact {
  union {
    none @0 :Void;
    poolOpened @1 :PoolOpened;
    locked @2 :Locked;
    relocked @3 :Relocked;
    withdrawn @4 :Withdrawn;
    lockUpdated @5 :LockUpdated;
    rewardsClaimed @6 :RewardsClaimed;
    unlockInitiated @7 :UnlockInitiated;
    unlocked @8 :Unlocked;
    batchSubmitted @9 :BatchSubmitted;
    rewardDistributed @10 :RewardDistributed;
    signerChanged @11 :SignerChanged;
    minLockSet @12 :NumberSet;
    maxLockSet @13 :NumberSet;
    rewardPayerSet @14 :AddressSet;
    rewardPerBlockUpdated @15 :NumberChanged;
    mpcUpdated @16 :AddressSet;
    exitDelayChanged @17 :NumberChanged;
    signerUpdateThrottleSet @18 :NumberSet;
    whitelistSet @19 :WhitelistSet;
    rewardRecipientChanged @20 :SequencerAddressChanged;
    ownerChanged @21 :SequencerAddressChanged;
    paused @22 :AddressSet;             # by whom
    unpaused @23 :AddressSet;
    upgraded @24 :Upgraded;
    l1Advanced @25 :L1Advanced;
    l1Reverted @26 :L1Reverted;
    discrepancyFound @27 :DiscrepancyFound;
  }
}

# What no event says: the contracts' first values at the end of a block at which both proxies have
# code and nothing has happened yet; or, where no such state could be read, the constants of their
# initialisers.
struct PoolOpened {
  block @0 :UInt64;
  paused @1 :Bool;
  assumed @2 :Bool;             # the numbers are the initialisers' constants, not read
  lockingPool @3 :Data $Values.bytes(20);         # the proxies
  lockingInfo @4 :Data $Values.bytes(20);
  manager @5 :Data $Values.bytes(20);             # zero before initManager, which has no event
  escrow @6 :Data $Values.bytes(20);
  bridge @7 :Data $Values.bytes(20);
  l1Token @8 :Data $Values.bytes(20);
  l2Token @9 :Data $Values.bytes(20);
  mpcAddress @10 :Data $Values.bytes(20);
  rewardPayer @11 :Data $Values.bytes(20);
  l2ChainId @12 :Data $Values.u256;
  curBatchState @13 :BatchState;
  minLock @14 :Data $Values.u256;           # wei
  maxLock @15 :Data $Values.u256;           # wei
  exitDelayPeriod @16 :Data $Values.u256;   # seconds
  rewardPerBlock @17 :Data $Values.u256;    # wei for an L2 block
  signerUpdateThrottle @18 :Data $Values.u256; # batches
  timestamp @19 :UInt64;        # of the block, seconds; 0: written before there was this field
}

struct BatchState {
  id @0 :Data $Values.u256;
  number @1 :Data $Values.u256;             # L1 block in which the batch was submitted
  startEpoch @2 :Data $Values.u256;
  endEpoch @3 :Data $Values.u256;
}

# Where the parts of a sum came from. Append only.
enum SplitSource {
  unknown @0;
  calldata @1;                  # of the transaction, a call of the pool
  innerCalldata @2;             # the pool's call found inside the transaction's input
  contractState @3;             # sequencers(id) after the block
  tokenTransfer @4;             # the token's Transfer in the same transaction
}

struct Locked {
  position @0 :Values.L1Position;
  signer @1 :Data $Values.bytes(20);
  pubkey @2 :Data $Values.bytes(64);              # any 64 bytes, not necessarily a point of the curve
  sequencerId @3 :Data $Values.u256;
  nonce @4 :Data $Values.u256;
  activationBatch @5 :Data $Values.u256;
  amount @6 :Data $Values.u256;
  total @7 :Data $Values.u256;
}

struct Relocked {
  source @0 :SplitSource;       # of fromReward; unknown: fromReward says nothing
  position @1 :Values.L1Position;
  sequencerId @2 :Data $Values.u256;
  fromReward @3 :Data $Values.u256; # the part of amount that was reward
  amount @4 :Data $Values.u256;
  total @5 :Data $Values.u256;
}

struct Withdrawn {
  position @0 :Values.L1Position;
  sequencerId @1 :Data $Values.u256;
  amount @2 :Data $Values.u256;
}

struct LockUpdated {
  position @0 :Values.L1Position;
  sequencerId @1 :Data $Values.u256;
  nonce @2 :Data $Values.u256;
  newAmount @3 :Data $Values.u256;
}

struct RewardsClaimed {
  position @0 :Values.L1Position;
  sequencerId @1 :Data $Values.u256;
  recipient @2 :Data $Values.bytes(20);
  amount @3 :Data $Values.u256;
  totalAmount @4 :Data $Values.u256;
}

struct UnlockInitiated {
  position @0 :Values.L1Position;
  signer @1 :Data $Values.bytes(20);
  sequencerId @2 :Data $Values.u256;
  nonce @3 :Data $Values.u256;
  deactivationBatch @4 :Data $Values.u256;
  deactivationTime @5 :Data $Values.u256;
  unlockClaimTime @6 :Data $Values.u256;
  reward @7 :Data $Values.u256; # paid out at this moment
}

struct Unlocked {
  position @0 :Values.L1Position;
  owner @1 :Data $Values.bytes(20);
  sequencerId @2 :Data $Values.u256;
  amount @3 :Data $Values.u256;
  total @4 :Data $Values.u256;
}

struct BatchSubmitted {
  position @0 :Values.L1Position;
  batchId @1 :Data $Values.u256;
}

# Each credit is a store, 5,000 gas: one batch has fewer than the list where a transaction has 2^24.
struct RewardDistributed {
  source @0 :SplitSource;       # unknown: credits is empty and says nothing
  position @1 :Values.L1Position;
  credits @2 :List(Credit) $Values.entries(4096); # in the order of the call; a sequencer may stand twice
  batchId @3 :Data $Values.u256;
  startEpoch @4 :Data $Values.u256;
  endEpoch @5 :Data $Values.u256;
  amount @6 :Data $Values.u256;
  rpb @7 :Data $Values.u256;    # reward per block
}

struct Credit {
  sequencerId @0 :Data $Values.u256;
  blocks @1 :Data $Values.u256;
  amount @2 :Data $Values.u256;
}

struct SignerChanged {
  position @0 :Values.L1Position;
  sequencerId @1 :Data $Values.u256;
  oldSigner @2 :Data $Values.bytes(20);
  newSigner @3 :Data $Values.bytes(20);
  pubkey @4 :Data $Values.bytes(64);
  nonce @5 :Data $Values.u256;
}

struct NumberSet {
  position @0 :Values.L1Position;
  value @1 :Data $Values.u256;
}

struct NumberChanged {
  position @0 :Values.L1Position;
  previous @1 :Data $Values.u256;
  value @2 :Data $Values.u256;
}

struct AddressSet {
  position @0 :Values.L1Position;
  address @1 :Data $Values.bytes(20);
}

struct WhitelistSet {
  allowed @0 :Bool;
  position @1 :Values.L1Position;
  user @2 :Data $Values.bytes(20);
}

struct SequencerAddressChanged {
  position @0 :Values.L1Position;
  sequencerId @1 :Data $Values.u256;
  address @2 :Data $Values.bytes(20);
}

struct Upgraded {
  position @0 :Values.L1Position;
  proxy @1 :Data $Values.bytes(20);
  implementation @2 :Data $Values.bytes(20);
}

# How far L1 was looked at. finalized: number 0 and no hash where the endpoint knows none.
struct L1Advanced {
  finalized @0 :Values.L1Block;
  confirmed @1 :Values.L1Block;
  timestamp @2 :UInt64;         # of confirmed, seconds; 0: written before there was this field
}

# Everything above `to` did not happen, or is read again. Never below what is finalized, save to the
# block of PoolOpened or one before it: then nothing is final any more.
struct L1Reverted {
  to @0 :Values.L1Block;
  timestamp @1 :UInt64;         # of to, seconds; 0: written before there was this field
}

# A log and the fold before it disagree. The log was folded nevertheless.
struct DiscrepancyFound {
  position @0 :Values.L1Position;
  what @1 :Text $Values.most(4096);
  folded @2 :Text $Values.most(4096);              # what the fold led to expect
  logged @3 :Text $Values.most(4096);
}

struct SequencerState {
  status @0 :UInt8;             # the contract's own numbers
  rewardKnown @1 :Bool;
  id @2 :Data $Values.u256;
  owner @3 :Data;
  signer @4 :Data;
  pubkey @5 :Data;
  rewardRecipient @6 :Data;
  reward @7 :Data $Values.u256;
  activationBatch @8 :Data $Values.u256;
  updatedBatch @9 :Data $Values.u256;
  deactivationBatch @10 :Data $Values.u256;
  deactivationTime @11 :Data $Values.u256;
  unlockClaimTime @12 :Data $Values.u256;
  nonce @13 :Data $Values.u256;
  amount @14 :Data $Values.u256;
}

# Which sequencer a key signs for; 2^256 - 1 for a key that is retired for ever.
struct SignerState {
  signer @0 :Data;
  sequencerId @1 :Data $Values.u256;
}

struct ProxyState {
  proxy @0 :Data;
  implementation @1 :Data;
}

struct PoolState {
  discrepancies @0 :UInt64;
  paused @1 :Bool;
  sequencers @2 :List(SequencerState);  # by id
  signers @3 :List(SignerState);        # by address
  whitelist @4 :List(Data);             # ascending
  proxies @5 :List(ProxyState);         # by address
  mpcAddress @6 :Data;
  rewardPayer @7 :Data;
  totalLocked @8 :Data $Values.u256;
  totalRewardsLiquidated @9 :Data $Values.u256;
  curBatchState @10 :BatchState;
  minLock @11 :Data $Values.u256;
  maxLock @12 :Data $Values.u256;
  exitDelayPeriod @13 :Data $Values.u256;
  rewardPerBlock @14 :Data $Values.u256;
  signerUpdateThrottle @15 :Data $Values.u256;
}

struct LockingState {
  opened @0 :PoolOpened;
  base @1 :PoolState;           # everything at or below the finalized block
  baseBlock @2 :Values.L1Block; # last block with events in base
  pending @3 :List(LockingFact); # above finalized, in the order of the log
  confirmed @4 :Values.L1Block;
  finalized @5 :Values.L1Block;
  confirmedTime @6 :UInt64;     # seconds; 0: not known
}
