#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "events/json.hpp"
#include "tests/tools/auditing.hpp"

using namespace horae;
using test::Directory;
using test::LogScene;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const LogScene& replay_binary_life() { return test::log_life(); }

// Runs the binary on a data directory; both its outputs come back as one.
test::Ran run(const fs::path& data_directory, const std::string& arguments) {
  return test::run("--datadir '" + data_directory.string() + "' " + arguments);
}

void check_run(const fs::path& data_directory, const std::string& arguments, int code,
               const std::string& part) {
  test::check_run("--datadir '" + data_directory.string() + "' " + arguments, code, part);
}

std::vector<fs::path> everything_below(const fs::path& directory) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_binary)

BOOST_AUTO_TEST_CASE(it_answers_on_a_copy_of_the_log_alone_and_leaves_it_alone) {
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  fs::remove(directory.path / "log" / "lock.mdb");
  const auto before = everything_below(directory.path);
  const auto state = run(directory.path, "state --json");
  BOOST_TEST(state.code == 0);
  BOOST_TEST(json::parse(state.out) == json::value(to_json(replay_binary_life().world)));
  check_run(directory.path, "state", 0, to_hex(state_hashes(replay_binary_life().world).shared));
  check_run(directory.path, "state --at block:2", 0, "head 2 ");
  check_run(directory.path, "verify", 0, "3 blocks: nothing wrong");
  const auto verified = json::parse(run(directory.path, "verify --json").out);
  BOOST_TEST(verified.at("ok").as_bool());
  BOOST_TEST(verified.at("hash").as_string() == to_hex(replay_binary_life().world.head));
  BOOST_TEST((everything_below(directory.path) == before));
}

BOOST_AUTO_TEST_CASE(it_answers_beside_a_writer) {
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  const auto environment = open_log(DataPaths{directory.path}.log(), Access::durable);
  BOOST_REQUIRE(environment.has_value());
  LogReader reader(*environment);
  BOOST_TEST(*reader.last_seq() == replay_binary_life().values.size());
  check_run(directory.path, "verify", 0, "nothing wrong");
  // A second run neither took the first reader's place nor left one behind.
  BOOST_TEST(*reader.last_seq() == replay_binary_life().values.size());
  BOOST_TEST(*(*environment)->check_readers() == 0);
}

BOOST_AUTO_TEST_CASE(the_log_is_shown_a_record_a_line) {
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  const auto ran = run(directory.path, "log --json");
  BOOST_TEST(ran.code == 0);
  std::istringstream lines(ran.out);
  std::uint64_t seq = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto record = json::parse(line).as_object();
    std::vector<std::string> keys;
    for (const auto& [key, value] : record) {
      if (key != "l1Time") keys.emplace_back(key);
    }
    // L1's facts say when on L1, too.
    BOOST_TEST(record.contains("l1Time") == (record.at("domain").as_string() == "locking"));
    BOOST_TEST(keys == (std::vector<std::string>{"seq", "time", "cause", "domain", "kind", "hash",
                                                 "fact"}),
               boost::test_tools::per_element());
    const auto written = decode_record(replay_binary_life().values.at(seq++));
    BOOST_TEST(record.at("seq").to_number<std::uint64_t>() == seq);
    BOOST_TEST(record.at("hash").as_string() == to_hex(record_hash(*written)));
    BOOST_TEST(record.at("time").to_number<std::uint64_t>() == written->header.time_ms);
    BOOST_TEST(record.at("domain").as_string() == domain_name(written->header.domain));
  }
  BOOST_TEST(seq == replay_binary_life().values.size());
  BOOST_TEST(
      json::parse(run(directory.path, "log --json --from 1 --to 1").out).at("kind").as_string() ==
      "logOpened");
  const auto blocks = run(directory.path, "log --domain blocks");
  BOOST_TEST(std::count(blocks.out.begin(), blocks.out.end(), '\n') == 4);
  BOOST_TEST(run(directory.path, "log --from 1000").out.empty());
}

BOOST_AUTO_TEST_CASE(a_person_reads_a_line_a_record) {
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  std::istringstream lines(run(directory.path, "log").out);
  std::istringstream whole(run(directory.path, "log --json").out);
  int blocks = 0;
  for (std::string line, json; std::getline(lines, line) && std::getline(whole, json);) {
    BOOST_TEST(line.size() < 1000u);
    const auto record = json::parse(json).as_object();
    if (record.at("kind").as_string() != "blockSealed") continue;
    const auto& sealed = record.at("fact").as_object();
    const auto& header = sealed.at("header").as_object();
    const auto txns = sealed.at("txns").as_array().size();
    BOOST_TEST(
        line.find(fmt::format("block {}, {} txns", header.at("number").to_number<std::uint64_t>(),
                              txns)) != std::string::npos,
        line);
    BOOST_TEST(line.ends_with("hash " + std::string(header.at("blockHash").as_string())), line);
    BOOST_TEST(line.find('{') == std::string::npos);
    ++blocks;
  }
  BOOST_TEST(blocks == 3);
}

BOOST_AUTO_TEST_CASE(the_exit_code_says_what_was_wrong) {
  const Directory directory;
  check_run(directory.path, "verify", 3, "no log in");
  check_run(directory.path, "--help", 0, "Exit codes:");
  check_run(directory.path, "verify --help", 0, "audit mismatch");
  check_run(directory.path, "state --help", 0, "Positions:");
  // Of positions speaks what takes one.
  BOOST_TEST(run(directory.path, "export --help").out.find("Positions") == std::string::npos);
  check_run(directory.path, "", 2, "subcommand");
  check_run(directory.path, "state --at nowhere", 2, "a position is");
  check_run(directory.path, "log --domain nowhere", 2, "no domain nowhere: there are node, ");
  check_run(directory.path, "zzzzzzzz", 2, "no command zzzzzzzz: there are ");
  check_run(directory.path, "--datadir x statemnt", 2, "no command statemnt; statement?");
  LogScene::write(directory.path, replay_binary_life().values);
  check_run(directory.path, "verify --checkpoint '" + directory.path.string() + "'", 3,
            directory.path.string() + " is a directory");
  check_run(directory.path, "state --at 1000000", 9, "the log has 1 to ");
  check_run(directory.path, "state --at l1:41", 9, "confirmed L1 head is 40");
  check_run(directory.path, "state --at block:4", 9, "last block is 3");

  const Directory empty;
  LogScene::write(empty.path, {});
  check_run(empty.path, "state", 9, "the log is empty");
  check_run(empty.path, "verify", 9, "the log is empty");
  check_run(empty.path, "log", 0, "");

  const Directory tampered;
  auto values = replay_binary_life().values;
  values[6][100] ^= 1;
  LogScene::write(tampered.path, values);
  check_run(tampered.path, "verify", 10, "record 7: ");
  const auto finding = json::parse(run(tampered.path, "verify --json").out);
  BOOST_TEST(!finding.at("ok").as_bool());
  BOOST_TEST(finding.at("seq").to_number<int>() == 7);
  BOOST_TEST(finding.at("code").as_string() == "H-AUDIT-MISMATCH");
  check_run(tampered.path, "verify", 10, "error H-AUDIT-MISMATCH: record 7 is not as it should be");
  check_run(tampered.path, "verify", 10, "More: horae explain H-AUDIT-MISMATCH");
  for (const auto* key : {"what", "wanted", "got"})
    BOOST_TEST(!finding.at(key).as_string().empty());

  const Directory unfair;
  LogScene scene;
  scene.open();
  scene.submit(1, 0, 10);
  scene.submit(2, 0, 20);
  auto proposal = scene.propose();
  std::swap(proposal.txns[0], proposal.txns[1]);
  scene.commit(LogScene::unasked(scene.seal_command(proposal)));
  LogScene::write(unfair.path, scene.values);
  check_run(unfair.path, "verify", 10, "block 1, transaction 0");
}

BOOST_AUTO_TEST_CASE(a_reader_without_permission_is_told_so) {
  if (::geteuid() == 0) {
    BOOST_TEST_MESSAGE("skipped: root may read everything");
    return;
  }
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  fs::permissions(directory.path / "log" / "data.mdb", fs::perms::none);
  check_run(directory.path, "state", 4, "not permitted");
}

BOOST_AUTO_TEST_CASE(a_fact_that_cannot_be_folded_is_named) {
  const Directory directory;
  auto scene = replay_binary_life();
  // Admitted twice: canonical and chained, but no mempool would have said so.
  const auto first = std::find_if(scene.values.begin(), scene.values.end(), [](const auto& value) {
    const auto record = decode_record(value);
    return record->header.domain == Domain::MEMPOOL && record->header.kind == 2;
  });
  const auto copied = static_cast<std::uint64_t>(first - scene.values.begin()) + 1;
  auto value = *first;
  for (std::size_t i = 0; i < 8; ++i) {
    value[8 + i] = static_cast<std::uint8_t>((copied + 1) >> 8 * i);
  }
  scene.values.resize(copied);
  scene.values.push_back(value);
  LogScene::rechain(scene.values);
  LogScene::write(directory.path, scene.values);
  const auto record = "record " + std::to_string(copied + 1);
  check_run(directory.path, "verify", 5, record + ": record: wanted one that can be read");
  check_run(directory.path, "verify", 5, "which waits already");
  check_run(directory.path, "state", 5, record);
}

// Pages that LMDB trips over: it must end with an answer, never by a signal or for ever.
BOOST_AUTO_TEST_CASE(damaged_files_end_in_an_answer) {
  const Directory directory;
  LogScene::write(directory.path, replay_binary_life().values);
  const auto file = directory.path / "log" / "data.mdb";
  const auto size = static_cast<std::streamoff>(test::used_size(file));
  const auto whole = directory.path / "whole";
  fs::copy(file, whole);
  const auto restore = [&] { fs::copy(whole, file, fs::copy_options::overwrite_existing); };

  fs::resize_file(file, static_cast<std::uintmax_t>(size - 4096));
  check_run(directory.path, "verify", 5, "is truncated");
  restore();
  for (std::streamoff page = 2; page < size / 4096; ++page) {
    test::overwrite(file, page * 4096, std::string(4096, '\0'));
    const auto ran = run(directory.path, "verify");
    BOOST_TEST((ran.code == 5 || ran.code == 0), ran.code << " for page " << page << ran.out);
    restore();
  }
  std::mt19937_64 random(5);
  int found = 0;
  for (int round = 0; round < 40; ++round) {
    for (int flips = 0; flips < 8; ++flips) {
      const auto at = static_cast<std::streamoff>(random() % static_cast<std::uint64_t>(size));
      test::overwrite(file, at, std::string(1, static_cast<char>(random())));
    }
    const auto ran = run(directory.path, "verify");
    BOOST_TEST((ran.code == 5 || ran.code == 9 || ran.code == 10 || ran.code == 0),
               ran.code << ": " << ran.out);
    if (ran.code != 0) ++found;
    restore();
  }
  BOOST_TEST(found > 0);
  check_run(directory.path, "verify", 0, "nothing wrong");
}

BOOST_AUTO_TEST_SUITE_END()
