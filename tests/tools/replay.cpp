#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/storage/directory.hpp"
#include "tests/tools/log_scene.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/audit/verify.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"

using namespace horae;
using namespace horae::replay;
using test::Directory;
using test::LogScene;

namespace {

const LogScene& replay_life() { return test::log_life(); }

Source open_replay(const Directory& directory) {
  auto source = Source::open(directory.path);
  if (!source) throw std::runtime_error(source.error().what);
  return std::move(*source);
}

tl::expected<Verified, Finding> verify_values(const std::vector<Bytes>& values) {
  const Directory directory;
  LogScene::write(directory.path, values);
  return verify(open_replay(directory), nullptr);
}

// The first finding must be this.
void check_found(const std::vector<Bytes>& values, std::uint64_t seq, const std::string& what,
                 Exit code = Exit::mismatch) {
  const auto outcome = verify_values(values);
  BOOST_REQUIRE_MESSAGE(!outcome, "nothing found, wanted " << what);
  const auto& finding = outcome.error();
  BOOST_TEST_CONTEXT(to_text(finding)) {
    BOOST_TEST(finding.seq == seq);
    BOOST_TEST(finding.what.find(what) != std::string::npos, "wanted " << what);
    BOOST_TEST(static_cast<int>(exit_of(finding.trouble)) == static_cast<int>(code));
    BOOST_TEST(finding.wanted != finding.got);
  }
}

bool has_more(const Bytes& value) { return value[7] == 1; }

std::uint64_t seq_of(const std::vector<Bytes>& values, Domain domain, std::uint16_t kind,
                     int skip = 0) {
  for (const auto& value : values) {
    const auto record = decode_record(value);
    if (record->header.domain != domain || record->header.kind != kind) continue;
    if (skip-- == 0) return record->header.seq;
  }
  throw std::runtime_error("no such record in the scene");
}

void put_u64(Bytes& value, std::size_t offset, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i)
    value[offset + i] = static_cast<std::uint8_t>(number >> 8 * i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_)

BOOST_AUTO_TEST_CASE(a_log_as_it_was_written_is_in_order) {
  const auto outcome = verify_values(replay_life().values);
  BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : to_text(outcome.error())));
  BOOST_TEST(outcome->blocks == 3u);
  BOOST_TEST(outcome->world.seq == replay_life().values.size());
  BOOST_TEST((state_hashes(outcome->world) == state_hashes(replay_life().world)));
  BOOST_TEST((outcome->world.head == replay_life().world.head));
}

BOOST_AUTO_TEST_CASE(every_settled_position_has_the_state_that_it_had) {
  const Directory directory;
  LogScene::write(directory.path, replay_life().values);
  const auto source = open_replay(directory);
  World then;
  int unsettled = 0;
  for (const auto& value : replay_life().values) {
    BOOST_REQUIRE(fold(then, *decode_record(value), Trust::bytes).has_value());
    const auto seq = resolve(source, {Position::Kind::seq, then.seq}, nullptr);
    BOOST_TEST(seq.has_value() == then.settled);
    if (!seq) {
      ++unsettled;
      BOOST_TEST((seq.error().exit() == Exit::precondition));
      BOOST_TEST(seq.error().what.find("in the midst of a decision") != std::string::npos);
      continue;
    }
    const auto world = fold_to(source, *seq, nullptr);
    BOOST_REQUIRE(world.has_value());
    BOOST_TEST((state_hashes(*world) == state_hashes(then)));
  }
  BOOST_TEST(unsettled > 0);
  BOOST_TEST(*resolve(source, {}, nullptr) == then.seq);
  for (const auto seq : {std::uint64_t{0}, then.seq + 1, UINT64_MAX}) {
    const auto refused = resolve(source, {Position::Kind::seq, seq}, nullptr);
    BOOST_TEST((!refused && refused.error().exit() == Exit::precondition));
  }
}

BOOST_AUTO_TEST_CASE(the_positions_beside_an_open_decision_are_named) {
  const Directory directory;
  LogScene::write(directory.path, replay_life().values);
  const auto source = open_replay(directory);
  // The lock of sequencer 1 is three events of one L1 block.
  const auto lock = seq_of(replay_life().values, Domain::LOCKING, 2);
  const auto refused = resolve(source, {Position::Kind::seq, lock + 1}, nullptr);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().what ==
             "record " + std::to_string(lock + 1) + " is in the midst of a decision (records " +
                 std::to_string(lock) + " to " + std::to_string(lock + 2) + "): settled are " +
                 std::to_string(lock - 1) + " before it and " + std::to_string(lock + 2));
}

BOOST_AUTO_TEST_CASE(an_l1_position_is_before_the_first_event_that_survived_above_it) {
  const Directory directory;
  const auto& values = replay_life().values;
  LogScene::write(directory.path, values);
  const auto source = open_replay(directory);
  const auto at = [&](std::uint64_t block) {
    return resolve(source, {Position::Kind::l1, block}, nullptr);
  };
  const auto lock = [&](int skip) { return seq_of(values, Domain::LOCKING, 2, skip); };
  BOOST_TEST(*at(5) == seq_of(values, Domain::LOCKING, 1) - 1);
  BOOST_TEST(*at(10) == lock(0) - 1);
  BOOST_TEST(*at(19) == lock(0) - 1);
  // The second lock, in block 33, was taken back; the third stands in block 32, the last in 35.
  BOOST_TEST(*at(20) == lock(2) - 1);
  BOOST_TEST(*at(31) == lock(2) - 1);
  BOOST_TEST(*at(32) == lock(3) - 1);
  BOOST_TEST(*at(34) == lock(3) - 1);
  BOOST_TEST(*at(35) == values.size());
  BOOST_TEST(*at(40) == values.size());
  const auto above = at(41);
  BOOST_REQUIRE(!above);
  BOOST_TEST((above.error().exit() == Exit::precondition));
  BOOST_TEST(above.error().what.find("its confirmed L1 head is 40") != std::string::npos);
  const auto world = fold_to(source, *at(33), nullptr);
  BOOST_TEST(world->shared.locking.current.sequencers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_block_position_is_where_it_was_sealed) {
  const Directory directory;
  const auto& values = replay_life().values;
  LogScene::write(directory.path, values);
  const auto source = open_replay(directory);
  BOOST_TEST(*resolve(source, {Position::Kind::block, 0}, nullptr) ==
             seq_of(values, Domain::BLOCKS, 1));
  for (int block = 1; block <= 3; ++block) {
    const auto number = static_cast<std::uint64_t>(block);
    BOOST_TEST(*resolve(source, {Position::Kind::block, number}, nullptr) ==
               seq_of(values, Domain::BLOCKS, 2, block - 1));
  }
  const auto none = resolve(source, {Position::Kind::block, 4}, nullptr);
  BOOST_TEST((!none && none.error().exit() == Exit::precondition));
}

BOOST_AUTO_TEST_CASE(positions_are_read_or_refused) {
  BOOST_TEST((parse_position("17")->kind == Position::Kind::seq));
  BOOST_TEST(parse_position("l1:20")->number == 20u);
  BOOST_TEST((parse_position("block:3")->kind == Position::Kind::block));
  for (const auto* text : {"", "l1:", "l2:3", "-1", "1x", "block: 3", "99999999999999999999"}) {
    const auto parsed = parse_position(text);
    BOOST_TEST((!parsed && parsed.error().exit() == Exit::usage), text);
  }
}

// One bit anywhere is found, and in the record in which it was flipped. In the last record only
// what has a rule is found: nothing stands behind it.
BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_where_it_is) {
  std::mt19937_64 random(11);
  for (std::size_t i = 0; i + 1 < replay_life().values.size(); ++i) {
    auto values = replay_life().values;
    auto& value = values[i];
    // Half of them in the header.
    const auto length = random() % 2 == 0 ? RecordHeader::size : value.size();
    const auto at = random() % length;
    value[at] = static_cast<std::uint8_t>(value[at] ^ 1u << random() % 8);
    const auto outcome = verify_values(values);
    BOOST_TEST_CONTEXT("byte " << at << " of record " << i + 1) {
      BOOST_REQUIRE(!outcome);
      BOOST_TEST(outcome.error().seq == i + 1, to_text(outcome.error()));
      BOOST_TEST((exit_of(outcome.error().trouble) == Exit::mismatch));
    }
  }
}

BOOST_AUTO_TEST_CASE(swapped_records_are_found) {
  auto values = replay_life().values;
  std::swap(values[9], values[10]);
  check_found(values, 10, "seq");
}

BOOST_AUTO_TEST_CASE(forged_logs_are_found_though_their_chain_is_whole) {
  const auto forged = [](auto change) {
    auto values = replay_life().values;
    change(values);
    LogScene::rechain(values);
    return values;
  };
  const auto admitted = seq_of(replay_life().values, Domain::MEMPOOL, 2);
  const auto at = [&](auto& values) -> Bytes& { return values[admitted - 1]; };
  check_found(forged([&](auto& v) { put_u64(at(v), 16, 5); }), admitted, "time");
  check_found(forged([&](auto& v) { put_u64(at(v), 24, admitted); }), admitted, "cause");
  check_found(forged([&](auto& v) { put_u64(at(v), 8, 3); }), admitted, "seq");
  check_found(forged([&](auto& v) { at(v)[64] = 3; }), admitted, "kind");
  check_found(forged([&](auto& v) { at(v)[6] = 9; }), admitted, "record");
  check_found(forged([&](auto& v) { at(v)[6] = 1; }), admitted, "record");
  check_found(forged([&](auto& v) { at(v)[0] = 'X'; }), admitted, "magic");
  check_found(forged([&](auto& v) { at(v)[4] = 2; }), admitted, "header version");
  check_found(forged([&](auto& v) { at(v)[7] = 2; }), admitted, "more");
  check_found(forged([&](auto& v) { at(v)[70] = 1; }), admitted, "reserved");
  // Eight zero bytes behind the end: the same message, but not canonical.
  check_found(forged([&](auto& v) { at(v).insert(at(v).end(), 8, 0); }), admitted, "record");
  check_found(forged([&](auto& v) {
                for (std::size_t i = RecordHeader::size; i < at(v).size(); ++i) at(v)[i] = 0xff;
              }),
              admitted, "record");
  check_found(forged([](auto& v) { v.erase(v.begin()); }), 1, "seq");
}

BOOST_AUTO_TEST_CASE(a_log_that_ends_within_a_decision_is_found) {
  auto values = replay_life().values;
  const auto lock = seq_of(values, Domain::LOCKING, 2);
  BOOST_REQUIRE(has_more(values[lock - 1]));
  values.resize(lock);
  check_found(values, lock, "more", Exit::incomplete);
}

BOOST_AUTO_TEST_CASE(a_log_that_does_not_begin_with_its_opening_is_found) {
  LogScene scene;
  scene.set_parameters();
  check_found(scene.values, 1, "first record");
}

BOOST_AUTO_TEST_CASE(blocks_that_broke_their_rules_are_found) {
  LogScene before;
  before.open();
  for (std::uint8_t sender = 1; sender <= 4; ++sender) before.submit(sender, 0, 10u * sender);
  before.submit(4, 1, 5);
  const auto check = [&](auto change, const std::string& what) {
    auto scene = before;
    auto proposal = scene.propose();
    change(scene, proposal);
    const auto seq = scene.commit(LogScene::unasked(scene.seal_command(proposal)));
    check_found(scene.values, seq, what, Exit::mismatch);
  };
  const auto honest = before.propose();
  BOOST_REQUIRE(honest.txns.size() == 5u);
  // Favoured, left out, slipped in, all with a valid signature.
  check([](auto&, auto& p) { std::swap(p.txns[0], p.txns[1]); }, "block 1, transaction 0");
  check([](auto&, auto& p) { p.txns.erase(p.txns.begin() + 1); }, "block 1, transaction 1");
  check([](auto&, auto& p) { p.txns.pop_back(); }, "block 1, transaction 4");
  check(
      [](auto& scene, auto& p) {
        scene.submit(7, 0, 1);
        p.txns.push_back(*find(scene.world.local.mempool, keccak256(LogScene::raw(7, 0, 1))));
      },
      "block 1, transaction 5");
  check([](auto&, auto& p) { p.skipped.push_back(p.txns[0]); }, "block 1");
  check([](auto&, auto& p) { p.pool_position += 1; }, "pool position");
  check([](auto&, auto& p) { p.pool_position -= 1; }, "block 1, transaction 4");
  check([](auto&, auto& p) { p.signer = 2; }, "block 1");
  before.seal_rules(false);
  check([](auto&, auto& p) { p.epoch = 1; }, "block 1");
  // A sequencer whose lock was taken back may not seal at all.
  check([](auto& scene, auto&) { scene.revert(15); }, "block 1");
}

BOOST_AUTO_TEST_SUITE_END()
