// A node of this version goes on with the log of each earlier schema, in place.
#include <sys/wait.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "actors/journal.hpp"
#include "edges/system_clock.hpp"
#include "events/node/node.hpp"
#include "node/start/log_session.hpp"
#include "tests/fixture/stage.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> golden_logs() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(HORAE_SOURCE_DIR "/tests/golden")) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("log-") && name.ends_with(".mdb.xz")) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

int run_shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<Hash32> hashes(const std::shared_ptr<Environment>& environment) {
  std::vector<Hash32> out;
  LogReader log(environment);
  const auto last = log.last_seq();
  BOOST_REQUIRE(last.has_value());
  const auto read = log.scan(1, *last, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    BOOST_REQUIRE(record.has_value());
    out.push_back(record_hash(*record));
    return true;
  });
  BOOST_REQUIRE(read.has_value());
  return out;
}

LogSession opened(const fs::path& home, StartFrom from) {
  auto session = LogSession::open({home}, std::size_t{1} << 30, from);
  BOOST_REQUIRE_MESSAGE(session.has_value(), (session ? "" : session.error().what));
  return std::move(*session);
}

// What every start appends, through the journal that a node has.
std::uint64_t start_once(const LogSession& session, const std::string& version) {
  test::Stage stage;
  Meters meters;
  auto journal = spawn_journal(stage.system, Threading::pooled, meters, std::make_shared<Board>(),
                               std::make_unique<LogWriter>(session.environment),
                               std::make_shared<SystemClock>(), session.position, {});
  const auto asked =
      stage.ask<Receipt>(journal, Append{start_node(session.world.local.node, version), 0});
  stage.scheduler.run();
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_REQUIRE(asked->answer->read().isAccepted());
  stage.drop(journal);
  return asked->answer->read().getAccepted();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upgrade)

BOOST_AUTO_TEST_CASE(this_version_goes_on_with_the_log_of_each_schema) {
  const auto logs = golden_logs();
  BOOST_REQUIRE(logs.size() >= 2u);
  for (const auto& packed : logs) {
    BOOST_TEST_CONTEXT(packed.filename().string()) {
      const test::Directory home;
      fs::create_directory(home.path / "log");
      BOOST_REQUIRE(run_shell("xz -dc '" + packed.string() + "' > '" +
                              (home.path / "log" / "data.mdb").string() + "'") == 0);
      std::vector<Hash32> before;
      std::uint64_t starts = 0;
      for (const auto from : {StartFrom::snapshot, StartFrom::beginning}) {
        const auto session = opened(home.path, from);
        const auto now = hashes(session.environment);
        if (before.empty()) before = now;
        BOOST_TEST(session.world.seq == now.size());
        BOOST_REQUIRE(now.size() >= before.size());
        BOOST_TEST(std::equal(before.begin(), before.end(), now.begin()));
        starts = session.world.local.node.starts;
        BOOST_TEST(start_once(session, "upgraded") == now.size() + 1);
      }
      {
        const auto session = opened(home.path, StartFrom::snapshot);
        BOOST_TEST(session.world.seq == before.size() + 2);
        BOOST_TEST(session.world.local.node.starts == starts + 1);
        BOOST_TEST(session.world.local.node.version == "upgraded");
      }
      BOOST_TEST(run_shell(std::string(HORAE_BINARY_DIR) + "/bin/horae-replay --datadir '" +
                           home.path.string() + "' verify >/dev/null") == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
