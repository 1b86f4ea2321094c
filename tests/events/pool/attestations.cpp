#include "events/pool/attestations.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/events/pool/attesting.hpp"
#include "tests/fixture/print.hpp"

// Which blocks members say that they have executed, and what the pool makes of it.

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(attestations)

BOOST_AUTO_TEST_CASE(two_thirds_of_the_power_attest_a_block_and_all_before_it) {
  Attesting pool;
  for (int i = 0; i < 3; ++i) BOOST_TEST(pool.seal().ok());
  BOOST_TEST(pool.attest(1, 3).facts.size() == 1u);
  BOOST_TEST(pool.attest(2, 2).ok());
  BOOST_TEST(pool.attested() == 0u);
  // 10 and 20 and 10 are two thirds, and not more.
  BOOST_TEST(pool.attest(3, 3).facts.size() == 1u);
  BOOST_TEST(pool.attested() == 0u);
  BOOST_TEST(pool.attest(4, 1).facts.size() == 2u);
  BOOST_TEST(pool.attested() == 1u);
  BOOST_TEST(pool.attest(4, 3).ok());
  BOOST_TEST(pool.attested() == 2u);
  BOOST_TEST(pool.attest(2, 3).ok());
  BOOST_TEST(pool.attested() == 3u);
  BOOST_TEST(pool.state.blocks.attestation->unattested.empty());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(what_is_said_already_is_no_news) {
  Attesting pool;
  for (int i = 0; i < 2; ++i) BOOST_TEST(pool.seal().ok());
  BOOST_TEST(pool.attest(2, 2).facts.size() == 1u);
  BOOST_TEST(pool.attest(2, 2).facts.empty());
  BOOST_TEST(pool.attest(2, 1).facts.empty());
  for (const int member : {1, 3, 4}) BOOST_TEST(pool.attest(member, 2).ok());
  BOOST_TEST(pool.attested() == 2u);
  BOOST_TEST(pool.attest(3, 1, Hash32{{9}}).facts.empty());
}

BOOST_AUTO_TEST_CASE(another_hash_a_block_to_come_and_a_stranger_are_refused) {
  Attesting pool;
  BOOST_TEST(pool.seal().ok());
  BOOST_TEST(refusal(pool.attest(2, 1, Hash32{{9}})) == "wrongContent");
  BOOST_TEST(refusal(pool.attest(2, 2)) == "notNext");
  BOOST_TEST(refusal(pool.attest(9, 1)) == "notMember");
  Attesting unasked(0);
  BOOST_TEST(unasked.seal().ok());
  BOOST_TEST(refusal(unasked.attest(2, 1)) == "notOpen");
  BOOST_TEST(unasked.attested() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_blocks_are_sealed_than_may_stand_unattested) {
  Attesting pool(2);
  for (int i = 0; i < 2; ++i) BOOST_TEST(pool.seal().ok());
  BOOST_TEST(refusal(pool.seal()) == "notAttested");
  for (const int member : {2, 3, 4}) BOOST_TEST(pool.attest(member, 1).ok());
  BOOST_TEST(pool.attested() == 1u);
  BOOST_TEST(pool.seal().ok());
  BOOST_TEST(refusal(pool.seal()) == "notAttested");
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(whose_voice_goes_is_not_waited_for) {
  Attesting pool(3, {10, 40, 20, 30});
  BOOST_TEST(pool.seal().ok());
  for (const int member : {1, 2}) BOOST_TEST(pool.attest(member, 1).ok());
  BOOST_TEST(pool.attested() == 0u);
  for (const int member : {1, 2, 3}) {
    pool(static_cast<std::uint8_t>(member), Msg<schema::SharedCommand>::build([&](auto root) {
           auto told = root.initPool().initTellAbsent().initSigners(1);
           told.set(0, data(address_of_secret(4)));
         }));
  }
  BOOST_TEST(!pool.state.pool.members.contains(address_of_secret(4)));
  BOOST_TEST(pool.attested() == 1u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_node_alone_asks_nobody) {
  SharedState alone;
  const auto asked =
      Msg<schema::BlocksCommand>::build([](auto root) { root.initSetAttestation().setMost(3); });
  BOOST_TEST(refusal(settle(alone, asked.read())) == "wrongContent");
}

BOOST_AUTO_TEST_SUITE_END()
