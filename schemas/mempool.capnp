@0xdf09f16314ce73bf;
# Transactions that wait for a block. Local: what waits here is this node's own business.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

struct MempoolCommand {
  union {
    none @0 :Void;
    setParameters @1 :MempoolParameters;
    submit @2 :SubmitTxn;
    include @3 :IncludeTxns;
    drop @4 :List(SkippedTxn);  # the engine left out all that was chosen: no block
    returnTxns @5 :ReturnTxns;
  }
}

struct MempoolParameters {
  chainId @0 :UInt64;
  perSender @1 :UInt32;         # transactions of one sender
  total @2 :UInt32;             # transactions in all
  bumpPercent @3 :UInt32;       # by which a replacement must raise both fees
  nonceWindow @4 :UInt32;       # how far ahead of the account a nonce may be
  txnGasLimit @5 :UInt64;      # most gas one transaction may ask for
  minFee @6 :Data $Values.u256; # least maximum fee per gas, wei
  gapLifetime @7 :UInt64;       # L2 seconds that a transaction may lack a nonce before it; 0: no limit
}

# A decoded transaction: what its raw bytes say, recovered sender included. fees in wei per gas; a
# legacy or 2930 transaction has both fees equal to its gas price.
struct PooledTxn {
  nonce @0 :UInt64;
  gasLimit @1 :UInt64;
  raw @2 :Data;                 # EIP-2718 envelope, as it came
  hash @3 :Data;
  sender @4 :Data;
  maxFee @5 :Data $Values.u256;
  maxPriorityFee @6 :Data $Values.u256;
  value @7 :Data $Values.u256;
}

# An account as the engine had it at the end of an L2 block.
struct AccountView {
  nonce @0 :UInt64;
  block @1 :UInt64;
  balance @2 :Data $Values.u256;
}

struct SubmitTxn {
  intrinsicGas @0 :UInt64;
  txn @1 :PooledTxn;
  account @2 :AccountView;
}

struct IncludeTxns {
  block @0 :UInt64;
  hashes @1 :List(Data);
  senders @2 :List(IncludedSender);
  skipped @3 :List(SkippedTxn);
  time @4 :UInt64;              # of the block, seconds; 0: not told, nothing ages by it
  epoch @5 :UInt64;             # of the block
}

# The block that was included last was revoked: the one before it is the last again.
struct ReturnTxns {
  block @0 :UInt64;
  epochBefore @1 :UInt64;       # of the one before it
  txns @2 :List(PooledTxn);     # in the order of the block
}

# A sender with transactions in the block, and its nonce after it.
struct IncludedSender {
  nonce @0 :UInt64;
  address @1 :Data $Values.bytes(20);
}

# What the ordering rule chose and the engine left out, with the engine's reason.
struct SkippedTxn {
  hash @0 :Data $Values.bytes(32);
  reason @1 :Text $Values.most(4096);
}

struct MempoolFact {
  union {
    none @0 :Void;
    parametersSet @1 :MempoolParameters;
    txnAdmitted @2 :TxnAdmitted;
    txnReplaced @3 :TxnReplaced;
    txnDropped @4 :TxnDropped;
    txnsIncluded @5 :TxnsIncluded;
    txnsReturned @6 :TxnsReturned;
  }
}

struct TxnAdmitted {
  accountNonce @0 :UInt64;      # the sender's nonce when it was admitted
  txn @1 :PooledTxn;
}

struct TxnReplaced {
  hash @0 :Data;
  by @1 :Data;
}

struct TxnDropped {
  reason @0 :Values.Reason;
  hash @1 :Data;
  detail @2 :Text;
}

struct TxnsIncluded {
  block @0 :UInt64;
  hashes @1 :List(Data);
  senders @2 :List(IncludedSender);
  time @3 :UInt64;              # of the block, seconds; 0 in logs before schema 5
  epoch @4 :UInt64;             # of the block; 0 in logs before schema 11
}

# The block that was included last was revoked: its senders are where they were before it, and what was in
# it is admitted anew in the same decision.
struct TxnsReturned {
  block @0 :UInt64;             # that was revoked
  epochBefore @1 :UInt64;       # of the block before it, which is the last again
  senders @2 :List(IncludedSender); # with their nonces before the block
}

# A question to the mempool: what the ordering rule chooses for a block from what waits now.
struct ChooseTxns {
  gasLimit @0 :UInt64;          # of the block
  baseFee @1 :Data $Values.u256; # of the block, wei per gas
  maxBytes @2 :UInt64;          # of what is chosen
}

# The answer, once everything that it was chosen from is durable.
struct ChosenTxns {
  poolPosition @0 :UInt64;      # position of the state that it was chosen from
  includedBlock @1 :UInt64;     # last block that the mempool knows of
  waiting @2 :UInt64;           # transactions in the mempool
  starved @3 :Bool;             # somebody's next transaction waits for the base fee to fall
  txns @4 :List(PooledTxn);     # in the order of execution: nonce, raw, hash and sender
  includedEpoch @5 :UInt64;     # of includedBlock; 0: not known
}

# Transactions and remembered nonces enter as sums over their entries (SHA-256 of each, added modulo
# 2^256), since 200,000 of them would make every state hash a 14 MB message.
struct MempoolState {
  count @0 :UInt64;
  arrivals @1 :UInt64;          # transactions admitted so far
  position @2 :UInt64;          # mempool facts so far: what a block says it was selected from
  includedBlock @3 :UInt64;
  remembered @4 :UInt64;
  txnSum @5 :Data;
  nonceSum @6 :Data;
  parameters @7 :MempoolParameters;
  marks @8 :List(AgeMark);      # the oldest first
  includedEpoch @9 :UInt64;     # of includedBlock
}

# What had been admitted when a block of this time was included: what came before it is older.
struct AgeMark {
  time @0 :UInt64;              # seconds
  arrivals @1 :UInt64;
}
