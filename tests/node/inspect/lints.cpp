#include <boost/test/unit_test.hpp>

#include "tests/node/inspect/pages.hpp"
#include "tools/inspect/history.hpp"

using namespace horae;
using namespace horae::test;
using namespace horae::inspect;
using schema::Inspector;

namespace {

using Step = std::function<void(std::uint64_t second, Inspector::Snapshot::Builder)>;

// What is seen after so many seconds, a snapshot each.
std::vector<Lint> after(std::uint64_t seconds, const Step& step) {
  History history;
  for (std::uint64_t s = 0; s < seconds; ++s) {
    history.add(made([&](auto out) {
      out.setTime(noon_ms + s * 1000);
      step(s, out);
    }));
  }
  return history.lints();
}

std::vector<Lint> after(std::uint64_t seconds, std::function<std::uint64_t(std::uint64_t)> depth) {
  return after(seconds, [&](std::uint64_t s, Inspector::Snapshot::Builder out) {
    name_actors(out, {{"world", depth(s)}, {"door 1", 5}});
  });
}

void check_one(const std::vector<Lint>& seen, Lint::Kind kind, const std::string& words) {
  BOOST_REQUIRE(seen.size() == 1u);
  BOOST_TEST((seen[0].kind == kind));
  BOOST_TEST(seen[0].what.find(words) != std::string::npos, seen[0].what);
}

void read_log(Inspector::Snapshot::Builder out, std::uint32_t pid, std::uint64_t transaction,
              std::uint64_t behind) {
  auto readers = out.initReaders(1);
  readers[0].setPid(pid);
  readers[0].setTransaction(transaction);
  readers[0].setBehind(behind);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lints)

BOOST_AUTO_TEST_CASE(a_mailbox_that_only_grows_is_told) {
  check_one(after(10, [](std::uint64_t s) { return s * 50; }), Lint::Kind::mailbox_grows,
            "of world has only grown for 9.0 s, from 0 to 450");
  // How long it stood at its least does not count.
  check_one(after(20, [](std::uint64_t s) { return s < 10 ? 3 : (s - 9) * 50; }),
            Lint::Kind::mailbox_grows, "has only grown for 10 s, from 3 to 500");
}

BOOST_AUTO_TEST_CASE(one_that_is_worked_off_or_just_full_or_new_is_not) {
  BOOST_TEST(after(10, [](std::uint64_t s) { return s == 8 ? 3 : s * 50; }).empty());
  BOOST_TEST(after(20, [](std::uint64_t) { return 100'000u; }).empty());
  BOOST_TEST(after(4, [](std::uint64_t s) { return s * 500; }).empty());
  BOOST_TEST(after(20, [](std::uint64_t s) { return s * 3; }).empty());
}

BOOST_AUTO_TEST_CASE(another_run_of_the_node_begins_anew) {
  const auto seen = after(10, [](std::uint64_t s, Inspector::Snapshot::Builder out) {
    out.getNode().setStartedMs(s < 7 ? 1 : 2);
    name_actors(out, {{"world", s * 50}});
  });
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(an_actor_at_one_message_for_seconds_is_told_from_one_snapshot) {
  const auto busy_for = [](std::uint64_t ms) {
    return after(1, [&](std::uint64_t, Inspector::Snapshot::Builder out) {
      name_actors(out, {{"engine"}});
      auto actor = out.getActors()[0];
      actor.setState(Inspector::State::BUSY);
      actor.setBusySinceMs(noon_ms - ms);
    });
  };
  check_one(busy_for(7500), Lint::Kind::busy_long, "engine has been at one AMessage");
  BOOST_TEST(busy_for(999).empty());
}

BOOST_AUTO_TEST_CASE(an_actor_without_a_free_moment_is_told) {
  const auto busy = [](std::uint16_t share, std::uint32_t window_ms) {
    return after(1, [&](std::uint64_t, Inspector::Snapshot::Builder out) {
      name_actors(out, {{"door 1"}});
      auto actor = out.getActors()[0];
      actor.setBusyShare(share);
      actor.setWindowMs(window_ms);
    });
  };
  check_one(busy(970, 9800), Lint::Kind::busy_always, "door 1 was busy 97% of the last 9.8 s");
  BOOST_TEST(busy(890, 9800).empty());
  BOOST_TEST(busy(1000, 900).empty());  // of what was just started
}

BOOST_AUTO_TEST_CASE(slow_commits_are_told) {
  const auto commits = [](std::uint64_t each_us) {
    return after(5, [&](std::uint64_t s, Inspector::Snapshot::Builder out) {
      auto journal = out.initJournal();
      journal.setCommits(1000 + s * 2);
      journal.setCommitUs(1'000'000 + s * 2 * each_us);  // quick ones before
      journal.setLastCommitUs(each_us);
    });
  };
  check_one(commits(150'000), Lint::Kind::slow_commits, "a commit took 150ms on the average");
  BOOST_TEST(commits(50'000).empty());
  const auto last = after(1, [](std::uint64_t, Inspector::Snapshot::Builder out) {
    auto journal = out.initJournal();
    journal.setCommits(1000);
    journal.setCommitUs(5'000'000);
    journal.setLastCommitUs(2'500'000);
  });
  check_one(last, Lint::Kind::slow_commits, "the last commit took 2.5s");
}

BOOST_AUTO_TEST_CASE(a_reader_that_holds_the_log_is_told) {
  check_one(after(9, [](std::uint64_t s, auto out) { read_log(out, 4312, 70, s * 10); }),
            Lint::Kind::reader_holds,
            "process 4312 has been reading one state of the log for 8.0 s");
  // One that goes on, and one that holds nothing, since nothing is committed.
  BOOST_TEST(after(9, [](std::uint64_t s, auto out) { read_log(out, 4312, s, 1); }).empty());
  BOOST_TEST(after(9, [](std::uint64_t, auto out) { read_log(out, 4312, 70, 0); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
