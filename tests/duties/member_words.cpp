#include "duties/member_words.hpp"

#include "tests/events/pool/attesting.hpp"
#include "tests/events/pool/turning.hpp"
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

BOOST_AUTO_TEST_CASE(a_member_says_once_of_a_block_that_the_leader_makes_nothing) {
  Turning pool;
  const auto leader = address_of_secret(pool.leader());
  const std::uint8_t other = pool.leader() == 2 ? 3 : 2;
  const auto me = address_of_secret(other);
  BOOST_TEST(!stall_word(pool.state, leader, leader));
  BOOST_TEST(!stall_word(pool.state, address_of_secret(9), leader));
  BOOST_TEST(!stall_word(pool.state, me, me));
  const auto word = stall_word(pool.state, me, leader);
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST(pool(other, *word).ok());
  BOOST_TEST(!stall_word(pool.state, me, leader));
  // With a third one it is replaced, and there is nothing left to say of it.
  const std::uint8_t third = pool.leader() == 4 ? 1 : 4;
  BOOST_TEST(pool(third, *stall_word(pool.state, address_of_secret(third), leader)).ok());
  BOOST_TEST((leader_of(pool.state) != leader));
  BOOST_TEST(!stall_word(pool.state, me, leader));
}

BOOST_AUTO_TEST_CASE(the_leader_alone_gives_its_turn_away) {
  Turning pool;
  const auto key = pool.leader();
  const auto leader = address_of_secret(key);
  BOOST_TEST(!yield_word(pool.state, address_of_secret(key == 2 ? 3 : 2)));
  const auto word = yield_word(pool.state, leader);
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST(pool(key, *word).ok());
  BOOST_TEST((leader_of(pool.state) != leader));
  BOOST_TEST(!yield_word(pool.state, leader));
}

BOOST_AUTO_TEST_SUITE_END()
