#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

// What the actors tell the board: metrics and the node's health are made of it.
BOOST_AUTO_TEST_SUITE(board)

BOOST_AUTO_TEST_CASE(doors_count_what_they_let_in_and_refuse) {
  Ground ground;
  House house(ground);
  const auto refused = [&](Reason reason) {
    return house.admission->refused[static_cast<std::size_t>(reason)].load();
  };
  house.submit(raw_of(Transfer{}));
  house.submit(raw_of(Transfer{}));
  house.submit({0xff, 1, 2});
  house.admission->closed.store(&closed_by_disk);
  house.submit(raw_of(Transfer{.nonce = 1}));
  BOOST_TEST(house.admission->admitted.load() == 1u);
  BOOST_TEST(refused(Reason::ALREADY_KNOWN) == 1u);
  BOOST_TEST(refused(Reason::MALFORMED) == 1u);
  BOOST_TEST(refused(Reason::BUSY) == 1u);
}

BOOST_AUTO_TEST_CASE(the_world_tells_what_is_committed_and_since_when_it_waits) {
  Ground ground;
  House house(ground);
  house.run();
  const auto now = [&] { return house.board->get<Board::Committed>(); };
  BOOST_TEST(now().waiting == 0u);
  BOOST_TEST(now().unserved_since_ms == 0u);
  BOOST_TEST(now().active_sequencers == 1u);
  BOOST_TEST(now().locked > 0);
  ground.clock->ms += 60'000;  // nobody waited in this time
  house.submit(raw_of(Transfer{}));
  const auto came = ground.clock->ms;
  BOOST_TEST(now().waiting == 1u);
  BOOST_TEST(now().unserved_since_ms == came);
  ground.clock->ms += 5'000;
  house.submit(raw_of(Transfer{.nonce = 1}));
  BOOST_TEST(now().waiting == 2u);
  BOOST_TEST(now().senders == 1u);
  BOOST_TEST(now().admitted == 2u);
  BOOST_TEST(now().unserved_since_ms == came);
  house.produce();
  house.pass(2'000);
  BOOST_TEST(now().head >= 1u);
  BOOST_TEST(now().waiting == 0u);
  BOOST_TEST(now().unserved_since_ms == 0u);
  BOOST_TEST(now().txns == 2u);
  BOOST_TEST(now().seq == last_seq(*house.log));
}

BOOST_AUTO_TEST_CASE(the_producer_and_the_journal_count_what_they_did) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  house.submit(raw_of(Transfer{.nonce = 1}));
  house.produce();
  house.pass(2'000);
  const auto production = house.board->get<Board::Production>();
  BOOST_TEST(production.blocks == 1u);
  BOOST_TEST(production.txns == 2u);
  BOOST_TEST(production.gas_used > 0u);
  BOOST_TEST(production.undone == 0u);
  std::uint64_t built = 0;
  for (const auto count : production.build.counts) built += count;
  BOOST_TEST(built == 1u);
  const auto journal = house.board->get<Board::Journal>();
  std::uint64_t commits = 0;
  for (const auto count : journal.commit.counts) commits += count;
  BOOST_TEST(commits == journal.commits);
  BOOST_TEST(journal.batch.sum == static_cast<double>(journal.facts));
}

BOOST_AUTO_TEST_SUITE_END()
