#pragma once

#include <map>
#include <set>

#include "edges/ports.hpp"
#include "events/submissions/submissions.hpp"

// Decides the next step of bringing a planned transaction into an L1 block, from what the log says
// and what L1 answers.
//
// Why: an endpoint may be slow, forget a transaction that it took, lag behind another one, or tell
// of a block that is reorganised away; fees rise; somebody else may use the account. A transaction
// must neither be sent twice with two nonces nor be lost in any of these. So every step is first a
// fact in the log, and L1 is asked what became of the last attempt before the next is made.
//
// How: those that are mined are watched until they are settle_depth blocks deep. Of the others the
// oldest is worked on: tried in a call that changes nothing, signed, sent, waited for; sent again
// once the endpoint has not known it for resend_after_ms; replaced with a higher fee once no block
// took it for bump_after_ms; given a new nonce once another transaction used its own. These numbers
// are rules in the log (SubmissionRules), no settings of this file.
//
// Limits and retries:
// - A nonce that seems used, or a block that the endpoint no longer has, is believed only when a
//   second tick sees it too: one endpoint's answer may come from a node that lags.
// - One replacement a tick, and never above max_fee_cap: a full L1 pool must not drive the fee
//   to the cap at once.
// - A signing round that comes to nothing is followed by a pause of 1 s, doubled each time up to
//   60 s: a round leaves two facts, and one that fails at once would fill the log.
// - What cannot go on (fee above the cap, no funds, a call that would revert) is noted once as a
//   stall and tried again at every tick.
// - A fault of the endpoint changes nothing; the caller comes back after a pause of its own. A
//   submission is given up only where a later plan waits behind it.
namespace horae {

/// What is to be done next.
struct SubmitStep {
  enum Kind {
    wait,   // until the next tick
    note,   // tell the rules what L1 said or took; then the next step
    sign,   // have the submission under way signed by these terms; then the next step
    fault,  // the endpoint gave no answer: nothing is lost, come back later
  };
  Kind kind = wait;
  Msg<schema::SubmissionsCommand> command;  // of a note
  AttemptTerms terms;                       // of a signature
  std::string why;                          // of a wait, for people; of a fault
  std::optional<std::uint64_t> retry_after_ms;
};

/// From what the log says and what L1 answers to the next step. Sends nothing but logged bytes, and
/// those only once they were looked for. Its memory lasts from tick to tick and is no state:
/// without it, what needs to be seen twice is only seen later.
class SubmitSteps {
 public:
  explicit SubmitSteps(L1SendPort& l1) : l1_(l1) {}

  /// A new look at L1.
  void tick();
  /// state: everything noted is in it and durable.
  SubmitStep step(const Submissions& state, std::uint64_t now_ms);
  /// The round for this submission came to nothing: no more of it in this tick.
  SubmitStep not_signed(const Submissions& state, std::uint64_t id, const std::string& why);

 private:
  using Answer = L1Result<SubmitStep>;

  Answer look(const Submissions& state);
  Answer watch(const Submissions& state);
  Answer go_on(const Submissions& state, const Submission& submission);
  /// Whether one of its attempts is in a block; wait where none is.
  Answer look_up(const Submission& submission);
  /// Whether somebody else used its nonce; wait where it is free.
  Answer nonce_passed(const Submissions& state, const Submission& submission);
  /// What to do where L1 took back what had used the nonces below: next is the account's.
  Answer close_gap(const Submissions& state, const Submission& submission, std::uint64_t next);
  Answer begin(const Submissions& state, const Submission& submission);
  Answer send(const Submissions& state, const Submission& submission);
  Answer wait_for_block(const Submissions& state, const Submission& submission);
  Answer replace(const Submissions& state, const Submission& submission);
  /// Whether its last signing round came to nothing a moment ago.
  [[nodiscard]] bool pauses(const Submission& submission) const;
  SubmitStep stall(const Submission& submission, StallReason reason, std::string detail);
  /// Nothing where the account can pay.
  L1Result<std::optional<std::string>> lacks_funds(const Submission& submission,
                                                   const AttemptTerms& terms);

  L1SendPort& l1_;
  std::uint64_t now_ms_ = 0;
  std::uint64_t ticks_ = 0;
  // Of this tick
  bool ended_ = false;     // what more there is to do waits for the next
  bool replaced_ = false;  // one replacement a tick, or a full pool would take the fee to the cap
  std::set<std::uint64_t> watched_;
  std::optional<std::uint64_t> head_;
  // From tick to tick, by id
  std::map<std::uint64_t, std::uint64_t> passed_;      // the tick that first saw its nonce used
  std::map<std::uint64_t, std::uint64_t> absent_;      // the tick that first missed its block
  std::map<std::uint64_t, std::uint64_t> unknown_ms_;  // since when the endpoint does not know it
  std::map<std::uint64_t, std::uint64_t> orphan_ms_;   // when L1 took its block back
  struct Pause {
    std::size_t attempts = 0;  // that it had: a signature ends it
    std::uint64_t ms = 0, until_ms = 0;
  };
  std::map<std::uint64_t, Pause> unsigned_;        // rounds that came to nothing
  std::map<std::uint64_t, std::uint64_t> gap_ms_;  // since when nothing leads to its nonce
};

}  // namespace horae
