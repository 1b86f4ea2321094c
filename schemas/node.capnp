@0xba2f03efe5cbfe48;
# This node's own life. Local.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

struct NodeFact {
  union {
    none @0 :Void;
    logOpened @1 :LogOpened;
    nodeStarted @2 :NodeStarted;
    stateHashed @3 :StateHashed;
  }
}

# The first record of every log: whose log this is. A data directory opened with another identity is
# refused.
struct LogOpened {
  format @0 :UInt32;            # of records and schemas, 1
  l1ChainId @1 :UInt64;
  l2ChainId @2 :UInt64;         # 0 where nothing is sequenced (horae observe)
  fromBlock @3 :UInt64;         # first L1 block looked at
  genesisTime @4 :UInt64;       # of the L2 chain, seconds
  engine @5 :Text;              # client and flags that decide block hashes
  lockingPool @6 :Data;         # addresses of the proxies
  lockingInfo @7 :Data;
  l2Genesis @8 :Data;           # hash of the engine's block 0; empty where there is none
  logPublicKey @9 :Data;        # Ed25519, made with the log
}

struct NodeStarted {
  starts @0 :UInt64;            # how often this log was opened for writing, this time included
  version @1 :Text;
}

# What the state was at an earlier settled record, so that a replay checks itself on the way
# (events/state_hashes.hpp has the rule at which records it is taken).
struct StateHashed {
  seq @0 :UInt64;
  shared @1 :Data;              # as state hashes are defined in events/world.hpp
  local @2 :Data;
  domains @3 :List(SharedDigest);  # of each domain that has shared facts there, in domain order
}

# A domain's shared facts so far. These compare between the logs of two nodes, wherever the nodes'
# own facts stand.
struct SharedDigest {
  domain @0 :Values.Domain;
  count @1 :UInt64;
  digest @2 :Data;              # SHA-256(digest before, domain, kind, payload), zeros at first
}

struct NodeState {
  starts @0 :UInt64;
  version @1 :Text;
  opened @2 :LogOpened;
  hashedSeq @3 :UInt64;         # of the last StateHashed; 0: none
}
