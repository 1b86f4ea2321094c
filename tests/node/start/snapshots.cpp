#include <boost/test/unit_test.hpp>
#include <fstream>

#include "actors/block_finder.hpp"
#include "actors/chain_log.hpp"
#include "core/files.hpp"
#include "node/start/caught.hpp"
#include "node/watch/verification.hpp"
#include "schemas/snapshot.capnp.h"
#include "storage/log_tree.hpp"
#include "tests/fixture/print.hpp"
#include "tests/node/start/long_life.hpp"
#include "tests/tools/proof_log.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Kind = SnapshotPart::Kind;

const LongLife& life() { return LongLife::once(); }

void put(const Home& home, std::uint64_t seq, const Bytes& bytes) {
  BOOST_REQUIRE(home.snapshots().write(seq, bytes).has_value());
}

// The snapshot's content altered, and every checksum of the file made right again.
using Alter = std::function<void(SnapshotHeader&, std::vector<SnapshotPart>&)>;
Bytes altered(const Alter& alter) {
  const auto file = decode_snapshot(snapshot_version, left_snapshot());
  BOOST_REQUIRE(file.has_value());
  TakenSnapshot taken;
  taken.header = file->header;
  for (const auto& piece : file->pieces) {
    taken.parts.push_back(
        {static_cast<SnapshotPart::Kind>(piece.kind), Message::trusted(piece.bytes)});
  }
  alter(taken.header, taken.parts);
  return taken.encode();
}
SnapshotPart& part(std::vector<SnapshotPart>& parts, Kind kind) {
  return *std::ranges::find(parts, kind, &SnapshotPart::kind);
}
// Rewrites one part through a builder.
template <class S, class Change>
void rewrite(std::vector<SnapshotPart>& parts, Kind kind, Change change) {
  auto& here = part(parts, kind);
  capnp::MallocMessageBuilder builder;
  builder.setRoot(Msg<S>::of(here.message).read());
  change(builder.getRoot<S>());
  here.message = Msg<S>::copy_of(builder.getRoot<S>().asReader());
}

void check_whole(const LogSession& session) {
  const auto& wanted = life().world;
  BOOST_TEST(session.world.seq == wanted.seq);
  BOOST_TEST((session.world.head == wanted.head));
  BOOST_TEST((state_hashes(session.world) == state_hashes(wanted)));
  BOOST_TEST(session.position.tree.size() == wanted.seq);
}

// A start beside these bytes reads every record and says why, and deletes them.
void check_refused(const Home& home, std::uint64_t seq, const Bytes& bytes,
                   const std::string& words) {
  BOOST_TEST_CONTEXT(words) {
    put(home, seq, bytes);
    const auto session = home.open();
    BOOST_REQUIRE_MESSAGE(session.has_value(), (session ? "" : session.error().what));
    BOOST_TEST(!session->used.has_value());
    BOOST_REQUIRE(session->refused.size() == 1u);
    BOOST_TEST(
        session->refused.front().find("snapshot " + std::to_string(seq) + " is not used: ") == 0u);
    BOOST_TEST(session->refused.front().find(words) != std::string::npos, session->refused.front());
    check_whole(*session);
  }
}

std::string verified(const LogSession& session) {
  const auto board = std::make_shared<Board>();
  std::string out;
  Verification verification({session.environment, *session.used, board,
                             [&](const Fault& fault) { out = fault.what; }, false});
  verification.wait();
  BOOST_TEST(board->verification.total.load() == session.used->header.seq);
  if (out.empty()) BOOST_TEST(board->verification.done.load() == session.used->header.seq);
  return out;
}

// Restores the world of each settled position, and lets both go on to the end.
void check_restores(const std::vector<Bytes>& values) {
  World world;
  ServiceWatch service;
  for (std::size_t at = 0; at < values.size(); ++at) {
    const auto record = *decode_record(values[at]);
    BOOST_REQUIRE(fold(world, record, Trust::bytes).has_value());
    service.see(record, world.local.mempool);
    if (!world.settled) continue;
    const auto taken = take_snapshot(world, service, {});
    const auto bytes = taken.encode();
    const auto file = decode_snapshot(snapshot_version, bytes);
    BOOST_REQUIRE(file.has_value());
    std::optional<RestoredSnapshot> again;
    const auto done = caught([&]() -> Result<void> {
      auto restored = horae::restore(*file);
      if (!restored) return tl::unexpected(restored.error());
      again = std::move(*restored);
      return {};
    });
    BOOST_REQUIRE_MESSAGE(done.has_value(),
                          "record " << at + 1 << ": " << (done ? "" : done.error().what));
    BOOST_TEST((state_hashes(again->world) == state_hashes(world)));
    // Both choose the same, in the same order.
    const auto base_fee = next_base_fee(world.shared.blocks);
    const auto ours = select(world.local.mempool, base_fee, 30'000'000);
    const auto theirs = select(again->world.local.mempool, base_fee, 30'000'000);
    BOOST_TEST(std::ranges::equal(ours, theirs,
                                  [](const auto* a, const auto* b) { return a->hash == b->hash; }));
    for (std::size_t next = at + 1; next < values.size(); ++next) {
      const auto following = *decode_record(values[next]);
      const auto folded = fold(again->world, following, Trust::bytes);
      BOOST_REQUIRE_MESSAGE(folded.has_value(), (folded ? "" : folded.error().what));
      again->service.see(following, again->world.local.mempool);
    }
    World end = world;
    ServiceWatch end_service = service;
    for (std::size_t next = at + 1; next < values.size(); ++next) {
      const auto following = *decode_record(values[next]);
      BOOST_REQUIRE(fold(end, following, Trust::log).has_value());
      end_service.see(following, end.local.mempool);
    }
    // Byte for byte, with all that no hash covers.
    BOOST_TEST((take_snapshot(again->world, again->service, {}).encode() ==
                take_snapshot(end, end_service, {}).encode()));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(a_state_that_was_restored_goes_on_as_the_state) {
  LogScene short_life;
  short_life.live();
  check_restores(short_life.values);
  DutyScene duties;
  duties.live_on();
  check_restores(duties.values);
}

BOOST_AUTO_TEST_CASE(a_start_leaves_a_snapshot_and_the_next_one_goes_on_from_it) {
  const Home home;
  Bytes first_end;
  {
    const auto session = home.open();
    BOOST_REQUIRE(session.has_value());
    BOOST_TEST(!session->used.has_value());
    BOOST_TEST(session->refused.empty());
    check_whole(*session);
    first_end = take_snapshot(session->world, session->watch, {}).encode();
  }
  BOOST_TEST((home.snapshots().list() == std::vector{life().snapshot}));
  const auto session = home.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->used.has_value());
  BOOST_TEST(session->used->header.seq == life().snapshot);
  BOOST_TEST(session->refused.empty());
  check_whole(*session);
  BOOST_TEST((take_snapshot(session->world, session->watch, {}).encode() == first_end));
  BOOST_TEST(!session->hashes.owed().has_value());
  BOOST_TEST(verified(*session) == "");
}

BOOST_AUTO_TEST_CASE(decisions_from_a_restored_state_make_a_log_that_holds) {
  const Home home;
  put(home, life().snapshot, left_snapshot());
  LongLife more = life();
  const auto before = more.values.size();
  {
    auto session = home.open();
    BOOST_REQUIRE(session.has_value());
    BOOST_REQUIRE(session->used.has_value());
    more.world = session->world;
    for (std::uint8_t sender = 70; sender < 90; ++sender) more.submit(sender, 0, sender);
    for (int block = 0; block < 20; ++block) {
      const auto proposal = more.propose();
      more.seal(proposal);
      more.include(proposal);
      for (std::uint8_t sender = 100; sender < 110; ++sender) {
        more.submit(sender, static_cast<std::uint64_t>(block), sender);
      }
    }
    std::vector<LogEntry> entries;
    std::vector<Hash32> tiles;
    for (std::size_t i = before; i < more.values.size(); ++i) {
      entries.push_back({more.values[i], {}});
      const auto record = *decode_record(more.values[i]);
      if (const auto tile = session->position.pass(record.header, record_hash(record))) {
        tiles.push_back(*tile);
      }
    }
    LogWriter writer(session->environment);
    BOOST_REQUIRE(writer.append(before + 1, entries, tiles).has_value());
  }
  const auto whole = LogSession::open(home.paths, std::size_t{1} << 40, StartFrom::beginning);
  BOOST_REQUIRE_MESSAGE(whole.has_value(), (whole ? "" : whole.error().what));
  BOOST_TEST(whole->world.seq == more.values.size());
  BOOST_TEST((state_hashes(whole->world) == state_hashes(more.world)));
}

BOOST_AUTO_TEST_CASE(a_start_that_must_read_every_record_does) {
  const Home home;
  put(home, life().snapshot, left_snapshot());
  const auto session = LogSession::open(home.paths, std::size_t{1} << 40, StartFrom::beginning);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(!session->used.has_value());
  check_whole(*session);
}

BOOST_AUTO_TEST_CASE(blocks_are_found_by_their_numbers) {
  const Home home;
  put(home, life().snapshot, left_snapshot());
  const auto session = home.open();
  BOOST_REQUIRE(session.has_value());
  std::vector<std::uint64_t> seqs;
  for (const auto& value : life().values) {
    const auto record = *decode_record(value);
    const auto sealed = static_cast<std::uint16_t>(schema::BlocksFact::BLOCK_SEALED);
    if (record.header.domain == Domain::BLOCKS && record.header.kind == sealed) {
      seqs.push_back(record.header.seq);
    }
  }
  BlockFinder finder(session->environment, session->world.seq);
  for (std::uint64_t number = 1; number <= seqs.size(); ++number) {
    BOOST_TEST(BlockFinder(session->environment, session->world.seq).find(number)->seq ==
               seqs[number - 1]);
    BOOST_TEST(finder.find(number)->seq == seqs[number - 1]);
  }
  BOOST_TEST(!finder.find(seqs.size() + 1).has_value());
  BOOST_TEST(!finder.find(0).has_value());
}

BOOST_AUTO_TEST_CASE(torn_files_and_other_versions_are_refused) {
  const Home home;
  const auto seq = life().snapshot;
  const auto& good = left_snapshot();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{191}, good.size() / 2, good.size() - 1}) {
    auto torn = good;
    torn.resize(size);
    check_refused(home, seq, torn, size < 192 ? "too few" : "torn or damaged");
  }
  auto longer = good;
  longer.push_back(0);
  check_refused(home, seq, longer, "torn or damaged");
  auto foreign = good;
  foreign[0] = 'X';
  check_refused(home, seq, foreign, "it is no snapshot");
  auto older = good;
  older[8] = 0;
  check_refused(home, seq, older, "it is of version 0");
  // Any one byte, at a few hundred places.
  for (std::size_t place = 12; place < good.size(); place += 1 + good.size() / 97) {
    auto flipped = good;
    flipped[place] ^= 1;
    BOOST_TEST(!decode_snapshot(snapshot_version, flipped).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_is_not_the_logs_is_refused) {
  const Home home;
  const auto seq = life().snapshot;
  const auto check = [&](const char* words, const std::function<void(SnapshotHeader&)>& change) {
    check_refused(home, seq, altered([&](SnapshotHeader& header, auto&) { change(header); }),
                  words);
  };
  check("it is of record", [](auto& header) { header.seq += 1; });
  check("another record there", [](auto& header) { header.time_ms += 1; });
  check("another record there", [](auto& header) { header.head.bytes[0] ^= 1; });
  check("another log's key", [](auto& header) { header.log_key.bytes[0] ^= 1; });
  check("other hashes", [](auto& header) { header.shared.bytes[0] ^= 1; });
  check("other hashes", [](auto& header) { header.local.bytes[0] ^= 1; });
}

BOOST_AUTO_TEST_CASE(a_state_that_the_log_does_not_name_is_refused) {
  const Home home;
  const auto seq = life().snapshot;
  const auto check = [&](const char* words, const Alter& alter) {
    check_refused(home, seq, altered(alter), words);
  };
  check("its local state is not the one", [](auto&, auto& parts) {
    rewrite<schema::NodeState>(parts, Kind::node, [](auto state) { state.setStarts(7); });
  });
  check("its shared state is not the one", [](auto&, auto& parts) {
    rewrite<schema::BlocksState>(parts, Kind::blocks, [](auto state) { state.setTxns(7); });
  });
  check("its shared state is not the one", [](auto&, auto& parts) {
    rewrite<schema::RewardsState>(parts, Kind::rewards,
                                  [](auto state) { state.setCompositions(9); });
  });
  check("its shared state is not the one", [](auto&, auto& parts) {
    rewrite<schema::DigestsPart>(parts, Kind::digests,
                                 [](auto part) { part.getDigests()[0].setCount(9); });
  });
  check("its shared state is not the one", [](auto&, auto& parts) {
    rewrite<schema::LockingState>(parts, Kind::locking, [](auto state) {
      state.getBase().setTotalLocked(data(to_word(U256(1))));
    });
  });
  // Sums that are not those of what waits are no state's.
  check("is not what a state says of itself", [](auto&, auto& parts) {
    rewrite<schema::PoolAccountsPart>(parts, Kind::pool_accounts,
                                      [](auto part) { part.getAccounts()[0].setNonce(9); });
  });
  check("is not what a state says of itself", [](auto&, auto& parts) {
    rewrite<schema::MempoolState>(parts, Kind::mempool, [](auto state) { state.setCount(1); });
  });
  check("other bytes than those of", [](auto&, auto& parts) {
    rewrite<schema::PoolTxnsPart>(parts, Kind::pool_txns,
                                  [](auto part) { part.getTxns()[0].getTxn().getRaw()[0] ^= 1; });
  });
  check("wanted 32 bytes", [](auto&, auto& parts) {
    rewrite<schema::BlocksState>(parts, Kind::blocks,
                                 [](auto state) { state.setHash(data(Address{})); });
  });
  // The watch tells fees as the pool has them.
  check("its part on the service is not what a watch says of itself", [](auto&, auto& parts) {
    rewrite<schema::PoolTxnsPart>(parts, Kind::pool_txns, [](auto part) {
      part.getTxns()[0].getTxn().setMaxFee(data(to_word(U256(77))));
    });
  });
  // Parts that are missing, twice, unknown or no message.
  check("is not what a state says of itself",
        [](auto&, auto& parts) { parts.erase(parts.begin() + 2); });
  check("is not what a", [](auto&, auto& parts) { parts.push_back(parts.back()); });
  check("unknown to this version",
        [](auto&, auto& parts) { parts.front().kind = static_cast<Kind>(77); });
  check("its part of kind 1:", [](auto&, auto& parts) {
    Bytes bytes(part(parts, Kind::node).message.bytes().begin(),
                part(parts, Kind::node).message.bytes().end());
    bytes[4] ^= 0x40;
    part(parts, Kind::node).message = Message::trusted(bytes);
  });
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_a_longer_or_another_log_is_refused) {
  // An older copy of the log put back.
  auto values = life().values;
  values.resize(101);
  const Home older(values);
  put(older, life().snapshot, left_snapshot());
  auto session = older.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->refused.size() == 1u);
  BOOST_TEST(session->refused.front().find("the log has only 101 records") != std::string::npos);
  BOOST_TEST(session->world.seq == 101u);
  BOOST_TEST(older.snapshots().list().empty());
  session = fail("");

  // Killed before the log had its word for the state.
  values = life().values;
  values.resize(life().hashed - 1);
  const Home unsaid(values);
  put(unsaid, life().snapshot, left_snapshot());
  session = unsaid.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->refused.size() == 1u);
  BOOST_TEST(session->refused.front().find("does not say the state's hashes there") !=
             std::string::npos);
  BOOST_TEST(session->hashes.owed()->seq == life().snapshot);
  session = fail("");

  // Another node's.
  values = life().values;
  auto& first = values.front();
  first[16] ^= 1;  // its time
  LogScene::rechain(values);
  const Home another(values);
  put(another, life().snapshot, left_snapshot());
  session = another.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->refused.size() == 1u);
  BOOST_TEST(session->refused.front().find("another record there: it is of another log") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_older_snapshot_stands_in_for_the_newer_one) {
  const Home home;
  put(home, life().snapshot, left_snapshot());
  put(home, life().snapshot + 5, Bytes(500, 1));
  const auto session = home.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->used.has_value());
  BOOST_TEST(session->used->header.seq == life().snapshot);
  BOOST_TEST(session->refused.size() == 1u);
  check_whole(*session);
  BOOST_TEST((home.snapshots().list() == std::vector{life().snapshot}));
}

BOOST_AUTO_TEST_CASE(what_no_hash_covers_is_found_behind_the_start) {
  const std::vector<Alter> alterations = {
      [](auto&, auto& parts) {
        rewrite<schema::PoolTxnsPart>(parts, Kind::pool_txns, [](auto part) {
          part.getTxns()[0].getTxn().setMaxPriorityFee(data(to_word(U256(77))));
        });
      },
      [](auto&, auto& parts) {
        rewrite<schema::ServicePart>(parts, Kind::service,
                                     [](auto part) { part.setSealedMs(part.getSealedMs() + 1); });
      },
      [](auto&, auto& parts) {
        rewrite<schema::ServiceTxnsPart>(parts, Kind::service_txns, [](auto part) {
          part.getSenders()[0].getTxns()[0].setReadyMs(1);
        });
      }};
  for (const auto& alter : alterations) {
    const Home home;
    put(home, life().snapshot, altered(alter));
    const auto session = home.open();
    BOOST_REQUIRE(session.has_value());
    BOOST_REQUIRE_MESSAGE(session->used.has_value(), session->refused.front());
    const auto found = verified(*session);
    BOOST_TEST(
        found.find("record " + std::to_string(life().snapshot) +
                   ": the snapshot that the node started from is not what the log gives") == 0u,
        found);
  }
}

BOOST_AUTO_TEST_CASE(tiles_that_are_not_the_records_are_found_behind_the_start) {
  auto tiles = tiles_of(life().values);
  tiles[3].bytes[0] ^= 1;
  const Home home(life().values, tiles);
  put(home, life().snapshot, left_snapshot());
  const auto session = home.open();
  BOOST_REQUIRE(session.has_value());
  BOOST_REQUIRE(session->used.has_value());
  BOOST_TEST(verified(*session).find("record 1024: the stored root of tile 3") == 0u);
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_behind_the_snapshot_is_filled_by_a_whole_replay) {
  const Home home(life().values, {});
  check_refused(home, life().snapshot, left_snapshot(), "the log's tree is behind it");
}

BOOST_AUTO_TEST_CASE(a_verification_ends_with_its_node) {
  const Home home;
  put(home, life().snapshot, left_snapshot());
  const auto session = home.open();
  const auto board = std::make_shared<Board>();
  bool found = false;
  {
    const Verification verification(
        {session->environment, *session->used, board, [&](const Fault&) { found = true; }});
  }
  BOOST_TEST(!found);
}

BOOST_AUTO_TEST_CASE(the_checkpoint_holds_for_a_start_from_a_snapshot) {
  ProofLog log(0);
  std::filesystem::remove_all(DataPaths{log.directory.path}.log());
  const auto add_start = [&] { log.add(start_node(log.world.local.node, "test")); };
  while (log.world.seq < SnapshotTaker::every) add_start();
  const auto hashes = state_hashes(log.world);
  log.add(hash_state(log.world.local.node, log.world.seq, hashes.shared, hashes.local));
  for (int i = 0; i < 300; ++i) add_start();
  LogScene::write(log.directory.path, log.values);
  const DataPaths paths{log.directory.path};
  const auto sign = [&](std::uint64_t size, const Hash32& root) {
    const auto note =
        sign_note(to_text(Checkpoint{log.origin(), size, root}), log.origin(), log.key);
    BOOST_REQUIRE(replace_file_durably(paths.checkpoint(), note).has_value());
  };
  { BOOST_REQUIRE(LogSession::open(paths).has_value()); }
  const auto all = log.world.seq;
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{300}, SnapshotTaker::every - 1,
                                   SnapshotTaker::every, SnapshotTaker::every + 1, all}) {
    sign(size, log.tree(size).root());
    const auto session = LogSession::open(paths);
    BOOST_REQUIRE_MESSAGE(session.has_value(), (session ? "" : session.error().what));
    BOOST_TEST(session->used.has_value());
    BOOST_TEST(session->checkpointed == size);
    BOOST_TEST((session->position.tree == log.tree(all)));
  }
  for (const std::uint64_t size : {std::uint64_t{300}, SnapshotTaker::every, all}) {
    sign(size, log.tree(size - 1).root());
    const auto session = LogSession::open(paths);
    BOOST_REQUIRE(!session.has_value());
    BOOST_TEST(session.error().what.find("is signed over other records") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
