// Rules, blocks credited, and periods that close.
#include "events/rewards/rewards.hpp"

#include "core/eth/abi.hpp"
#include "events/rewards/composition.hpp"
#include "tests/events/locking/scene.hpp"
#include "tests/events/rewards/books.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;
using schema::BlockCounting;
using schema::LeftOut;
using schema::ReopenCause;

BOOST_AUTO_TEST_SUITE(rewards)

BOOST_AUTO_TEST_CASE(learns_of_the_pool_after_its_rules) {
  Books books;
  const auto pool = Msg<schema::PoolOpened>::build([](auto out) {
    auto batch = out.initCurBatchState();
    batch.setId(data(to_word(U256(7))));
    batch.setEndEpoch(data(to_word(U256(12))));
  });
  BOOST_TEST(pool_opened(books.state, *pool, 0).facts.empty());
  const auto before = fact_of(books.when(open_command(), PoolStanding{}));
  BOOST_TEST(number(before.read().getRewardsOpened().getBatchId()) == 0);
  const auto opened = fact_of(books.live(pool_opened(books.state, *pool, 0)));
  BOOST_TEST(number(opened.read().getRewardsOpened().getBatchId()) == 7);
  BOOST_TEST(number(opened.read().getRewardsOpened().getEndEpoch()) == 12);
  BOOST_TEST(opened.read().getRewardsOpened().getPeriodSeconds() ==
             before.read().getRewardsOpened().getPeriodSeconds());
  BOOST_TEST(pool_opened(books.state, *pool, 0).facts.empty());
  books.replays();
}

BOOST_AUTO_TEST_CASE(opens_at_the_contracts_last_batch_and_changes_its_rules) {
  Books books;
  BOOST_TEST(refused(books.command(close_command(1)), Reason::NOT_OPEN, "not open"));
  BOOST_TEST(refused(books.command(reopen_command(2, 1)), Reason::NOT_OPEN, "not open"));
  BOOST_TEST(refused(books.command(Msg<schema::RewardsCommand>::build([](auto) {})),
                     Reason::MALFORMED, "empty"));
  BOOST_TEST(refused(books.command(open_command({.min_epochs = 1})), Reason::WRONG_CONTENT,
                     "startEpoch < endEpoch"));
  BOOST_TEST(refused(books.command(open_command({.counting = BlockCounting::NONE})),
                     Reason::WRONG_CONTENT, "count"));

  books.pool.batch_id = 7;
  books.pool.end_epoch = 12;
  const auto opened = fact_of(books.command(open_command()));
  BOOST_TEST(number(opened.read().getRewardsOpened().getBatchId()) == 7);
  BOOST_TEST(number(opened.read().getRewardsOpened().getEndEpoch()) == 12);
  BOOST_TEST(accepted_without_facts(books.command(open_command())));
  // Other rules, the same batch.
  const auto changed = fact_of(books.command(open_command({.period_s = 60})));
  BOOST_TEST(number(changed.read().getRewardsOpened().getBatchId()) == 7);
  BOOST_TEST((books.state.rules.period_s == 60 && books.state.paid.size() == 1));
  books.replays();
}

BOOST_AUTO_TEST_CASE(before_it_is_open_nothing_is_said) {
  Books books;
  BOOST_TEST(accepted_without_facts(credit(books.state, {1, 2, 1, 1, 1}, 0)));
  BOOST_TEST(accepted_without_facts(pay(books.state, *Batch{2, 1, 2, {}}.message(), 0)));
  BOOST_TEST(accepted_without_facts(unpay(books.state, 1, {}, 0)));
  BOOST_TEST(why_not_due(books.state, 1, books.pool) == "rewards are not open");
}

BOOST_AUTO_TEST_CASE(two_sequencers_are_paid_for_their_blocks) {
  Books books(Rules{});
  books.two_epochs();
  BOOST_TEST(books.state.started_at == first_second + 8);
  const auto decision = books.close();
  const auto closed = fact_of(decision).read().getPeriodClosed();
  BOOST_TEST(closed.getComposition() == 1u);
  BOOST_TEST(number(closed.getBatchId()) == 2);
  BOOST_TEST((closed.getStartEpoch() == 1 && closed.getEndEpoch() == 2));
  BOOST_TEST((closed.getFirstBlock() == 1 && closed.getLastBlock() == 9));
  BOOST_TEST((closed.getStartedAt() == first_second + 8));
  BOOST_TEST((closed.getClosedAt() == first_second + 8 + two_weeks));
  BOOST_REQUIRE(closed.getLines().size() == 2u);
  const auto first = closed.getLines()[0], second = closed.getLines()[1];
  BOOST_TEST((number(first.getSequencerId()) == 1 && number(second.getSequencerId()) == 2));
  BOOST_TEST((first.getBlocks() == 5 && second.getBlocks() == 4));
  BOOST_TEST((fixed<Address>(first.getSigner()) == filled_address(1)));
  BOOST_TEST(number(first.getAmount()) == usual_rpb * 5);
  BOOST_TEST(number(second.getAmount()) == usual_rpb * 4);
  BOOST_TEST(number(closed.getTotal()) == usual_rpb * 9);
  // 9 blocks x 0.000761 METIS x 31,536,000 s / (1,209,600 s x 40,000 METIS) = 4.46 millionths.
  BOOST_TEST(number(closed.getRealisedRatePpm()) == 4);
  // 40,000 METIS x 20 % x 1,209,600 s / (31,536,000 s x 9 blocks) = 34.0944… METIS a block.
  BOOST_TEST(number(closed.getTargetRewardPerBlock()) / U256("1000000000000000") == 34'094);
  BOOST_TEST(refused(books.command(close_command(books.due() + 12)), Reason::NOT_DUE,
                     "composition 1 of batch 2 is closed"));

  const auto paid = fact_of(books.distribute(landed(closed))).read().getBatchPaid();
  BOOST_TEST((paid.getComposition() == 1 && paid.getSplitKnown() && paid.getAgrees()));
  BOOST_REQUIRE(paid.getLines().size() == 2u);
  BOOST_TEST(number(paid.getLines()[0].getPaidAmount()) == usual_rpb * 5);
  BOOST_TEST(number(paid.getLines()[0].getComputedAmount()) == usual_rpb * 5);
  BOOST_TEST((!books.state.closed && books.state.compositions == 0));
  BOOST_TEST(books.state.started_at == first_second + 8 + two_weeks);
  // What L1 may take back keeps its accounts.
  BOOST_TEST(books.state.epochs.size() == 3u);
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_period_closes_when_its_time_and_two_epochs_are_over) {
  Books books(Rules{});
  const auto why = [&](std::uint64_t timestamp) {
    return why_not_due(books.state, timestamp, books.pool);
  };
  const auto says = [&](const std::string& words) {
    const auto reason = why(UINT64_MAX);
    BOOST_TEST(reason.find(words) != std::string::npos, reason);
    BOOST_TEST(refused(books.command(close_command(UINT64_MAX)), Reason::NOT_DUE, words));
  };
  says("no block of epoch 1 or later");
  books.seal(1, 3, 1);
  says("0 of 2 epochs from 1 on are finished, epoch 1 runs");
  books.seal(2, 3, 1);
  says("1 of 2 epochs");
  books.seal(3, 1, 2);
  BOOST_TEST(why(books.due()).empty());
  BOOST_TEST(why(books.due() - 1).find("lasts 1209600 s") != std::string::npos);
  BOOST_TEST(why(0).find("began at") != std::string::npos);
  BOOST_TEST(refused(books.command(close_command(books.due() - 1)), Reason::NOT_DUE, "lasts"));
  // The contract is elsewhere.
  books.pool.batch_id = 2;
  says("LockingPool's last batch is 2");
  books.pool.batch_id = 1;
  // A command that comes twice.
  BOOST_TEST(books.close().facts.size() == 1u);
  const auto at = books.closed().getClosedAt();
  BOOST_TEST(accepted_without_facts(books.command(close_command(at))));
  BOOST_TEST(refused(books.command(close_command(at + 12)), Reason::NOT_DUE, "is closed"));
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_malformed_command_is_refused_not_fatal) {
  Books books(Rules{});
  books.two_epochs();
  const auto close = Msg<schema::RewardsCommand>::build(
      [](auto command) { command.initClose().initL1Block().setHash(data(Bytes{1})); });
  BOOST_TEST(refused(books.command(close), Reason::MALFORMED, "32 bytes"));
  books.close();
  const auto reopen = Msg<schema::RewardsCommand>::build([](auto command) {
    command.initReopen().setCause(ReopenCause::REVERTED);
    command.getReopen().setBatchId(data(Bytes{2}));
  });
  BOOST_TEST(refused(books.command(reopen), Reason::MALFORMED, "32 bytes"));
  BOOST_TEST(
      refused(books.command(reopen_command(2, 1, ReopenCause::NONE)), Reason::MALFORMED, "cause"));
}

BOOST_AUTO_TEST_CASE(allotted_and_produced_blocks) {
  for (const auto counting : {BlockCounting::ALLOTTED, BlockCounting::PRODUCED}) {
    Books books(Rules{.counting = counting});
    books.seal(1, 6, 1);
    books.seal(2, 3, 2, 1);  // given to 1, sealed by 2
    books.seal(3, 1, 1);
    books.close();
    const auto lines = books.closed().getLines();
    BOOST_REQUIRE(lines.size() == 2u);
    BOOST_TEST((lines[0].getAllotted() == 9 && lines[0].getProduced() == 6));
    BOOST_TEST((lines[1].getAllotted() == 0 && lines[1].getProduced() == 3));
    if (counting == BlockCounting::ALLOTTED) {
      BOOST_TEST((lines[0].getBlocks() == 9 && lines[1].getBlocks() == 0));
      BOOST_TEST((lines[1].getLeftOut() == LeftOut::NOTHING_COUNTED));
    } else {
      BOOST_TEST((lines[0].getBlocks() == 6 && lines[1].getBlocks() == 3));
      BOOST_TEST((lines[1].getLeftOut() == LeftOut::NO));
    }
    books.replays();
  }
}

BOOST_AUTO_TEST_CASE(a_rotated_key_is_named_by_its_last) {
  Books books(Rules{});
  books.two_epochs();
  books.pool.members[2].signer = filled_address(22);
  books.close();
  BOOST_TEST((fixed<Address>(books.closed().getLines()[1].getSigner()) == filled_address(22)));
}

BOOST_AUTO_TEST_CASE(the_retired_and_the_unknown_are_left_out) {
  Books books(Rules{});
  books.two_epochs();
  books.seal(4, 3, 9);  // nobody of the pool
  books.seal(5, 1, 1);
  books.pool.members[2].retired = true;
  books.close();
  const auto closed = books.closed();
  BOOST_REQUIRE(closed.getLines().size() == 3u);
  BOOST_TEST((closed.getLines()[1].getLeftOut() == LeftOut::RETIRED));
  BOOST_TEST((closed.getLines()[2].getLeftOut() == LeftOut::UNKNOWN));
  BOOST_TEST((closed.getLines()[1].getBlocks() == 4 && closed.getLines()[2].getBlocks() == 3));
  BOOST_TEST(number(closed.getLines()[1].getAmount()) == 0);
  BOOST_TEST(number(closed.getTotal()) == usual_rpb * 6);
  // They are in no call, and owed nothing by the batch.
  const auto paid = fact_of(books.distribute(landed(closed))).read().getBatchPaid();
  BOOST_TEST((paid.getComposition() == 1 && paid.getAgrees() && paid.getLines().size() == 3));
  BOOST_TEST(paid.getLines()[1].getComputedBlocks() == 4u);
  BOOST_TEST(number(paid.getLines()[1].getComputedAmount()) == 0);

  // Nobody is left: nothing to close.
  Books none(Rules{});
  none.two_epochs();
  none.pool.members = {{1, {filled_address(1), true}}};
  BOOST_TEST(refused(none.close(), Reason::NOT_DUE, "nobody can be credited"));
}

BOOST_AUTO_TEST_CASE(the_call_that_a_composition_stands_for) {
  Books books(Rules{});
  books.two_epochs();
  books.seal(4, 2, 9);
  books.seal(5, 1, 1);
  books.close();
  const auto call = batch_call(books.closed());
  const auto selector =
      abi_selector("batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])");
  BOOST_TEST(to_hex(BytesView(selector)) == "0x11c7d144");  // facts of the deployed contract
  BOOST_TEST(std::equal(selector.begin(), selector.end(), call.begin()));
  const AbiReader words(BytesView(call).subspan(4));
  BOOST_TEST((*words.number(0) == 2 && *words.number(1) == 1 && *words.number(2) == 4));
  BOOST_TEST((*words.addresses(3) == std::vector{filled_address(1), filled_address(2)}));
  BOOST_TEST((*words.numbers(4) == std::vector<U256>{6, 4}));
}

BOOST_AUTO_TEST_CASE(an_end_beyond_every_epoch_ends_the_periods) {
  Books books(Rules{});
  books.two_epochs();
  const U256 end = U256(1) << 70;
  const auto paid = fact_of(books.distribute({2, 1, end, {{1, 6}, {2, 4}}})).read().getBatchPaid();
  BOOST_TEST((paid.getAgrees() && number(paid.getEndEpoch()) == end));
  books.seal(4, 1, 1);
  const auto why = why_not_due(books.state, UINT64_MAX, books.pool);
  BOOST_TEST(why.find("ends with epoch 1180591620717411303424") != std::string::npos, why);
  BOOST_TEST(why.find("no period ever can") != std::string::npos);
  BOOST_TEST(refused(books.close(), Reason::NOT_DUE, "no period ever can"));
  // Unless L1 takes it back.
  books.take_back(1);
  BOOST_TEST(books.close().ok());
  BOOST_TEST(books.closed().getEndEpoch() == 3u);
  books.replays();
}

BOOST_AUTO_TEST_CASE(an_end_beyond_the_running_epoch_waits_for_it) {
  Books books(Rules{});
  books.two_epochs();
  books.distribute({2, 1, 5, {{1, 6}, {2, 4}}});
  books.seal(4, 1, 1);
  books.seal(7, 1, 1);
  BOOST_TEST(refused(books.close(), Reason::NOT_DUE, "1 of 2 epochs from 6 on"));
  books.seal(8, 1, 1);
  books.close();
  BOOST_TEST((books.closed().getStartEpoch() == 6 && books.closed().getEndEpoch() == 7));
  BOOST_TEST(books.closed().getLines()[0].getBlocks() == 1u);
}

BOOST_AUTO_TEST_CASE(accounts_are_kept_as_long_as_they_may_be_asked_for) {
  const StopsThrow stops;
  Books books(Rules{.period_s = 0});
  std::uint64_t epoch = 1;
  const auto batches = kept_batches + 4;
  for (std::size_t i = 0; i < batches; ++i) {
    books.seal(epoch++, 1, 1);
    books.seal(epoch++, 1, 2);
    books.seal(epoch, 1, 1);
    BOOST_REQUIRE(books.close().ok());
    books.distribute(landed(books.closed()));
  }
  BOOST_TEST(books.state.paid.size() == kept_batches + 1);
  BOOST_TEST(books.state.epochs.size() == 2 * kept_batches + 1);
  BOOST_TEST(books.take_back(kept_batches).facts.size() == kept_batches);
  BOOST_TEST(books.state.closed.has_value());
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_period_is_closed_by_the_confirmed_heads_time_alone) {
  Books books(Rules{});
  books.two_epochs();
  const auto at = books.due();
  const auto command = close_command(at);
  const auto close = command.read().getClose();
  books.pool.l1_time = at + 12;
  books.pool.l1_head = to_point(close.getL1Block());
  BOOST_TEST(refused(books.command(command), Reason::WRONG_CONTENT, "is not the confirmed head"));
  books.pool.l1_time = at;
  books.pool.l1_head->number += 1;
  BOOST_TEST(refused(books.command(command), Reason::WRONG_CONTENT, "is not the confirmed head"));
  books.pool.l1_head->number -= 1;
  BOOST_TEST(books.command(command).ok());
  books.replays();
}

BOOST_AUTO_TEST_CASE(what_is_taken_back_beyond_the_accounts_stays_paid) {
  const StopsThrow stops;
  Books books(Rules{.period_s = 0});
  std::uint64_t epoch = 1;
  std::vector<Batch> told;
  for (std::size_t i = 0; i < kept_batches + 4; ++i) {
    books.seal(epoch++, 1, 1);
    books.seal(epoch++, 1, 2);
    books.seal(epoch, 1, 1);
    BOOST_REQUIRE(books.close().ok());
    told.push_back(landed(books.closed()));
    books.distribute(told.back());
  }
  const auto whole = books.state.paid.back().id;
  BOOST_TEST(books.take_back(told.size()).facts.size() == kept_batches);
  BOOST_TEST(books.state.paid.size() == 1u);
  BOOST_TEST(books.take_back(0).facts.empty());
  // What was composed of the oldest that is kept is waited for, as when L1 takes back that one
  // alone.
  BOOST_TEST((books.closed().getComposition() == 1 && number(books.closed().getBatchId()) == 6));
  for (std::size_t i = 0; i < told.size(); ++i) {
    BOOST_TEST(books.distribute(told[i]).facts.size() == (i < 4 ? 0u : 1u));
  }
  BOOST_TEST(books.state.paid.back().id == whole);
  books.replays();
}

BOOST_AUTO_TEST_CASE(what_is_paid_before_is_not_accounted) {
  Books books;
  books.pool.end_epoch = 2;
  books.command(open_command());
  books.two_epochs();
  BOOST_TEST((books.state.epochs.size() == 1 && books.state.epochs.contains(3)));
  BOOST_TEST(books.state.started_at == first_second + 80);
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_fact_that_surprises_stops) {
  const StopsThrow stops;
  Books books(Rules{});
  books.two_epochs();
  const auto closed = fact_of(books.close());
  BOOST_CHECK_THROW(apply(books.state, *closed), std::logic_error);
  const auto reopened = fact_of(books.reopen());
  BOOST_CHECK_THROW(apply(books.state, *reopened), std::logic_error);
  BOOST_CHECK_THROW(apply(books.state, *closed), std::logic_error);  // composition 1 again
  Rewards nothing;
  BOOST_CHECK_THROW(apply(nothing, *closed), std::logic_error);
  BOOST_CHECK_THROW(books.live(credit(books.state, {99, first_second, 1, 1, 1}, 0)),
                    std::logic_error);
  BOOST_CHECK_THROW(books.live(credit(books.state, {1, first_second, 3, 1, 1}, 0)),
                    std::logic_error);
}

BOOST_AUTO_TEST_CASE(what_the_locking_domain_says) {
  Scene scene;
  BOOST_TEST(pool_standing(scene.state).batch_id == 0);
  scene.open();
  scene.observe(20,
                {locked(1, 1, metis(20000), metis(20000)), locked(2, 2, metis(30000), metis(50000)),
                 signer_changed(1, 1, 9, 2), unlocked(2, address(5), metis(30000), metis(20000))});
  const auto pool = pool_standing(scene.state);
  BOOST_TEST((pool.batch_id == 1 && pool.end_epoch == 0));
  BOOST_TEST((pool.reward_per_block == usual_rpb && pool.total_locked == metis(20000)));
  BOOST_TEST((pool.members.at(1).signer == signer(9) && !pool.members.at(1).retired));
  BOOST_TEST(pool.members.at(2).retired);
}

BOOST_AUTO_TEST_SUITE_END()
