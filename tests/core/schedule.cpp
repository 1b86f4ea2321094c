#include "core/rules/schedule.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace horae;

namespace {

using Shares = std::vector<TurnShare>;

// Who leads each of so many epochs, all of whose blocks are made.
std::vector<int> turns(const Shares& shares, int epochs, std::uint64_t length) {
  TurnCredits credits;
  std::vector<int> out;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto leader = next_turn(shares, credits, length);
    BOOST_REQUIRE(leader.has_value());
    out.push_back(static_cast<int>(*leader));
    for (std::uint64_t block = 0; block < length; ++block) charge_block(credits, shares, *leader);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(equal_powers_go_round) {
  BOOST_TEST(turns({{1, 5}, {2, 5}, {3, 5}}, 7, 10) == (std::vector<int>{1, 2, 3, 1, 2, 3, 1}),
             boost::test_tools::per_element());
}

// The example by which smooth weighted round-robin is known: 5, 1, 1.
BOOST_AUTO_TEST_CASE(who_has_more_comes_more_often_and_not_in_a_row) {
  BOOST_TEST(turns({{1, 5}, {2, 1}, {3, 1}}, 7, 1) == (std::vector<int>{1, 1, 2, 1, 3, 1, 1}),
             boost::test_tools::per_element());
  // The length of an epoch changes nothing in that.
  BOOST_TEST(turns({{1, 5}, {2, 1}, {3, 1}}, 7, 1000) == (std::vector<int>{1, 1, 2, 1, 3, 1, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(over_any_run_of_epochs_nobody_is_an_epoch_away_from_its_share) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    Shares shares;
    std::uint64_t total = 0;
    const auto count = 1 + random() % 12;
    for (unsigned id = 1; id <= count; ++id) {
      shares.push_back({id, 20'000 + random() % 80'001});
      total += shares.back().power;
    }
    std::vector<double> had(count + 1, 0);
    const auto leaders = turns(shares, 300, 1 + random() % 3);
    for (std::size_t epoch = 0; epoch < leaders.size(); ++epoch) {
      ++had[static_cast<std::size_t>(leaders[epoch])];
      for (const auto& share : shares) {
        const auto fair = static_cast<double>(epoch + 1) * static_cast<double>(share.power) /
                          static_cast<double>(total);
        BOOST_TEST_REQUIRE(std::abs(had[static_cast<std::size_t>(share.id)] - fair) < 1.5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_that_ends_early_is_paid_by_the_blocks_that_were_made) {
  const Shares shares{{1, 1}, {2, 1}};
  TurnCredits credits;
  BOOST_TEST((next_turn(shares, credits, 10) == U256(1)));
  for (int block = 0; block < 4; ++block) charge_block(credits, shares, 1);
  BOOST_TEST((next_turn(shares, credits, 10) == U256(2)));
  for (int block = 0; block < 2; ++block) charge_block(credits, shares, 2);
  // It has made two, and the other four.
  BOOST_TEST((next_turn(shares, credits, 10) == U256(2)));
}

BOOST_AUTO_TEST_CASE(a_newcomer_begins_at_nothing_and_is_not_owed_the_past) {
  Shares shares{{1, 1}, {2, 1}};
  TurnCredits credits;
  for (int epoch = 0; epoch < 1000; ++epoch) {
    charge_block(credits, shares, *next_turn(shares, credits, 1));
  }
  shares.push_back({3, 1});
  std::vector<int> had(4, 0);
  for (int epoch = 0; epoch < 30; ++epoch) {
    const auto leader = *next_turn(shares, credits, 1);
    ++had[static_cast<std::size_t>(leader)];
    charge_block(credits, shares, leader);
  }
  BOOST_TEST(had == (std::vector<int>{0, 10, 10, 10}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_skipped_has_no_turn) {
  const Shares shares{{1, 1}, {2, 1}};
  const std::vector<U256> one{1}, both{1, 2};
  BOOST_TEST((next_turn(shares, {}, 1, one) == U256(2)));
  BOOST_TEST(!next_turn(shares, {}, 1, both).has_value());
  BOOST_TEST(!next_turn({}, {}, 1).has_value());
}

BOOST_AUTO_TEST_CASE(somebody_without_a_share_costs_nobody_anything) {
  TurnCredits credits;
  charge_block(credits, Shares{{1, 1}}, 9);
  BOOST_TEST(credits.empty());
}

BOOST_AUTO_TEST_CASE(blocks_at_once_are_charged_as_one_by_one) {
  const Shares shares{{1, 5}, {2, 3}};
  TurnCredits one_by_one, at_once;
  for (int block = 0; block < 7; ++block) charge_block(one_by_one, shares, 2);
  charge_block(at_once, shares, 2, 7);
  BOOST_TEST((one_by_one == at_once));
}

BOOST_AUTO_TEST_CASE(the_greatest_numbers_fit) {
  Shares shares;
  for (unsigned id = 1; id <= 1000; ++id) shares.push_back({id, 100'000});
  TurnCredits credits;
  for (std::uint64_t block = 0; block < 1000; ++block) charge_block(credits, shares, 1);
  BOOST_TEST(credits.at(1) == 1000 * (100'000 - 1000 * std::int64_t{100'000}));
  BOOST_TEST((next_turn(shares, credits, longest_turn) == U256(2)));
}

BOOST_AUTO_TEST_SUITE_END()
