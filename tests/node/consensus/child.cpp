// CometBFT's life, with shells for it.
#include "node/consensus/comet_child.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>

#include "core/files.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(consensus_child)

namespace {

void make_socket(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(made);
}

// A script in CometBFT's place, in a home where the node's own socket is. Each start appends a line
// to the file `starts`.
struct Home {
  test::Directory scratch;
  std::unique_ptr<CometChild> child;
  CometChild::Clock::time_point now{};

  Home() { make_socket(scratch.path / "app.sock"); }

  [[nodiscard]] CometChild::Options options(const std::string& script) const {
    return {{"/bin/sh", "-c", "echo \"$*\" >>starts; " + script, "sh"},
            scratch.path,
            scratch.path / "app.sock",
            scratch.path / "signer.sock"};
  }
  void start(const std::string& script) {
    auto started = CometChild::start(options(script), now);
    BOOST_REQUIRE(started.has_value());
    child = std::move(*started);
  }
  void await_end() const {
    pollfd ready{child->descriptor(), POLLIN, 0};
    BOOST_REQUIRE(::poll(&ready, 1, 30'000) == 1);
  }
  // "" or the fault of a look after so long.
  std::string after(std::chrono::milliseconds time) {
    now += time;
    const auto tended = child->tend(now);
    return tended ? "" : tended.error().what;
  }
  [[nodiscard]] std::size_t starts() const {
    const auto text = read_small_file(scratch.path / "starts").value_or("");
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
  [[nodiscard]] bool runs() const { return child->descriptor() >= 0; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(is_started_as_a_node_in_its_home_without_our_environment) {
  Home home;
  ::setenv("CMT_LOG_LEVEL", "debug", 1);
  home.start("env; pwd");
  ::unsetenv("CMT_LOG_LEVEL");
  home.await_end();
  BOOST_TEST(read_small_file(home.scratch.path / "starts").value() ==
             "node --home " + home.scratch.path.string() + "\n");
  const auto said = read_small_file(home.child->log_file()).value();
  BOOST_TEST(said.find("CMT_") == std::string::npos);
  BOOST_TEST(said.find("HOME=" + home.scratch.path.string() + "\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_not_started_before_somebody_listens_for_it) {
  Home home;
  std::filesystem::remove(home.scratch.path / "app.sock");
  const auto refused = CometChild::start(home.options("exec sleep 600"), home.now);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.starts_with("nobody listens at "));
  BOOST_TEST(home.starts() == 0u);
}

BOOST_AUTO_TEST_CASE(where_it_is_missing_that_is_told_with_what_to_do) {
  Home home;
  auto options = home.options("");
  options.words = {home.scratch.path / "nobody"};
  const auto refused = CometChild::start(options, home.now);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("pool.command names another") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_of_the_signer_is_taken_away_and_no_file) {
  Home home;
  const auto signer = home.scratch.path / "signer.sock";
  make_socket(signer);
  home.start("exit 1");
  BOOST_TEST(!std::filesystem::exists(signer));
  home.await_end();
  std::ofstream(signer) << "a file";
  BOOST_TEST(home.after(0s) == "");
  BOOST_TEST(home.after(1s) == "");
  BOOST_TEST(read_small_file(signer).value() == "a file");
}

BOOST_AUTO_TEST_CASE(a_database_that_was_never_whole_is_made_anew_and_no_other) {
  Home home;
  const auto data = home.scratch.path / "data";
  const auto put = [&](const std::string& file) {
    std::filesystem::create_directories((data / file).parent_path());
    std::ofstream(data / file) << "something";
  };
  for (const auto* file : {"unborn.db/LOCK", "unborn.db/MANIFEST-000000", "whole.db/CURRENT",
                           "written.db/000001.log", "damaged.db/000007.ldb", "cs.wal/wal"}) {
    put(file);
  }
  home.start("exec sleep 600");
  BOOST_TEST(!std::filesystem::exists(data / "unborn.db"));
  for (const auto* kept : {"whole.db", "written.db", "damaged.db", "cs.wal"}) {
    BOOST_TEST(std::filesystem::exists(data / kept), kept);
  }
}

BOOST_AUTO_TEST_CASE(
    whatever_its_exit_code_it_is_started_again_after_growing_pauses_and_then_given_up) {
  Home home;
  home.start("echo I have no peers >&2; exit 0");
  for (const auto pause : {1s, 2s, 4s, 8s, 16s}) {
    home.await_end();
    BOOST_TEST(home.after(1ms) == "");
    BOOST_TEST(!home.runs());
    BOOST_TEST(home.after(pause - 1ms) == "");
    BOOST_TEST(!home.runs());
    BOOST_TEST(home.after(1ms) == "");
    BOOST_TEST(home.runs());
  }
  home.await_end();
  BOOST_TEST(home.child->restarts() == 5u);
  BOOST_TEST(home.starts() == 6u);
  BOOST_TEST(home.after(1ms) ==
             "CometBFT ended with exit code 0: I have no peers (the 6th end "
             "within a minute of its start; " +
                 home.child->log_file().string() + " has all it said)");
}

BOOST_AUTO_TEST_CASE(where_the_log_is_ahead_of_its_blocks_it_is_not_started_again) {
  Home home;
  home.start("echo 'error on replay: app block height (100) is higher than core (61)' >&2; exit 1");
  home.await_end();
  const auto why = home.after(1ms);
  BOOST_TEST(why.find("app block height (100)") != std::string::npos);
  BOOST_TEST(why.find("take both away") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_end_after_a_longer_life_begins_to_count_anew) {
  Home home;
  home.start("exit 1");
  for (int i = 0; i < 20; ++i) {
    home.await_end();
    BOOST_TEST(home.after(i % 2 == 0 ? 1min : 1s) == "");
    BOOST_TEST(!home.runs());
    BOOST_TEST(home.after(i % 2 == 0 ? 1s : 2s) == "");
    BOOST_TEST(home.runs());
  }
}

BOOST_AUTO_TEST_CASE(one_that_hangs_is_restarted_where_it_is_asked_for) {
  Home home;
  BOOST_REQUIRE(::mkfifo((home.scratch.path / "told").c_str(), 0600) == 0);
  home.start("echo hangs >told; kill -STOP $$");
  std::string word;
  std::ifstream(home.scratch.path / "told") >> word;
  home.child->ask_restart("it is silent");
  BOOST_TEST(home.after(1s) == "");
  std::ifstream(home.scratch.path / "told") >> word;
  BOOST_TEST(home.starts() == 2u);
  BOOST_TEST(home.child->restarts() == 1u);
}

BOOST_AUTO_TEST_CASE(is_restarted_at_once_where_it_is_asked_for) {
  Home home;
  home.start("exec sleep 600");
  BOOST_TEST(home.after(1s) == "");
  const int before = home.child->descriptor();
  home.child->ask_restart("it stands still");
  pollfd ended{::dup(before), POLLIN, 0};
  BOOST_TEST(home.after(1s) == "");
  BOOST_TEST(::poll(&ended, 1, 0) == 1);
  ::close(ended.fd);
  BOOST_TEST(home.runs());
  // Once.
  pollfd runs{::dup(home.child->descriptor()), POLLIN, 0};
  BOOST_TEST(home.after(1s) == "");
  BOOST_TEST(::poll(&runs, 1, 0) == 0);
  ::close(runs.fd);
}

BOOST_AUTO_TEST_CASE(ends_with_its_owner) {
  Home home;
  home.start("exec sleep 600");
  pollfd ended{::dup(home.child->descriptor()), POLLIN, 0};
  home.child.reset();
  BOOST_TEST(::poll(&ended, 1, 0) == 1);
  ::close(ended.fd);
}

BOOST_AUTO_TEST_CASE(what_the_start_before_said_is_kept) {
  Home home;
  home.start("cat starts >&2; exit 1");
  home.await_end();
  const auto first = read_small_file(home.child->log_file()).value();
  BOOST_TEST(home.after(0s) == "");
  BOOST_TEST(home.after(1s) == "");
  home.await_end();
  BOOST_TEST(read_small_file(home.child->log_file().string() + ".1").value() == first);
  BOOST_TEST(read_small_file(home.child->log_file()).value() == first + first);
}

BOOST_AUTO_TEST_CASE(what_it_says_does_not_fill_the_disk) {
  Home home;
  // It waits at pipes, since the log is to be looked at while it runs.
  const auto go = home.scratch.path / "go";
  BOOST_REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  BOOST_REQUIRE(::mkfifo((home.scratch.path / "told").c_str(), 0600) == 0);
  home.start("head -c 9000000 /dev/zero; echo said >told; read line <go; echo later");
  std::string word;
  std::ifstream(home.scratch.path / "told") >> word;
  BOOST_TEST(home.after(1s) == "");
  BOOST_TEST(std::filesystem::file_size(home.child->log_file()) == 0u);
  BOOST_TEST(std::filesystem::file_size(home.child->log_file().string() + ".1") == 9'000'000u);
  std::ofstream(go) << "go\n";
  home.await_end();
  BOOST_TEST(read_small_file(home.child->log_file()).value() == "later\n");
}

BOOST_AUTO_TEST_CASE(of_a_panic_the_words_are_told_and_not_the_stack) {
  const test::Directory scratch;
  const auto file = scratch.path / "log";
  const std::string stack(2'000, 's');
  std::ofstream(file) << "E[2026] before\npanic: wrong hash\n\tin state\n\ngoroutine 1\n" << stack;
  BOOST_TEST(comet_last_words(file) == ": panic: wrong hash\n\tin state");
  std::ofstream(file) << "panic: at once\n\ngoroutine 1\n" << stack;
  BOOST_TEST(comet_last_words(file) == ": panic: at once");
  std::ofstream(file) << "no socket\n";
  BOOST_TEST(comet_last_words(file) == ": no socket");
  std::filesystem::remove(file);
  BOOST_TEST(comet_last_words(file) == "");
}

BOOST_AUTO_TEST_CASE(is_gone_at_once_where_the_node_dies) {
  Home home;
  const auto file = home.scratch.path / "pid";
  const pid_t node = ::fork();
  if (node == 0) {
    // A CometBFT that does not end when it is asked to.
    const auto started = CometChild::start(
        home.options("trap '' TERM; echo $$ >pid.new; mv pid.new pid; while :; do sleep 1; done"),
        home.now);
    if (started) ::pause();
    ::_exit(1);
  }
  BOOST_REQUIRE(node > 0);
  const int of_node = open_process(node);
  pollfd dead{of_node, POLLIN, 0};
  while (!std::filesystem::exists(file)) BOOST_REQUIRE(::poll(&dead, 1, 5) == 0);
  const pid_t comet = std::stoi(read_small_file(file).value());
  const int of_child = open_process(comet);
  BOOST_REQUIRE(of_child >= 0);
  ::kill(node, SIGKILL);
  pollfd ended{of_child, POLLIN, 0};
  const bool gone = ::poll(&ended, 1, 30'000) == 1;
  BOOST_TEST(gone);
  if (!gone) ::kill(comet, SIGKILL);
  BOOST_TEST(::waitpid(node, nullptr, 0) == node);
  ::close(of_child);
  ::close(of_node);
}

BOOST_AUTO_TEST_SUITE_END()
