@0xd3a6c1f0b5e24977;
# What each sequencer has earned: blocks credited to epochs, epochs closed into periods, periods paid
# by LockingPool as reward batches. Shared. Integers only, in wei.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

struct RewardsCommand {
  union {
    none @0 :Void;
    open @1 :RewardsOpened;
    close @2 :ClosePeriod;
    reopen @3 :PeriodReopened;
  }
}

# Which blocks of an epoch count. Append only.
enum BlockCounting {
  none @0;
  allotted @1;                  # every block of the epoch, to the sequencer that the epoch was given to: as Metis counts
  produced @2;                  # each block to the sequencer that sealed it
}

# The rules, and from where on: epochs up to endEpoch are not this log's to pay. Repeated with other
# numbers it changes the rules, from the open period on.
struct RewardsOpened {
  periodSeconds @0 :UInt64;     # Metis: two weeks
  minEpochs @1 :UInt32;         # finished ones in a period; the contract wants startEpoch < endEpoch
  counting @2 :BlockCounting;
  targetRatePpm @3 :UInt64;     # of what is locked, a year; 200000 is 20 %
  batchId @4 :Data $Values.u256;  # LockingPool's last batch; its first own is 2
  endEpoch @5 :Data $Values.u256; # of that batch
}

# A sealed block enters its epoch's account.
struct BlockCredited {
  block @0 :UInt64;
  timestamp @1 :UInt64;         # seconds
  epoch @2 :UInt64;
  producer @3 :Data $Values.u256; # id of the sequencer that sealed it
  allottee @4 :Data $Values.u256; # id of the sequencer that the epoch was given to
}

# Asks to close the period: its time has passed by the time of a confirmed L1 block.
struct ClosePeriod {
  timestamp @0 :UInt64;         # of that L1 block, seconds
  l1Block @1 :Values.L1Block;
}

# Why a sequencer with an account gets nothing of a batch. Append only.
enum LeftOut {
  no @0;
  retired @1;                   # its exit is claimed: naming its signer reverts the whole batch
  unknown @2;                   # the pool has no such sequencer (any more)
  nothingCounted @3;            # no block of it counts by the rule
}

struct RewardLine {
  allotted @0 :UInt64;          # blocks
  produced @1 :UInt64;
  blocks @2 :UInt64;            # that count, by the rule
  leftOut @3 :LeftOut;
  sequencerId @4 :Data $Values.u256;
  signer @5 :Data;              # current when the batch was composed
  amount @6 :Data $Values.u256; # 0 where it is left out
}

# A reward batch as this log composes it. Everything that batchSubmitRewards says is in it.
struct PeriodClosed {
  composition @0 :UInt32;       # 1; one more each time the same batch is composed anew
  counting @1 :BlockCounting;
  startEpoch @2 :UInt64;
  endEpoch @3 :UInt64;
  firstBlock @4 :UInt64;
  lastBlock @5 :UInt64;
  startedAt @6 :UInt64;         # seconds; the end of the period before, or the first block's time
  closedAt @7 :UInt64;          # seconds, of l1Block
  l1Block @8 :Values.L1Block;
  lines @9 :List(RewardLine);   # by sequencer id
  batchId @10 :Data $Values.u256;
  rewardPerBlock @11 :Data $Values.u256;      # LockingPool's at that time
  total @12 :Data $Values.u256;
  totalLocked @13 :Data $Values.u256;
  realisedRatePpm @14 :Data $Values.u256;     # core/rules/reward.hpp
  targetRewardPerBlock @15 :Data $Values.u256; # what would have met the target rate
}

# Why a composition is given up. Append only.
enum ReopenCause {
  none @0;
  reverted @1;                  # its transaction was mined and reverted
  roundTimedOut @2;             # nobody signed it in time
  becameStale @3;               # it cannot succeed any more: signers or batch changed before it was sent
}

# The period is open again and will be composed anew.
struct PeriodReopened {
  composition @0 :UInt32;
  cause @1 :ReopenCause;
  batchId @2 :Data $Values.u256;
  # of the transaction that came to nothing; empty where there was none
  txnHash @3 :Data $Values.bytes(32);
  detail @4 :Text $Values.most(4096);
}

# A credit as L1 has it beside the one that our own blocks give.
struct PaidLine {
  computedBlocks @0 :UInt64;
  sequencerId @1 :Data $Values.u256;
  paidBlocks @2 :Data $Values.u256;
  paidAmount @3 :Data $Values.u256;
  computedAmount @4 :Data $Values.u256; # computedBlocks x the batch's reward per block
}

# LockingPool distributed a batch. What L1 says holds, whoever submitted it.
struct BatchPaid {
  composition @0 :UInt32;       # of ours that it is; 0 where it is none
  splitKnown @1 :Bool;          # whether L1's parts are known, or only their sum
  agrees @2 :Bool;              # whether every line's two amounts are the same
  position @3 :Values.L1Position; # of DistributeReward
  lines @4 :List(PaidLine);     # by sequencer id
  batchId @5 :Data $Values.u256;
  startEpoch @6 :Data $Values.u256;
  endEpoch @7 :Data $Values.u256;
  amount @8 :Data $Values.u256;
  rewardPerBlock @9 :Data $Values.u256;
}

# A reorganisation of L1 took a batch back: its epochs are unpaid again.
struct BatchUnpaid {
  batchId @0 :Data $Values.u256;
  to @1 :Values.L1Block;        # the last block that still holds
}

struct RewardsFact {
  union {
    none @0 :Void;
    rewardsOpened @1 :RewardsOpened;
    blockCredited @2 :BlockCredited;
    periodClosed @3 :PeriodClosed;
    periodReopened @4 :PeriodReopened;
    batchPaid @5 :BatchPaid;
    batchUnpaid @6 :BatchUnpaid;
  }
}

struct SequencerBlocks {
  allotted @0 :UInt64;
  produced @1 :UInt64;
  sequencerId @2 :Data $Values.u256;
}

struct EpochAccount {
  epoch @0 :UInt64;
  firstBlock @1 :UInt64;
  lastBlock @2 :UInt64;
  blocks @3 :List(SequencerBlocks); # by sequencer id
}

struct PaidBatch {
  startedAt @0 :UInt64;         # of the period that it closed
  composition @1 :UInt32;       # of ours that it was; 0 where it was none
  compositions @2 :UInt32;      # made of this batch
  batchId @3 :Data $Values.u256;
  endEpoch @4 :Data $Values.u256;
  closed @5 :PeriodClosed;      # what was composed when it was paid
}

struct RewardsState {
  startedAt @0 :UInt64;         # of the open period
  compositions @1 :UInt32;      # of the batch after the last paid
  runningEpoch @2 :UInt64;
  opened @3 :RewardsOpened;
  epochs @4 :List(EpochAccount); # unpaid ones, and those of the batches below
  paid @5 :List(PaidBatch);     # the newest ones that a reorganisation may take back, by id
  closed @6 :PeriodClosed;      # composed, not yet paid
  composed @7 :List(PaidBatch); # of batches that come later now, since L1 took one before them back
}

# What the reward accountant has to do next, told by the world.
struct RewardDuty {
  union {
    none @0 :Void;
    wait @1 :Text;              # why there is nothing to do
    close @2 :ClosePeriod;
    submit @3 :PeriodClosed;
    reopen @4 :PeriodReopened;
    succeed @5 :Void;           # this node's key follows the one that the log has
  }
}
