#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <sstream>

#include "events/json.hpp"
#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/parts.hpp"
#include "tools/replay/export/partial.hpp"
#include "tools/replay/interrupt.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const DutyScene& auditor_life() { return duties(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(auditor)

BOOST_AUTO_TEST_CASE(a_time_is_read_to_the_millisecond_or_refused) {
  BOOST_TEST(*parse_time("1970-01-01") == 0u);
  BOOST_TEST(*parse_time("2026-11-22T17:40:00Z") == 1795369200000u);
  BOOST_TEST(*parse_time("2026-11-22T17:40Z") == 1795369200000u);
  BOOST_TEST(*parse_time("2024-02-29T00:00:00.001Z") == 1709164800001u);
  BOOST_TEST(*parse_time("ms:77") == 77u);
  for (const auto* wrong : {"", "2026", "2026-13-01", "2025-02-29", "2026-11-22T17:40:00",
                            "2026-11-22T24:00:00Z", "2026-11-22T17:40:00Zx", "ms:", "ms:1x"}) {
    BOOST_TEST(!parse_time(wrong).has_value(), wrong << " was read");
  }
}

BOOST_AUTO_TEST_CASE(a_time_names_the_last_decision_that_is_not_later) {
  const Written log;
  const auto source = Source::open(log.directory.path);
  std::uint64_t settled = 0;
  std::atomic<std::uint64_t> at = 0;
  for (const auto& value : auditor_life().values) {
    const auto header = decode_record(value)->header;
    if (!header.more) settled = header.seq;
    if (settled == 0) continue;
    const auto found = resolve(*source, {Position::Kind::time, header.time_ms}, &at);
    BOOST_TEST(*found == settled);
  }
  BOOST_TEST(!resolve(*source, {Position::Kind::time, 1}, &at).has_value());
  BOOST_TEST(*resolve(*source, {Position::Kind::time, UINT64_MAX}, &at) == source->last());
}

BOOST_AUTO_TEST_CASE(a_time_of_l1_names_the_position_before_what_is_later) {
  LogScene scene;
  scene.live();
  const Written log(scene.values);
  const auto source = Source::open(log.directory.path);
  std::atomic<std::uint64_t> at = 0;
  const auto ms = [](std::uint64_t block) { return Scene::time(block) * 1000; };
  // Blocks 32 and 35 stand, 33 was taken back; the head is 40.
  const auto before_32 = *resolve(*source, {Position::Kind::l1, 31}, &at);
  const auto before_35 = *resolve(*source, {Position::Kind::l1, 34}, &at);
  BOOST_TEST(before_32 < before_35);
  BOOST_TEST(*resolve(*source, {Position::Kind::l1_time, ms(32) - 1}, &at) == before_32);
  BOOST_TEST(*resolve(*source, {Position::Kind::l1_time, ms(32)}, &at) == before_35);
  BOOST_TEST(*resolve(*source, {Position::Kind::l1_time, ms(40)}, &at) == source->last());
  BOOST_TEST(!resolve(*source, {Position::Kind::l1_time, ms(40) + 1}, &at).has_value());
  BOOST_TEST(*before_l1_time(*source, ms(35), &at) == before_35);
  BOOST_TEST(*before_l1_time(*source, ms(41), &at) == source->last());
  BOOST_TEST(*reading_from(*source, "l1:ms:" + std::to_string(ms(35)), &at) == before_35 + 1);
  BOOST_TEST(*reading_to(*source, "l1:ms:" + std::to_string(ms(35) - 1), &at) == before_35);
  check_run("state --at 2001-01-01" + log.option(), 9, "by L1's own time it is l1:2001-01-01T");
  check_run("log --from l1:2001-01-01 --to l1:2001-01-02" + log.option(), 0, "");
}

BOOST_AUTO_TEST_CASE(a_blocks_line_names_its_epoch_and_whether_its_transactions_are_signed) {
  LogScene scene;
  const auto line_of_block = [&](const LogScene::Proposal& proposal) {
    const auto seq = scene.commit(LogScene::unasked(scene.seal_command(proposal)));
    const auto shown = describe({seq, scene.values.back()});
    BOOST_REQUIRE(shown.has_value());
    return record_line(*shown, LineForm::words);
  };
  scene.open();
  scene.submit(1, 0, 1);
  BOOST_TEST(line_of_block(scene.propose()).find("block 1, 1 txns, 21,000 of") !=
             std::string::npos);
  scene.seal_rules(true);
  auto proposal = scene.propose();
  proposal.epoch = 7;
  BOOST_TEST(line_of_block(proposal).find("block 2 of epoch 7, 1 txns, each signed, 21,000 of") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_parts_of_the_state_are_what_state_shows) {
  const auto whole = horae::to_json(auditor_life().world);
  std::size_t shown = 0;
  for (const auto& part : state_parts()) {
    BOOST_TEST(part.json(auditor_life().world) == whole.at(part.name));
    ++shown;
  }
  BOOST_TEST(whole.size() == shown + 2);  // and seq, stateHash
  Leaves leaves;
  add_leaves(leaves, json::parse(R"({"l":[{"id":"7","x":1},{"id":"9","x":[2,3]}]})"), "p");
  BOOST_TEST(leaves.size() == 5);
  BOOST_TEST(leaves.at("p.l[9].x[1]") == json::value(3));
  leaves.clear();
  add_leaves(leaves, json::parse(R"({"l":[{"id":"7","x":1}],"lx":2})"), "p", "p.l");
  BOOST_TEST(leaves.size() == 2);
}

BOOST_AUTO_TEST_CASE(why_tells_what_became_of_a_transaction) {
  LogScene scene;
  scene.live();
  const Written log(scene.values);
  const auto hash = [](std::uint8_t sender, std::uint64_t nonce, std::uint64_t tip) {
    return to_hex(keccak256(LogScene::raw(sender, nonce, tip)));
  };
  const auto included = answer("why --json " + hash(1, 0, 1) + log.option());
  BOOST_TEST(included.at("fate").at("status").as_string() == "included");
  BOOST_TEST(number(included.at("fate").at("block")) == 1u);
  BOOST_TEST(included.at("fate").at("history").as_array().size() == 3u);
  check_run("why " + hash(4, 1, 7) + log.option(), 0, "pending");
  const auto dropped = answer("why --json " + hash(1, 1, 9) + log.option());
  BOOST_TEST(dropped.at("fate").at("status").as_string() == "dropped");
  BOOST_TEST(!dropped.at("fate").at("detail").as_string().empty());
  check_run("why " + hash(1, 1, 9) + log.option(), 0, "dropped: ");
  check_run("why " + hash(99, 0, 0) + log.option(), 9, "no record names");
  check_run("why 0x12" + log.option(), 2, "wanted 32 bytes");
}

BOOST_AUTO_TEST_CASE(why_tells_of_a_successor_and_of_a_block_that_nobody_closed) {
  LogScene scene;
  scene.open();
  scene.submit(1, 0, 1);
  scene.submit(1, 0, 200'002);
  const auto proposal = scene.propose();
  scene.seal(proposal);
  const Written log(scene.values);
  const auto first = to_hex(keccak256(LogScene::raw(1, 0, 1)));
  const auto second = to_hex(keccak256(LogScene::raw(1, 0, 200'002)));
  check_run("why " + first + log.option(), 0, "replaced by " + second);
  check_run("why " + second + log.option(), 0, "sealed in block 1");
  // A block's hash is no transaction's, and is found all the same.
  check_run("why " + to_hex(scene.world.shared.blocks.head.hash) + log.option(), 0,
            "blocks blockSealed");
}

BOOST_AUTO_TEST_CASE(why_tells_of_an_l1_transaction_that_a_reorganisation_took_back) {
  const Written log;
  const auto account = answer("statement --sequencer 1 --json" + log.option());
  std::string txn;
  for (const auto& each : account.at("bookings").as_array()) {
    if (!std::string_view(each.at("event").as_string()).starts_with("taken back")) continue;
    txn = std::string(each.at("l1").at("txn").as_string());
  }
  BOOST_REQUIRE(!txn.empty());
  check_run("why " + txn + log.option(), 0, "locking rewardDistributed");
}

BOOST_AUTO_TEST_CASE(stats_count_what_there_is) {
  const Written log;
  const auto stats = answer("stats --json" + log.option());
  std::uint64_t bytes = 0;
  for (const auto& value : auditor_life().values) bytes += value.size();
  BOOST_TEST(number(stats.at("records")) == auditor_life().values.size());
  BOOST_TEST(number(stats.at("bytes")) == bytes);
  BOOST_TEST(number(stats.at("blocks")) == auditor_life().world.shared.blocks.head.number);
  BOOST_TEST(number(stats.at("txns")) == auditor_life().world.shared.blocks.txns);
  BOOST_TEST(number(stats.at("file").at("leafPages")) > 0u);
  check_run("stats" + log.option(), 0, "leaf,");
}

// A node that is started again and again, and commits one record or many at once.
BOOST_AUTO_TEST_CASE(watch_misses_nothing_of_what_is_written_beside_it) {
  const auto& values = auditor_life().values;
  const Directory directory;
  LogScene::write(directory.path, {values.begin(), values.begin() + 20});
  const auto command = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay watch --json --to " +
                       std::to_string(values.size()) + " --datadir " + directory.path.string() +
                       " --from ";
  FILE* pipes[] = {::popen((command + "3").c_str(), "r"), ::popen((command + "100").c_str(), "r")};
  for (std::size_t next = 20, batch = 1; next < values.size(); batch = batch % 7 + 1) {
    const auto environment = open_log(DataPaths{directory.path}.log(), Access::durable);
    BOOST_REQUIRE(environment.has_value());
    LogWriter writer(*environment);
    for (int commits = 0; commits < 5 && next < values.size(); ++commits) {
      std::vector<LogEntry> entries;
      const auto end = std::min(next + batch, values.size());
      const auto first = next + 1;
      for (; next < end; ++next) entries.push_back({values[next], {}});
      BOOST_REQUIRE(writer.append(first, entries).has_value());
    }
  }
  for (std::uint64_t seq = 2; auto* pipe : pipes) {
    BOOST_REQUIRE(pipe != nullptr);
    std::string out;
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      out.append(buffer, n);
    }
    BOOST_TEST(::pclose(pipe) == 0);
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
      BOOST_TEST(number(json::parse(line).at("seq")) == ++seq);
    }
    BOOST_TEST(seq == values.size());
    seq = 99;
  }
}

BOOST_AUTO_TEST_CASE(watch_tells_when_another_log_takes_the_place_of_its_own) {
  const Directory directory;
  LogScene::write(directory.path,
                  {auditor_life().values.begin(), auditor_life().values.begin() + 20});
  const auto command = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay watch --from 20 " +
                       "--datadir " + directory.path.string() + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  std::string out(1, static_cast<char>(std::fgetc(pipe)));  // it is at work
  fs::remove_all(directory.path / "log");
  LogScene::write(directory.path, auditor_life().values);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  BOOST_TEST(WEXITSTATUS(status) == 9);
  BOOST_TEST(out.find("another log stands in its place") != std::string::npos, out);
}

BOOST_AUTO_TEST_CASE(watch_ends_well_when_it_is_interrupted) {
  const Written log;
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto binary = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay";
  const auto directory = log.directory.path.string();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(binary.c_str(), binary.c_str(), "watch", "--from", "1", "--datadir", directory.c_str(),
            nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  char byte = 0;
  BOOST_REQUIRE(::read(ends[0], &byte, 1) == 1);  // it is at work
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(diff_names_every_value_that_changed_and_the_records) {
  LogScene scene;
  scene.live();
  const Written log(scene.values);
  const auto same = answer("diff block:1 block:1 --json" + log.option());
  BOOST_TEST(same.at("same").as_bool());
  const auto found = answer("diff block:1 block:2 --json" + log.option());
  BOOST_TEST(!found.at("same").as_bool());
  bool head = false;
  for (const auto& each : found.at("differences").as_array()) {
    if (each.at("key") != "blocks.head.number") continue;
    head = true;
    BOOST_TEST(each.at("a") == json::value(1));
    BOOST_TEST(each.at("b") == json::value(2));
    BOOST_TEST(number(each.at("records").at("changes")) == 1u);
    BOOST_TEST(each.at("records").at("newest").as_array().at(0) == found.at("b"));
  }
  BOOST_TEST(head);
  // Backwards the values change places, the records do not.
  const auto back = answer("diff block:2 block:1 --json" + log.option());
  BOOST_TEST(back.at("differences").as_array().size() == found.at("differences").as_array().size());
}

BOOST_AUTO_TEST_CASE(blame_names_the_records_that_made_a_value) {
  const Written log;
  const auto blamed = answer("blame blocks.head.number --limit 0 --json" + log.option());
  const auto head = auditor_life().world.shared.blocks.head.number;
  BOOST_TEST(number(blamed.at("changes")) == head);
  auto expected = head;
  for (const auto& each : blamed.at("newest").as_array()) {
    const auto& value = each.at("values").at("blocks.head.number");
    BOOST_TEST(number(value.at("after")) == expected);
    BOOST_TEST(number(value.at("before")) == --expected);
    BOOST_TEST(each.at("fact").as_string() == "blockSealed");
  }
  check_run("blame 'locking.sequencers[1].reward'" + log.option(), 0, "rewardDistributed");
  check_run("blame locking.sequencers" + log.option(), 0, "locking locked");
  check_run("blame weather.today" + log.option(), 2, "locking, blocks, mpc");
  check_run("blame locking.weather" + log.option(), 9, "never had");
}

BOOST_AUTO_TEST_CASE(a_backup_beside_a_writer_verifies) {
  const Written log;
  const auto writing = open_log(DataPaths{log.directory.path}.log(), Access::durable);
  BOOST_REQUIRE(writing.has_value());
  const Directory directory;
  const auto copy = directory.path / "copy";
  const auto shown = answer("backup --json " + copy.string() + log.option());
  BOOST_TEST(shown.at("ok").as_bool());
  BOOST_TEST(shown.at("hash").as_string() == to_hex(auditor_life().world.head));
  check_run("verify --datadir " + copy.string(), 0, "nothing wrong");
  check_run("backup " + copy.string() + log.option(), 9, "there already");

  auto altered = auditor_life().values;
  altered[6].back() ^= 1;
  const Written tampered(altered);
  const auto other = directory.path / "other";
  check_run("backup " + other.string() + tampered.option(), 10, "record 7");
  BOOST_TEST(!fs::exists(other));
  BOOST_TEST(!fs::exists(other.string() + ".partial"));
}

BOOST_AUTO_TEST_CASE(an_interrupt_leaves_nothing_half_written) {
  const Directory directory;
  const auto file = directory.path / "file";
  {
    auto partial = PartialFile::make(file);
    BOOST_REQUIRE(partial.has_value());
    BOOST_REQUIRE(partial->write("whole").has_value());
    BOOST_REQUIRE(partial->finish().has_value());
  }
  BOOST_TEST(content(file) == "whole");
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 1;
    try {
      auto partial = PartialFile::make(file);
      auto tree = PartialDirectory::make(directory.path / "tree");
      if (partial->write("half")) ::raise(SIGINT);
      stop_if_interrupted();
    } catch (const Interrupted& interrupted) {
      code = interrupted.signal == SIGINT ? 0 : 2;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(content(file) == "whole");
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory.path)) ++left;
  BOOST_TEST(left == 1u);
}

BOOST_AUTO_TEST_CASE(progress_can_be_had_as_json) {
  const Written log;
  check_run("verify --progress none" + log.option(), 0, "nothing wrong");
  check_run("verify --progress loud" + log.option(), 2, "loud");
}

BOOST_AUTO_TEST_SUITE_END()
