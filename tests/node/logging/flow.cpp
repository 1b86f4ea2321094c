// Who speaks never waits for who reads.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "edges/quiet_thread.hpp"
#include "node/logging/node_log.hpp"

using namespace horae;

namespace {

// What stands on stderr while it lives comes through this pipe.
class Pipe {
 public:
  Pipe() : before_(::dup(STDERR_FILENO)) {
    BOOST_REQUIRE(::pipe(ends_) == 0);
    ::dup2(ends_[1], STDERR_FILENO);
    ::close(ends_[1]);
  }
  ~Pipe() {
    restore();
    ::close(ends_[0]);
  }
  void restore() {
    if (before_ < 0) return;
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    before_ = -1;
  }
  // All of it, up to the end: nobody may hold stderr open then.
  std::string read() {
    std::string out;
    char buffer[65536];
    for (ssize_t n = 0; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;) {
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }

 private:
  int before_;
  int ends_[2]{};
};

std::vector<boost::json::object> objects(const std::string& text) {
  std::vector<boost::json::object> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    BOOST_REQUIRE(end != std::string::npos);
    out.push_back(boost::json::parse(text.substr(at, end - at)).as_object());
    at = end + 1;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logging_flow)

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_holds_nobody_up_and_what_is_lost_is_counted) {
  constexpr std::uint64_t lines = 30'000;
  Pipe pipe;
  std::string text;
  std::thread reader;
  {
    const logging::NodeLog node_log({logging::Form::json, Level::info, {{"mempool", Level::warn}}});
    const Logger logger("journal");
    const Logger quiet("mempool");
    // More than the pipe and the queue hold: this comes back though nothing is read.
    for (std::uint64_t i = 1; i <= lines; ++i) {
      logger.info("a line that has some length to it", {{"number", i}});
    }
    quiet.info("nobody hears it");
    logger.debug("nor this");
    reader = std::thread([&] { text = pipe.read(); });
    logger.info("the last");
  }
  pipe.restore();
  reader.join();
  std::uint64_t seen = 0;
  std::uint64_t lost = 0;
  std::uint64_t before = 0;
  const auto all = objects(text);
  for (const auto& line : all) {
    if (line.at("msg") == "lines were lost, since they were not read in time") {
      lost += line.at("lines").to_number<std::uint64_t>();
    } else if (const auto* number = line.if_contains("number")) {
      BOOST_TEST(number->to_number<std::uint64_t>() > before);
      before = number->to_number<std::uint64_t>();
      ++seen;
    }
    BOOST_TEST(line.at("who") != "mempool");
  }
  BOOST_TEST(lost > 0u);
  BOOST_TEST(seen < lines);
  BOOST_TEST(before == lines);
  BOOST_TEST(all.back().at("msg") == "the last");
  BOOST_TEST(seen + lost == lines);
}

BOOST_AUTO_TEST_CASE(the_log_ends_though_nobody_reads_it) {
  Pipe pipe;
  {
    const logging::NodeLog node_log({logging::Form::text, Level::info, {}});
    const Logger logger("journal");
    // More than the pipe holds, and one that no pipe takes at once.
    for (int i = 0; i < 3000; ++i) logger.info("a line that has some length to it, and no reader");
    logger.info(std::string(200'000, 'x'));
  }
  pipe.restore();
  const auto text = pipe.read();
  BOOST_TEST(text.find("a line that has") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exception_that_leaves_a_thread_ends_the_process_with_what_and_where) {
  Pipe pipe;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    const logging::NodeLog node_log({logging::Form::json, Level::info, {}});
    quiet_thread("thrower", [] { throw std::runtime_error("a fault"); }).join();
    ::_exit(0);
  }
  pipe.restore();
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
  const auto told = objects(pipe.read());
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].at("msg") == "stopped: an exception left the thread \"thrower\": a fault");
  BOOST_TEST(told[0].at("code") == "H-BUG");
}

BOOST_AUTO_TEST_CASE(whoever_speaks_where_nobody_listens_is_not_heard) {
  const Logger logger("journal");
  BOOST_TEST(!logger.heard(Level::error));
  logger.error("nothing happens");
}

BOOST_AUTO_TEST_SUITE_END()
