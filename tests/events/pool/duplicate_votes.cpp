#include <boost/test/unit_test.hpp>

#include "tests/events/pool/turning.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(duplicate_votes)

BOOST_AUTO_TEST_CASE(who_votes_twice_is_at_fault_once_a_height_and_passed_over) {
  Turning pool;
  const auto signer = address_of_secret(2);
  const auto first = settle_duplicate_vote(pool.state, signer, 7);
  BOOST_REQUIRE(first.facts.size() >= 2u);
  BOOST_TEST(first.facts[0].kind == schema::PenaltiesFact::FAULT_PROVEN);
  BOOST_TEST(first.facts[0].after == -1);
  BOOST_TEST(first.facts[1].kind == schema::PenaltiesFact::CONSEQUENCE_DRAWN);
  BOOST_TEST(first.facts[1].after == 0);
  BOOST_TEST(pool.state.faults.known.contains({FaultKind::DUPLICATE_VOTE, 7, signer}));
  BOOST_TEST(pool.state.faults.standings.at(2).score == 100u);
  BOOST_TEST(pool.state.faults.standings.at(2).skipped_until > 0u);
  BOOST_TEST(settle_duplicate_vote(pool.state, signer, 7).facts.empty());
  BOOST_TEST(!settle_duplicate_vote(pool.state, signer, 8).facts.empty());
}

BOOST_AUTO_TEST_CASE(nobody_is_at_fault_whom_the_pool_never_knew_or_by_no_rule) {
  Turning pool;
  BOOST_TEST(settle_duplicate_vote(pool.state, address_of_secret(9), 7).facts.empty());
  pool.state.faults.rules->points.erase(FaultKind::DUPLICATE_VOTE);
  BOOST_TEST(settle_duplicate_vote(pool.state, address_of_secret(2), 7).facts.empty());
}

BOOST_AUTO_TEST_SUITE_END()
