#include "node/consensus/standstill.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

BOOST_AUTO_TEST_SUITE(consensus_standstill)

namespace {

constexpr std::uint64_t began = 1'700'000'000'000;

// The state after a look so many seconds from the beginning; "!" where something is to be done.
struct Looks {
  Standstill standstill;
  std::string reason;

  std::uint64_t applied = 0, restarts = 0;

  std::string at(std::uint64_t second, Result<std::uint64_t> height, bool waiting) {
    const auto seen = standstill.look({height, waiting, applied, restarts}, began + second * 1'000);
    reason = seen.reason;
    return seen.state + std::string(seen.act ? "!" : "");
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_height_that_nobody_waits_for_may_stay) {
  Looks looks;
  for (std::uint64_t second = 0; second < 100'000; second += 1'000) {
    BOOST_TEST(looks.at(second, 7, false) == "ordering");
  }
  // The wait begins with whoever waits.
  BOOST_TEST(looks.at(100'000, 7, true) == "ordering");
  BOOST_TEST(looks.at(100'028, 7, true) == "ordering");
  BOOST_TEST(looks.at(100'029, 8, true) == "ordering");
  BOOST_TEST(looks.at(100'058, 8, true) == "ordering");
  BOOST_TEST(looks.at(100'059, 8, true) == "still!");
}

BOOST_AUTO_TEST_CASE(before_its_first_block_it_starts) {
  Looks looks;
  BOOST_TEST(looks.at(0, 0, false) == "starting");
  BOOST_TEST(looks.at(100'000, 0, false) == "starting");
  BOOST_TEST(looks.at(100'002, 1, false) == "ordering");
}

BOOST_AUTO_TEST_CASE(
    one_that_is_waited_for_and_stays_is_told_with_since_and_acted_upon_now_and_then) {
  Looks looks;
  BOOST_TEST(looks.at(0, 7, true) == "ordering");
  BOOST_TEST(looks.at(29, 7, true) == "ordering");
  BOOST_TEST(looks.at(30, 7, true) == "still!");
  BOOST_TEST(looks.reason.starts_with(
      "consensus stands still at height 7 since 2023-11-14 22:13:20 UTC, and commands wait: "));
  BOOST_TEST(looks.at(32, 7, true) == "still");
  BOOST_TEST(looks.at(629, 7, true) == "still");
  BOOST_TEST(looks.at(630, 7, true) == "still!");
  BOOST_TEST(looks.at(632, 7, true) == "still");
  BOOST_TEST(looks.at(634, 8, true) == "ordering");
  BOOST_TEST(looks.reason == "");
  BOOST_TEST(looks.at(664, 8, true) == "still!");
  BOOST_TEST(looks.at(666, 8, false) == "ordering");
}

// To start it again while it executes old blocks would be the wrong thing.
BOOST_AUTO_TEST_CASE(one_that_is_silent_is_told_so_and_left_alone_while_it_gets_on) {
  Looks looks;
  for (std::uint64_t second = 0; second < 30; second += 2) {
    BOOST_TEST(looks.at(second, fail("refused"), true) == "starting");
    BOOST_TEST(looks.reason == "");
  }
  for (std::uint64_t second = 30; second < 10'000; second += 100) {
    ++looks.applied;
    BOOST_TEST(looks.at(second, fail("refused"), true) == "silent");
  }
  BOOST_TEST(looks.reason.find("(refused)") != std::string::npos);
  BOOST_TEST(looks.at(10'000, 7, true) == "ordering");
  // What it says afterwards is no movement.
  BOOST_TEST(looks.at(10'020, fail("refused"), true) == "silent");
  BOOST_TEST(looks.at(10'030, 7, true) == "still!");
}

BOOST_AUTO_TEST_CASE(one_that_hangs_is_acted_upon_and_given_time_to_start) {
  Looks looks;
  BOOST_TEST(looks.at(0, 7, false) == "ordering");
  BOOST_TEST(looks.at(119, fail("no answer"), false) == "silent");
  BOOST_TEST(looks.at(120, fail("no answer"), false) == "silent!");
  BOOST_TEST(looks.reason.find("(no answer)") != std::string::npos);
  BOOST_TEST(looks.at(122, fail("no answer"), false) == "silent");
  // Nothing was done: it is somebody else's.
  BOOST_TEST(looks.at(719, fail("no answer"), false) == "silent");
  BOOST_TEST(looks.at(720, fail("no answer"), false) == "silent!");
  // It was started again, and opens its store.
  looks.restarts = 1;
  BOOST_TEST(looks.at(800, fail("refused"), false) == "silent");
  BOOST_TEST(looks.at(1'399, fail("refused"), false) == "silent");
  looks.applied = 8;
  BOOST_TEST(looks.at(1'400, fail("refused"), false) == "silent");
  BOOST_TEST(looks.at(1'999, fail("refused"), false) == "silent");
  BOOST_TEST(looks.at(2'000, fail("refused"), false) == "silent!");
  BOOST_TEST(looks.at(2'100, 8, false) == "ordering");
  BOOST_TEST(looks.at(2'219, fail("no answer"), false) == "silent");
  BOOST_TEST(looks.at(2'220, fail("no answer"), false) == "silent!");
}

BOOST_AUTO_TEST_SUITE_END()
