@0xe58b2f6c90d13a4e;
# What this node sends to L1, in one order of nonces for all purposes. Local. A submission is planned,
# signed (perhaps again, with other fees or another nonce), sent, mined; each step is durable before
# the next is taken.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";
using Mpc = import "mpc.capnp";

struct SubmissionsCommand {
  union {
    none @0 :Void;
    setParameters @1 :SubmissionParameters;
    plan @2 :PlanSubmission;
    sign @3 :AttemptSigned;
    send @4 :AttemptSent;
    stall @5 :SubmissionStalled;
    loseNonce @6 :NonceTaken;
    forget @7 :AttemptForgotten;
    mine @8 :SubmissionMined;
    orphan @9 :SubmissionOrphaned;
    settle @10 :SubmissionSettled;
    giveUp @11 :SubmissionGivenUp;
  }
}

struct SubmissionParameters {
  bumpPercent @0 :UInt32;       # by which a replacement raises both fees; L1 nodes want 10
  bumpAfterMs @1 :UInt64;       # unmined for so long: replaced
  resendAfterMs @2 :UInt64;     # unknown to the endpoint for so long: sent again
  settleDepth @3 :UInt64;       # blocks on top after which it is no longer watched
  maxFeeCap @4 :Data $Values.u256; # wei per gas; never more
}

struct PlanSubmission {
  slot @0 :Mpc.Slot;
  content @1 :Mpc.Content;
}

struct SubmissionPlanned {
  id @0 :UInt64;                # 1, 2, 3 …
  slot @1 :Mpc.Slot;
  content @2 :Mpc.Content;
}

# The bytes that will be sent. number 1 is the first attempt; a replacement has the nonce of the
# attempt before it and higher fees; a higher nonce only after NonceTaken, a lower one where L1 took
# back what had used it.
struct AttemptSigned {
  id @0 :UInt64;
  number @1 :UInt32;
  timeMs @2 :UInt64;            # since 1970
  attempt @3 :Mpc.Attempt;
  raw @4 :Data;
  hash @5 :Data;
}

# The endpoint took it.
struct AttemptSent {
  id @0 :UInt64;
  number @1 :UInt32;
  timeMs @2 :UInt64;
}

# Why a submission cannot go on for now. Append only.
enum StallReason {
  none @0;
  noFunds @1;                   # the account cannot pay for gas
  feeCap @2;                    # it would take more than maxFeeCap
  wouldRevert @3;               # the contract refuses it in a trial call
  endpointRefuses @4;           # the endpoint does not take it, for a reason of its own
  notSigned @5;                 # the signing round came to nothing
}

# Told once when it begins and whenever the reason changes; the next step of the submission ends it.
struct SubmissionStalled {
  id @0 :UInt64;
  reason @1 :StallReason;
  detail @2 :Text;
}

# The nonce of the last attempt was used by a transaction that is none of ours.
struct NonceTaken {
  id @0 :UInt64;
  nonce @1 :UInt64;
}

# The endpoint had taken the attempt and does not know it any more: it is sent again as it is.
struct AttemptForgotten {
  id @0 :UInt64;
  number @1 :UInt32;
}

struct SubmissionMined {
  id @0 :UInt64;
  number @1 :UInt32;            # of the attempt
  success @2 :Bool;             # false: reverted
  gasUsed @3 :UInt64;
  block @4 :Values.L1Block;
  gasPrice @5 :Data $Values.u256; # paid, wei per gas
  reason @6 :Text;              # of a revert, in the contract's words as far as they can be had
}

# L1 took the block back in which it was mined.
struct SubmissionOrphaned {
  id @0 :UInt64;
  block @1 :Values.L1Block;
}

# Deep enough: no longer watched.
struct SubmissionSettled {
  id @0 :UInt64;
}

# Ended while nothing of it could reach L1: it was never signed, or its nonce was taken; or it had a
# nonce that the account cannot come to by itself any more, with another plan behind it.
struct SubmissionGivenUp {
  id @0 :UInt64;
  detail @1 :Text;
}

struct SubmissionsFact {
  union {
    none @0 :Void;
    parametersSet @1 :SubmissionParameters;
    planned @2 :SubmissionPlanned;
    signed @3 :AttemptSigned;
    sent @4 :AttemptSent;
    replaced @5 :AttemptSigned;   # signed, in the place of the attempt before it
    stalled @6 :SubmissionStalled;
    nonceTaken @7 :NonceTaken;
    forgotten @8 :AttemptForgotten;
    mined @9 :SubmissionMined;
    reverted @10 :SubmissionMined;
    orphaned @11 :SubmissionOrphaned;
    settled @12 :SubmissionSettled;
    givenUp @13 :SubmissionGivenUp;
  }
}

# Append only.
enum SubmissionStatus {
  planned @0;
  signed @1;
  sent @2;
  mined @3;
  reverted @4;
}

struct SubmissionState {
  id @0 :UInt64;
  status @1 :SubmissionStatus;
  stalled @2 :StallReason;
  minedAttempt @3 :UInt32;
  slot @4 :Mpc.Slot;
  content @5 :Mpc.Content;
  attempts @6 :List(AttemptSigned);
  minedIn @7 :Values.L1Block;
  sentMs @8 :UInt64;            # when the endpoint first took the last attempt
  nonceLost @9 :Bool;           # the next attempt takes a new nonce
}

struct SubmissionsState {
  planned @0 :UInt64;           # so far
  parameters @1 :SubmissionParameters;
  live @2 :List(SubmissionState); # not settled, by id
}
