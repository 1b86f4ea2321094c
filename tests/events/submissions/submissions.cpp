#include "events/submissions/submissions.hpp"

#include "tests/events/submissions/scene.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Kind = schema::SubmissionsFact;

struct SubmissionScene : Life<Submissions, schema::SubmissionsFact> {
  explicit SubmissionScene(bool open = true) {
    if (open) when(rules_command(usual_submission_rules()));
  }

  Decision plan(std::uint64_t batch, std::uint32_t composition = 1, const Bytes& call = {1}) {
    return when(plan_command(submission_slot(batch, composition), call));
  }
  Decision sign(const Signing& signing) {
    return when(signing.command(state.live.at(signing.id).content));
  }
  Decision send(std::uint64_t id, std::uint32_t number, std::uint64_t time_ms = 2000) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      auto send = out.initSend();
      send.setId(id);
      send.setNumber(number);
      send.setTimeMs(time_ms);
    }));
  }
  Decision stall(std::uint64_t id, StallReason reason) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      auto stall = out.initStall();
      stall.setId(id);
      stall.setReason(reason);
      stall.setDetail("words");
    }));
  }
  Decision lose(std::uint64_t id, std::uint64_t nonce) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      out.initLoseNonce().setId(id);
      out.getLoseNonce().setNonce(nonce);
    }));
  }
  Decision forget(std::uint64_t id, std::uint32_t number) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      out.initForget().setId(id);
      out.getForget().setNumber(number);
    }));
  }
  Decision mine(std::uint64_t id, std::uint32_t number, std::uint64_t block, bool success = true) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      auto mine = out.initMine();
      mine.setId(id);
      mine.setNumber(number);
      mine.setSuccess(success);
      mine.setGasUsed(50'000);
      mine.initBlock().setNumber(block);
      mine.getBlock().setHash(data(Hash32{{9}}));
      mine.setGasPrice(data(to_word(in_gwei(3))));
    }));
  }
  Decision orphan(std::uint64_t id, std::uint64_t block) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      auto orphan = out.initOrphan();
      orphan.setId(id);
      orphan.initBlock().setNumber(block);
      orphan.getBlock().setHash(data(Hash32{{9}}));
    }));
  }
  Decision settle(std::uint64_t id) {
    return when(SubmissionsCommandMsg::build([&](auto out) { out.initSettle().setId(id); }));
  }
  Decision give_up(std::uint64_t id) {
    return when(SubmissionsCommandMsg::build([&](auto out) {
      out.initGiveUp().setId(id);
      out.getGiveUp().setDetail("no use");
    }));
  }
  const Submission& live(std::uint64_t id) { return state.live.at(id); }
};

/// What kind of facts a decision has, or why it has none.
using Kinds = std::vector<Kind::Which>;
Kinds kinds(const Decision& decision) {
  BOOST_TEST(decision.ok(), decision.detail);
  Kinds out;
  for (const auto& fact : decision.facts) {
    out.push_back(Msg<schema::SubmissionsFact>::of(fact.payload).read().which());
  }
  return out;
}
bool is(const Decision& decision, Kind::Which kind) { return kinds(decision) == Kinds{kind}; }
bool nothing(const Decision& decision) { return decision.ok() && decision.facts.empty(); }
bool submission_refused(const Decision& decision, Reason reason, std::string_view words) {
  BOOST_TEST_MESSAGE(decision.detail);
  return decision.refused == reason && decision.facts.empty() &&
         decision.detail.find(words) != std::string::npos;
}

constexpr AttemptTerms bumped{0, 100'000, 33'000'000'000, 2'200'000'000};

}  // namespace

BOOST_AUTO_TEST_SUITE(submissions)

BOOST_AUTO_TEST_CASE(a_submission_lives) {
  SubmissionScene scene;
  BOOST_TEST(is(scene.plan(2), Kind::PLANNED));
  BOOST_TEST(current(scene.state)->id == 1u);
  BOOST_TEST((of_slot(scene.state, submission_slot(2)) == current(scene.state)));
  BOOST_TEST(is(scene.sign({}), Kind::SIGNED));
  BOOST_TEST((scene.live(1).status == SubmissionStatus::SIGNED));
  BOOST_TEST(is(scene.send(1, 1), Kind::SENT));
  BOOST_TEST(scene.live(1).sent_ms == 2000u);
  BOOST_TEST(nothing(scene.send(1, 1)));
  BOOST_TEST(is(scene.mine(1, 1, 50), Kind::MINED));
  BOOST_TEST(nothing(scene.mine(1, 1, 50)));
  BOOST_TEST(current(scene.state) == nullptr);
  BOOST_TEST(of_slot(scene.state, submission_slot(2))->mined_in->number == 50u);
  scene.replays();
  BOOST_TEST(is(scene.settle(1), Kind::SETTLED));
  BOOST_TEST(nothing(scene.settle(1)));
  BOOST_TEST(scene.state.live.empty());
  scene.replays();
}

BOOST_AUTO_TEST_CASE(nothing_before_the_rules) {
  SubmissionScene scene(false);
  BOOST_TEST(submission_refused(scene.plan(2), Reason::NOT_OPEN, "no parameters"));
  BOOST_TEST(submission_refused(scene.when(rules_command({})), Reason::MALFORMED, "bump"));
  BOOST_TEST(is(scene.when(rules_command(usual_submission_rules())), Kind::PARAMETERS_SET));
  // Each start of a node tells them.
  BOOST_TEST(nothing(scene.when(rules_command(usual_submission_rules()))));
  BOOST_TEST(submission_refused(scene.when(SubmissionsCommandMsg::build([](auto) {})),
                                Reason::MALFORMED, ""));
}

BOOST_AUTO_TEST_CASE(a_slot_keeps_its_content) {
  SubmissionScene scene;
  scene.plan(2);
  BOOST_TEST(nothing(scene.plan(2)));
  BOOST_TEST(submission_refused(scene.plan(2, 1, {9}), Reason::SLOT_TAKEN, "another content"));
  BOOST_TEST(scene.state.planned == 1u);
  auto nobody = submission_slot(3);
  nobody.key = {};
  BOOST_TEST(
      submission_refused(scene.when(plan_command(nobody)), Reason::WRONG_KEY, "without a key"));
}

BOOST_AUTO_TEST_CASE(a_plan_ends_what_it_makes_pointless) {
  SubmissionScene scene;
  scene.plan(2);
  // The next composition of the batch; then the next batch, that one has been signed.
  BOOST_TEST((kinds(scene.plan(2, 2, {2})) == Kinds{Kind::GIVEN_UP, Kind::PLANNED}));
  BOOST_TEST(!scene.state.live.contains(1));
  scene.sign({.id = 2});
  BOOST_TEST(is(scene.plan(3), Kind::PLANNED));
  BOOST_TEST(current(scene.state)->id == 2u);
  // Its nonce is lost: nothing of it can reach L1.
  scene.lose(2, 0);
  BOOST_TEST((kinds(scene.plan(4)) == Kinds{Kind::GIVEN_UP, Kind::GIVEN_UP, Kind::PLANNED}));
  // L1 went back: what was planned to stand on batch 3 must not stand in front of it.
  BOOST_TEST((kinds(scene.plan(3)) == Kinds{Kind::GIVEN_UP, Kind::PLANNED}));
  BOOST_TEST((current(scene.state)->slot == submission_slot(3)));
  // Another key's has nothing to do with it.
  BOOST_TEST(is(scene.when(plan_command(submission_slot(9, 1, 41))), Kind::PLANNED));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(signed_is_exactly_the_content_and_the_attempt) {
  SubmissionScene scene;
  scene.plan(2);
  using Change = std::function<void(Txn&)>;
  for (const auto& [words, change] : std::vector<std::pair<std::string, Change>>{
           {"EIP-1559", [](Txn& txn) { txn.type = 1; }},
           {"chain id", [](Txn& txn) { txn.chain_id = 0; }},
           {"nonce", [](Txn& txn) { txn.nonce = 1; }},
           {"gas limit", [](Txn& txn) { txn.gas_limit = 1; }},
           {"maximum fee", [](Txn& txn) { txn.max_fee = 1; }},
           {"priority fee", [](Txn& txn) { txn.max_priority_fee = 1; }},
           {"receiver", [](Txn& txn) { txn.to = Address{{1}}; }},
           {"receiver", [](Txn& txn) { txn.to.reset(); }},
           {"value", [](Txn& txn) { txn.value = 1; }},
           {"call", [](Txn& txn) { txn.data.push_back(1); }}}) {
    BOOST_TEST_CONTEXT(words) {
      BOOST_TEST(
          submission_refused(scene.sign({.before_signing = change}), Reason::WRONG_CONTENT, words));
    }
  }
  BOOST_TEST(submission_refused(scene.sign({.key = 41}), Reason::WRONG_CONTENT, "signed by"));
  BOOST_TEST(submission_refused(scene.sign({.number = 2}), Reason::NOT_DUE, "attempt 1"));
  BOOST_TEST(is(scene.sign({}), Kind::SIGNED));
  // A later attempt stays on the chain of the first.
  const auto elsewhere = [](Txn& txn) { txn.chain_id = 1; };
  BOOST_TEST(
      submission_refused(scene.sign({.number = 2, .terms = bumped, .before_signing = elsewhere}),
                         Reason::WRONG_CONTENT, "chain id"));
}

BOOST_AUTO_TEST_CASE(a_replacement_takes_the_nonce_and_pays_more) {
  SubmissionScene scene;
  scene.plan(2);
  scene.sign({});
  const auto fees = [](U256 max_fee, U256 priority) {
    return Signing{.number = 2, .terms = {0, 100'000, max_fee, priority}};
  };
  BOOST_TEST(submission_refused(scene.sign(fees(bumped.max_fee - 1, bumped.max_priority_fee)),
                                Reason::UNDERPRICED, "33000000000"));
  BOOST_TEST(submission_refused(scene.sign(fees(bumped.max_fee, bumped.max_priority_fee - 1)),
                                Reason::UNDERPRICED, "2200000000"));
  BOOST_TEST(submission_refused(scene.sign(fees(in_gwei(100) + 1, in_gwei(3))), Reason::FEE_TOO_LOW,
                                "cap"));
  BOOST_TEST(
      submission_refused(scene.sign(fees(in_gwei(40), in_gwei(41))), Reason::FEE_TOO_LOW, "above"));
  BOOST_TEST(
      submission_refused(scene.sign({.number = 2, .terms = {1, 100'000, in_gwei(40), in_gwei(3)}}),
                         Reason::NOT_DUE, "not seen taken"));
  BOOST_TEST(is(scene.sign(fees(bumped.max_fee, bumped.max_priority_fee)), Kind::REPLACED));
  BOOST_TEST(scene.live(1).attempts.size() == 2u);
  BOOST_TEST(submission_refused(scene.send(1, 1), Reason::NOT_DUE, "not its last"));
  BOOST_TEST(is(scene.send(1, 2), Kind::SENT));
  // The first may be mined all the same.
  BOOST_TEST(is(scene.mine(1, 1, 7), Kind::MINED));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_bump_rounds_up) {
  const SubmissionRules rules{.bump_percent = 10, .max_fee_cap = 1};
  BOOST_TEST(raised(1, rules) == 2);
  BOOST_TEST(raised(0, rules) == 0);
  BOOST_TEST(raised(10, rules) == 11);
  BOOST_TEST(raised(11, rules) == 13);
  BOOST_TEST(raised(~U256(0), rules) == ~U256(0));
}

BOOST_AUTO_TEST_CASE(a_new_nonce_only_after_the_old_one_was_taken) {
  SubmissionScene scene;
  scene.plan(2);
  BOOST_TEST(submission_refused(scene.lose(1, 0), Reason::NOT_DUE, "no nonce"));
  scene.sign({});
  scene.send(1, 1);
  BOOST_TEST(submission_refused(scene.lose(1, 1), Reason::NOT_DUE, "another nonce"));
  BOOST_TEST(is(scene.lose(1, 0), Kind::NONCE_TAKEN));
  BOOST_TEST(nothing(scene.lose(1, 0)));
  BOOST_TEST((scene.live(1).status == SubmissionStatus::PLANNED && scene.live(1).nonce_lost));
  BOOST_TEST(submission_refused(scene.sign({.number = 2}), Reason::NOT_DUE, "was taken"));
  // Whatever the fees.
  BOOST_TEST(is(scene.sign({.number = 2, .terms = {1, 90'000, 5, 1}}), Kind::SIGNED));
  BOOST_TEST(!scene.live(1).nonce_lost);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(one_at_a_time_in_the_order_of_the_plans) {
  SubmissionScene scene;
  scene.plan(2);
  scene.sign({});
  scene.plan(3);
  const auto second = Signing{.id = 2, .terms = {1, 100'000, in_gwei(30), in_gwei(2)}};
  BOOST_TEST(submission_refused(scene.sign(second), Reason::NOT_DUE, "not the one under way"));
  BOOST_TEST(
      submission_refused(scene.stall(2, StallReason::NO_FUNDS), Reason::NOT_DUE, "under way"));
  scene.send(1, 1);
  scene.mine(1, 1, 50);
  BOOST_TEST(submission_refused(scene.sign({.id = 2}), Reason::NOT_DUE, "that of submission 1"));
  BOOST_TEST(is(scene.sign(second), Kind::SIGNED));
  // L1 takes the first back: it goes first again.
  BOOST_TEST(submission_refused(scene.orphan(1, 51), Reason::NOT_DUE, "not mined in this block"));
  BOOST_TEST(is(scene.orphan(1, 50), Kind::ORPHANED));
  BOOST_TEST(current(scene.state)->id == 1u);
  BOOST_TEST((scene.live(1).status == SubmissionStatus::SENT));
  BOOST_TEST(submission_refused(scene.send(2, 1), Reason::NOT_DUE, "under way"));
  BOOST_TEST(submission_refused(scene.settle(1), Reason::NOT_DUE, "not mined"));
  BOOST_TEST(is(scene.mine(1, 1, 52), Kind::MINED));
  BOOST_TEST(submission_refused(scene.mine(1, 1, 53), Reason::NOT_DUE, "another block"));
  BOOST_TEST(current(scene.state)->id == 2u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_stall_is_told_once) {
  SubmissionScene scene;
  scene.plan(2);
  BOOST_TEST(is(scene.stall(1, StallReason::WOULD_REVERT), Kind::STALLED));
  BOOST_TEST(nothing(scene.stall(1, StallReason::WOULD_REVERT)));
  BOOST_TEST(is(scene.stall(1, StallReason::NO_FUNDS), Kind::STALLED));
  BOOST_TEST(
      submission_refused(scene.stall(1, StallReason::NONE), Reason::MALFORMED, "without a reason"));
  scene.sign({});
  BOOST_TEST((scene.live(1).stalled == StallReason::NONE));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(what_the_endpoint_forgot_is_sent_again) {
  SubmissionScene scene;
  scene.plan(2);
  scene.sign({});
  BOOST_TEST(submission_refused(scene.forget(1, 1), Reason::NOT_DUE, "not sent"));
  scene.send(1, 1);
  BOOST_TEST(is(scene.forget(1, 1), Kind::FORGOTTEN));
  BOOST_TEST((scene.live(1).status == SubmissionStatus::SIGNED));
  BOOST_TEST(is(scene.send(1, 1, 9000), Kind::SENT));
  BOOST_TEST(scene.live(1).sent_ms == 2000u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_revert_is_an_end_of_its_own) {
  SubmissionScene scene;
  scene.plan(2);
  BOOST_TEST(submission_refused(scene.mine(1, 1, 50, false), Reason::NOT_DUE, "no attempt 1"));
  scene.sign({});
  // Mined before this node could note that it was sent.
  BOOST_TEST(is(scene.mine(1, 1, 50, false), Kind::REVERTED));
  BOOST_TEST((scene.live(1).status == SubmissionStatus::REVERTED));
  BOOST_TEST(current(scene.state) == nullptr);
  BOOST_TEST(is(scene.settle(1), Kind::SETTLED));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(only_what_cannot_reach_l1_is_given_up) {
  SubmissionScene scene;
  BOOST_TEST(submission_refused(scene.give_up(1), Reason::NOT_DUE, "never planned"));
  scene.plan(2);
  scene.sign({});
  BOOST_TEST(submission_refused(scene.give_up(1), Reason::NOT_DUE, "may yet be mined"));
  scene.lose(1, 0);
  BOOST_TEST(is(scene.give_up(1), Kind::GIVEN_UP));
  BOOST_TEST(nothing(scene.give_up(1)));
  scene.plan(3);
  BOOST_TEST(is(scene.give_up(2), Kind::GIVEN_UP));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_nonce_that_l1_took_back_is_no_dead_end) {
  SubmissionScene scene;
  scene.plan(2);
  scene.sign({.terms = {5, 100'000, in_gwei(30), in_gwei(2)}});
  // What had used nonce 4 is gone: a lower one at any fee, as a first attempt.
  BOOST_TEST(is(scene.sign({.number = 2, .terms = {4, 100'000, 5, 1}}), Kind::SIGNED));
  BOOST_TEST(
      submission_refused(scene.sign({.number = 3, .terms = {5, 100'000, in_gwei(50), in_gwei(4)}}),
                         Reason::NOT_DUE, "not seen taken"));
  // Where another plan waits behind it, it makes way.
  BOOST_TEST(submission_refused(scene.give_up(1), Reason::NOT_DUE, "may yet be mined"));
  scene.plan(3);
  BOOST_TEST(stands_in_the_way(scene.state, scene.live(1)));
  BOOST_TEST(is(scene.give_up(1), Kind::GIVEN_UP));
  BOOST_TEST(!stands_in_the_way(scene.state, scene.live(2)));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_fact_that_surprises_stops) {
  const StopsThrow stops;
  SubmissionScene scene;
  scene.plan(2);
  const auto planned = Msg<schema::SubmissionsFact>::of(scene.facts.back().payload);
  BOOST_CHECK_THROW(apply(scene.state, *planned), std::logic_error);
  scene.sign({});
  const auto signing = Msg<schema::SubmissionsFact>::of(scene.facts.back().payload);
  BOOST_CHECK_THROW(apply(scene.state, *signing), std::logic_error);
  Submissions empty;
  BOOST_CHECK_THROW(apply(empty, *signing), std::logic_error);
  const auto none = Msg<schema::SubmissionsFact>::build([](auto) {});
  BOOST_CHECK_THROW(apply(empty, *none), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
