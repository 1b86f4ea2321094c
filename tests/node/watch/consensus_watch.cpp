#include "node/watch/consensus_watch.hpp"

#include <boost/test/unit_test.hpp>
#include <future>

using namespace horae;

BOOST_AUTO_TEST_SUITE(consensus_watch)

namespace {

// What the board says after a look at which this was answered. A watch that goes has told what it
// saw last.
Board::Consensus after_a_look(const Result<std::uint64_t>& answer) {
  const auto board = std::make_shared<Board>();
  std::promise<void> asked;
  std::once_flag first;
  {
    const ConsensusWatch watch({[&] {
                                  std::call_once(first, [&] { asked.set_value(); });
                                  return answer;
                                },
                                [] { return std::vector<std::string>{"peer"}; },
                                [] { BOOST_ERROR("half a minute is not over"); }},
                               board);
    asked.get_future().wait();
  }
  return board->get<Board::Consensus>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_it_sees_is_on_the_board) {
  const auto seen = after_a_look(7);
  BOOST_TEST(seen.state == "ordering");
  BOOST_TEST(seen.reason == "");
  BOOST_TEST(seen.tip.value_or(0) == 7u);
  BOOST_TEST((seen.peers == std::vector<std::string>{"peer"}));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_answer_is_silent) {
  const auto seen = after_a_look(fail("connection refused"));
  BOOST_TEST(seen.state == "silent");
  BOOST_TEST(seen.reason.find("connection refused") != std::string::npos);
  BOOST_TEST(!seen.tip);
}

BOOST_AUTO_TEST_SUITE_END()
