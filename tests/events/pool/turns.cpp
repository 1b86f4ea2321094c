#include "events/turns.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/events/pool/turning.hpp"
#include "tests/fixture/print.hpp"

// Whose turn it is to make blocks, when a turn begins and ends, and what of others is refused.

using namespace horae;
using namespace horae::test;
using schema::EpochCause;

BOOST_AUTO_TEST_SUITE(turns_of_members)

namespace {

Msg<schema::SharedCommand> turns_rule(
    std::uint32_t skip_epochs, schema::TurnRule rule = schema::TurnRule::WEIGHTED_ROUND_ROBIN) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto turns = root.initBlocks().initSetTurns();
    turns.setRule(rule);
    turns.setSkipEpochs(skip_epochs);
  });
}

// Members with enough power want these rules from the next head of L1 on.
template <class Pool>
void change_rules(Pool& pool, const std::vector<Msg<schema::SharedCommand>>& rules,
                  std::uint64_t from_block) {
  const auto wanted = Msg<schema::SharedCommand>::build([&](auto root) {
    auto change = root.initPool().initChangeRules();
    change.setFromBlock(from_block);
    change.setNeeds(known_rules());
    auto list = change.initRules(static_cast<unsigned>(rules.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, data(rules[i].bytes()));
  });
  for (std::uint8_t member = 1; member <= 3; ++member) {
    const auto said = pool(member, wanted);
    BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
  }
}

std::string why(const Turning& pool) { return schema_name(pool.epoch().why); }

// What the rules say to this, of a pool that takes no turns yet.
std::string refused_rule(const Agreed& pool, const Msg<schema::SharedCommand>& rule) {
  auto state = pool.state;
  return refusal(settle_rule(state, rule.read()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(equal_members_go_round_from_the_lowest_id_on) {
  Turning pool;
  BOOST_TEST(pool.epoch().number == 1u);
  BOOST_TEST(why(pool) == "first");
  BOOST_TEST(pool.epoch().start_block == 1u);
  BOOST_TEST(pool.epoch().end_block == 3u);
  BOOST_TEST(pool.epoch().shares.size() == 4u);
  BOOST_TEST(pool.turns(6) == (std::vector<int>{1, 2, 3, 4, 1, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(why(pool) == "length");
  BOOST_TEST(pool.epoch().number == 7u);
  BOOST_TEST(pool.epoch().start_block == 19u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(an_epoch_begins_with_its_predecessors_last_block) {
  Turning pool;
  pool.seal_blocks(2);
  const auto last = pool.seal(1);
  BOOST_TEST(last.facts.size() == 3u);  // the block, its credit, the epoch
  BOOST_TEST((last.facts.back().domain == Domain::BLOCKS));
  BOOST_TEST(last.facts.back().kind == schema::BlocksFact::EPOCH_STARTED);
  BOOST_TEST(last.facts.back().after == 0);
  BOOST_TEST(pool.leader() == 2);
}

BOOST_AUTO_TEST_CASE(who_has_more_has_more_turns) {
  Turning pool({50, 10, 10}, {2, 1});
  BOOST_TEST(pool.turns(7) == (std::vector<int>{1, 1, 2, 1, 3, 1, 1}),
             boost::test_tools::per_element());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(turns_are_in_proportion_to_power_when_nobody_fails) {
  const std::vector<std::uint64_t> powers{31, 17, 23, 20, 9};
  Turning pool(powers, {1, 1});
  std::vector<double> had(powers.size() + 1, 0);
  const auto leaders = pool.turns(200);
  for (std::size_t epoch = 0; epoch < leaders.size(); ++epoch) {
    ++had[static_cast<std::size_t>(leaders[epoch])];
    for (std::size_t id = 1; id <= powers.size(); ++id) {
      const auto fair = static_cast<double>((epoch + 1) * powers[id - 1]) / 100;
      BOOST_TEST_REQUIRE(std::abs(had[id] - fair) < 1.5);
    }
  }
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(only_the_leader_seals_and_only_in_its_epoch) {
  Turning pool;
  BOOST_TEST(refusal(pool.seal(2)) == "notLeader");
  BOOST_TEST(refusal(pool.seal(1, 2)) == "notLeader");
  BOOST_TEST(refusal(pool.seal(1, 0)) == "notLeader");
  const auto late = pool.block(1, 1);
  pool.seal_blocks(3);
  BOOST_TEST(pool.leader() == 2);
  const auto of_before = pool(1, pool.block(1, 1));
  BOOST_TEST(refusal(of_before) == "notLeader");
  BOOST_TEST(of_before.facts.empty());
  BOOST_TEST(refusal(pool.seal(1)) == "notLeader");
  BOOST_TEST(refusal(pool(1, late)) == "notNext");
  BOOST_TEST(pool.seal(2).ok());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_block_that_comes_twice_is_harmless_in_the_next_turn_too) {
  Turning pool;
  pool.seal_blocks(2);
  const auto last = pool.block(1, 1);
  BOOST_TEST(pool(1, last).ok());
  BOOST_TEST(pool.leader() == 2);
  const auto again = pool(1, last);
  BOOST_TEST(again.ok(), again.detail);
  BOOST_TEST(again.facts.empty());
}

BOOST_AUTO_TEST_CASE(a_leader_that_leaves_ends_its_turn_and_its_credit) {
  Turning pool;
  pool.seal_blocks(1);
  BOOST_TEST(pool.credit(1) == -60);
  pool.leave(1, 1);
  BOOST_TEST(why(pool) == "leaderLeft");
  BOOST_TEST(pool.epoch().number == 2u);
  BOOST_TEST(pool.epoch().start_block == 2u);
  BOOST_TEST(pool.epoch().end_block == 4u);
  BOOST_TEST(pool.leader() == 2);
  BOOST_TEST(pool.epoch().shares.size() == 3u);
  BOOST_TEST(!pool.state.blocks.credits.contains(1));
  BOOST_TEST(pool.credit(2) == 20);
  pool.seal_blocks(1);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_with_another_signer_ends_its_turn) {
  Turning pool;
  pool.seal_blocks(1);
  pool.observe(41, {signer_change_of_secret(1, 1, 5, 2)});
  BOOST_TEST(why(pool) == "leaderLeft");
  BOOST_TEST(pool.leader() == 2);
  // Its new key has a voice once its node says that it runs.
  BOOST_TEST(pool.epoch().shares.size() == 3u);
  pool.ready(5);
  pool.advance(48);
  BOOST_TEST(pool.epoch().number == 2u);
  pool.seal_blocks(3);
  BOOST_TEST(pool.epoch().shares.size() == 4u);
  BOOST_TEST((pool.epoch().shares[0].signer == address_of_secret(5)));
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_without_a_voice_ends_its_turn) {
  Turning pool;
  for (std::uint8_t member = 2; member <= 4; ++member) {
    pool(member, Msg<schema::SharedCommand>::build([&](auto root) {
           root.initPool().initTellAbsent().initSigners(1).set(0, data(address_of_secret(1)));
         }));
  }
  BOOST_TEST(why(pool) == "leaderLeft");
  BOOST_TEST(pool.leader() == 2);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_newcomer_begins_at_nothing) {
  Turning pool;
  pool.turns(8);
  pool.join(5, 5, 20);
  BOOST_TEST(pool.epoch().shares.size() == 4u);  // as it was when the epoch began
  BOOST_TEST(pool.turns(6) == (std::vector<int>{1, 2, 3, 4, 5, 1}),
             boost::test_tools::per_element());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(whom_faults_cost_its_turns_is_passed_over_and_gains_nothing_meanwhile) {
  Turning pool;
  pool.seal_blocks(1);
  // The first signs two blocks of its epoch: passed over for a hundred epochs after this one.
  BOOST_TEST(pool.accuse(pool.block(1, 1, 7), pool.block(1, 1, 8)).ok());
  BOOST_TEST(pool.state.faults.standings.at(1).skipped_until == 101u);
  BOOST_TEST(pool.epoch().number == 1u);
  pool.seal_blocks(2);
  const auto owed = pool.credit(1);
  BOOST_TEST(pool.turns(7) == (std::vector<int>{2, 3, 4, 2, 3, 4, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(pool.credit(1) == owed);
  BOOST_TEST(pool.epoch().shares[0].passed_over);
  BOOST_TEST(!pool.epoch().shares[1].passed_over);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(where_faults_leave_nobody_they_count_for_nothing) {
  Turning pool({20, 20});
  BOOST_TEST(pool.accuse(pool.block(1, 1, 7), pool.block(1, 1, 8)).ok());
  pool.seal_blocks(3);
  BOOST_TEST(pool.leader() == 2);
  BOOST_TEST(pool.accuse(pool.block(2, 2, 7), pool.block(2, 2, 8)).ok());
  // Alone it owed nobody anything by its blocks.
  pool.seal_blocks(3);
  BOOST_TEST(pool.leader() == 2);
  BOOST_TEST(!pool.epoch().shares[0].passed_over);
  BOOST_TEST(!pool.epoch().shares[1].passed_over);
  BOOST_TEST(pool.turns(4) == (std::vector<int>{2, 1, 2, 1}), boost::test_tools::per_element());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(two_blocks_are_a_fault_within_one_epoch_alone) {
  Turning pool;
  const auto in_first = pool.block(1, 1, 7);
  BOOST_TEST(pool.yield(1, 1).ok());
  const auto in_another = pool.block(1, 5, 8);
  BOOST_TEST(refusal(pool.accuse(in_first, in_another)) == "notProven");
  BOOST_TEST(pool.state.faults.known.empty());
  BOOST_TEST(pool.accuse(in_first, pool.block(1, 1, 8)).ok());
  BOOST_TEST(pool.state.faults.known.size() == 1u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(turns_need_epochs_and_blocks_that_say_theirs) {
  Agreed pool;
  const auto rules = rules_of({3, 2});
  BOOST_TEST(refused_rule(pool, turns_rule(1)) == "wrongContent");  // no epochs
  BOOST_REQUIRE(settle_rule(pool.state, rules[0].read()).ok());
  BOOST_TEST(refused_rule(pool, turns_rule(1)) == "wrongContent");  // no SealRules
  BOOST_REQUIRE(settle_rule(pool.state, rules[1].read()).ok());
  BOOST_TEST(refused_rule(pool, turns_rule(1, schema::TurnRule::NONE)) == "wrongContent");
  BOOST_TEST(refused_rule(pool, turns_rule(0)) == "wrongContent");
  BOOST_TEST(refused_rule(pool, turns_rule(1)) == "none");
  const auto longest = rules_of({longest_turn, 1})[0], longer = rules_of({longest_turn + 1, 1})[0];
  BOOST_TEST(refused_rule(pool, longer) == "none");
  auto long_epochs = pool;
  BOOST_REQUIRE(settle_rule(long_epochs.state, longer.read()).ok());
  BOOST_TEST(refused_rule(long_epochs, turns_rule(1)) == "wrongContent");
  BOOST_REQUIRE(settle_rule(pool.state, turns_rule(1).read()).ok());
  BOOST_TEST(refused_rule(pool, longest) == "none");
  BOOST_TEST(refused_rule(pool, longer) == "wrongContent");
  BOOST_TEST(settle_rule(pool.state, turns_rule(1).read()).facts.empty());
  BOOST_TEST(settle_rule(pool.state, turns_rule(2).read()).facts.size() == 1u);
  // One member sets no rule, and a node alone has nobody to take turns with.
  BOOST_TEST(refusal(pool(1, turns_rule(3))) == "byGenesis");
  SharedState alone;
  BOOST_TEST(refusal(settle(alone, turns_rule(1).read().getBlocks())) == "wrongContent");
}

BOOST_AUTO_TEST_CASE(nobody_leads_before_somebody_could) {
  Agreed pool(genesis_of({20, 20, 20, 20}, 8, 0, {3, 2}));
  BOOST_TEST(!leader_of(pool.state).has_value());
  BOOST_TEST(!epoch_due(pool.state).has_value());
  pool.all(timed_opening());
  BOOST_TEST(!leader_of(pool.state).has_value());
  pool.all(Scene::block(20, {locked_by_secret(1, 3, metis(20), metis(20))}));
  BOOST_TEST((leader_of(pool.state) == address_of_secret(3)));
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_pool_that_changes_to_turns_ends_its_epoch_first) {
  Turning pool({20, 20, 20, 20}, {0, 0});
  BOOST_TEST(pool.leader() == 1);
  change_rules(pool, {rules_of({3, 2})[0], rules_of({3, 2})[1]}, 48);
  pool.advance(48);
  pool.seal_blocks(1);
  BOOST_TEST(pool.epoch().end_block == 3u);
  change_rules(pool, {turns_rule(2)}, 56);
  pool.advance(56);
  BOOST_TEST(pool.state.blocks.turns.has_value());
  BOOST_TEST(pool.epoch().number == 1u);
  BOOST_TEST(pool.epoch().shares.empty());
  BOOST_TEST(refusal(pool.seal(2)) == "notLeader");
  // It counts for nobody's credit.
  pool.seal_blocks(2);
  BOOST_TEST(pool.state.blocks.credits.empty());
  BOOST_TEST(pool.turns(5) == (std::vector<int>{1, 2, 3, 4, 1}), boost::test_tools::per_element());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(more_than_a_third_replace_a_leader_that_makes_nothing) {
  Turning pool({20, 20, 20}, {3, 1});
  pool.seal_blocks(1);
  BOOST_TEST(pool.stall(2).facts.size() == 1u);  // a third, and not more
  BOOST_TEST(pool.stall(2).facts.empty());
  const auto last = pool.stall(3);
  // It is replaced, at fault, and another epoch begins.
  BOOST_TEST(last.facts.size() == 4u);
  BOOST_TEST(last.facts[1].kind == schema::PoolFact::LEADER_REPLACED);
  BOOST_TEST(why(pool) == "leaderReplaced");
  BOOST_TEST(pool.epoch().number == 2u);
  BOOST_TEST(pool.leader() == 2);
  BOOST_TEST(pool.epoch().shares[0].passed_over);
  BOOST_TEST(pool.state.pool.stalls.empty());
  BOOST_TEST(refusal(pool.seal(1)) == "notLeader");
  BOOST_TEST(refusal(pool.seal(1, 1)) == "notLeader");
  // After one epoch it may have a turn again, when it is its.
  pool.seal_blocks(3);
  BOOST_TEST(pool.leader() == 3);
  BOOST_TEST(!pool.epoch().shares[0].passed_over);
  pool.seal_blocks(3);
  BOOST_TEST(pool.leader() == 1);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_word_on_the_leader_is_of_this_epoch_and_of_this_block) {
  Turning pool;
  BOOST_TEST(refusal(pool.stall(2, 1, 1)) == "notNext");
  BOOST_TEST(refusal(pool.stall(2, 2, 0)) == "notNext");
  BOOST_TEST(refusal(pool.stall(9)) == "notMember");
  BOOST_TEST(pool.stall(2).ok());
  // With the next block it says nothing any more.
  pool.seal_blocks(1);
  BOOST_TEST(pool.stall(3).ok());
  BOOST_TEST(pool.epoch().number == 1u);
  BOOST_TEST(pool.state.pool.stalls.size() == 1u);
  BOOST_TEST(pool.stall(4).ok());
  BOOST_TEST(pool.epoch().number == 2u);
  // An older word of a member does not come again.
  const auto stall = Msg<schema::SharedCommand>::build([&](auto root) {
    auto said = root.initPool().initReportStall();
    said.setEpoch(pool.epoch().number);
    said.setBlock(pool.state.blocks.head.number);
  });
  BOOST_TEST(pool.said(3, 1000, stall).ok());
  pool.seal_blocks(1);
  BOOST_TEST(refusal(pool.said(3, 1000, stall)) == "alreadyKnown");
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_voice_less_may_be_what_lacked) {
  Turning pool({20, 20, 20, 60}, {3, 1});
  BOOST_TEST(pool.leader() == 4);
  for (std::uint8_t member = 1; member <= 2; ++member) BOOST_TEST(pool.stall(member).ok());
  BOOST_TEST(pool.epoch().number == 1u);  // a third
  pool.leave(3, 3);
  BOOST_TEST(pool.epoch().number == 2u);
  BOOST_TEST(why(pool) == "leaderReplaced");
  BOOST_TEST(pool.leader() == 1);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(those_who_make_nothing_take_nobody_elses_turns) {
  // Two of four make nothing, and are passed over for one epoch only.
  Turning pool({20, 20, 20, 20}, {2, 1});
  const auto makes = [](int leader) { return leader >= 3; };
  std::vector<int> made;
  for (int i = 0; i < 24; ++i) {
    if (makes(pool.leader())) {
      made.push_back(pool.leader());
      pool.seal_blocks(2);
    } else {
      pool.replace();
    }
  }
  BOOST_TEST(std::ranges::count(made, 3) >= 3);
  BOOST_TEST(std::ranges::count(made, 4) >= 3);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_that_is_the_only_one_left_goes_on) {
  Turning pool({40, 20}, {2, 1});
  pool.leave(2, 2);
  const auto running = pool.epoch().number;
  BOOST_TEST(pool.yield(1, running).ok());
  BOOST_TEST(pool.epoch().number == running + 1);
  BOOST_TEST(why(pool) == "leaderYielded");
  BOOST_TEST(pool.leader() == 1);
  BOOST_TEST(pool.stall(1).ok());
  BOOST_TEST(why(pool) == "leaderReplaced");
  BOOST_TEST(pool.leader() == 1);
  pool.seal_blocks(1);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_gives_its_turn_to_the_next_and_has_the_one_behind) {
  Turning pool;
  pool.seal_blocks(1);
  BOOST_TEST(refusal(pool.yield(2, 1)) == "notLeader");
  BOOST_TEST(refusal(pool.yield(1, 2)) == "notNext");
  BOOST_TEST(refusal(pool.yield(9, 1)) == "notMember");
  const auto yielded = pool.yield(1, 1);
  BOOST_TEST(yielded.facts.size() == 2u);
  BOOST_TEST(why(pool) == "leaderYielded");
  BOOST_TEST(pool.leader() == 2);
  BOOST_TEST(pool.epoch().shares[0].passed_over);
  BOOST_TEST(refusal(pool.yield(1, 1)) == "notNext");
  BOOST_TEST(refusal(pool.seal(1)) == "notLeader");
  pool.seal_blocks(3);
  BOOST_TEST(!pool.epoch().shares[0].passed_over);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(where_members_take_no_turns_there_is_nothing_to_say_of_one) {
  Turning pool({20, 20, 20, 20}, {0, 0});
  BOOST_TEST(refusal(pool.stall(2, 0, 0)) == "notOpen");
  BOOST_TEST(refusal(pool.yield(1, 0)) == "notOpen");
  BOOST_TEST(coming_turns(pool.state, 3).empty());
}

BOOST_AUTO_TEST_CASE(the_turns_to_come_are_those_that_come) {
  Turning pool({31, 17, 23, 20}, {3, 1});
  pool.turns(5);
  pool.seal_blocks(1);
  std::vector<int> told;
  for (const auto& each : coming_turns(pool.state, 6))
    told.push_back(static_cast<int>(each.sequencer_id));
  BOOST_TEST(told.size() == 6u);
  pool.turns(1);
  BOOST_TEST(pool.turns(6) == told, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(turns_come_back_from_the_state) {
  Turning pool;
  pool.seal_blocks(1);
  pool.replace();
  BOOST_TEST(pool.yield(pool.leader(), pool.epoch().number).ok());
  BOOST_TEST(pool.stall(1).ok());
  const auto chain = state_message(pool.state.blocks);
  const auto blocks = restore(Msg<schema::BlocksState>::of(chain).read(), true);
  BOOST_TEST(std::ranges::equal(state_message(blocks).bytes(), chain.bytes()));
  BOOST_TEST(blocks.credits.size() == 4u);
  BOOST_TEST(blocks.epoch.shares.size() == 4u);
  const auto agreement = state_message(pool.state.pool);
  const auto again = restore(Msg<schema::PoolAgreement>::of(agreement).read());
  BOOST_TEST(std::ranges::equal(state_message(again).bytes(), agreement.bytes()));
  BOOST_TEST(again.stalls.size() == 1u);
  BOOST_TEST(again.skipped.size() == 1u);
  BOOST_TEST(again.replaced_epoch == 1u);
  BOOST_TEST(again.yielded_epoch == 2u);
  pool.check_replay();
}

BOOST_AUTO_TEST_SUITE_END()
