#include "duties/member_words.hpp"

#include "tests/events/pool/attesting.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(member_words)

BOOST_AUTO_TEST_CASE(a_member_says_what_its_engine_has_and_the_pool_does_not_know) {
  Attesting pool;
  const auto me = address_of_secret(2);
  BOOST_TEST(!attested_word(pool.state, me, 0).has_value());
  for (int i = 0; i < 2; ++i) BOOST_TEST(pool.seal().ok());
  const auto word = attested_word(pool.state, me, 7);
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST(word->read().getPool().getAttest().getNumber() == 2u);
  BOOST_TEST(pool(2, *word).facts.size() == 1u);
  BOOST_TEST(!attested_word(pool.state, me, 2).has_value());
  BOOST_TEST(!attested_word(pool.state, address_of_secret(9), 2).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
