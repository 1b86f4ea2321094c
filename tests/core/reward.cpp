#include "core/rules/reward.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

U256 wei(const char* digits) { return *u256_from_decimal(digits); }
const U256 metis = 1'000'000'000'000'000'000;
// What the forum quotes: 0.01247842237 METIS a block.
const U256 quoted = 12'478'422'370'000'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(reward)

BOOST_AUTO_TEST_CASE(an_amount_is_blocks_times_reward_per_block) {
  BOOST_TEST(reward_amount(0, quoted) == 0);
  BOOST_TEST(reward_amount(1, quoted) == quoted);
  // The initial 761,000 gwei over a thousand blocks: 0.761 METIS.
  BOOST_TEST(reward_amount(1000, 761'000'000'000'000) == wei("761000000000000000"));
  BOOST_TEST(reward_amount(UINT64_MAX, 1) == U256(UINT64_MAX));
  // LockingPool would revert: never a small number.
  const U256 most = U256(0) - 1;
  BOOST_TEST(reward_amount(1, most) == most);
  BOOST_TEST(reward_amount(2, most) == most);
}

BOOST_AUTO_TEST_CASE(target_of_the_forums_numbers) {
  // 0.01247842237 METIS x 3,942,000 blocks of 8 s a year / 20 % = 245,949.7049127 METIS locked.
  const auto locked = wei("245949704912700000000000");
  BOOST_TEST(target_reward_per_block(locked, 200'000, 8, 1) == quoted);
  BOOST_TEST(realised_rate_ppm(quoted, 1, 8, locked) == 200'000);
  // The same pace said otherwise.
  BOOST_TEST(target_reward_per_block(locked, 200'000, 8 * 151'200, 151'200) == quoted);
  // Slower blocks at the same reward: 17 s instead of 12 s is a third less.
  BOOST_TEST(realised_rate_ppm(quoted, 1, 12, locked) == 133'333);
  BOOST_TEST(realised_rate_ppm(quoted, 1, 17, locked) == 94'117);
}

BOOST_AUTO_TEST_CASE(a_year_and_nothing_else) {
  // One block a year pays the whole rate.
  BOOST_TEST(target_reward_per_block(100 * metis, 200'000, seconds_per_year, 1) == 20 * metis);
  BOOST_TEST(realised_rate_ppm(20 * metis, 1, seconds_per_year, 100 * metis) == 200'000);
  BOOST_TEST(realised_rate_ppm(20 * metis, 5, seconds_per_year, 100 * metis) == 1'000'000);
}

BOOST_AUTO_TEST_CASE(rounds_down) {
  // 3 wei locked at 100 % a year, a block each half year: 1.5 wei.
  BOOST_TEST(target_reward_per_block(3, rate_unit, seconds_per_year, 2) == 1);
  BOOST_TEST(target_reward_per_block(1, rate_unit, seconds_per_year, 2) == 0);
  // 1 wei a year of 3,000,001 wei: 0.33 parts in a million; of 999,999: 1.000001.
  BOOST_TEST(realised_rate_ppm(1, 1, seconds_per_year, 3'000'001) == 0);
  BOOST_TEST(realised_rate_ppm(1, 1, seconds_per_year, 999'999) == 1);
}

BOOST_AUTO_TEST_CASE(nothing_to_divide_by_is_nothing) {
  BOOST_TEST(target_reward_per_block(metis, 200'000, 8, 0) == 0);
  BOOST_TEST(target_reward_per_block(0, 200'000, 8, 1) == 0);
  BOOST_TEST(target_reward_per_block(metis, 0, 8, 1) == 0);
  BOOST_TEST(target_reward_per_block(metis, 200'000, 0, 1) == 0);
  BOOST_TEST(realised_rate_ppm(quoted, 1, 0, metis) == 0);
  BOOST_TEST(realised_rate_ppm(quoted, 1, 8, 0) == 0);
  BOOST_TEST(realised_rate_ppm(quoted, 0, 8, metis) == 0);
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_saturate) {
  const U256 most = U256(0) - 1;
  BOOST_TEST(target_reward_per_block(most, UINT64_MAX, UINT64_MAX, 1) == most);
  BOOST_TEST(realised_rate_ppm(most, UINT64_MAX, 1, 1) == most);
  BOOST_TEST(realised_rate_ppm(most, 1, seconds_per_year, most) == rate_unit);
}

BOOST_AUTO_TEST_SUITE_END()
