#include "node/watch/consensus_watch.hpp"

#include <boost/test/unit_test.hpp>
#include <future>

using namespace horae;

BOOST_AUTO_TEST_SUITE(consensus_watch)

namespace {

// What the board says after a look at which this was answered. A watch that goes has told what it
// saw last.
Board::Consensus after_a_look(const Result<CometStatus>& answer,
                              const std::vector<std::string>& peers = {"peer"}) {
  const auto board = std::make_shared<Board>();
  std::promise<void> asked;
  std::once_flag first;
  {
    const ConsensusWatch watch(
        {[&] {
           std::call_once(first, [&] { asked.set_value(); });
           return answer;
         },
         [&] { return peers; },
         [] {
           Board::PoolSigner signer;
           signer.state = "signing";
           signer.height = 6;
           return signer;
         },
         [] { return std::uint64_t{2}; },
         [](const std::string& why) { BOOST_ERROR("half a minute is not over: " + why); }},
        board);
    asked.get_future().wait();
  }
  return board->get<Board::Consensus>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_it_sees_is_on_the_board) {
  CometStatus status;
  status.height = 7;
  status.catching_up = true;
  const auto before_ms = Board::now_ms();
  const auto seen = after_a_look(status);
  BOOST_TEST(seen.state == "ordering");
  BOOST_TEST(seen.reason == "");
  BOOST_TEST(seen.tip.value_or(0) == 7u);
  BOOST_TEST((seen.peers == std::vector<std::string>{"peer"}));
  BOOST_TEST(seen.catching_up);
  BOOST_TEST(seen.alone_since_ms == 0u);
  BOOST_TEST(seen.signer.state == "signing");
  BOOST_TEST(seen.signer.height == 6u);
  BOOST_TEST(seen.signer.since_ms >= before_ms);
  BOOST_TEST(seen.restarts == 2u);
}

BOOST_AUTO_TEST_CASE(since_when_nobody_is_connected_is_told) {
  const auto before_ms = Board::now_ms();
  const auto seen = after_a_look(CometStatus{}, {});
  BOOST_TEST(seen.alone_since_ms >= before_ms);
  BOOST_TEST(!seen.catching_up);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_answer_yet_is_starting) {
  const auto seen = after_a_look(fail("connection refused"));
  BOOST_TEST(seen.state == "starting");
  BOOST_TEST(seen.reason == "");
  BOOST_TEST(!seen.tip);
}

BOOST_AUTO_TEST_SUITE_END()
