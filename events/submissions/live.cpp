#include "events/submissions/submissions.hpp"

#include <algorithm>

#include "core/u512.hpp"

namespace horae {

bool is_mined(const Submission& each) {
  return each.status == SubmissionStatus::MINED || each.status == SubmissionStatus::REVERTED;
}

bool of_one_kind(const SlotName& a, const SlotName& b) {
  return a.purpose == b.purpose && a.key == b.key;
}

const SignedAttempt* find_attempt(const Submission& submission, std::uint32_t number) {
  const auto place = std::ranges::find(submission.attempts, number, &SignedAttempt::number);
  return place == submission.attempts.end() ? nullptr : &*place;
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

std::string submission_name(std::uint64_t id) { return "submission " + std::to_string(id); }

}  // namespace horae
