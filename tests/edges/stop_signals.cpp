#include "edges/stop_signals.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>

BOOST_AUTO_TEST_SUITE(stop_signals)

using namespace horae;

BOOST_AUTO_TEST_CASE(a_held_signal_waits_until_it_is_taken) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    constexpr std::chrono::milliseconds none(0);
    hold_stop_signals();
    bool well = !stop_asked() && !take_stop_signal(none);
    ::raise(SIGTERM);
    well = well && stop_asked() == SIGTERM && stop_asked() == SIGTERM;
    well = well && take_stop_signal(none) == SIGTERM && !stop_asked();
    ::_exit(well ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(who_waits_otherwise_is_told_and_the_signal_stays) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    constexpr std::chrono::milliseconds none(0);
    hold_stop_signals();
    {
      const WhenStopAsked nobody_asks([] { ::_exit(2); });
    }
    std::promise<void> told;
    bool well = true;
    {
      const WhenStopAsked asked([&] { told.set_value(); });
      ::kill(::getpid(), SIGTERM);
      told.get_future().wait();
      well = stop_asked() == SIGTERM;
    }
    // One that waits already is told of, too.
    std::promise<void> again;
    const WhenStopAsked late([&] { again.set_value(); });
    again.get_future().wait();
    well = well && take_stop_signal(none) == SIGTERM;
    ::_exit(well ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
