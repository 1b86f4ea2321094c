#include "actors/checkpointer.hpp"

#include <filesystem>

#include "core/checkpoint.hpp"
#include "core/files.hpp"
#include "storage/log_tree.hpp"
#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint64_t pause_ms = 500;

struct Signing {
  Ground ground;
  House house{ground};
  std::shared_ptr<const Ed25519Key> key = std::make_shared<const Ed25519Key>(Ed25519Key::make());
  std::filesystem::path file = ground.directory.path / "checkpoint";
  std::vector<std::string> troubles;
  unsigned mended = 0;
  checkpointer_actor checkpointer;

  explicit Signing(std::uint64_t size = 0) {
    checkpointer = spawn_checkpointer(
        house.stage.system, Threading::pooled, house.meters.add("checkpointer"),
        {"horae/test", key, file, size, pause_ms,
         [this](const Fault& fault) { troubles.push_back(fault.what); }, [this] { ++mended; }},
        house.journal);
    caf::anon_send(checkpointer, caf::tick_atom::value);
  }
  ~Signing() { house.stage.drop(checkpointer); }

  [[nodiscard]] std::optional<Checkpoint> written() const {
    const auto note = read_small_file(file);
    if (!note) return std::nullopt;
    const auto read = parse_checkpoint(*note);
    BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().what));
    BOOST_TEST(read->signed_by(key->public_key()));
    return read->checkpoint;
  }
  void check_equals_log() {
    const auto position = position_in(*house.log);
    const auto checkpoint = written();
    BOOST_REQUIRE(checkpoint.has_value());
    BOOST_TEST(checkpoint->origin == "horae/test");
    BOOST_TEST(checkpoint->size == position.seq);
    BOOST_TEST(checkpoint->root == position.tree.root());
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpointer)

BOOST_AUTO_TEST_CASE(a_checkpoint_follows_the_log_and_never_leads) {
  Signing scene;
  scene.house.run();
  scene.check_equals_log();
  const auto before = scene.written()->size;
  scene.house.tell(submit_command({}));
  scene.house.tell(submit_command({.nonce = 1}));
  scene.house.run();
  // Between two there is a pause; then it has everything that came meanwhile.
  BOOST_TEST(scene.written()->size == before);
  BOOST_TEST(last_seq(*scene.house.log) == before + 2);
  scene.house.pass(pause_ms);
  scene.check_equals_log();
  BOOST_TEST(!std::filesystem::exists(scene.file.string() + ".new"));
}

BOOST_AUTO_TEST_CASE(whoever_asks_gets_the_head_at_once) {
  Signing scene;
  scene.house.run();
  scene.house.tell(submit_command({}));
  scene.house.run();
  const auto asked =
      scene.house.stage.ask<CheckpointWritten>(scene.checkpointer, WriteCheckpoint{});
  scene.house.run();
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_TEST(asked->answer->done.has_value());
  BOOST_TEST(asked->answer->size == last_seq(*scene.house.log));
  scene.check_equals_log();
}

BOOST_AUTO_TEST_CASE(a_quiet_log_is_not_signed_again) {
  Ground ground;
  std::uint64_t size = 0;
  {
    House house(ground);
    size = last_seq(*house.log);
  }
  Signing scene(size);
  scene.house.run();
  scene.house.pass(10 * pause_ms);
  BOOST_TEST(!scene.written().has_value());
  scene.house.tell(submit_command({}));
  scene.house.run();
  scene.check_equals_log();
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_told_and_tried_again) {
  Signing scene;
  std::filesystem::create_directories(scene.file.string() + ".new");
  scene.house.run();
  BOOST_TEST(!scene.written().has_value());
  scene.house.pass(5 * pause_ms);
  BOOST_TEST(scene.troubles.size() == 1u);
  BOOST_TEST(scene.mended == 0u);
  std::filesystem::remove(scene.file.string() + ".new");
  scene.house.pass(pause_ms);
  scene.check_equals_log();
  BOOST_TEST(scene.troubles.size() == 1u);
  BOOST_TEST(scene.mended == 1u);
}

BOOST_AUTO_TEST_CASE(the_journal_stores_each_tile_with_the_records_that_fill_it) {
  Ground ground;
  auto position = JournalPosition();
  {
    // A log made with the table, as the node makes it.
    const auto environment = *open_log(ground.log(), Access::rebuildable);
    BOOST_TEST(environment->has_table("tree"));
  }
  Stage stage;
  Meters meters;
  auto board = std::make_shared<Board>();
  const auto environment = *open_log(ground.log(), Access::rebuildable);
  auto journal =
      spawn_journal(stage.system, Threading::pooled, meters, board,
                    std::make_unique<LogWriter>(environment), ground.clock, position, {});
  const auto fact =
      make_fact<schema::NodeFact>([](auto built) { built.initNodeStarted().setStarts(1); });
  for (int round = 0; round < 7; ++round) {
    Decision decision;
    for (int i = 0; i < 100; ++i) decision.facts.push_back(fact);
    stage.ask<Receipt>(journal, Append{std::move(decision), 0});
    stage.scheduler.run();
  }
  LogReader log(environment);
  position = position_in(log);
  BOOST_TEST(position.seq == 700u);
  const auto asked = stage.ask<DurableTree>(journal, AskTree{});
  stage.scheduler.run();
  BOOST_TEST((asked->answer->tree == position.tree));
  LogTree tree(environment, [](BytesView value) -> Result<Hash32> {
    const auto record = decode_record(value);
    if (!record) return tl::unexpected(record.error());
    return record_hash(*record);
  });
  BOOST_TEST(tree.stored_tiles()->size() == 2u);
  BOOST_TEST(tree.frontier(700)->root() == position.tree.root());
  stage.drop(journal);
}

BOOST_AUTO_TEST_SUITE_END()
