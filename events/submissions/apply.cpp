#include "events/submissions/submissions.hpp"

namespace horae {
namespace {

using schema::SubmissionsFact;

Submission& at(Submissions& state, std::uint64_t id, std::string_view fact) {
  const auto place = state.live.find(id);
  if (place == state.live.end()) {
    stop(std::string(fact) + " names " + submission_name(id) + ", which is not live");
  }
  return place->second;
}

void apply_planned(Submissions& state, schema::SubmissionPlanned::Reader fact) {
  if (fact.getId() != state.planned + 1) {
    stop("SubmissionPlanned of " + submission_name(fact.getId()) + " after " +
         std::to_string(state.planned));
  }
  Submission fresh;
  fresh.id = ++state.planned;
  fresh.slot = to_slot(fact.getSlot());
  fresh.content = Msg<schema::Content>::copy_of(fact.getContent());
  state.live.emplace(fresh.id, std::move(fresh));
}

void apply_signed(Submissions& state, schema::AttemptSigned::Reader fact) {
  auto& submission = at(state, fact.getId(), "AttemptSigned");
  if (fact.getNumber() != submission.attempts.size() + 1 || submission.mined_in) {
    stop("AttemptSigned of " + submission_name(fact.getId()) + ": attempt " +
         std::to_string(fact.getNumber()) + " does not follow");
  }
  submission.attempts.push_back({fact.getNumber(), to_terms(fact.getAttempt()), fact.getTimeMs(),
                                 copy(fact.getRaw()), fixed<Hash32>(fact.getHash())});
  submission.status = SubmissionStatus::SIGNED;
  submission.stalled = StallReason::NONE;
  submission.nonce_lost = false;
  submission.sent_ms = 0;
}

void apply_mined(Submissions& state, schema::SubmissionMined::Reader fact,
                 SubmissionStatus status) {
  auto& submission = at(state, fact.getId(), "SubmissionMined");
  if (find_attempt(submission, fact.getNumber()) == nullptr || submission.mined_in) {
    stop("SubmissionMined of " + submission_name(fact.getId()) +
         ", which has no such attempt or is mined");
  }
  submission.status = status;
  submission.stalled = StallReason::NONE;
  submission.nonce_lost = false;
  submission.mined_in = to_point(fact.getBlock());
  submission.mined_attempt = fact.getNumber();
}

}  // namespace

void apply(Submissions& state, SubmissionsFact::Reader fact) {
  switch (fact.which()) {
    case SubmissionsFact::NONE:
      break;
    case SubmissionsFact::PARAMETERS_SET:
      state.rules = to_rules(fact.getParametersSet());
      return;
    case SubmissionsFact::PLANNED:
      return apply_planned(state, fact.getPlanned());
    case SubmissionsFact::SIGNED:
      return apply_signed(state, fact.getSigned());
    case SubmissionsFact::REPLACED:
      return apply_signed(state, fact.getReplaced());
    case SubmissionsFact::SENT: {
      auto& submission = at(state, fact.getSent().getId(), "AttemptSent");
      submission.status = SubmissionStatus::SENT;
      submission.stalled = StallReason::NONE;
      // Sending the same bytes once more does not put their replacement off.
      if (submission.sent_ms == 0) submission.sent_ms = fact.getSent().getTimeMs();
      return;
    }
    case SubmissionsFact::STALLED:
      at(state, fact.getStalled().getId(), "SubmissionStalled").stalled =
          fact.getStalled().getReason();
      return;
    case SubmissionsFact::NONCE_TAKEN: {
      auto& submission = at(state, fact.getNonceTaken().getId(), "NonceTaken");
      submission.status = SubmissionStatus::PLANNED;
      submission.stalled = StallReason::NONE;
      submission.nonce_lost = true;
      return;
    }
    case SubmissionsFact::FORGOTTEN: {
      auto& submission = at(state, fact.getForgotten().getId(), "AttemptForgotten");
      submission.status = SubmissionStatus::SIGNED;
      submission.stalled = StallReason::NONE;
      return;
    }
    case SubmissionsFact::MINED:
      return apply_mined(state, fact.getMined(), SubmissionStatus::MINED);
    case SubmissionsFact::REVERTED:
      return apply_mined(state, fact.getReverted(), SubmissionStatus::REVERTED);
    case SubmissionsFact::ORPHANED: {
      auto& submission = at(state, fact.getOrphaned().getId(), "SubmissionOrphaned");
      submission.status = SubmissionStatus::SENT;
      submission.mined_in.reset();
      submission.mined_attempt = 0;
      return;
    }
    case SubmissionsFact::SETTLED:
      at(state, fact.getSettled().getId(), "SubmissionSettled");
      state.live.erase(fact.getSettled().getId());
      return;
    case SubmissionsFact::GIVEN_UP:
      at(state, fact.getGivenUp().getId(), "SubmissionGivenUp");
      state.live.erase(fact.getGivenUp().getId());
      return;
  }
  stop("a submissions fact written by a newer version");
}

}  // namespace horae
