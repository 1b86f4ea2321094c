#pragma once

#include <functional>

#include "core/crypto/secp256k1.hpp"
#include "events/submissions/submissions.hpp"
#include "tests/fixture/life.hpp"

// Submissions as a test tells them: rules, plans, and what a key of its own signs.
namespace horae::test {

constexpr std::uint64_t l1_chain_id = 31337;
constexpr std::uint8_t payer = 40;  // the key that signs

inline SecretKey key_of(std::uint8_t n) {
  Bytes bytes(32, 0);
  bytes[31] = n;
  return *to_secret_key(bytes);
}
inline Address account_of(std::uint8_t n) { return address_of(public_key(key_of(n))); }

inline U256 in_gwei(std::uint64_t n) { return U256(n) * 1'000'000'000; }

inline SubmissionRules usual_submission_rules() { return {10, 20'000, 30'000, 3, in_gwei(100)}; }

using SubmissionsCommandMsg = Msg<schema::SubmissionsCommand>;

inline SubmissionsCommandMsg rules_command(const SubmissionRules& rules) {
  return SubmissionsCommandMsg::build([&](auto command) {
    auto set = command.initSetParameters();
    set.setBumpPercent(rules.bump_percent);
    set.setBumpAfterMs(rules.bump_after_ms);
    set.setResendAfterMs(rules.resend_after_ms);
    set.setSettleDepth(rules.settle_depth);
    set.setMaxFeeCap(data(to_word(rules.max_fee_cap)));
  });
}

inline SlotName submission_slot(std::uint64_t batch, std::uint32_t composition = 1,
                                std::uint8_t key = payer) {
  return {MpcPurpose::REWARD_SUBMIT, account_of(key), batch, composition};
}

inline Address target() {
  Address out;
  out.bytes.fill(0x77);
  return out;
}

inline Msg<schema::PlanSubmission> plan_of(const SlotName& slot, const Bytes& call = {1, 2, 3},
                                           const U256& value = 0) {
  return Msg<schema::PlanSubmission>::build([&](auto plan) {
    write(plan.initSlot(), slot);
    auto content = plan.initContent();
    content.setTo(data(target()));
    content.setData(data(call));
    content.setValue(data(to_word(value)));
  });
}
inline SubmissionsCommandMsg plan_command(const SlotName& slot, const Bytes& call = {1, 2, 3}) {
  const auto plan = plan_of(slot, call);
  return SubmissionsCommandMsg::build([&](auto command) { command.setPlan(plan.read()); });
}

inline Msg<schema::Attempt> attempt_of(const AttemptTerms& terms) {
  return Msg<schema::Attempt>::build([&](auto out) { write(out, terms); });
}

/// Signed bytes of a content, honest until a case makes them otherwise.
struct Signing {
  std::uint64_t id = 1;
  std::uint32_t number = 1;
  AttemptTerms terms{0, 100'000, in_gwei(30), in_gwei(2)};
  std::uint8_t key = payer;
  std::function<void(Txn&)> before_signing = [](Txn&) {};

  [[nodiscard]] SubmissionsCommandMsg command(const Msg<schema::Content>& content) const {
    auto txn = to_txn(l1_chain_id, content.read(), attempt_of(terms).read());
    before_signing(txn);
    const auto raw = *sign_txn(txn, key_of(key));
    return SubmissionsCommandMsg::build([&](auto out) {
      auto sign = out.initSign();
      sign.setId(id);
      sign.setNumber(number);
      sign.setTimeMs(1000);
      write(sign.initAttempt(), terms);
      sign.setRaw(data(raw));
      sign.setHash(data(keccak256(raw)));
    });
  }
};

}  // namespace horae::test
