#include "events/submissions/submissions.hpp"

#include "events/snapshot.hpp"

namespace horae {
namespace {

void write(schema::SubmissionState::Builder out, const Submission& each) {
  out.setId(each.id);
  out.setStatus(each.status);
  out.setStalled(each.stalled);
  out.setMinedAttempt(each.mined_attempt);
  write(out.initSlot(), each.slot);
  out.setContent(each.content.read());
  auto attempts = out.initAttempts(static_cast<unsigned>(each.attempts.size()));
  for (unsigned i = 0; i < attempts.size(); ++i) {
    const auto& from = each.attempts[i];
    auto to = attempts[i];
    to.setId(each.id);
    to.setNumber(from.number);
    to.setTimeMs(from.signed_ms);
    write(to.initAttempt(), from.terms);
    to.setRaw(data(from.raw));
    to.setHash(data(from.hash));
  }
  if (each.mined_in) {
    auto block = out.initMinedIn();
    block.setNumber(each.mined_in->number);
    block.setHash(data(each.mined_in->hash));
  }
  out.setSentMs(each.sent_ms);
  out.setNonceLost(each.nonce_lost);
}

Submission to_submission(schema::SubmissionState::Reader in) {
  Submission out;
  out.id = in.getId();
  out.slot = to_slot(in.getSlot());
  out.content = Msg<schema::Content>::copy_of(in.getContent());
  out.status = in.getStatus();
  out.stalled = in.getStalled();
  out.nonce_lost = in.getNonceLost();
  for (const auto each : in.getAttempts()) {
    out.attempts.push_back({each.getNumber(), to_terms(each.getAttempt()), each.getTimeMs(),
                            copy(each.getRaw()), fixed<Hash32>(each.getHash())});
  }
  out.sent_ms = in.getSentMs();
  if (in.hasMinedIn()) out.mined_in = to_point(in.getMinedIn());
  out.mined_attempt = in.getMinedAttempt();
  return out;
}

}  // namespace

SubmissionRules to_rules(schema::SubmissionParameters::Reader set) {
  return {set.getBumpPercent(), set.getBumpAfterMs(), set.getResendAfterMs(), set.getSettleDepth(),
          read_u256(set.getMaxFeeCap())};
}

void write(schema::Attempt::Builder out, const AttemptTerms& terms) {
  out.setNonce(terms.nonce);
  out.setGasLimit(terms.gas_limit);
  out.setMaxFee(data(to_word(terms.max_fee)));
  out.setMaxPriorityFee(data(to_word(terms.max_priority_fee)));
}

AttemptTerms to_terms(schema::Attempt::Reader attempt) {
  return {attempt.getNonce(), attempt.getGasLimit(), read_u256(attempt.getMaxFee()),
          read_u256(attempt.getMaxPriorityFee())};
}

Message state_message(const Submissions& state) {
  return Msg<schema::SubmissionsState>::build([&](auto out) {
    out.setPlanned(state.planned);
    if (state.rules) {
      auto parameters = out.initParameters();
      parameters.setBumpPercent(state.rules->bump_percent);
      parameters.setBumpAfterMs(state.rules->bump_after_ms);
      parameters.setResendAfterMs(state.rules->resend_after_ms);
      parameters.setSettleDepth(state.rules->settle_depth);
      parameters.setMaxFeeCap(data(to_word(state.rules->max_fee_cap)));
    }
    auto live = out.initLive(static_cast<unsigned>(state.live.size()));
    unsigned i = 0;
    for (const auto& [id, each] : state.live) write(live[i++], each);
  });
}

Submissions restore(schema::SubmissionsState::Reader state) {
  Submissions out;
  if (state.hasParameters()) out.rules = to_rules(state.getParameters());
  out.planned = state.getPlanned();
  for (const auto each : state.getLive()) put_once(out.live, each.getId(), to_submission(each));
  return out;
}

}  // namespace horae
