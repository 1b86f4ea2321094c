#include "node/start/log_session.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "core/files.hpp"
#include "storage/log_tree.hpp"
#include "tests/fixture/print.hpp"
#include "tests/tools/proof_log.hpp"

using namespace horae;
using test::ProofLog;

namespace {

DataPaths paths(const ProofLog& log) { return {log.directory.path}; }

void put_checkpoint(const ProofLog& log, const std::string& note) {
  BOOST_REQUIRE(replace_file_durably(paths(log).checkpoint(), note).has_value());
}

// Opening must be refused with these words.
void check_refused(const ProofLog& log, const std::string& part) {
  const auto session = LogSession::open(paths(log));
  BOOST_REQUIRE_MESSAGE(!session.has_value(), "opened, wanted " << part);
  BOOST_TEST(session.error().what.find(part) != std::string::npos, session.error().what);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_session)

BOOST_AUTO_TEST_CASE(the_tree_is_filled_up_and_the_checkpoint_held_against_it) {
  const ProofLog log(700);  // written without its tiles
  for (const std::uint64_t size : {0, 1, 256, 699, 700}) {
    if (size > 0) put_checkpoint(log, log.sign(size).note);
    const auto session = LogSession::open(paths(log));
    BOOST_REQUIRE_MESSAGE(session.has_value(), (session ? "" : session.error().what));
    BOOST_TEST(session->checkpointed == size);
    BOOST_TEST((session->position.tree == log.tree(700)));
    BOOST_TEST(session->position.seq == 700u);
    BOOST_TEST(LogTree(session->environment, nullptr).stored_tiles()->size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_is_not_the_signed_one_is_refused) {
  const ProofLog log(300);
  const ProofLog longer(301);
  const auto origin = log.origin();
  const auto note = [&](std::uint64_t size, const Hash32& root, const Ed25519Key& key) {
    return sign_note(to_text(Checkpoint{origin, size, root}), origin, key);
  };
  put_checkpoint(log, note(301, log.tree(300).root(), log.key));
  check_refused(log, "is signed over 301 records, and the log has 300: it lost its end");
  put_checkpoint(log, note(300, log.tree(299).root(), log.key));
  check_refused(log, "is signed over other records: at 300 the root is");
  put_checkpoint(log, note(299, log.tree(300).root(), log.key));
  check_refused(log, "is signed over other records: at 299 the root is");
  put_checkpoint(log, note(300, log.tree(300).root(), Ed25519Key::make()));
  check_refused(log, "is not signed by this log's key");
  put_checkpoint(log, longer.sign(300).note);
  check_refused(log, "is of another log");
  put_checkpoint(log, "");
  check_refused(log, "no signed note");
  std::filesystem::remove(paths(log).checkpoint());
  BOOST_TEST(LogSession::open(paths(log)).has_value());
}

BOOST_AUTO_TEST_CASE(a_log_that_lost_everything_is_refused) {
  const ProofLog log(3);
  const test::Directory empty;
  { BOOST_REQUIRE(LogSession::open({empty.path}).has_value()); }
  BOOST_REQUIRE(
      replace_file_durably(DataPaths{empty.path}.checkpoint(), log.sign(3).note).has_value());
  const auto session = LogSession::open({empty.path});
  BOOST_REQUIRE(!session.has_value());
  BOOST_TEST(session.error().what.find("the log has 0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stored_tile_that_is_not_the_records_is_refused) {
  for (const bool first : {true, false}) {
    const ProofLog log(600);
    auto right = merkle::Frontier();
    std::vector<Hash32> tiles;
    for (const auto& value : log.values) {
      if (const auto tile = right.add(record_hash(*decode_record(value)))) tiles.push_back(*tile);
    }
    tiles[first ? 0 : 1].bytes[7] ^= 1;
    {
      const auto environment = open_log(paths(log).log(), Access::durable);
      BOOST_REQUIRE(environment.has_value());
      BOOST_REQUIRE(LogWriter(*environment).add_tiles(0, tiles).has_value());
    }
    check_refused(log, first ? "record 256: the stored root of tile 0"
                             : "record 512: the stored root of tile 1");
  }
}

BOOST_AUTO_TEST_CASE(tiles_of_records_that_are_gone_are_refused) {
  const ProofLog log(600);
  {
    const auto environment = open_log(paths(log).log(), Access::durable);
    BOOST_REQUIRE(environment.has_value());
    auto tree = merkle::Frontier();
    std::vector<Hash32> tiles;
    for (const auto& value : log.values) {
      if (const auto tile = tree.add(record_hash(*decode_record(value)))) tiles.push_back(*tile);
    }
    tiles.push_back({});
    BOOST_REQUIRE(LogWriter(*environment).add_tiles(0, tiles).has_value());
  }
  check_refused(log, "the tree has 3 full tiles, the records fill 2: the log lost its end");
}

BOOST_AUTO_TEST_SUITE_END()
