#include "events/mempool/mempool.hpp"

#include "tests/fixture/pool.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using schema::MempoolFact;

bool txn_refused(const Decision& decision, Reason reason) {
  return decision.refused == reason && !decision.detail.empty() && decision.facts.empty();
}

// The drops of a decision, in its order.
std::vector<std::pair<Hash32, Reason>> drops(const Decision& decision) {
  std::vector<std::pair<Hash32, Reason>> out;
  for (std::size_t i = 0; i < decision.facts.size(); ++i) {
    const auto fact = mempool_fact(decision, i);
    if (!fact.isTxnDropped()) continue;
    out.emplace_back(fixed<Hash32>(fact.getTxnDropped().getHash()),
                     fact.getTxnDropped().getReason());
  }
  return out;
}

std::vector<Hash32> selected(const Mempool& pool, const U256& base_fee = 0,
                             std::uint64_t gas_limit = 30'000'000) {
  std::vector<Hash32> out;
  for (const auto* txn : select(pool, base_fee, gas_limit)) out.push_back(txn->hash);
  return out;
}

using Hashes = std::vector<Hash32>;

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool)

BOOST_AUTO_TEST_CASE(before_its_parameters_it_takes_nothing) {
  Life<Mempool, MempoolFact> pool;
  BOOST_TEST(txn_refused(pool.when(submit_command({})), Reason::NOT_OPEN));
  BOOST_TEST(txn_refused(pool.when(include_of(1, {}, {})), Reason::NOT_OPEN));
  BOOST_TEST(txn_refused(pool.when(drop_of({})), Reason::NOT_OPEN));
  const auto none = Msg<schema::MempoolCommand>::build([](auto) {});
  BOOST_TEST(txn_refused(pool.when(none), Reason::NOT_OPEN));
  BOOST_TEST(pool.when(parameters_command(usual_parameters())).facts.size() == 1u);
  BOOST_TEST(txn_refused(pool.when(none), Reason::MALFORMED));
  pool.replays();
}

BOOST_AUTO_TEST_CASE(new_parameters_judge_what_comes_after) {
  Pool pool;
  BOOST_TEST(pool.submit({.nonce = 0, .max_fee = 5, .tip = 1}).ok());
  auto dearer = usual_parameters();
  dearer.min_fee = 6;
  BOOST_TEST(pool.when(parameters_command(dearer)).facts.size() == 1u);
  BOOST_TEST(txn_refused(pool.submit({.nonce = 1, .max_fee = 5, .tip = 1}), Reason::FEE_TOO_LOW));
  BOOST_TEST(pool.state.by_hash.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_admitted_one_waits_with_all_that_was_said_of_it) {
  Pool pool;
  const Offer offer{.sender = 7, .nonce = 3, .value = 12, .view_nonce = 3};
  const auto decision = pool.submit(offer);
  BOOST_REQUIRE(decision.facts.size() == 1u);
  const auto admitted = mempool_fact(decision, 0).getTxnAdmitted();
  BOOST_TEST(admitted.getAccountNonce() == 3u);
  BOOST_TEST(copy(admitted.getTxn().getRaw()) == raw_of(offer));
  const auto* txn = find(pool.state, hash_of(offer));
  BOOST_REQUIRE(txn != nullptr);
  BOOST_TEST((txn->nonce == 3 && txn->gas_limit == 21000 && txn->arrival == 0));
  BOOST_TEST((txn->max_fee == 100 && txn->max_priority_fee == 10 && txn->value == 12));
  BOOST_TEST((txn->sender == account(7) && txn->raw == raw_of(offer)));
  BOOST_TEST(find(pool.state, Hash32{}) == nullptr);
}

BOOST_AUTO_TEST_CASE(each_rule_refuses_just_beyond_its_line) {
  Pool pool;
  BOOST_TEST(txn_refused(pool.submit({.gas = 20999}), Reason::INTRINSIC_GAS));
  BOOST_TEST(txn_refused(pool.submit({.gas = (1u << 24) + 1}), Reason::GAS_LIMIT));
  BOOST_TEST(txn_refused(pool.submit({.max_fee = 9, .tip = 10}), Reason::FEE_TOO_LOW));
  BOOST_TEST(txn_refused(pool.submit({.max_fee = 0, .tip = 0}), Reason::FEE_TOO_LOW));
  BOOST_TEST(txn_refused(pool.submit({.nonce = 4, .view_nonce = 5}), Reason::NONCE_TOO_LOW));
  BOOST_TEST(txn_refused(pool.submit({.nonce = 1001}), Reason::NONCE_TOO_HIGH));
  BOOST_TEST(txn_refused(pool.submit({.balance = 2'099'999}), Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST(pool.facts.size() == 1u);

  BOOST_TEST(pool.submit({.sender = 2, .gas = 1u << 24}).ok());
  BOOST_TEST(pool.submit({.sender = 3, .max_fee = 10, .tip = 10}).ok());
  BOOST_TEST(pool.submit({.sender = 4, .max_fee = 1, .tip = 0}).ok());
  BOOST_TEST(pool.submit({.sender = 5, .nonce = 5, .view_nonce = 5}).ok());
  BOOST_TEST(pool.submit({.sender = 6, .nonce = 1000}).ok());
  BOOST_TEST(pool.submit({.sender = 7, .balance = 2'100'000}).ok());
}

BOOST_AUTO_TEST_CASE(the_same_again_is_already_known) {
  Pool pool;
  const Offer offer;
  BOOST_TEST(pool.submit(offer).ok());
  BOOST_TEST(txn_refused(pool.submit(offer), Reason::ALREADY_KNOWN));
  BOOST_TEST(pool.state.by_hash.size() == 1u);
}

BOOST_AUTO_TEST_CASE(all_that_is_pending_must_be_paid_for) {
  Pool pool;
  const U256 balance = 3 * 2'100'000;
  BOOST_TEST(pool.submit({.nonce = 0, .balance = balance}).ok());
  BOOST_TEST(pool.submit({.nonce = 1, .balance = balance}).ok());
  BOOST_TEST(txn_refused(pool.submit({.nonce = 2, .value = 1, .balance = balance}),
                         Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST(pool.submit({.nonce = 2, .balance = balance}).ok());
  // A replacement is paid for instead of what it replaces.
  BOOST_TEST(txn_refused(pool.submit({.nonce = 1, .max_fee = 110, .tip = 11, .balance = balance}),
                         Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST(
      pool.submit({.nonce = 1, .max_fee = 110, .tip = 11, .balance = balance + 210'000}).ok());
  // No sum of 256-bit products wraps.
  const U256 most = ~U256(0);
  BOOST_TEST(
      txn_refused(pool.submit({.sender = 9, .max_fee = most, .value = most, .balance = most}),
                  Reason::INSUFFICIENT_FUNDS));
}

BOOST_AUTO_TEST_CASE(what_cannot_run_yet_is_not_paid_for) {
  Pool pool;
  const U256 balance = 2'100'000 + 9;
  // Nonce 3 takes nearly all, and waits for three others.
  BOOST_TEST(pool.submit({.nonce = 3, .value = 9, .balance = balance}).ok());
  BOOST_TEST(pool.submit({.nonce = 0, .value = 5, .balance = balance}).ok());
  // What can run counts for whatever comes, also behind a gap.
  BOOST_TEST(
      txn_refused(pool.submit({.nonce = 1, .balance = balance}), Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST(
      txn_refused(pool.submit({.nonce = 7, .balance = balance}), Reason::INSUFFICIENT_FUNDS));
  // A nonce that closes the gap is held against what is before it alone.
  BOOST_TEST(pool.submit({.nonce = 2, .balance = 3 * balance}).ok());
  BOOST_TEST(pool.submit({.nonce = 1, .balance = 3 * balance}).ok());
  BOOST_TEST(
      txn_refused(pool.submit({.nonce = 4, .balance = 4 * balance}), Reason::INSUFFICIENT_FUNDS));
}

BOOST_AUTO_TEST_CASE(a_replacement_raises_both_fees_by_a_tenth) {
  Pool pool;
  const Offer old{.max_fee = 105, .tip = 15};  // a tenth more: 115.5 and 16.5
  BOOST_TEST(pool.submit(old).ok());
  for (const auto& [fee, tip] : std::vector<std::pair<U256, U256>>{
           {115, 17}, {116, 16}, {115, 16}, {105, 15}, {1000, 16}, {115, 100}}) {
    BOOST_TEST(
        txn_refused(pool.submit({.max_fee = fee, .tip = tip, .salt = 1}), Reason::UNDERPRICED));
  }
  const Offer newcomer{.max_fee = 116, .tip = 17, .salt = 1};
  const auto decision = pool.submit(newcomer);
  BOOST_REQUIRE(decision.facts.size() == 2u);
  const auto replaced = mempool_fact(decision, 0).getTxnReplaced();
  BOOST_TEST(fixed<Hash32>(replaced.getHash()) == hash_of(old));
  BOOST_TEST(fixed<Hash32>(replaced.getBy()) == hash_of(newcomer));
  BOOST_TEST(mempool_fact(decision, 1).isTxnAdmitted());
  BOOST_TEST(find(pool.state, hash_of(old)) == nullptr);
  BOOST_TEST(find(pool.state, hash_of(newcomer)) != nullptr);
  BOOST_TEST(pool.state.by_hash.size() == 1u);
  // Exactly a tenth is enough.
  BOOST_TEST(pool.submit({.sender = 2, .max_fee = 100, .tip = 10}).ok());
  BOOST_TEST(pool.submit({.sender = 2, .max_fee = 110, .tip = 11}).facts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_pays_nothing_is_not_replaced_for_nothing) {
  auto free = usual_parameters();
  free.min_fee = 0;
  Pool pool(free);
  BOOST_TEST(pool.submit({.max_fee = 0, .tip = 0}).ok());
  BOOST_TEST(txn_refused(pool.submit({.max_fee = 0, .tip = 0, .salt = 1}), Reason::UNDERPRICED));
  BOOST_TEST(txn_refused(pool.submit({.max_fee = 1, .tip = 0, .salt = 1}), Reason::UNDERPRICED));
  BOOST_TEST(pool.submit({.max_fee = 1, .tip = 1, .salt = 1}).ok());
}

BOOST_AUTO_TEST_CASE(a_full_pool_still_takes_replacements) {
  auto small = usual_parameters();
  small.per_sender = 2;
  small.total = 3;
  Pool pool(small);
  BOOST_TEST(pool.submit({.nonce = 0}).ok());
  BOOST_TEST(pool.submit({.nonce = 1}).ok());
  BOOST_TEST(txn_refused(pool.submit({.nonce = 2}), Reason::SENDER_LIMIT));
  BOOST_TEST(pool.submit({.nonce = 1, .max_fee = 110, .tip = 11}).ok());
  BOOST_TEST(pool.submit({.sender = 2}).ok());
  BOOST_TEST(txn_refused(pool.submit({.sender = 3}), Reason::POOL_FULL));
  BOOST_TEST(pool.submit({.sender = 2, .max_fee = 110, .tip = 11}).ok());
  // Room comes back with a block.
  BOOST_TEST(pool.when(include_of(1, {hash_of({.nonce = 0})}, {{account(1), 1}})).ok());
  BOOST_TEST(pool.submit({.sender = 3}).ok());
}

BOOST_AUTO_TEST_CASE(a_full_pool_lets_the_cheapest_go_for_a_better_offer) {
  auto small = usual_parameters();
  small.total = 2;
  Pool pool(small);
  BOOST_TEST(pool.submit({.sender = 1}).ok());
  BOOST_TEST(pool.submit({.sender = 2, .max_fee = 200}).ok());
  BOOST_TEST(txn_refused(pool.submit({.sender = 3, .max_fee = 109}), Reason::POOL_FULL));
  const auto decision = pool.submit({.sender = 3, .max_fee = 110});
  BOOST_TEST(decision.ok());
  BOOST_TEST(decision.facts.size() == 2u);
  BOOST_TEST((find(pool.state, hash_of({.sender = 1})) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_crowded_pool_takes_no_gaps) {
  auto small = usual_parameters();
  small.total = 4;
  Pool pool(small);
  BOOST_TEST(pool.submit({.sender = 1, .nonce = 1}).ok());
  BOOST_TEST(pool.submit({.sender = 2, .nonce = 1}).ok());
  BOOST_TEST(txn_refused(pool.submit({.sender = 3, .nonce = 1}), Reason::POOL_FULL));
  BOOST_TEST(pool.submit({.sender = 1, .nonce = 0}).ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_base_fee_is_starved) {
  Pool pool;
  BOOST_TEST(pool.submit({.sender = 1, .nonce = 1}).ok());
  BOOST_TEST(!starved(pool.state, U256(1'000'000)));  // it waits for a nonce, not for the fee
  BOOST_TEST(pool.submit({.sender = 1, .nonce = 0}).ok());
  BOOST_TEST(starved(pool.state, U256(1'000'000)));
  BOOST_TEST(!starved(pool.state, U256(1)));
}

BOOST_AUTO_TEST_CASE(sixty_four_of_one_sender_wait_and_no_more) {
  Pool pool;
  for (std::uint64_t nonce = 0; nonce < 64; ++nonce) {
    BOOST_REQUIRE(pool.submit({.nonce = nonce}).ok());
  }
  BOOST_TEST(txn_refused(pool.submit({.nonce = 64}), Reason::SENDER_LIMIT));
  BOOST_TEST(selected(pool.state).size() == 64u);
}

BOOST_AUTO_TEST_CASE(the_window_begins_behind_what_can_run) {
  auto narrow = usual_parameters();
  narrow.per_sender = 10;
  narrow.nonce_window = 2;
  Pool pool(narrow);
  for (std::uint64_t nonce = 0; nonce < 9; ++nonce) {
    BOOST_REQUIRE(pool.submit({.nonce = nonce}).ok());
  }
  BOOST_TEST(txn_refused(pool.submit({.nonce = 12}), Reason::NONCE_TOO_HIGH));
  BOOST_TEST(pool.submit({.nonce = 11}).ok());
  BOOST_TEST(pool.submit({.nonce = 10}).ok());
  // The one that the others wait for is let in whatever waits behind it.
  BOOST_TEST(pool.submit({.nonce = 9}).ok());
  BOOST_TEST(txn_refused(pool.submit({.nonce = 12}), Reason::SENDER_LIMIT));
  BOOST_TEST(selected(pool.state).size() == 12u);
}

BOOST_AUTO_TEST_CASE(a_gap_waits_until_it_is_filled) {
  Pool pool;
  BOOST_TEST(!next_nonce(pool.state, account(1)).has_value());
  const Offer first{.nonce = 5, .view_nonce = 5}, third{.nonce = 7, .view_nonce = 5};
  BOOST_TEST(pool.submit(third).ok());
  BOOST_TEST(next_nonce(pool.state, account(1)).value() == 5u);
  BOOST_TEST(selected(pool.state).empty());
  BOOST_TEST(pool.submit(first).ok());
  BOOST_TEST(next_nonce(pool.state, account(1)).value() == 6u);
  BOOST_TEST((selected(pool.state) == Hashes{hash_of(first)}));
  const Offer second{.nonce = 6, .view_nonce = 5};
  BOOST_TEST(pool.submit(second).ok());
  BOOST_TEST(next_nonce(pool.state, account(1)).value() == 8u);
  BOOST_TEST((selected(pool.state) == Hashes{hash_of(first), hash_of(second), hash_of(third)}));
}

BOOST_AUTO_TEST_CASE(selection_follows_fee_then_arrival) {
  Pool pool;
  const Offer low{.sender = 1, .tip = 5}, dear_but_second{.sender = 1, .nonce = 1, .tip = 50};
  const Offer early{.sender = 2, .tip = 9}, late{.sender = 3, .tip = 9};
  const Offer capped{.sender = 4, .max_fee = 95, .tip = 90};
  for (const auto& offer : {low, dear_but_second, early, late, capped}) {
    BOOST_REQUIRE(pool.submit(offer).ok());
  }
  BOOST_TEST((selected(pool.state, 90) == Hashes{hash_of(early), hash_of(late), hash_of(low),
                                                 hash_of(dear_but_second), hash_of(capped)}));
  BOOST_TEST((selected(pool.state, 1).front() == hash_of(capped)));
  // Near the maximum fee all tips are alike, and arrival decides.
  BOOST_TEST((selected(pool.state, 96) ==
              Hashes{hash_of(low), hash_of(dear_but_second), hash_of(early), hash_of(late)}));
  BOOST_TEST(selected(pool.state, 101).empty());
  BOOST_TEST(selected(pool.state, 1, 3 * 21000).size() == 3u);
  BOOST_TEST(selected(pool.state, 1, 20999).empty());
}

BOOST_AUTO_TEST_CASE(an_included_one_leaves_and_never_comes_back) {
  Pool pool;
  const Offer first{.nonce = 0}, second{.nonce = 1};
  BOOST_TEST(pool.submit(first).ok());
  BOOST_TEST(pool.submit(second).ok());
  const auto include = include_of(1, {hash_of(first)}, {{account(1), 1}});
  const auto decision = pool.when(include);
  BOOST_REQUIRE(decision.facts.size() == 1u);
  BOOST_TEST(mempool_fact(decision, 0).getTxnsIncluded().getBlock() == 1u);
  BOOST_TEST(find(pool.state, hash_of(first)) == nullptr);
  BOOST_TEST(find(pool.state, hash_of(second)) != nullptr);
  BOOST_TEST(next_nonce(pool.state, account(1)).value() == 2u);
  // The account was looked up before the block: what the pool remembers says no.
  BOOST_TEST(txn_refused(pool.submit(first), Reason::NONCE_TOO_LOW));
  // Twice is harmless, a gap is not.
  const auto again = pool.when(include);
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST(txn_refused(pool.when(include_of(3, {}, {})), Reason::NOT_NEXT));
}

BOOST_AUTO_TEST_CASE(a_block_may_hold_what_never_waited_here) {
  Pool pool;
  const Offer mine{.sender = 1, .nonce = 0}, other{.sender = 1, .nonce = 0, .salt = 1};
  const Offer next{.sender = 1, .nonce = 1};
  BOOST_TEST(pool.submit(mine).ok());
  BOOST_TEST(pool.submit(next).ok());
  const auto decision = pool.when(
      include_of(1, {hash_of(other), hash_of({.sender = 8})}, {{account(1), 1}, {account(8), 1}}));
  BOOST_TEST(decision.facts.size() == 2u);
  BOOST_TEST(
      (drops(decision) == std::vector{std::pair(hash_of(mine), Reason::INCLUDED_ELSEWHERE)}));
  BOOST_TEST((selected(pool.state) == Hashes{hash_of(next)}));
  BOOST_TEST(txn_refused(pool.submit({.sender = 8}), Reason::NONCE_TOO_LOW));
}

BOOST_AUTO_TEST_CASE(of_the_skipped_only_the_first_of_a_sender_is_to_blame) {
  Pool pool;
  const Offer first{.nonce = 0}, second{.nonce = 1}, third{.nonce = 2};
  const Offer other{.sender = 2}, fine{.sender = 3};
  for (const auto& offer : {first, second, third, other, fine}) {
    BOOST_REQUIRE(pool.submit(offer).ok());
  }
  // Whatever the order in which the engine names them.
  const Skips skips{{hash_of(second), "nonce too high"},
                    {hash_of(other), "cannot pay"},
                    {hash_of(first), "reverted by taste"},
                    {Hash32{{9}}, "unknown"}};
  const auto decision = pool.when(include_of(1, {hash_of(fine)}, {{account(3), 1}}, skips));
  BOOST_REQUIRE(decision.facts.size() == 3u);
  BOOST_TEST((drops(decision) == std::vector{std::pair(hash_of(first), Reason::ENGINE_SKIPPED),
                                             std::pair(hash_of(other), Reason::ENGINE_SKIPPED)}));
  BOOST_TEST((mempool_fact(decision, 0).getTxnDropped().getDetail() == "reverted by taste"));
  BOOST_TEST((mempool_fact(decision, 1).getTxnDropped().getDetail() == "cannot pay"));
  BOOST_TEST(pool.state.by_hash.size() == 2u);
  BOOST_TEST(selected(pool.state).empty());
  // A dropped one may be sent again.
  BOOST_TEST(pool.submit(first).ok());
  BOOST_TEST(selected(pool.state).size() == 3u);
}

BOOST_AUTO_TEST_CASE(without_a_block_the_skipped_are_dropped_alone) {
  Pool pool;
  const Offer first{.nonce = 0}, second{.nonce = 1};
  BOOST_TEST(pool.submit(first).ok());
  BOOST_TEST(pool.submit(second).ok());
  const auto drop = drop_of({{hash_of(first), "why"}, {hash_of(second), "after it"}});
  BOOST_TEST(
      (drops(pool.when(drop)) == std::vector{std::pair(hash_of(first), Reason::ENGINE_SKIPPED)}));
  BOOST_TEST(pool.state.included_block == 0u);
  BOOST_TEST(
      (drops(pool.when(drop)) == std::vector{std::pair(hash_of(second), Reason::ENGINE_SKIPPED)}));
  const auto third_time = pool.when(drop);
  BOOST_TEST((third_time.ok() && third_time.facts.empty()));
}

BOOST_AUTO_TEST_CASE(an_account_read_too_long_ago_is_stale) {
  Pool pool;
  pool.empty_blocks_until(64);
  BOOST_TEST(pool.submit({.view_block = 0}).ok());
  pool.empty_blocks_until(65);
  BOOST_TEST(txn_refused(pool.submit({.nonce = 1, .view_block = 0}), Reason::STALE_VIEW));
  BOOST_TEST(pool.submit({.nonce = 1, .view_block = 1}).ok());
}

BOOST_AUTO_TEST_CASE(no_view_that_is_fresh_enough_misses_what_was_forgotten) {
  // Included in block 2; a view of block 1 does not know it.
  Pool pool;
  const Offer offer{.view_block = 1};
  BOOST_TEST(pool.submit(offer).ok());
  pool.empty_blocks_until(1);
  BOOST_TEST(pool.when(include_of(2, {hash_of(offer)}, {{account(1), 1}})).ok());
  for (std::uint64_t block = 2; block <= 80; ++block) {
    pool.empty_blocks_until(block);
    const auto decision = pool.submit(offer);
    BOOST_TEST(!decision.ok());
    BOOST_TEST(
        (decision.refused == Reason::NONCE_TOO_LOW || decision.refused == Reason::STALE_VIEW));
    BOOST_TEST(pool.state.accounts.contains(account(1)) == (block <= 66));
  }
  BOOST_TEST(pool.state.by_age.empty());
  BOOST_TEST((pool.state.nonce_sum == 0 && pool.state.txn_sum == 0));
}

BOOST_AUTO_TEST_CASE(an_account_with_transactions_is_never_forgotten) {
  Pool pool;
  BOOST_TEST(pool.submit({.nonce = 4, .view_nonce = 3}).ok());
  BOOST_TEST(pool.submit({.sender = 2}).ok());
  pool.empty_blocks_until(300);
  BOOST_TEST(pool.state.accounts.size() == 2u);
  BOOST_TEST(next_nonce(pool.state, account(1)).value() == 3u);
  BOOST_TEST(selected(pool.state).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fact_that_surprises_stops) {
  const StopsThrow stops;
  Pool pool;
  const Offer offer;
  const auto admitted = pool.submit(offer).facts.at(0);
  Mempool broken = pool.state;
  const auto fact = Msg<MempoolFact>::of(admitted.payload);
  BOOST_CHECK_THROW(apply(broken, *fact), std::logic_error);
  Mempool empty;
  const auto replaced = make_fact<MempoolFact>(
      [&](auto out) { out.initTxnReplaced().setHash(data(hash_of(offer))); });
  const auto dropped =
      make_fact<MempoolFact>([&](auto out) { out.initTxnDropped().setHash(data(hash_of(offer))); });
  BOOST_CHECK_THROW(apply(empty, *Msg<MempoolFact>::of(replaced.payload)), std::logic_error);
  BOOST_CHECK_THROW(apply(empty, *Msg<MempoolFact>::of(dropped.payload)), std::logic_error);
  const auto skipped_a_block =
      make_fact<MempoolFact>([&](auto out) { out.initTxnsIncluded().setBlock(7); });
  BOOST_CHECK_THROW(apply(empty, *Msg<MempoolFact>::of(skipped_a_block.payload)), std::logic_error);
}

BOOST_AUTO_TEST_CASE(what_was_in_a_revoked_block_waits_again) {
  Pool pool;
  const Offer first, second{.nonce = 1}, third{.nonce = 2}, elsewhere{.sender = 2, .nonce = 7};
  for (const auto& offer : {first, second, third}) BOOST_TEST(pool.submit(offer).ok());
  BOOST_TEST(pool.when(include_of(1, {hash_of(first)}, {{account(1), 1}})).ok());
  BOOST_TEST(pool.when(include_of(2, {hash_of(second), hash_of(elsewhere)},
                                  {{account(1), 2}, {account(2), 8}}))
                 .ok());
  BOOST_TEST(txn_refused(pool.submit(second), Reason::NONCE_TOO_LOW));

  // The last one first.
  BOOST_TEST(txn_refused(pool.when(return_of(1, {first})), Reason::NOT_NEXT));
  const auto returned = pool.when(return_of(2, {second, elsewhere}, 3));
  BOOST_REQUIRE(returned.facts.size() == 3u);
  BOOST_TEST(mempool_fact(returned, 0).isTxnsReturned());
  BOOST_TEST(mempool_fact(returned, 1).isTxnAdmitted());
  BOOST_TEST(pool.state.included_block == 1u);
  BOOST_TEST(pool.state.included_epoch == 3u);
  BOOST_TEST(pool.when(return_of(2, {second, elsewhere}, 3)).facts.empty());
  BOOST_TEST(pool.when(return_of(1, {first})).ok());
  BOOST_TEST(pool.state.included_block == 0u);
  // In the order of their nonces again, with what never left between them.
  BOOST_TEST(pool.state.accounts.at(account(1)).nonce == 0u);
  BOOST_TEST(pool.state.accounts.at(account(1)).run == 3u);
  BOOST_TEST(selected(pool.state) ==
             Hashes({hash_of(elsewhere), hash_of(first), hash_of(second), hash_of(third)}));
  // A block with some of them, of another leader.
  BOOST_TEST(pool.when(include_of(1, {hash_of(first), hash_of(second)}, {{account(1), 2}})).ok());
  BOOST_TEST(selected(pool.state) == Hashes({hash_of(third), hash_of(elsewhere)}));
  BOOST_TEST(txn_refused(pool.submit(first), Reason::NONCE_TOO_LOW));
}

BOOST_AUTO_TEST_CASE(what_took_its_place_meanwhile_stays) {
  Pool pool;
  const Offer included{.nonce = 0}, other{.nonce = 0, .salt = 1};
  pool.empty_blocks_until(1);
  BOOST_TEST(pool.when(include_of(2, {hash_of(included)}, {{account(1), 1}})).ok());
  // So long ago that nothing is remembered of the sender, who was looked up in an older block.
  pool.empty_blocks_until(2 + Mempool::memory_blocks + 1);
  BOOST_TEST(pool.submit({.nonce = 0, .salt = 1, .view_block = 3}).ok());
  while (pool.state.included_block > 2) {
    BOOST_TEST(pool.when(return_of(pool.state.included_block, {})).ok());
  }
  BOOST_TEST(pool.when(return_of(2, {included})).facts.size() == 1u);
  BOOST_TEST(find(pool.state, hash_of(other)) != nullptr);
  BOOST_TEST(find(pool.state, hash_of(included)) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
