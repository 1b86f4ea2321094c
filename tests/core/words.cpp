#include "core/words.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(words)

using namespace horae;

BOOST_AUTO_TEST_CASE(times_and_numbers_as_people_read_them) {
  BOOST_TEST(time_words(1'795'356'385'000) == "2026-11-22 14:06:25 UTC");
  BOOST_TEST(duration_words(7'549) == "7.5 s");
  BOOST_TEST(duration_words(119'999) == "119 s");
  BOOST_TEST(duration_words(120'000) == "2 min");
  BOOST_TEST(duration_words(7'800'000) == "2 h 10 min");
  BOOST_TEST(duration_words(200'000'000'000) == "2314 days");
  BOOST_TEST(left_words(3) == "3 s");
  BOOST_TEST(left_words(120) == "2 min");
  BOOST_TEST(count_words(999) == "999");
  BOOST_TEST(count_words(1'000) == "1,000");
  BOOST_TEST(count_words(10'000'000) == "10,000,000");
}

BOOST_AUTO_TEST_SUITE_END()
