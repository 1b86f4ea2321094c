#include "tests/actors/submitter_scene.hpp"
#include "tests/edges/l1_sending.hpp"
#include "tests/fixture/print.hpp"

// What can befall a transaction on its way to L1, each on a real anvil and each ending in a fact.

using namespace horae;
using namespace horae::test;

namespace {

struct OnAnvil : SubmitScene {
  OnAnvil() { ground.l1 = std::make_shared<L1Sender>(chain.endpoint()); }

  void mine_and_settle() {
    chain.mine();
    house->pass();
    chain.mine(ground.rules.settle_depth);
    house->pass();
  }
  bool waits(const Bytes& raw) {
    const auto found = chain.ask("eth_getTransactionByHash", {to_hex(keccak256(raw))});
    return found.is_object() && found.at("blockHash").is_null();
  }
  bool mined(const Bytes& raw) {
    return chain.ask("eth_getTransactionReceipt", {to_hex(keccak256(raw))}).is_object();
  }

  SendingChain chain;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(submitter_anvil)

BOOST_AUTO_TEST_CASE(all_is_well) {
  OnAnvil l1;
  auto& on = l1.sent();
  const auto terms = on.terms_of(1, 1);
  BOOST_TEST(terms.nonce == 0u);
  BOOST_TEST((terms.gas_limit > 50'000 && terms.gas_limit < 60'000));
  const auto fees = *l1.ground.l1->fees();
  BOOST_TEST(terms.max_fee == 2 * fees.base_fee + terms.max_priority_fee);
  l1.mine_and_settle();
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1, mined 1/1, settled 1");
  BOOST_TEST(l1.chain.calls() == 1u);
  // The next one has the next nonce.
  on.plan(submission_slot(3));
  on.pass();
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("planned 2, signed 2/1, sent 2/1, mined 2/1, settled 2"));
  BOOST_TEST(on.terms_of(2, 1).nonce == 1u);
}

BOOST_AUTO_TEST_CASE(what_would_revert_is_not_sent) {
  OnAnvil l1;
  l1.chain.shut(true);
  auto& on = l1.start();
  on.plan(submission_slot(2));
  on.pass(3000);
  BOOST_TEST(on.story() == "planned 1, stalled 1 wouldRevert");
  BOOST_TEST(on.facts().back().read().getStalled().getDetail().cStr() == "the door is shut");
  BOOST_TEST(on.shown().state == "stalled");
  l1.chain.shut(false);
  on.pass();
  BOOST_TEST(on.story().ends_with("stalled 1 wouldRevert, signed 1/1, sent 1/1"));
}

BOOST_AUTO_TEST_CASE(a_revert_is_told_with_its_words) {
  OnAnvil l1;
  auto& on = l1.sent();
  l1.chain.shut(true);
  l1.mine_and_settle();
  BOOST_TEST(on.story() ==
             "planned 1, signed 1/1, sent 1/1, reverted 1/1 the door is shut, settled 1");
  BOOST_TEST(l1.chain.calls() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_stuck_is_replaced_up_to_the_cap) {
  OnAnvil l1;
  l1.ground.rules.max_fee_cap = in_gwei(4);
  l1.ground.rules.resend_after_ms = 10'000'000;
  auto& on = l1.sent();
  on.pass(l1.ground.rules.bump_after_ms);
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1, replaced 1/2, sent 1/2");
  const auto first = on.terms_of(1, 1), second = on.terms_of(1, 2);
  BOOST_TEST(second.nonce == first.nonce);
  BOOST_TEST(second.max_fee >= raised(first.max_fee, l1.ground.rules));
  BOOST_TEST(second.max_priority_fee >= raised(first.max_priority_fee, l1.ground.rules));
  // anvil has the replacement and no longer what it replaces.
  BOOST_TEST(l1.waits(on.raw_of(1, 2)));
  BOOST_TEST(!l1.waits(on.raw_of(1, 1)));
  // To the cap, and there it is told once and waits.
  on.pass(20 * l1.ground.rules.bump_after_ms);
  const auto at_the_cap = on.story();
  BOOST_TEST(at_the_cap.ends_with(", stalled 1 feeCap"), at_the_cap);
  on.pass(2 * l1.ground.rules.bump_after_ms);
  BOOST_TEST(on.story() == at_the_cap);
  std::uint32_t last = 0;
  for (const auto& fact : on.facts()) {
    if (fact.read().isReplaced()) last = fact.read().getReplaced().getNumber();
  }
  BOOST_TEST(on.terms_of(1, last).max_fee <= in_gwei(4));
  l1.mine_and_settle();
  BOOST_TEST(on.story() == at_the_cap + ", mined 1/" + std::to_string(last) + ", settled 1");
  BOOST_TEST(l1.chain.calls() == 1u);
}

BOOST_AUTO_TEST_CASE(a_base_fee_that_runs_away_is_followed) {
  OnAnvil l1;
  auto& on = l1.sent();
  const auto first = on.terms_of(1, 1).max_fee;
  // No block takes it at this price.
  l1.chain.base_fee(first * 3);
  BOOST_TEST(!l1.mined(on.raw_of(1, 1)));
  on.pass(l1.ground.rules.bump_after_ms);
  BOOST_TEST(on.story().ends_with("replaced 1/2, sent 1/2"));
  BOOST_TEST(on.terms_of(1, 2).max_fee >= first * 5);
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("replaced 1/2, sent 1/2, mined 1/2, settled 1"));
}

BOOST_AUTO_TEST_CASE(a_nonce_used_by_somebody_else_is_given_for_lost) {
  OnAnvil l1;
  auto& on = l1.sent();
  // The same key, another machine: a better price for the same nonce.
  const auto rival = raw_transfer(payer, 0, in_gwei(50), in_gwei(5));
  const auto taken = l1.ground.l1->send_raw(rival);
  BOOST_REQUIRE((taken && taken->kind == L1Sending::taken));
  l1.chain.mine();
  BOOST_TEST(l1.mined(rival));
  on.pass();
  // Once is not enough: a receipt may lag.
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1");
  on.pass();
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1, nonceTaken 1, signed 1/2, sent 1/2");
  BOOST_TEST(on.terms_of(1, 2).nonce == 1u);
  const auto calls = l1.chain.calls();
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("nonceTaken 1, signed 1/2, sent 1/2, mined 1/2, settled 1"));
  BOOST_TEST(l1.chain.calls() == calls + 1);
}

BOOST_AUTO_TEST_CASE(an_empty_account_waits_to_be_filled) {
  OnAnvil l1;
  l1.chain.fund(payer, 0);
  auto& on = l1.start();
  on.plan(submission_slot(2));
  on.pass(5000);
  BOOST_TEST(on.story() == "planned 1, stalled 1 noFunds");
  l1.chain.fund(payer, ether(1));
  on.pass();
  BOOST_TEST(on.story() == "planned 1, stalled 1 noFunds, signed 1/1, sent 1/1");
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("sent 1/1, mined 1/1, settled 1"));
}

BOOST_AUTO_TEST_CASE(an_account_emptied_after_signing_is_told_by_the_endpoint) {
  OnAnvil l1;
  auto& on = l1.start();
  l1.ground.during_round = [&] { l1.chain.fund(payer, 0); };
  on.plan(submission_slot(2));
  on.pass(3000);
  BOOST_TEST(on.story() == "planned 1, signed 1/1, stalled 1 noFunds");
  l1.chain.fund(payer, ether(1));
  on.pass();
  // The bytes that were signed, and no others.
  BOOST_TEST(on.story() == "planned 1, signed 1/1, stalled 1 noFunds, sent 1/1");
  BOOST_TEST(l1.waits(on.raw_of(1, 1)));
}

BOOST_AUTO_TEST_CASE(what_the_endpoint_forgets_is_sent_again) {
  OnAnvil l1;
  l1.ground.rules.bump_after_ms = 10'000'000;
  auto& on = l1.sent();
  l1.chain.ask("anvil_dropTransaction", {to_hex(keccak256(on.raw_of(1, 1)))});
  BOOST_TEST(!l1.waits(on.raw_of(1, 1)));
  on.pass(l1.ground.rules.resend_after_ms);
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1");
  on.pass();
  BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1, forgotten 1/1, sent 1/1");
  BOOST_TEST(l1.waits(on.raw_of(1, 1)));
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("forgotten 1/1, sent 1/1, mined 1/1, settled 1"));
}

BOOST_AUTO_TEST_CASE(what_a_reorganisation_takes_back_is_sent_again) {
  OnAnvil l1;
  l1.ground.rules.bump_after_ms = 10'000'000;
  auto& on = l1.sent();
  l1.chain.mine();
  on.pass();
  BOOST_TEST(on.story().ends_with("sent 1/1, mined 1/1"));
  // The last block again, without the transaction.
  l1.chain.ask("anvil_reorg", {1, json::array()});
  BOOST_TEST(!l1.mined(on.raw_of(1, 1)));
  l1.chain.ask("anvil_dropAllTransactions");
  on.pass();
  BOOST_TEST(on.story().ends_with("mined 1/1, orphaned 1"));
  on.pass(l1.ground.rules.resend_after_ms);
  BOOST_TEST(on.story().ends_with("mined 1/1, orphaned 1, forgotten 1/1, sent 1/1"));
  BOOST_TEST(l1.waits(on.raw_of(1, 1)));
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("orphaned 1, forgotten 1/1, sent 1/1, mined 1/1, settled 1"));
  BOOST_TEST(l1.chain.calls() == 1u);
}

BOOST_AUTO_TEST_CASE(a_chain_that_goes_back_below_its_block) {
  OnAnvil l1;
  l1.ground.rules.bump_after_ms = 10'000'000;
  auto& on = l1.sent();
  const auto snapshot = l1.chain.ask("evm_snapshot");
  l1.chain.mine();
  on.pass();
  BOOST_TEST(on.story().ends_with("sent 1/1, mined 1/1"));
  l1.chain.ask("evm_revert", {snapshot});
  on.pass();
  // The head may only lag.
  BOOST_TEST(on.story().ends_with("sent 1/1, mined 1/1"));
  on.pass();
  BOOST_TEST(on.story().ends_with("mined 1/1, orphaned 1"));
  on.pass(l1.ground.rules.resend_after_ms);
  l1.mine_and_settle();
  BOOST_TEST(on.story().ends_with("mined 1/1, settled 1"), on.story());
  BOOST_TEST(l1.chain.calls() == 1u);
}

BOOST_AUTO_TEST_CASE(after_a_restart_the_logged_bytes_are_sent) {
  OnAnvil l1;
  auto* on = &l1.start();
  on->plan(submission_slot(2));
  on->ground.clock->ms += SubmitHouse::poll_ms;
  on->stage.scheduler.advance_time(std::chrono::milliseconds(SubmitHouse::poll_ms));
  on->run_until("signed 1/1");
  const auto raw = on->raw_of(1, 1);
  BOOST_TEST(!l1.waits(raw));
  on = &l1.start();
  BOOST_TEST(on->story() == "planned 1, signed 1/1, sent 1/1");
  BOOST_TEST(l1.ground.rounds == 1u);
  BOOST_TEST(l1.waits(raw));
  l1.mine_and_settle();
  BOOST_TEST(on->story().ends_with("sent 1/1, mined 1/1, settled 1"));
}

BOOST_AUTO_TEST_CASE(after_a_restart_what_was_sent_is_found) {
  OnAnvil l1;
  auto* on = &l1.start();
  on->plan(submission_slot(2));
  on->ground.clock->ms += SubmitHouse::poll_ms;
  on->stage.scheduler.advance_time(std::chrono::milliseconds(SubmitHouse::poll_ms));
  on->run_until("signed 1/1");
  const auto raw = on->raw_of(1, 1);
  // One step more: the submitter hears that it is durable, and sends.
  while (!l1.waits(raw)) BOOST_REQUIRE(on->stage.scheduler.try_run_once());
  BOOST_TEST(on->story() == "planned 1, signed 1/1");
  // Nobody noted that it was sent, and it is mined while the node is away.
  on = nullptr;
  l1.house.reset();
  l1.chain.mine();
  on = &l1.start();
  BOOST_TEST(on->story() == "planned 1, signed 1/1, mined 1/1");
  BOOST_TEST(l1.ground.rounds == 1u);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_away_loses_nothing) {
  OnAnvil l1;
  const auto there = l1.ground.l1;
  l1.ground.l1 = std::make_shared<L1Sender>(*Endpoint::parse("http://127.0.0.1:1"));
  auto* on = &l1.start();
  on->plan(submission_slot(2));
  on->pass(10'000);
  BOOST_TEST(on->story() == "planned 1");
  BOOST_TEST(on->shown().state == "unreachable");
  l1.ground.l1 = there;
  on = &l1.start();
  BOOST_TEST(on->story() == "planned 1, signed 1/1, sent 1/1");
}

BOOST_AUTO_TEST_SUITE_END()
