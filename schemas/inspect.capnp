@0xbe878f1c053703fe;
# What the inspector asks of a running node, and what its operator tells it, over
# <datadir>/inspect.sock. Nothing here is ever logged.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");

interface Inspector {
  snapshot @0 () -> (snapshot :Snapshot);
  # The messages that one actor was sent, numbered above `after`: the last `most` of those that are
  # kept, which are 64. Asking begins to keep them: they are kept until nobody has asked for ten
  # seconds. An answer may end early: go on from `last` until there is none.
  messages @1 (actor :Text, after :UInt64, most :UInt32) -> (messages :Messages);
  # The operator's word; answered when it is done, or came to nothing. One at a time.
  tell @2 (word :OperatorWord) -> (outcome :WordOutcome);

  struct OperatorWord {
    union {
      none @0 :Void;
      yieldTurn @1 :Void;       # a member of a pool gives its turn to make blocks to the next
      revokeBlock @2 :UInt64;   # it tells the pool that this block is to be revoked
    }
  }
  struct WordOutcome {
    state @0 :WordState;
    words @1 :Text;             # what came of it, for people
  }
  enum WordState {
    unknown @0;                 # the node does not know such a word
    done @1;
    needless @2;                # it is so without it
    refused @3;
    unsettled @4;               # what comes of it is not known yet
  }

  struct Snapshot {
    node @0 :Node;
    time @1 :UInt64;            # ms since 1970, by the node's clock
    actors @2 :List(Actor);     # in the order of their spawning
    journal @3 :Journal;
    engine @4 :Engine;
    l1 @5 :L1;
    production @6 :Production;
    room @7 :Room;
    verification @8 :Verification;
    edges @9 :List(Edge);       # by receiver, in the order of the actors
    readers @10 :List(LogReading); # of the log, in whatever process
    condition @11 :Condition;
  }

  # What the node is doing, in the words of `horae status`.
  struct Condition {
    state @0 :Text;             # starting, replaying, …, producing, idle, stuck, stopping
    words @1 :Text;             # one sentence
    sinceMs @2 :UInt64;         # that it is so, since 1970; 0: not known
    besides @3 :List(Text);     # what else should be known, a sentence each
  }

  struct Node {
    pid @0 :UInt32;
    version @1 :Text;
    startedMs @2 :UInt64;       # since 1970
    uptimeMs @3 :UInt64;
  }

  # Counters are read from outside the actor, so that one that never ends its handler is seen, too.
  struct Actor {
    name @0 :Text;
    state @1 :State;
    stuckForMs @2 :UInt64;      # how long the running handler has been at it; 0 unless stuck
    busySinceMs @3 :UInt64;     # when the running handler began, since 1970; 0 while idle
    mailboxDepth @4 :UInt64;    # messages that wait; the one in hand is not counted
    messages @5 :UInt64;        # handled
    facts @6 :UInt64;           # handled: written by the journal, folded or decided by others
    rate @7 :Float64;           # messages a second over the window
    busyShare @8 :UInt16;       # per mille of the window
    windowMs @9 :UInt32;        # what rate and busyShare are taken over; 0 until there is one
    lastMessage @10 :Text;      # in hand or handled last; empty before the first
    latency @11 :Latency;
  }

  # How long handlers took, in ns, at most an eighth too long; 0 where none ended. Without the wait in
  # the mailbox, and without the handler that still runs.
  struct Latency {
    p50 @0 :UInt64;             # over the window
    p99 @1 :UInt64;
    p50SinceStart @2 :UInt64;
    p99SinceStart @3 :UInt64;
  }

  # Who sends to whom, counted as it comes into the mailbox: requests, answers and timers alike.
  struct Edge {
    from @0 :Text;              # an actor; "outside": whoever is none; "others": beyond 32 senders
    to @1 :Text;
    messages @2 :UInt64;        # since the start
    rate @3 :Float64;           # messages a second over the window
  }

  # One that reads in the log keeps the pages of that moment from being used again.
  struct LogReading {
    pid @0 :UInt32;
    thread @1 :UInt64;
    transaction @2 :UInt64;     # the log's last one when it began to read
    behind @3 :UInt64;          # transactions that were committed since
  }

  struct Messages {
    found @0 :Bool;             # false: there is no such actor
    last @1 :UInt64;            # to go on from: the number of the last one that came
    messages @2 :List(Message); # oldest first
  }

  struct Message {
    number @0 :UInt64;          # a gap to the one before: messages that were not kept
    time @1 :UInt64;            # when it came into the mailbox, ms since 1970
    from @2 :Text;              # as in Edge
    kind @3 :Text;
    answer @4 :Bool;            # to something that the actor had asked
    bytes @5 :UInt64;           # of its Cap'n Proto content; 0 where it has none
    decoded @6 :Text;           # as JSON; empty: nothing to show, or more than 64 KiB
    cut @7 :Bool;               # decoded is only the beginning
  }

  enum State {
    idle @0;
    busy @1;
    stuck @2;                   # one handler has run for five seconds or more; of those that wait
                                # for an endpoint (L1 listener, L1 submitter, MPC member), 90
  }

  struct Journal {
    seq @0 :UInt64;             # of the last durable record
    commits @1 :UInt64;         # since the start, as all that follows
    facts @2 :UInt64;
    lastBatch @3 :UInt64;       # facts in one commit
    largestBatch @4 :UInt64;
    meanBatch @5 :Float64;
    lastCommitUs @6 :UInt64;
    meanCommitUs @7 :UInt64;
    slowestCommitUs @8 :UInt64;
    commitUs @9 :UInt64;        # all of them together
  }

  struct Engine {
    head @0 :UInt64;            # L2 block, as last seen
    sealedHead @1 :UInt64;      # last L2 block whose BlockSealed is durable
  }

  struct L1 {
    state @0 :Text;             # starting, following, backfilling, unreachable, rateLimited, alarm
    reason @1 :Text;            # empty where there is none
    head @2 :BlockNumber;
    confirmed @3 :BlockNumber;
    finalized @4 :BlockNumber;
  }

  struct Production {
    state @0 :Text;             # starting, producing, idle, waiting, stopped
    reason @1 :Text;            # why no blocks are made; empty where there is none
  }

  struct Room {
    state @0 :Text;             # starting, ample, scarce (from 80 %), closed (from 95 %: no intake)
    reason @1 :Text;            # what is short; empty where there is none
    usedBytes @2 :UInt64;       # of the log's file
    mapBytes @3 :UInt64;        # the most that it can become
    diskFreeBytes @4 :UInt64;   # beside it
  }

  # Of the log, behind a start that went on from a snapshot.
  struct Verification {
    state @0 :Text;             # none (the start read every record), running, done
    done @1 :UInt64;            # records
    total @2 :UInt64;           # up to the snapshot; 0: none
    rate @3 :UInt64;            # records a second
  }

  struct BlockNumber {
    union {
      unknown @0 :Void;
      number @1 :UInt64;
    }
  }
}
