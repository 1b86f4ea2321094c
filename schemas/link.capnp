@0xc4f0a6d1e2b83957;
# What members of a pool ask each other over their links, which carry it in frames of their own
# (edges/member_links.hpp). Nothing of it is logged.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("horae::schema");
using Values = import "values.capnp";

struct MemberRequest {
  union {
    none @0 :Void;
    # Raw transactions for the member's own pool, in this order: of users who sent them elsewhere.
    submit @1 :List(Data);
  }
}

struct MemberAnswer {
  union {
    none @0 :Void;                # it does not know what was asked
    submitted @1 :List(SubmitOutcome); # one for each, once that is durable there
  }
}

struct SubmitOutcome {
  refused @0 :Values.Reason;
  detail @1 :Text;
}
