@0xd7a9b3c41e60f825;
# What a start needs beside the states of the domains when it does not fold the whole log: parts of
# a snapshot file (docs/auditing.md). A snapshot is a cache: nothing here is ever logged or hashed
# into a state, and snapshots of another version are not read (storage/snapshots.hpp).

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";
using Mempool = import "mempool.capnp";
using Penalties = import "penalties.capnp";

# The shared domains that have facts, in their order.
struct DigestsPart {
  digests @0 :List(CountedDigest);
}
struct CountedDigest {
  domain @0 :Values.Domain;
  count @1 :UInt64;
  digest @2 :Data;
}

# What the mempool's state has as sums alone: some thousand entries a part.
struct PoolAccountsPart {
  accounts @0 :List(RememberedAccount); # by address
}
struct RememberedAccount {
  nonce @0 :UInt64;
  block @1 :UInt64;
  address @2 :Data;
}
struct PoolTxnsPart {
  txns @0 :List(WaitingTxn);    # by sender and nonce
}
struct WaitingTxn {
  arrival @0 :UInt64;
  txn @1 :Mempool.PooledTxn;
}

# How this node serves, as seen from the log's records and their times.
struct ServicePart {
  timestampMs @0 :UInt64;       # of the last block
  blocks @1 :UInt64;
  sealedMs @2 :UInt64;
  backlogTold @3 :Bool;
  baseFee @4 :Data $Values.u256;
  newestBlocks @5 :List(UInt64);
  rounds @6 :List(ServedRound);   # by round
  owed @7 :List(OwedObservations);
}
struct ServedRound {
  round @0 :UInt64;
  openedMs @1 :UInt64;
  digest @2 :Data;
}
struct OwedObservations {
  cause @0 :UInt64;
  observations @1 :List(Penalties.Observed);
}
struct ServiceTxnsPart {
  senders @0 :List(ServedSender); # by address
}
struct ServedSender {
  nonce @0 :UInt64;
  address @1 :Data;
  txns @2 :List(ServedTxn);     # by nonce
}
struct ServedTxn {
  nonce @0 :UInt64;
  admitted @1 :UInt64;          # its record
  readyMs @2 :UInt64;
  ready @3 :Bool;
  hash @4 :Data;
  maxFee @5 :Data $Values.u256;
}
