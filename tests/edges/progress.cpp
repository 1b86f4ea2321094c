#include "edges/progress.hpp"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>

BOOST_AUTO_TEST_SUITE(progress)

using namespace horae;

namespace {

// What a child writes to its stderr.
std::string said(bool terminal, const std::function<void()>& work) {
  int ends[2];  // ours, the child's
  const bool made =
      terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) == 0 : ::pipe(ends) == 0;
  BOOST_REQUIRE(made);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string out;
  char buffer[4096];
  // A terminal whose other end is closed answers with an error.
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  BOOST_REQUIRE(::waitpid(child, nullptr, 0) == child);
  return out;
}

void work() {
  // A quarter of a second from one look to the next.
  static auto now = Progress::Steady::now();
  static int looks = 0;
  Progress progress({"counting", "record", 0, 1'000'000'000}, [] {
    // The first is the beginning, and the second comes at once.
    if (++looks > 2) now += std::chrono::milliseconds(250);
    return now;
  });
  progress.at(1);  // too early to be shown
  progress.at(500'000'000);
}

}  // namespace

BOOST_AUTO_TEST_CASE(progress_is_never_more_than_whole_nor_less_than_nothing) {
  const auto over = pace_of(0, 30, 20, 1'000);
  BOOST_TEST(*over.left_s == 0u);
  BOOST_TEST(!pace_of(10, 10, 20, 1'000).left_s);
  BOOST_TEST(!pace_of(10, 5, 20, 1'000).left_s);
  BOOST_TEST(!pace_of(0, 5, 20, 0).left_s);
}

BOOST_AUTO_TEST_CASE(words_leave_out_what_nobody_knows) {
  const Pace none;
  const Pace pace{500, 120};
  BOOST_TEST(progress_words("a: record", 0, 2'000, none) == "a: record 0 of 2,000");
  BOOST_TEST(progress_words("a: record", 1'000, 61'000, pace) ==
             "a: record 1,000 of 61,000, 500 a second, 2 min left");
  BOOST_TEST(progress_words("a: record", 1'000, 0, pace) == "a: record 1,000, 500 a second");
}

BOOST_AUTO_TEST_CASE(a_terminal_is_shown_one_line_that_is_wiped) {
  const auto line = said(true, work);
  const std::string begin = "\r\x1b[Kcounting: record 500,000,000 of 1,000,000,000, ";
  BOOST_TEST(line.substr(0, begin.size()) == begin);
  BOOST_TEST(line.ends_with(" left\r\x1b[K"), line);
  BOOST_TEST(said(false, work).empty());
}

BOOST_AUTO_TEST_CASE(programs_are_told_in_objects) {
  const auto lines = said(false, [] {
    Progress::show_as(Progress::Style::json);
    work();
  });
  const std::string begin =
      R"({"progress":"counting","done":500000000,"total":1000000000,"perSecond":)";
  BOOST_TEST(lines.substr(0, begin.size()) == begin);
  BOOST_TEST(lines.ends_with("}\n"), lines);
  BOOST_TEST(said(true, [] {
               Progress::show_as(Progress::Style::none);
               work();
             }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
