#include "events/rewards/duty.hpp"

#include "tests/events/rewards/books.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;
using schema::ReopenCause;

BOOST_AUTO_TEST_SUITE(reward_duty_suite)

namespace {

// Books with a key, and what the node has under way.
struct Desk : Books {
  Submissions submissions;
  Mpc mpc;
  Address pool_mpc = filled_address(0xaa);
  Address own = filled_address(0xaa);
  std::uint64_t head = 0;

  Desk() : Books(Rules{}) {
    mpc.keys[MpcPurpose::REWARD_SUBMIT].address = pool_mpc;
    two_epochs();
    head = due();
  }
  [[nodiscard]] Msg<schema::RewardDuty> duty() const {
    auto standing = pool;
    standing.l1_head = L1Point{head / 12, hash_number(head)};
    standing.l1_time = head;
    const auto out = reward_duty(state, standing, submissions, mpc, pool_mpc, own);
    BOOST_TEST(Msg<schema::RewardDuty>::parse(out.bytes()).has_value());
    return out;
  }
  [[nodiscard]] std::string wait() const {
    const auto told = duty();
    return told.read().isWait() ? told.read().getWait().cStr() : "(something to do)";
  }
  [[nodiscard]] bool waits_for(const std::string& words) const {
    const auto said = wait();
    BOOST_TEST(said.find(words) != std::string::npos, said);
    return said.find(words) != std::string::npos;
  }
  [[nodiscard]] SlotName slot() const {
    return {MpcPurpose::REWARD_SUBMIT, pool_mpc, number(closed().getBatchId()),
            closed().getComposition()};
  }
  Submission& submit() {
    const auto id = ++submissions.planned;
    auto& out = submissions.live[id];
    out.id = id;
    out.slot = slot();
    return out;
  }
  static void sign(Submission& submission) {
    auto& attempt = submission.attempts.emplace_back();
    attempt.number = static_cast<std::uint32_t>(submission.attempts.size());
    attempt.hash = hash_number(100 + attempt.number);
    submission.status = SubmissionStatus::SIGNED;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(closes_what_is_due) {
  Desk desk;
  const auto duty = desk.duty();
  BOOST_REQUIRE(duty.read().isClose());
  BOOST_TEST(duty.read().getClose().getTimestamp() == desk.head);
  BOOST_TEST((to_point(duty.read().getClose().getL1Block()).hash == hash_number(desk.head)));
  desk.head -= 1;
  BOOST_TEST(desk.waits_for("lasts 1209600 s"));
  desk.state = {};
  BOOST_TEST(desk.waits_for("not open"));
}

BOOST_AUTO_TEST_CASE(submits_with_the_pools_key_alone) {
  Desk desk;
  desk.close();
  BOOST_REQUIRE(desk.duty().read().isSubmit());
  desk.pool_mpc = filled_address(0xbb);
  BOOST_TEST(desk.waits_for("takes reward batches from " + to_hex(filled_address(0xbb)) +
                            ", this node's key is " + to_hex(filled_address(0xaa))));
  desk.own = filled_address(0xbb);
  BOOST_TEST(desk.duty().read().isSucceed());
  desk.mpc.keys.at(MpcPurpose::REWARD_SUBMIT).address = desk.own;
  BOOST_TEST(desk.duty().read().isSubmit());
  desk.mpc.keys.clear();
  BOOST_TEST(desk.waits_for("takes reward batches from"));
}

BOOST_AUTO_TEST_CASE(waits_while_a_submission_is_under_way) {
  Desk desk;
  desk.close();
  auto& submission = desk.submit();
  BOOST_TEST(desk.waits_for("batch 2, composition 1: planned, to be signed"));
  submission.stalled = StallReason::NO_FUNDS;
  BOOST_TEST(desk.waits_for("stalled: its account cannot pay for gas"));
  submission.stalled = StallReason::NONE;
  Desk::sign(submission);
  BOOST_TEST(desk.waits_for("signed, to be sent"));
  submission.status = SubmissionStatus::SENT;
  BOOST_TEST(desk.waits_for("sent to L1 as " + to_hex(hash_number(101))));
  submission.status = SubmissionStatus::MINED;
  submission.mined_in = L1Point{44, hash_number(44)};
  submission.mined_attempt = 1;
  BOOST_TEST(desk.waits_for("mined in L1 block 44, waiting for the listener"));
  desk.distribute(landed(desk.closed()));
  BOOST_TEST(desk.waits_for("0 of 2 epochs from 3 on"));
}

BOOST_AUTO_TEST_CASE(a_revert_is_reopened_with_the_mined_attempt) {
  Desk desk;
  desk.close();
  auto& submission = desk.submit();
  Desk::sign(submission);
  Desk::sign(submission);
  submission.status = SubmissionStatus::REVERTED;
  submission.mined_in = L1Point{44, hash_number(44)};
  submission.mined_attempt = 1;
  const auto duty = desk.duty();
  BOOST_REQUIRE(duty.read().isReopen());
  const auto reopen = duty.read().getReopen();
  BOOST_TEST((reopen.getCause() == ReopenCause::REVERTED && reopen.getComposition() == 1));
  BOOST_TEST((fixed<Hash32>(reopen.getTxnHash()) == hash_number(101)));
  BOOST_TEST((std::string(reopen.getDetail().cStr()) == "reverted in L1 block 44"));
  // The next composition is another slot: the reverted one is none of its.
  const auto command =
      Msg<schema::RewardsCommand>::build([&](auto out) { out.setReopen(duty.read().getReopen()); });
  BOOST_TEST(desk.command(command).facts.size() == 1u);
  BOOST_REQUIRE(desk.duty().read().isClose());
  desk.close();
  BOOST_TEST(desk.duty().read().isSubmit());
}

BOOST_AUTO_TEST_CASE(only_what_cannot_reach_l1_becomes_stale) {
  Desk desk;
  desk.close();
  const auto is_stale = [&](const std::string& words) {
    const auto duty = desk.duty();
    if (!duty.read().isReopen()) return false;
    const auto reopen = duty.read().getReopen();
    const std::string detail = reopen.getDetail().cStr();
    BOOST_TEST(detail.find(words) != std::string::npos, detail);
    return reopen.getCause() == ReopenCause::BECAME_STALE && reopen.getTxnHash().size() == 0;
  };
  const auto members = desk.pool.members;
  desk.pool.members[2].signer = filled_address(22);
  BOOST_TEST(is_stale("sequencer 2 signs with"));
  desk.pool.members[2].retired = true;
  BOOST_TEST(is_stale("claimed its exit"));
  desk.pool.members.erase(2);
  BOOST_TEST(is_stale("no sequencer 2"));
  desk.pool.members = members;
  desk.pool.batch_id = 2;
  BOOST_TEST(is_stale("last batch is 2"));
  desk.pool.batch_id = 1;
  BOOST_TEST(desk.duty().read().isSubmit());

  desk.pool.members[2].signer = filled_address(22);
  auto& submission = desk.submit();
  submission.stalled = StallReason::WOULD_REVERT;
  BOOST_TEST(is_stale("sequencer 2"));
  // Once it is signed it may land whatever we think of it.
  Desk::sign(submission);
  submission.stalled = StallReason::WOULD_REVERT;
  BOOST_TEST(desk.waits_for("refuses it in a trial call"));
  submission.attempts.clear();
  submission.status = SubmissionStatus::PLANNED;
  // A signature that a crash kept from being submitted, or whose submission is settled, would never
  // be brought to L1 again.
  desk.mpc.signed_slots.contents[desk.slot()] = Hash32{};
  BOOST_TEST(is_stale("sequencer 2"));
  desk.submissions.live.clear();
  BOOST_TEST(is_stale("sequencer 2"));
  desk.pool.members = members;
  BOOST_TEST(desk.duty().read().isSubmit());
}

BOOST_AUTO_TEST_SUITE_END()
