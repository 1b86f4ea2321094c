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
  BOOST_TEST(!attested_word(pool.state, me, {}).has_value());
  for (int i = 0; i < 2; ++i) BOOST_TEST(pool.seal().ok());
  const OwnBlock second{2, pool.state.blocks.head.hash};
  // What is there was another one of that number before, or is not known yet.
  BOOST_TEST(!attested_word(pool.state, me, {2, Hash32{{9}}}).has_value());
  BOOST_TEST(!attested_word(pool.state, me, {3, second.hash}).has_value());
  const auto word = attested_word(pool.state, me, second);
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST(word->read().getPool().getAttest().getNumber() == 2u);
  BOOST_TEST(pool(2, *word).facts.size() == 1u);
  BOOST_TEST(!attested_word(pool.state, me, second).has_value());
  BOOST_TEST(!attested_word(pool.state, address_of_secret(9), second).has_value());
  // Blocks of this pool are not revoked.
  const OwnBlock other{2, Hash32{{9}}};
  BOOST_TEST(!disputed_word(pool.state, address_of_secret(3), other, second.hash).has_value());
  BOOST_TEST(!revoked_word(pool.state, address_of_secret(3), 2).has_value());
}

BOOST_AUTO_TEST_CASE(a_member_says_once_that_its_engine_has_a_block_otherwise) {
  Turning pool({20, 20, 20, 20}, {3, 2}, 8);
  pool.seal_blocks(2);
  const auto me = address_of_secret(2);
  const auto sealed = *unattested_hash(pool.state.blocks, 1);
  const OwnBlock other{1, Hash32{{9}}}, another{1, Hash32{{8}}};
  BOOST_TEST(!disputed_word(pool.state, me, {1, sealed}, sealed));
  BOOST_TEST(!disputed_word(pool.state, address_of_secret(9), other, sealed));
  // Of one that was there before.
  BOOST_TEST(!disputed_word(pool.state, me, other, Hash32{{5}}));
  const auto word = disputed_word(pool.state, me, other, sealed);
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST(pool(2, *word).ok());
  BOOST_TEST(!disputed_word(pool.state, me, other, sealed));
  // Another outcome is news; its operator's decision stands, whatever its engine has.
  BOOST_TEST(disputed_word(pool.state, me, another, sealed).has_value());
  const OwnBlock second{2, pool.state.blocks.head.hash};
  BOOST_TEST(attested_word(pool.state, me, second).has_value());
  const auto decided = revoked_word(pool.state, me, 1);
  BOOST_REQUIRE(decided.has_value());
  BOOST_TEST(pool(2, *decided).ok());
  BOOST_TEST(!disputed_word(pool.state, me, another, sealed));
  BOOST_TEST(!attested_word(pool.state, me, second));
  // With two more it is revoked, and there is nothing left to say of it.
  for (std::uint8_t key = 1; key <= 3; key += 2) {
    BOOST_TEST(pool(key, *revoked_word(pool.state, address_of_secret(key), 1)).ok());
  }
  BOOST_TEST(pool.state.blocks.head.number == 0u);
  BOOST_TEST(!disputed_word(pool.state, me, other, sealed));
  BOOST_TEST(!revoked_word(pool.state, me, 1));
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
