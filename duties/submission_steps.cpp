#include "duties/submission_steps.hpp"

#include <algorithm>
#include <ranges>
#include "core/u512.hpp"

#include "core/eth/txn.hpp"

namespace horae {
namespace {

using Command = schema::SubmissionsCommand;

template <class Fill>
SubmitStep note(Fill&& fill) {
  SubmitStep out;
  out.kind = SubmitStep::note;
  out.command = Msg<Command>::build(std::forward<Fill>(fill));
  return out;
}

SubmitStep wait(std::string why = {}) {
  SubmitStep out;
  out.why = std::move(why);
  return out;
}

SubmitStep sign(const AttemptTerms& terms) {
  SubmitStep out;
  out.kind = SubmitStep::sign;
  out.terms = terms;
  return out;
}

L1Intent intent_of(const Submission& submission) {
  const auto content = submission.content.read();
  return {submission.slot.key, fixed<Address>(content.getTo()), copy(content.getData()),
          read_u256(content.getValue())};
}

SubmitStep give_up(const Submission& submission, const std::string& why) {
  return note([&](auto command) {
    auto given_up = command.initGiveUp();
    given_up.setId(submission.id);
    given_up.setDetail(why.c_str());
  });
}

/// A quarter more than was estimated, for the state may change until it is mined; at most what one
/// transaction may ask for (EIP-7825).
std::uint64_t gas_limit_for(std::uint64_t estimated) {
  const auto gas = std::min(estimated, max_txn_gas);
  return std::min(gas + (gas + 3) / 4, max_txn_gas);
}

struct Asked {
  U512 priority;  // what a block wants to have, at least 1 wei
  U512 market;    // the least that gets into the next block
  U512 wanted;    // enough for a base fee that doubles
};

Asked asked(const L1Fees& fees) {
  const U512 priority = std::max(to_u512(fees.priority_fee), U512(1));
  return {priority, to_u512(fees.base_fee) + priority, 2 * to_u512(fees.base_fee) + priority};
}

std::string above_cap(std::string_view what, const U512& fee, const U256& cap) {
  return std::string(what) + " " + fee.str() + " wei per gas, at most " + to_decimal(cap) +
         " may be paid";
}

// Between signing rounds that come to nothing: the first is short, since a member may have been
// starting; a minute is the longest that a signer who is back is kept waiting.
constexpr std::uint64_t least_pause_ms = 1000;
constexpr std::uint64_t most_pause_ms = 60'000;

}  // namespace

void SubmitSteps::tick() {
  ++ticks_;
  ended_ = replaced_ = false;
  watched_.clear();
  head_.reset();
}

SubmitStep SubmitSteps::step(const Submissions& state, std::uint64_t now_ms) {
  now_ms_ = now_ms;
  auto next = look(state);
  if (next) return std::move(*next);
  SubmitStep out;
  out.kind = SubmitStep::fault;
  out.why = next.error().what;
  out.retry_after_ms = next.error().retry_after_ms;
  return out;
}

SubmitStep SubmitSteps::not_signed(const Submissions& state, std::uint64_t id,
                                   const std::string& why) {
  const auto* submission = current(state);
  // Another plan may have taken its place while the round ran.
  if (submission == nullptr || submission->id != id) return wait();
  // The log composes another by now, and will never sign this one's replacement.
  if (stands_in_the_way(state, *submission)) return give_up(*submission, why);
  // A round leaves two facts: one that fails at once must not fill the log.
  auto& pause = unsigned_[id];
  if (pause.attempts != submission->attempts.size()) pause = {submission->attempts.size(), 0, 0};
  pause.ms = std::clamp<std::uint64_t>(2 * pause.ms, least_pause_ms, most_pause_ms);
  pause.until_ms = now_ms_ + pause.ms;
  return stall(*submission, StallReason::NOT_SIGNED, why);
}

bool SubmitSteps::pauses(const Submission& submission) const {
  const auto pause = unsigned_.find(submission.id);
  return pause != unsigned_.end() && pause->second.attempts == submission.attempts.size() &&
         now_ms_ < pause->second.until_ms;
}

SubmitSteps::Answer SubmitSteps::look(const Submissions& state) {
  auto seen = watch(state);
  if (!seen || seen->kind != SubmitStep::wait) return seen;
  const auto* submission = current(state);
  if (submission == nullptr || !state.rules || ended_) return wait();
  return go_on(state, *submission);
}

// Those that are mined: is their block still there, and how deep?
SubmitSteps::Answer SubmitSteps::watch(const Submissions& state) {
  for (const auto& [number, each] : state.live) {
    if (!is_mined(each) || watched_.contains(each.id)) continue;
    const auto id = each.id;
    const auto block = *each.mined_in;
    const auto canonical = l1_.block_hash(block.number);
    if (!canonical) return tl::unexpected(canonical.error());
    if (!*canonical && absent_.try_emplace(id, ticks_).first->second == ticks_) {
      // The endpoint may only lag behind the one that knew the block.
      watched_.insert(id);
      continue;
    }
    if (*canonical != block.hash) {
      watched_.insert(id);
      absent_.erase(id);
      orphan_ms_[id] = now_ms_;
      return note([&](auto command) {
        auto orphan = command.initOrphan();
        orphan.setId(id);
        orphan.initBlock().setNumber(block.number);
        orphan.getBlock().setHash(data(block.hash));
      });
    }
    absent_.erase(id);
    if (!head_) {
      const auto head = l1_.head();
      if (!head) return tl::unexpected(head.error());
      head_ = *head;
    }
    watched_.insert(id);
    if (*head_ >= block.number && *head_ - block.number >= state.rules->settle_depth) {
      orphan_ms_.erase(id);
      return note([&](auto command) { command.initSettle().setId(id); });
    }
  }
  return wait();
}

SubmitSteps::Answer SubmitSteps::go_on(const Submissions& state, const Submission& submission) {
  if (!submission.attempts.empty()) {
    auto mined = look_up(submission);
    if (!mined || mined->kind != SubmitStep::wait) return mined;
  }
  if (submission.status == SubmissionStatus::PLANNED) return begin(state, submission);
  auto passed = nonce_passed(state, submission);
  if (!passed || passed->kind != SubmitStep::wait) return passed;
  if (ended_) return passed;
  if (submission.status == SubmissionStatus::SIGNED) return send(state, submission);
  return wait_for_block(state, submission);
}

SubmitSteps::Answer SubmitSteps::look_up(const Submission& submission) {
  // Where two of its attempts were mined, since one's nonce only seemed to be lost, the one that
  // succeeded is what became of it.
  const SignedAttempt* mined = nullptr;
  L1Outcome outcome;
  for (const auto& attempt : submission.attempts | std::views::reverse) {
    const auto found = l1_.outcome(attempt.hash);
    if (!found) return tl::unexpected(found.error());
    if (!*found || (mined != nullptr && !(*found)->success)) continue;
    mined = &attempt;
    outcome = **found;
    if (outcome.success) break;
  }
  if (mined == nullptr) return wait();
  std::string reason;
  if (!outcome.success) {
    auto words = l1_.why_reverted(mined->hash, intent_of(submission), outcome);
    if (!words) return tl::unexpected(words.error());
    reason = std::move(*words);
  }
  passed_.erase(submission.id);
  unknown_ms_.erase(submission.id);
  return note([&](auto command) {
    auto mine = command.initMine();
    mine.setId(submission.id);
    mine.setNumber(mined->number);
    mine.setSuccess(outcome.success);
    mine.setGasUsed(outcome.gas_used);
    mine.initBlock().setNumber(outcome.block);
    mine.getBlock().setHash(data(outcome.block_hash));
    mine.setGasPrice(data(to_word(outcome.gas_price)));
    mine.setReason(reason.c_str());
  });
}

SubmitSteps::Answer SubmitSteps::nonce_passed(const Submissions& state,
                                              const Submission& submission) {
  const auto ours = submission.attempts.back().terms.nonce;
  const auto next = l1_.nonce(submission.slot.key);
  if (!next) return tl::unexpected(next.error());
  if (*next <= ours) {
    passed_.erase(submission.id);
    // Where one of ours was mined with it, the endpoint lags; one that is not waits behind this
    // one.
    const auto holder = holder_of(state, submission, *next);
    if (*next < ours && (!holder || !is_mined(state.live.at(*holder)))) {
      return close_gap(state, submission, *next);
    }
    gap_ms_.erase(submission.id);
    return wait();
  }
  // A receipt may lag behind the head: only what two ticks see is true.
  if (passed_.try_emplace(submission.id, ticks_).first->second == ticks_) {
    ended_ = true;
    return wait("nonce " + std::to_string(ours) + " is used, and no receipt says by whom");
  }
  passed_.erase(submission.id);
  return note([&](auto command) {
    command.initLoseNonce().setId(submission.id);
    command.getLoseNonce().setNonce(ours);
  });
}

SubmitSteps::Answer SubmitSteps::close_gap(const Submissions& state, const Submission& submission,
                                           std::uint64_t next) {
  // The endpoint may only lag, or the block that used the nonces come back.
  const auto since = gap_ms_.try_emplace(submission.id, now_ms_).first->second;
  if (now_ms_ < since + state.rules->resend_after_ms) return wait();
  gap_ms_.erase(submission.id);
  if (stands_in_the_way(state, submission)) {
    return give_up(submission, "the account is back at nonce " + std::to_string(next));
  }
  const auto fees = l1_.fees();
  if (!fees) return tl::unexpected(fees.error());
  const auto& cap = state.rules->max_fee_cap;
  const auto [priority, market, wanted] = asked(*fees);
  if (market > to_u512(cap)) {
    return stall(submission, StallReason::FEE_CAP, above_cap("a block asks", market, cap));
  }
  const AttemptTerms terms{next, submission.attempts.back().terms.gas_limit,
                           to_u256(std::min(wanted, to_u512(cap))), to_u256(priority)};
  const auto poor = lacks_funds(submission, terms);
  if (!poor) return tl::unexpected(poor.error());
  if (*poor) return stall(submission, StallReason::NO_FUNDS, **poor);
  return sign(terms);
}

SubmitSteps::Answer SubmitSteps::begin(const Submissions& state, const Submission& submission) {
  if (pauses(submission)) return wait("the last signing round came to nothing");
  const auto intent = intent_of(submission);
  const auto trial = l1_.trial(intent);
  if (!trial) return tl::unexpected(trial.error());
  // A later plan could not end it while it was on its way; its nonce was lost since.
  if (!trial->ok && stands_in_the_way(state, submission)) return give_up(submission, trial->words);
  if (!trial->ok) return stall(submission, StallReason::WOULD_REVERT, trial->words);
  const auto gas = l1_.estimate_gas(intent);
  if (!gas) {
    if (gas.error().kind != L1Fault::refused) return tl::unexpected(gas.error());
    return stall(submission, StallReason::WOULD_REVERT, gas.error().what);
  }
  const auto fees = l1_.fees();
  if (!fees) return tl::unexpected(fees.error());
  const auto& cap = state.rules->max_fee_cap;
  const auto [priority, market, wanted] = asked(*fees);
  if (market > to_u512(cap)) {
    return stall(submission, StallReason::FEE_CAP, above_cap("a block asks", market, cap));
  }
  auto nonce = l1_.nonce(submission.slot.key);
  if (!nonce) return tl::unexpected(nonce.error());
  // Past those of ours that the endpoint may not have seen mined, and past what is lost.
  if (submission.nonce_lost) *nonce = std::max(*nonce, submission.attempts.back().terms.nonce + 1);
  while (holder_of(state, submission, *nonce)) ++*nonce;
  const AttemptTerms terms{*nonce, gas_limit_for(*gas), to_u256(std::min(wanted, to_u512(cap))),
                           to_u256(priority)};
  const auto poor = lacks_funds(submission, terms);
  if (!poor) return tl::unexpected(poor.error());
  if (*poor) return stall(submission, StallReason::NO_FUNDS, **poor);
  return sign(terms);
}

SubmitSteps::Answer SubmitSteps::send(const Submissions& state, const Submission& submission) {
  const auto& attempt = submission.attempts.back();
  auto said = l1_.send_raw(attempt.raw);
  if (!said) return tl::unexpected(said.error());
  switch (said->kind) {
    case L1Sending::taken:
    case L1Sending::already_known:
      unknown_ms_.erase(submission.id);
      return note([&](auto command) {
        auto send = command.initSend();
        send.setId(submission.id);
        send.setNumber(attempt.number);
        send.setTimeMs(now_ms_);
      });
    case L1Sending::nonce_too_low:
      // The account's nonce will say so, too, or a receipt.
      ended_ = true;
      return wait("the endpoint says that nonce " + std::to_string(attempt.terms.nonce) +
                  " is used");
    case L1Sending::underpriced:
      return replace(state, submission);
    case L1Sending::no_funds:
      return stall(submission, StallReason::NO_FUNDS, std::move(said->words));
    case L1Sending::refused:
      return stall(submission, StallReason::ENDPOINT_REFUSES, std::move(said->words));
  }
  stop("an answer to raw bytes of no kind");
}

SubmitSteps::Answer SubmitSteps::wait_for_block(const Submissions& state,
                                                const Submission& submission) {
  const auto& attempt = submission.attempts.back();
  const auto known = l1_.knows(attempt.hash);
  if (!known) return tl::unexpected(known.error());
  if (*known) {
    unknown_ms_.erase(submission.id);
  } else {
    const auto since = unknown_ms_.try_emplace(submission.id, now_ms_).first->second;
    if (now_ms_ >= since + state.rules->resend_after_ms) {
      unknown_ms_.erase(submission.id);
      return note([&](auto command) {
        command.initForget().setId(submission.id);
        command.getForget().setNumber(attempt.number);
      });
    }
  }
  const auto orphaned = orphan_ms_.find(submission.id);
  const auto since =
      std::max(submission.sent_ms, orphaned == orphan_ms_.end() ? 0 : orphaned->second);
  if (now_ms_ >= since + state.rules->bump_after_ms) return replace(state, submission);
  return wait("attempt " + std::to_string(attempt.number) + " waits for a block");
}

SubmitSteps::Answer SubmitSteps::replace(const Submissions& state, const Submission& submission) {
  if (pauses(submission)) return wait("the last signing round came to nothing");
  const auto& last = submission.attempts.back().terms;
  const auto& cap = state.rules->max_fee_cap;
  if (replaced_) {
    ended_ = true;
    return wait("a replacement is still too cheap");
  }
  const auto least = raised(last.max_fee, *state.rules);
  const auto least_priority = raised(last.max_priority_fee, *state.rules);
  if (least > cap) {
    return stall(submission, StallReason::FEE_CAP,
                 above_cap("a replacement takes", to_u512(least), cap));
  }
  const auto fees = l1_.fees();
  if (!fees) return tl::unexpected(fees.error());
  auto terms = last;
  const auto market = asked(*fees);
  const auto priority = std::max(to_u512(least_priority), market.priority);
  const auto wanted = std::max(to_u512(least), 2 * to_u512(fees->base_fee) + priority);
  terms.max_fee = to_u256(std::min(wanted, to_u512(cap)));
  terms.max_priority_fee = to_u256(std::min(priority, to_u512(terms.max_fee)));
  const auto poor = lacks_funds(submission, terms);
  if (!poor) return tl::unexpected(poor.error());
  if (*poor) return stall(submission, StallReason::NO_FUNDS, **poor);
  replaced_ = true;
  return sign(terms);
}

SubmitStep SubmitSteps::stall(const Submission& submission, StallReason reason,
                              std::string detail) {
  ended_ = true;
  // Told once; the next tick tries again.
  if (submission.stalled == reason) return wait(std::move(detail));
  return note([&](auto command) {
    auto stalled = command.initStall();
    stalled.setId(submission.id);
    stalled.setReason(reason);
    stalled.setDetail(detail.c_str());
  });
}

L1Result<std::optional<std::string>> SubmitSteps::lacks_funds(const Submission& submission,
                                                              const AttemptTerms& terms) {
  const auto balance = l1_.balance(submission.slot.key);
  if (!balance) return tl::unexpected(balance.error());
  const auto needed = U512(terms.gas_limit) * to_u512(terms.max_fee) +
                      to_u512(read_u256(submission.content.read().getValue()));
  if (to_u512(*balance) >= needed) return std::optional<std::string>();
  return std::optional(to_hex(submission.slot.key) + " has " + to_decimal(*balance) +
                       " wei, it may take " + needed.str());
}

}  // namespace horae
