#pragma once

#include <map>
#include <optional>
#include <vector>

#include "events/decision.hpp"
#include "events/locking/locking.hpp"
#include "events/mpc/mpc.hpp"
#include "schemas/submissions.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::SubmissionsFact> = Domain::SUBMISSIONS;

using schema::StallReason;
using schema::SubmissionStatus;

struct SubmissionRules {
  std::uint32_t bump_percent = 0;
  std::uint64_t bump_after_ms = 0;
  std::uint64_t resend_after_ms = 0;
  std::uint64_t settle_depth = 0;
  U256 max_fee_cap;  // wei per gas
  bool operator==(const SubmissionRules&) const = default;
};

[[nodiscard]] SubmissionRules to_rules(schema::SubmissionParameters::Reader set);

/// How a content is brought to L1 this time.
struct AttemptTerms {
  std::uint64_t nonce = 0, gas_limit = 0;
  U256 max_fee, max_priority_fee;  // wei per gas
};
void write(schema::Attempt::Builder out, const AttemptTerms& terms);
[[nodiscard]] AttemptTerms to_terms(schema::Attempt::Reader attempt);

/// Signed bytes on their way to L1.
struct SignedAttempt {
  std::uint32_t number = 0;
  AttemptTerms terms;
  std::uint64_t signed_ms = 0;
  Bytes raw;
  Hash32 hash;
};

struct Submission {
  std::uint64_t id = 0;
  SlotName slot;
  Msg<schema::Content> content;
  SubmissionStatus status = SubmissionStatus::PLANNED;
  StallReason stalled = StallReason::NONE;
  bool nonce_lost = false;              // planned again: the next attempt takes a new nonce
  std::vector<SignedAttempt> attempts;  // oldest first; of the same nonce unless a nonce was lost
  std::uint64_t sent_ms = 0;            // when the endpoint first took the last attempt
  std::optional<L1Point> mined_in;
  std::uint32_t mined_attempt = 0;
};

/// What this node sends to L1. The oldest that is not mined is worked on; the others wait for it,
/// so that nonces are used in the order of the plans.
struct Submissions {
  std::optional<SubmissionRules> rules;
  std::uint64_t planned = 0;
  std::map<std::uint64_t, Submission> live;  // not settled, by id
};

/// What refusals and stops call it.
[[nodiscard]] std::string submission_name(std::uint64_t id);
/// Whether its transaction is in a block of L1, with or without success.
[[nodiscard]] bool is_mined(const Submission& submission);
/// The attempt of this number, or null.
[[nodiscard]] const SignedAttempt* find_attempt(const Submission& submission, std::uint32_t number);
/// Whether both slots are of the same purpose and key: one nonce after the other.
[[nodiscard]] bool of_one_kind(const SlotName& a, const SlotName& b);
/// The one that is to be signed, sent or waited for now; none: nothing is under way.
[[nodiscard]] const Submission* current(const Submissions& state);
/// The newest live submission of a slot.
[[nodiscard]] const Submission* of_slot(const Submissions& state, const SlotName& slot);

/// Nothing of it can reach L1: it was never signed, or its nonce was taken by another transaction.
[[nodiscard]] bool can_give_up(const Submission& submission);
/// Not mined, and another plan of its purpose and key waits behind it.
[[nodiscard]] bool stands_in_the_way(const Submissions& state, const Submission& submission);
/// The other live submission of the same key that has this nonce.
[[nodiscard]] std::optional<std::uint64_t> holder_of(const Submissions& state,
                                                     const Submission& but, std::uint64_t nonce);
/// The least fee that may replace this one: bump_percent more, rounded up.
[[nodiscard]] U256 raised(const U256& fee, const SubmissionRules& rules);

/// Refuses what does not follow: a higher nonce while the old one was not seen taken, a replacement
/// below the bump or above the cap, bytes that are not the content's (wrongContent), a step of a
/// submission that has not come so far (notDue). A plan of a slot that is live is accepted without
/// facts; with another content it is refused (slotTaken). A plan ends the submissions that it makes
/// pointless: those of other batches and compositions of the key, of which nothing can reach L1.
[[nodiscard]] Decision decide(const Submissions& state, schema::SubmissionsCommand::Reader command);
void apply(Submissions& state, schema::SubmissionsFact::Reader fact);
[[nodiscard]] Message state_message(const Submissions& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] Submissions restore(schema::SubmissionsState::Reader state);

}  // namespace horae
