#include "events/submissions/submissions.hpp"

#include <algorithm>

namespace horae {
namespace {

using schema::SubmissionsFact;

Decision not_due(std::uint64_t id, std::string_view why) {
  return refuse(Reason::NOT_DUE, submission_name(id) + ": " + std::string(why));
}

template <class Fill>
Decision one(Fill&& fill) {
  Decision out;
  out.facts.push_back(make_fact<SubmissionsFact>(std::forward<Fill>(fill)));
  return out;
}

const Submission* find(const Submissions& state, std::uint64_t id) {
  const auto place = state.live.find(id);
  return place == state.live.end() ? nullptr : &place->second;
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
                  submission_name(same->id) + " has another content for " + to_text(slot));
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
    return "nonce " + std::to_string(nonce) + " is that of " + submission_name(*other);
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
    return refuse(Reason::WRONG_CONTENT, submission_name(submission->id) + ": " + *wrong);
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

}  // namespace

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

}  // namespace horae
