// Processes of our own: their ends, what they inherit, and how they are waited for and watched.
#include "node/child/child.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>

#include "core/files.hpp"
#include "node/child/answering.hpp"
#include "node/child/child_watch.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(child)

namespace {

ChildSpec shell(const test::Directory& scratch, const std::string& script) {
  return {"/bin/sh", {"-c", script}, {"PATH=/usr/bin:/bin"}, scratch.path, scratch.path / "out"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(says_how_it_ended) {
  const test::Directory scratch;
  auto ends = Child::start(shell(scratch, "exit 3"));
  BOOST_REQUIRE(ends.has_value());
  BOOST_TEST(ends->wait(std::chrono::seconds(30)).value_or("runs") == "exit code 3");
  auto stays = Child::start(shell(scratch, "exec sleep 600"));
  BOOST_REQUIRE(stays.has_value());
  BOOST_TEST(stays->stop(std::chrono::seconds(30)) == "signal 15");
}

BOOST_AUTO_TEST_CASE(is_killed_where_it_does_not_listen) {
  const test::Directory scratch;
  auto deaf = Child::start(shell(scratch, "trap '' TERM; echo deaf; while :; do sleep 1; done"));
  BOOST_REQUIRE(deaf.has_value());
  while (read_small_file(scratch.path / "out").value_or("").empty()) {
    BOOST_REQUIRE(!deaf->wait(std::chrono::milliseconds(5)));
  }
  BOOST_TEST(deaf->stop(std::chrono::milliseconds(50)) == "signal 9");
}

BOOST_AUTO_TEST_CASE(that_cannot_be_started_is_a_fault) {
  const test::Directory scratch;
  auto spec = shell(scratch, "");
  spec.program = scratch.path / "nobody";
  const auto none = Child::start(spec);
  BOOST_REQUIRE(!none.has_value());
  BOOST_TEST(none.error().what.find("No such file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(inherits_no_file_and_no_signal_mask) {
  const test::Directory scratch;
  // Without close-on-exec, as a library may have opened it.
  const int open_file = ::fcntl(STDIN_FILENO, F_DUPFD, 57);
  BOOST_REQUIRE(open_file >= 57);
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, &before);
  auto looks = Child::start(shell(scratch, "test -e /proc/self/fd/0 && test ! -e /proc/self/fd/" +
                                               std::to_string(open_file) +
                                               " && exec grep SigBlk /proc/self/status"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(open_file);
  BOOST_REQUIRE(looks.has_value());
  BOOST_TEST(looks->wait(std::chrono::seconds(30)).value_or("runs") == "exit code 0");
  BOOST_TEST(read_small_file(scratch.path / "out").value() == "SigBlk:\t0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(that_ends_before_it_answers_is_told_with_its_last_words) {
  const test::Directory scratch;
  auto ends = Child::start(shell(scratch, "echo first; echo no room >&2; exit 3"));
  BOOST_REQUIRE(ends.has_value());
  const auto answered = await_answer(
      *ends, "it", scratch.path / "out", [] { return false; }, std::chrono::seconds(30));
  BOOST_REQUIRE(!answered.has_value());
  BOOST_TEST(answered.error().what == "it ended with exit code 3: first\nno room");
}

BOOST_AUTO_TEST_CASE(that_never_answers_is_waited_for_no_longer_than_that) {
  const test::Directory scratch;
  auto silent = Child::start(shell(scratch, "exec sleep 600"));
  BOOST_REQUIRE(silent.has_value());
  const auto answered = await_answer(
      *silent, "it", scratch.path / "out", [] { return false; }, std::chrono::seconds(0));
  BOOST_REQUIRE(!answered.has_value());
  BOOST_TEST(answered.error().what == "it does not answer");
}

BOOST_AUTO_TEST_CASE(the_first_that_ends_is_told_by_its_name) {
  const test::Directory one, other;
  auto stays = Child::start(shell(one, "exec sleep 600"));
  auto ends = Child::start(shell(other, "exec sleep 600"));
  BOOST_REQUIRE((stays.has_value() && ends.has_value()));
  std::promise<std::string> told;
  const ChildWatch watch({{*stays, "the first"}, {*ends, "the second"}},
                         [&told](const std::string& what) { told.set_value(what); });
  ::kill(ends->pid(), SIGKILL);
  BOOST_TEST(told.get_future().get() == "the second has ended");
}

BOOST_AUTO_TEST_CASE(a_watch_that_goes_tells_nothing) {
  const test::Directory scratch;
  auto stays = Child::start(shell(scratch, "exec sleep 600"));
  BOOST_REQUIRE(stays.has_value());
  bool told = false;
  {
    const ChildWatch watch({{*stays, "it"}}, [&told](const std::string&) { told = true; });
  }
  stays->stop(std::chrono::seconds(30));
  BOOST_TEST(!told);
}

BOOST_AUTO_TEST_SUITE_END()
