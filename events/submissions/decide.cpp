#include "events/submissions/submissions.hpp"

#include <algorithm>
#include "core/u512.hpp"

namespace horae {
namespace {

using schema::SubmissionsFact;

SubmissionRules to_rules(schema::SubmissionParameters::Reader set) {
  return {set.getBumpPercent(), set.getBumpAfterMs(), set.getResendAfterMs(), set.getSettleDepth(),
          read_u256(set.getMaxFeeCap())};
}

bool is_mined(const Submission& each) {
  return each.status == SubmissionStatus::MINED || each.status == SubmissionStatus::REVERTED;
}

std::string name_of(std::uint64_t id) { return "submission " + std::to_string(id); }

Decision not_due(std::uint64_t id, std::string_view why) {
  return refuse(Reason::NOT_DUE, name_of(id) + ": " + std::string(why));
}

template <class Fill>
Decision one(Fill&& fill) {
  Decision out;
  out.facts.push_back(make_fact<SubmissionsFact>(std::forward<Fill>(fill)));
  return out;
}

bool of_one_kind(const SlotName& a, const SlotName& b) {
  return a.purpose == b.purpose && a.key == b.key;
}

const Submission* find(const Submissions& state, std::uint64_t id) {
  const auto place = state.live.find(id);
  return place == state.live.end() ? nullptr : &place->second;
}

const SignedAttempt* find_attempt(const Submission& submission, std::uint32_t number) {
  const auto place = std::ranges::find(submission.attempts, number, &SignedAttempt::number);
  return place == submission.attempts.end() ? nullptr : &*place;
}

Decision decide_plan(const Submissions& state, schema::PlanSubmission::Reader plan) {
  const auto slot = to_slot(plan.getSlot());
  if (slot.key.is_zero()) return refuse(Reason::WRONG_KEY, "a slot without a key");
  if (plan.getContent().getTo().size() != Address::size) {
    return refuse(Reason::WRONG_CONTENT, "a content without a receiver");
  }
  if (const auto* same = of_slot(state, slot)) {
    const auto content = Msg<schema::Content>::copy_of(plan.getContent());
    if (std::ranges::equal(content.bytes(), same->content.bytes())) return {};
    return refuse(Reason::SLOT_TAKEN,
                  name_of(same->id) + " has another content for " + to_text(slot));
  }
  Decision out;
  for (const auto& entry : state.live) {
    const auto& each = entry.second;
    // A later one, too: it was planned before L1 took back what it builds on, and must not stand in
    // front. It will be planned again.
    if (!can_give_up(each) || !of_one_kind(each.slot, slot)) continue;
    out.facts.push_back(make_fact<SubmissionsFact>([&](auto fact) {
      auto given_up = fact.initGivenUp();
      given_up.setId(each.id);
      given_up.setDetail((to_text(slot) + " takes its place").c_str());
    }));
  }
  out.facts.push_back(make_fact<SubmissionsFact>([&](auto fact) {
    auto planned = fact.initPlanned();
    planned.setId(state.planned + 1);
    planned.setSlot(plan.getSlot());
    planned.setContent(plan.getContent());
  }));
  return out;
}

/// What is wrong with the signed bytes; none where they are exactly the content by this attempt,
/// signed by the slot's key.
std::optional<std::string> mismatch(const Submission& submission,
                                    schema::AttemptSigned::Reader command) {
  const auto txn = decode_txn(view(command.getRaw()));
  if (!txn) return "the bytes are no transaction: " + txn.error().what;
  const auto attempt = command.getAttempt();
  const auto content = submission.content.read();
  if (txn->type != 2) return "no EIP-1559 transaction";
  if (txn->chain_id.value_or(0) == 0) return "no chain id";
  if (txn->access_addresses != 0) return "an access list";
  if (txn->hash != fixed<Hash32>(command.getHash())) return "another hash";
  if (txn->nonce != attempt.getNonce()) return "another nonce";
  if (txn->gas_limit != attempt.getGasLimit()) return "another gas limit";
  if (txn->max_fee != read_u256(attempt.getMaxFee())) return "another maximum fee";
  if (txn->max_priority_fee != read_u256(attempt.getMaxPriorityFee())) {
    return "another priority fee";
  }
  if (txn->to != fixed<Address>(content.getTo())) return "another receiver";
  if (txn->value != read_u256(content.getValue())) return "another value";
  if (!std::ranges::equal(txn->data, view(content.getData()))) return "another call";
  for (const auto& earlier : submission.attempts) {
    const auto before = decode_txn(earlier.raw);
    if (before && before->chain_id != txn->chain_id) return "another chain id than before";
  }
  const auto sender = recover_sender(*txn);
  if (!sender) return "the signature: " + sender.error().what;
  if (*sender != submission.slot.key) return "signed by " + to_hex(*sender);
  return std::nullopt;
}

/// Why this nonce cannot be the attempt's; none where it can.
std::optional<std::string> wrong_nonce(const Submissions& state, const Submission& submission,
                                       std::uint64_t nonce) {
  if (!submission.attempts.empty()) {
    const auto last = submission.attempts.back().terms.nonce;
    if (submission.nonce_lost) {
      if (nonce <= last) return "nonce " + std::to_string(nonce) + " was taken";
    } else if (nonce > last) {
      return "nonce " + std::to_string(last) + " was not seen taken by anybody else";
    }
  }
  if (const auto other = holder_of(state, submission, nonce)) {
    return "nonce " + std::to_string(nonce) + " is that of " + name_of(*other);
  }
  return std::nullopt;
}

Decision decide_sign(const Submissions& state, schema::AttemptSigned::Reader command) {
  const auto* submission = current(state);
  if (submission == nullptr || submission->id != command.getId()) {
    return not_due(command.getId(), "is not the one under way");
  }
  const auto number = submission->attempts.size() + 1;
  if (command.getNumber() != number) {
    return not_due(command.getId(), "attempt " + std::to_string(number) + " is the next");
  }
  const auto attempt = command.getAttempt();
  const auto max_fee = read_u256(attempt.getMaxFee());
  const auto priority_fee = read_u256(attempt.getMaxPriorityFee());
  if (const auto wrong = mismatch(*submission, command)) {
    return refuse(Reason::WRONG_CONTENT, name_of(submission->id) + ": " + *wrong);
  }
  if (const auto wrong = wrong_nonce(state, *submission, attempt.getNonce())) {
    return not_due(submission->id, *wrong);
  }
  if (max_fee > state.rules->max_fee_cap) {
    return refuse(Reason::FEE_TOO_LOW, "maximum fee " + to_decimal(max_fee) + " above the cap of " +
                                           to_decimal(state.rules->max_fee_cap));
  }
  if (priority_fee > max_fee) {
    return refuse(Reason::FEE_TOO_LOW, "priority fee " + to_decimal(priority_fee) +
                                           " above maximum fee " + to_decimal(max_fee));
  }
  // Below the last nonce it is a first attempt again: L1 took back what had used that nonce.
  const bool replaces = !submission->attempts.empty() && !submission->nonce_lost &&
                        attempt.getNonce() == submission->attempts.back().terms.nonce;
  if (replaces) {
    const auto& last = submission->attempts.back();
    const auto least = raised(last.terms.max_fee, *state.rules);
    const auto least_priority = raised(last.terms.max_priority_fee, *state.rules);
    if (max_fee < least || priority_fee < least_priority) {
      return refuse(Reason::UNDERPRICED, "a replacement needs fees of at least " +
                                             to_decimal(least) + " and " +
                                             to_decimal(least_priority));
    }
  }
  return one([&](auto fact) {
    if (replaces) {
      fact.setReplaced(command);
    } else {
      fact.setSigned(command);
    }
  });
}

/// A step of the submission under way, for its last attempt.
std::optional<Decision> no_last_attempt(const Submissions& state, std::uint64_t id,
                                        std::uint32_t number) {
  const auto* submission = current(state);
  if (submission == nullptr || submission->id != id) {
    return not_due(id, "is not the one under way");
  }
  if (submission->attempts.empty() || submission->attempts.back().number != number) {
    return not_due(id, "attempt " + std::to_string(number) + " is not its last");
  }
  return std::nullopt;
}

Decision decide_send(const Submissions& state, schema::AttemptSent::Reader command) {
  if (auto no = no_last_attempt(state, command.getId(), command.getNumber())) return *no;
  const auto status = current(state)->status;
  if (status == SubmissionStatus::SENT) return {};
  if (status != SubmissionStatus::SIGNED) return not_due(command.getId(), "is not signed");
  return one([&](auto fact) { fact.setSent(command); });
}

Decision decide_stall(const Submissions& state, schema::SubmissionStalled::Reader command) {
  const auto* submission = current(state);
  if (submission == nullptr || submission->id != command.getId()) {
    return not_due(command.getId(), "is not the one under way");
  }
  if (command.getReason() == StallReason::NONE) {
    return refuse(Reason::MALFORMED, "a stall without a reason");
  }
  if (command.getReason() == submission->stalled) return {};
  return one([&](auto fact) { fact.setStalled(command); });
}

Decision decide_lose_nonce(const Submissions& state, schema::NonceTaken::Reader command) {
  const auto* submission = current(state);
  if (submission == nullptr || submission->id != command.getId()) {
    return not_due(command.getId(), "is not the one under way");
  }
  if (submission->attempts.empty()) return not_due(command.getId(), "has no nonce yet");
  if (submission->attempts.back().terms.nonce != command.getNonce()) {
    return not_due(command.getId(), "has another nonce");
  }
  if (submission->nonce_lost) return {};
  return one([&](auto fact) { fact.setNonceTaken(command); });
}

Decision decide_forget(const Submissions& state, schema::AttemptForgotten::Reader command) {
  if (auto no = no_last_attempt(state, command.getId(), command.getNumber())) return *no;
  if (current(state)->status != SubmissionStatus::SENT) {
    return not_due(command.getId(), "is not sent");
  }
  return one([&](auto fact) { fact.setForgotten(command); });
}

Decision decide_mine(const Submissions& state, schema::SubmissionMined::Reader command) {
  const auto* submission = find(state, command.getId());
  if (submission == nullptr || find_attempt(*submission, command.getNumber()) == nullptr) {
    return not_due(command.getId(), "has no attempt " + std::to_string(command.getNumber()));
  }
  if (command.getBlock().getHash().size() != Hash32::size) {
    return refuse(Reason::MALFORMED, "a block without its hash");
  }
  if (submission->mined_in) {
    if (*submission->mined_in == to_point(command.getBlock())) return {};
    return not_due(command.getId(), "is mined in another block");
  }
  return one([&](auto fact) {
    if (command.getSuccess()) {
      fact.setMined(command);
    } else {
      fact.setReverted(command);
    }
  });
}

Decision decide_orphan(const Submissions& state, schema::SubmissionOrphaned::Reader command) {
  const auto* submission = find(state, command.getId());
  if (submission == nullptr || submission->mined_in != to_point(command.getBlock())) {
    return not_due(command.getId(), "is not mined in this block");
  }
  return one([&](auto fact) { fact.setOrphaned(command); });
}

Decision decide_settle(const Submissions& state, schema::SubmissionSettled::Reader command) {
  const auto* submission = find(state, command.getId());
  if (submission == nullptr) {
    if (command.getId() != 0 && command.getId() <= state.planned) return {};
    return not_due(command.getId(), "was never planned");
  }
  if (!is_mined(*submission)) return not_due(command.getId(), "is not mined");
  return one([&](auto fact) { fact.setSettled(command); });
}

Decision decide_give_up(const Submissions& state, schema::SubmissionGivenUp::Reader command) {
  const auto* submission = find(state, command.getId());
  if (submission == nullptr) {
    if (command.getId() != 0 && command.getId() <= state.planned) return {};
    return not_due(command.getId(), "was never planned");
  }
  if (!can_give_up(*submission) && !stands_in_the_way(state, *submission)) {
    return not_due(command.getId(), "may yet be mined");
  }
  return one([&](auto fact) { fact.setGivenUp(command); });
}

// Facts

Submission& at(Submissions& state, std::uint64_t id, std::string_view fact) {
  const auto place = state.live.find(id);
  if (place == state.live.end()) {
    stop(std::string(fact) + " names " + name_of(id) + ", which is not live");
  }
  return place->second;
}

void apply_planned(Submissions& state, schema::SubmissionPlanned::Reader fact) {
  if (fact.getId() != state.planned + 1) {
    stop("SubmissionPlanned of " + name_of(fact.getId()) + " after " +
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
    stop("AttemptSigned of " + name_of(fact.getId()) + ": attempt " +
         std::to_string(fact.getNumber()) + " does not follow");
  }
  const auto attempt = fact.getAttempt();
  submission.attempts.push_back(
      {fact.getNumber(),
       {attempt.getNonce(), attempt.getGasLimit(), read_u256(attempt.getMaxFee()),
        read_u256(attempt.getMaxPriorityFee())},
       fact.getTimeMs(),
       copy(fact.getRaw()),
       fixed<Hash32>(fact.getHash())});
  submission.status = SubmissionStatus::SIGNED;
  submission.stalled = StallReason::NONE;
  submission.nonce_lost = false;
  submission.sent_ms = 0;
}

void apply_mined(Submissions& state, schema::SubmissionMined::Reader fact,
                 SubmissionStatus status) {
  auto& submission = at(state, fact.getId(), "SubmissionMined");
  if (find_attempt(submission, fact.getNumber()) == nullptr || submission.mined_in) {
    stop("SubmissionMined of " + name_of(fact.getId()) + ", which has no such attempt or is mined");
  }
  submission.status = status;
  submission.stalled = StallReason::NONE;
  submission.nonce_lost = false;
  submission.mined_in = to_point(fact.getBlock());
  submission.mined_attempt = fact.getNumber();
}

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

}  // namespace

void write(schema::Attempt::Builder out, const AttemptTerms& terms) {
  out.setNonce(terms.nonce);
  out.setGasLimit(terms.gas_limit);
  out.setMaxFee(data(to_word(terms.max_fee)));
  out.setMaxPriorityFee(data(to_word(terms.max_priority_fee)));
}

const Submission* current(const Submissions& state) {
  for (const auto& [id, each] : state.live) {
    if (!is_mined(each)) return &each;
  }
  return nullptr;
}

const Submission* of_slot(const Submissions& state, const SlotName& slot) {
  const Submission* out = nullptr;
  for (const auto& [id, each] : state.live) {
    if (each.slot == slot) out = &each;
  }
  return out;
}

bool can_give_up(const Submission& submission) {
  return !is_mined(submission) && (submission.attempts.empty() || submission.nonce_lost);
}

bool stands_in_the_way(const Submissions& state, const Submission& submission) {
  return !is_mined(submission) && std::ranges::any_of(state.live, [&](const auto& entry) {
    const auto& other = entry.second;
    return other.id > submission.id && !is_mined(other) && of_one_kind(other.slot, submission.slot);
  });
}

std::optional<std::uint64_t> holder_of(const Submissions& state, const Submission& but,
                                       std::uint64_t nonce) {
  for (const auto& [id, each] : state.live) {
    if (id == but.id || each.slot.key != but.slot.key) continue;
    if (each.attempts.empty() || each.nonce_lost) continue;
    const auto* mined = find_attempt(each, each.mined_attempt);
    if ((mined != nullptr ? *mined : each.attempts.back()).terms.nonce == nonce) return id;
  }
  return std::nullopt;
}

U256 raised(const U256& fee, const SubmissionRules& rules) {
  const U512 wanted = (to_u512(fee) * (100 + U512(rules.bump_percent)) + 99) / 100;
  const U512 most = (U512(1) << 256) - 1;
  return to_u256(std::min(wanted, most));
}

Decision decide(const Submissions& state, schema::SubmissionsCommand::Reader command) {
  using Command = schema::SubmissionsCommand;
  if (!state.rules && command.which() != Command::SET_PARAMETERS) {
    return refuse(Reason::NOT_OPEN, "submissions have no parameters yet");
  }
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::SET_PARAMETERS: {
      const auto set = command.getSetParameters();
      if (set.getBumpPercent() == 0 || read_u256(set.getMaxFeeCap()) == 0) {
        return refuse(Reason::MALFORMED, "a bump or a fee cap of 0");
      }
      if (state.rules == to_rules(set)) return {};
      return one([&](auto fact) { fact.setParametersSet(set); });
    }
    case Command::PLAN:
      return decide_plan(state, command.getPlan());
    case Command::SIGN:
      return decide_sign(state, command.getSign());
    case Command::SEND:
      return decide_send(state, command.getSend());
    case Command::STALL:
      return decide_stall(state, command.getStall());
    case Command::LOSE_NONCE:
      return decide_lose_nonce(state, command.getLoseNonce());
    case Command::FORGET:
      return decide_forget(state, command.getForget());
    case Command::MINE:
      return decide_mine(state, command.getMine());
    case Command::ORPHAN:
      return decide_orphan(state, command.getOrphan());
    case Command::SETTLE:
      return decide_settle(state, command.getSettle());
    case Command::GIVE_UP:
      return decide_give_up(state, command.getGiveUp());
  }
  stop("a submissions command written by a newer version");
}

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

}  // namespace horae
