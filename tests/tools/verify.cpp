#include "tools/replay/audit/verify.hpp"

#include <lmdb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <random>

#include "edges/stop_signals.hpp"
#include "events/state_hashes.hpp"
#include "tests/tools/duty_scene.hpp"
#include "tests/tools/proof_log.hpp"
#include "tools/replay/interrupt.hpp"

using namespace horae;
using namespace horae::replay;
using test::Directory;
using test::DutyScene;
using test::LogScene;
using test::ProofLog;

namespace {

using Values = std::vector<Bytes>;
using Verdict = tl::expected<Verified, Finding>;

// A life with all that pool duties lead to.
const DutyScene& verify_life() { return test::duties(); }

// Records that are short, and many enough for several tiles.
const ProofLog& long_log() {
  static const ProofLog log(1500);
  return log;
}

// With the tree's tiles, as a node writes it.
void write(const Directory& directory, const Values& values, bool tiles = true) {
  const auto environment = open_log(DataPaths{directory.path}.log(), Access::durable);
  BOOST_REQUIRE(environment.has_value());
  LogWriter writer(*environment);
  std::vector<LogEntry> entries;
  std::vector<Hash32> roots;
  merkle::Frontier tree;
  for (const auto& value : values) {
    entries.push_back({value, {}});
    const auto root = tree.add(record_hash(*decode_record(value)));
    if (root && tiles) roots.push_back(*root);
  }
  BOOST_REQUIRE(writer.append(1, entries, roots).has_value());
}

Verdict verdict(const Directory& directory, const VerifyOptions& options = {}) {
  const auto source = Source::open(directory.path);
  BOOST_REQUIRE(source.has_value());
  const test::StopsThrow stops;
  std::atomic<std::uint64_t> at = 0;
  try {
    return verify(*source, &at, options);
  } catch (const std::logic_error& stopped) {
    return tl::unexpected(
        Finding{Trouble::log_corrupt, at, "stop", "a fact that follows", stopped.what()});
  }
}
Verdict verdict(const Values& values, const VerifyOptions& options = {}) {
  const Directory directory;
  write(directory, values, false);
  return verdict(directory, options);
}

VerifyOptions from(std::uint64_t seq) {
  VerifyOptions out;
  out.from = seq;
  return out;
}

void check_right(const Verdict& outcome) {
  BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : to_text(outcome.error())));
}
void check_found(const Verdict& outcome, std::uint64_t seq, const std::string& what,
                 Exit code = Exit::mismatch) {
  BOOST_REQUIRE_MESSAGE(!outcome, "nothing found, wanted " << what << " at " << seq);
  const auto& finding = outcome.error();
  BOOST_TEST_CONTEXT(to_text(finding)) {
    BOOST_TEST(finding.seq == seq);
    BOOST_TEST(finding.what.find(what) != std::string::npos, "wanted " << what);
    BOOST_TEST((exit_of(finding.trouble) == code));
    BOOST_TEST(finding.wanted != finding.got);
  }
}

std::size_t place_of(const Values& values, Domain domain, std::uint16_t kind, int skip = 0) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto header = decode_record(values[i])->header;
    if (header.domain == domain && header.kind == kind && skip-- == 0) return i;
  }
  throw std::runtime_error("no such fact in the scene");
}
// Where the raw bytes of a transaction begin: LogScene's are 40 of a kind first.
std::size_t place_of_raw(const Bytes& admitted) {
  for (auto at = RecordHeader::size; at + 40 <= admitted.size(); ++at) {
    const auto begin = admitted.begin() + static_cast<std::ptrdiff_t>(at);
    if (*begin != 0 && std::all_of(begin, begin + 40, [&](auto b) { return b == *begin; })) {
      return at;
    }
  }
  throw std::runtime_error("no raw bytes in the record");
}
constexpr std::uint16_t sealed = schema::BlocksFact::BLOCK_SEALED;

struct Key {
  explicit Key(std::uint64_t seq) : bytes(__builtin_bswap64(seq)) {}
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  std::uint64_t bytes;
  MDB_val value{sizeof bytes, &bytes};
};

// Does to the records' table what no writer of ours does.
template <class Alter>
void alter_table(const Directory& directory, Alter&& alter) {
  MDB_env* environment = nullptr;
  BOOST_REQUIRE(mdb_env_create(&environment) == 0);
  mdb_env_set_maxdbs(environment, 8);
  const auto log = DataPaths{directory.path}.log();
  BOOST_REQUIRE(mdb_env_open(environment, log.c_str(), 0, 0600) == 0);
  MDB_txn* txn = nullptr;
  MDB_dbi table = 0;
  BOOST_REQUIRE(mdb_txn_begin(environment, nullptr, 0, &txn) == 0);
  BOOST_REQUIRE(mdb_dbi_open(txn, "log", 0, &table) == 0);
  alter(txn, table);
  BOOST_REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(environment);
}

// The log of a node that was started often, with the hashes of its state at record 10,000.
struct HashedLog {
  ProofLog log{StateHashWatch::every + 3};
  HashedState owed;

  HashedLog() {
    World world;
    StateHashWatch watch;
    for (const auto& value : log.values) {
      BOOST_REQUIRE(fold(world, *decode_record(value), Trust::bytes).has_value());
      BOOST_REQUIRE(watch.see(world, *decode_record(value)).has_value());
    }
    owed = watch.owed().value();
  }
  // Chained and in order but for what it says of the state.
  [[nodiscard]] Values with(std::uint64_t seq, const StateHashes& hashes,
                            const DomainDigests& digests = {}) const {
    auto out = log.values;
    const auto add = [&](const Fact& fact) {
      const auto last = decode_record(out.back());
      RecordHeader header{fact.domain,        false,    out.size() + 1, 1000, 0,
                          record_hash(*last), fact.kind};
      const auto bytes = encode(header);
      Bytes value(bytes.begin(), bytes.end());
      value.insert(value.end(), fact.payload.bytes().begin(), fact.payload.bytes().end());
      out.push_back(std::move(value));
    };
    const auto& node = log.world.local.node;
    add(hash_state(node, seq, hashes.shared, hashes.local, digests).facts.at(0));
    add(start_node(node, "test").facts.at(0));
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_)

BOOST_AUTO_TEST_CASE(what_the_log_says_of_its_state_is_held_against_the_fold) {
  HashedLog hashed;
  const auto& right = hashed.owed.hashes;
  const auto seq = hashed.log.values.size() + 1;
  const Hash32 other{{1, 2, 3}};
  check_right(verdict(hashed.with(hashed.owed.seq, right)));
  const auto local = verdict(hashed.with(hashed.owed.seq, {right.shared, other}));
  check_found(local, seq, "local state at record 10000");
  BOOST_TEST(local.error().wanted == to_hex(right.local));
  BOOST_TEST(local.error().got == to_hex(other));
  const auto shared = verdict(hashed.with(hashed.owed.seq, {other, right.local}));
  check_found(shared, seq, "shared state at record 10000");
  BOOST_TEST(shared.error().wanted == to_hex(right.shared));
  BOOST_TEST(shared.error().got == to_hex(other));
  const auto digests = verdict(
      hashed.with(hashed.owed.seq, right, {{Domain::BLOCKS, DomainDigest{Hash32{{7}}, 1}}}));
  check_found(digests, seq, "digests of the shared domains at record 10000");
  // At a record at which nobody takes them it says what nobody can check.
  check_found(verdict(hashed.with(hashed.owed.seq + 1, right)), seq,
              "record of the state's hashes");
  check_found(verdict(hashed.with(9'999, right)), seq, "record of the state's hashes");
  // What is folded on trust is no excuse for a state that it does not give.
  check_found(verdict(hashed.with(hashed.owed.seq, {right.shared, other}), from(seq + 1)), seq,
              "local state");
}

// Every record is what it was, but one lies under another key.
BOOST_AUTO_TEST_CASE(a_record_under_another_key_is_found) {
  const Directory directory;
  write(directory, verify_life().values, false);
  const auto last = verify_life().values.size();
  alter_table(directory, [&](MDB_txn* txn, MDB_dbi table) {
    auto bytes = verify_life().values.back();
    MDB_val value{bytes.size(), bytes.data()};
    Key other(last + 1);
    Key gone(last);
    BOOST_REQUIRE(mdb_put(txn, table, &other.value, &value, 0) == 0);
    BOOST_REQUIRE(mdb_del(txn, table, &gone.value, nullptr) == 0);
  });
  check_found(verdict(directory), last, "key");
}

BOOST_AUTO_TEST_CASE(tiles_of_records_that_are_gone_are_found) {
  const Directory directory;
  write(directory, long_log().values);
  alter_table(directory, [](MDB_txn* txn, MDB_dbi table) {
    for (std::uint64_t seq = 1001; seq <= long_log().values.size(); ++seq) {
      Key gone(seq);
      BOOST_REQUIRE(mdb_del(txn, table, &gone.value, nullptr) == 0);
    }
  });
  check_found(verdict(directory), 1000, "tree", Exit::incomplete);
}

BOOST_AUTO_TEST_CASE(from_any_record_on_a_log_in_order_is_in_order) {
  const auto whole = verdict(verify_life().values);
  check_right(whole);
  BOOST_TEST(whole->trusted == 0u);
  for (std::uint64_t seq = 1; seq <= verify_life().values.size(); ++seq) {
    const auto part = verdict(verify_life().values, from(seq));
    BOOST_TEST_CONTEXT("from " << seq) {
      check_right(part);
      BOOST_TEST((part->world.head == whole->world.head));
      BOOST_TEST((state_hashes(part->world) == state_hashes(whole->world)));
      // It begins where the decision does.
      BOOST_TEST(part->trusted < seq);
      if (part->trusted + 1 < seq) {
        const auto before = decode_record(verify_life().values[part->trusted]);
        BOOST_TEST(before->header.more);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_from_there_on_is_found_as_without_it) {
  auto values = verify_life().values;
  auto& block = values[place_of(values, Domain::BLOCKS, sealed, 1)];
  block[block.size() - 20] ^= 1;  // its signature
  LogScene::rechain(values);
  const auto whole = verdict(values);
  BOOST_REQUIRE(!whole);
  for (std::uint64_t seq = 1; seq <= whole.error().seq; ++seq) {
    const auto part = verdict(values, from(seq));
    BOOST_REQUIRE(!part);
    BOOST_TEST(to_text(part.error()) == to_text(whole.error()));
  }
}

BOOST_AUTO_TEST_CASE(what_is_before_is_taken_as_it_is_but_the_first_link_is_checked) {
  auto values = verify_life().values;
  // Other bytes of a transaction: nothing but hashes knows.
  const auto place = place_of(values, Domain::MEMPOOL, schema::MempoolFact::TXN_ADMITTED);
  auto& raw = values[place];
  raw[place_of_raw(raw)] ^= 1;
  const auto seq = place + 1;
  check_found(verdict(values), seq, "hash");
  check_found(verdict(values, from(seq)), seq, "hash");
  BOOST_TEST(!verdict(values, from(seq + 1)).has_value());
}

BOOST_AUTO_TEST_CASE(before_it_the_tree_stands_on_the_tiles_that_are_stored) {
  const auto& log = long_log();
  const Directory directory;
  write(directory, log.values);
  const auto checkpoint = DataPaths{directory.path}.log() / "checkpoint";
  std::ofstream(checkpoint) << log.sign(1400).note;
  check_right(verdict(directory));
  check_right(verdict(directory, from(1200)));
  BOOST_TEST(verdict(directory, from(1200))->trusted == 1199u);
  // A checkpoint of fewer records than are trusted is checked nevertheless.
  auto options = from(1200);
  options.checkpoint = log.sign(300);
  check_right(verdict(directory, options));
  options.checkpoint->checkpoint.root.bytes[0] ^= 1;
  BOOST_TEST(!verdict(directory, options).has_value());
}

BOOST_AUTO_TEST_CASE(a_stored_tile_that_is_trusted_must_give_the_signed_root) {
  const auto& log = long_log();
  const Directory directory;
  {
    const auto environment = open_log(DataPaths{directory.path}.log(), Access::durable);
    LogWriter writer(*environment);
    std::vector<LogEntry> entries;
    std::vector<Hash32> roots;
    merkle::Frontier tree;
    for (const auto& value : log.values) {
      entries.push_back({value, {}});
      if (auto root = tree.add(record_hash(*decode_record(value)))) roots.push_back(*root);
    }
    roots[1].bytes[5] ^= 1;
    BOOST_REQUIRE(writer.append(1, entries, roots).has_value());
  }
  check_found(verdict(directory), 512, "stored root of tile 1");
  check_right(verdict(directory, from(1200)));
  std::ofstream(DataPaths{directory.path}.log() / "checkpoint") << log.sign(1400).note;
  check_found(verdict(directory, from(1200)), 1400, "root of the tree");
}

BOOST_AUTO_TEST_CASE(a_kept_checkpoint_must_be_one_of_this_log) {
  const auto& log = long_log();
  const Directory directory;
  write(directory, log.values);
  const auto with = [&](const SignedCheckpoint& kept) {
    VerifyOptions options;
    options.checkpoint = kept;
    return verdict(directory, options);
  };
  for (const std::uint64_t size : {1, 255, 256, 257, 512, 1499, 1500}) {
    check_right(with(log.sign(size)));
  }
  const ProofLog other(300);
  check_found(with(other.sign(300)), 300, "kept checkpoint's origin");
  const auto signed_by = [&](Checkpoint checkpoint, const Ed25519Key& key) {
    return *parse_checkpoint(sign_note(to_text(checkpoint), checkpoint.origin, key));
  };
  auto forged = log.sign(700).checkpoint;
  check_found(with(signed_by(forged, other.key)), 700, "kept checkpoint's signature");
  forged.root.bytes[0] ^= 1;
  check_found(with(signed_by(forged, log.key)), 700, "root of the tree");
  forged.size = 1501;
  check_found(with(signed_by(forged, log.key)), 1500, "end of the log", Exit::incomplete);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_shorter_than_its_checkpoint_is_incomplete) {
  const auto& log = long_log();
  const Directory directory;
  write(directory, {log.values.begin(), log.values.begin() + 1000});
  std::ofstream(DataPaths{directory.path}.log() / "checkpoint") << log.sign(1400).note;
  check_found(verdict(directory), 1000, "end of the log", Exit::incomplete);
}

BOOST_AUTO_TEST_CASE(the_first_that_is_wrong_is_the_same_for_any_number_of_threads) {
  std::mt19937_64 random(4);
  const auto check = [&](const Values& values, const std::string& name) {
    const auto one = verdict(values);
    for (const unsigned jobs : {2, 3, 5}) {
      VerifyOptions options;
      options.jobs = jobs;
      const auto many = verdict(values, options);
      BOOST_TEST_CONTEXT(name << ", jobs " << jobs) {
        BOOST_REQUIRE(one.has_value() == many.has_value());
        if (one) {
          BOOST_TEST((state_hashes(one->world) == state_hashes(many->world)));
          BOOST_TEST(one->blocks == many->blocks);
        } else {
          BOOST_TEST(to_text(one.error()) == to_text(many.error()));
          BOOST_TEST((one.error().trouble == many.error().trouble));
        }
      }
    }
  };
  check(verify_life().values, "a life");
  check(long_log().values, "a long log");
  for (int round = 0; round < 24; ++round) {
    auto values = round % 2 == 0 ? verify_life().values : long_log().values;
    // Two of them, so that a later one may be met first.
    for (int each = 0; each < 2; ++each) {
      auto& value = values[random() % values.size()];
      const auto at = random() % value.size();
      value[at] = static_cast<std::uint8_t>(value[at] ^ 1u << random() % 8);
    }
    check(values, "round " + std::to_string(round));
  }
  // One whose chain is whole and whose block is not.
  auto values = verify_life().values;
  auto& block = values[place_of(values, Domain::BLOCKS, sealed)];
  block[block.size() - 20] ^= 1;
  LogScene::rechain(values);
  check(values, "a block of another signature");
}

BOOST_AUTO_TEST_CASE(facts_that_are_not_kept_are_read_again) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{20'000}, SIZE_MAX}) {
    VerifyOptions options;
    options.most_kept = most;
    const auto outcome = verdict(verify_life().values, options);
    check_right(outcome);
    BOOST_TEST(outcome->blocks > 2u);
    LogScene unfair;
    unfair.open();
    for (std::uint8_t sender = 1; sender <= 4; ++sender) unfair.submit(sender, 0, 10u * sender);
    auto proposal = unfair.propose();
    std::swap(proposal.txns[0], proposal.txns[1]);
    const auto seq = unfair.commit(LogScene::unasked(unfair.seal_command(proposal)));
    check_found(verdict(unfair.values, options), seq, "block 1, transaction 0");
  }
}

// Signed and chained, and each of them another way to leave the pool's order.
BOOST_AUTO_TEST_CASE(blocks_from_a_pool_that_was_not_so_are_found) {
  LogScene before;
  before.open();
  for (std::uint8_t sender = 1; sender <= 4; ++sender) before.submit(sender, 0, 10u * sender);
  const auto forge = [](LogScene& scene, const LogScene::Proposal& proposal) {
    return scene.commit(LogScene::unasked(scene.seal_command(proposal)));
  };
  {
    auto scene = before;
    auto proposal = scene.propose();
    proposal.skipped = {proposal.txns.back(), proposal.txns.back()};
    proposal.txns.pop_back();
    const auto seq = forge(scene, proposal);
    check_found(verdict(scene.values), seq, "skipped transactions");
  }
  {
    auto scene = before;
    auto proposal = scene.propose();
    proposal.skipped = {proposal.txns.front()};
    proposal.skipped[0].hash = keccak256(as_bytes("nobody chose this"));
    const auto seq = forge(scene, proposal);
    check_found(verdict(scene.values), seq, "skipped transactions");
  }
  {
    auto scene = before;
    const auto honest = scene.seal_command(scene.propose());
    const auto senders = honest.read().getSeal().getSenders();
    const auto forged = Msg<schema::BlocksCommand>::build([&](auto root) {
      root.setSeal(honest.read().getSeal());
      auto more = root.getSeal().initSenders(senders.size() + 1);
      for (unsigned i = 0; i < senders.size(); ++i) more.setWithCaveats(i, senders[i]);
      more[senders.size()].setAddress(data(Address{{9}}));
    });
    const auto seq = scene.commit(LogScene::unasked(forged));
    check_found(verdict(scene.values), seq, "block 1, senders");
  }
  {
    auto scene = before;
    const auto honest = scene.seal_command(scene.propose());
    const auto forged = Msg<schema::BlocksCommand>::build([&](auto root) {
      root.setSeal(honest.read().getSeal());
      root.getSeal().getHashes().set(0, data(Hash32{{9}}));
    });
    const auto seq = scene.commit(LogScene::unasked(forged));
    const auto outcome = verdict(scene.values);
    check_found(outcome, seq, "block 1");
    BOOST_TEST(to_text(outcome.error()).find("hash of transaction 0") != std::string::npos,
               to_text(outcome.error()));
  }
  auto sealed_once = before;
  const auto first = sealed_once.propose();
  sealed_once.seal(first);
  {
    auto scene = sealed_once;  // block 1 has not left the pool
    const auto seq = forge(scene, scene.propose());
    check_found(verdict(scene.values), seq, "last block that the pool knew");
  }
  {
    auto scene = sealed_once;
    scene.include(first);
    scene.submit(7, 0, 9);
    auto proposal = scene.propose();
    proposal.pool_position = first.pool_position - 1;
    const auto seq = forge(scene, proposal);
    check_found(verdict(scene.values), seq, "block 2, pool position");
  }
  {
    auto scene = sealed_once;
    scene.include(first);
    const auto seq = forge(scene, scene.propose());
    check_found(verdict(scene.values), seq, "need of it");
  }
}

// A sealed block is not built once more to be compared: whatever its fact says beside it is found.
BOOST_AUTO_TEST_CASE(a_sealed_block_says_nothing_beside_the_block) {
  const auto place = place_of(verify_life().values, Domain::BLOCKS, sealed);
  const auto root = RecordHeader::size;
  {
    auto values = verify_life().values;
    values[place][root + 8 + 4] = 7;  // behind the tag
    LogScene::rechain(values);
    BOOST_TEST(check_fact(Domain::BLOCKS, BytesView(values[place]).subspan(root)).has_value());
    check_found(verdict(values), place + 1, "block 1");
  }
  {
    auto values = verify_life().values;
    auto& value = values[place];
    const Bytes word = {1, 0, 0, 0, 0, 0, 0, 0};
    value.insert(value.begin() + static_cast<std::ptrdiff_t>(root) + 16, word.begin(), word.end());
    value[root + 4] = 2;  // words of data
    LogScene::rechain(values);
    BOOST_TEST(check_fact(Domain::BLOCKS, BytesView(value).subspan(root)).has_value());
    check_found(verdict(values), place + 1, "block 1");
  }
}

BOOST_AUTO_TEST_CASE(the_records_alone_are_in_order_where_their_decisions_are_not) {
  VerifyOptions options;
  options.records_only = true;
  for (const unsigned jobs : {1u, 2u}) {
    options.jobs = jobs;
    const auto outcome = verdict(verify_life().values, options);
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST((outcome->records_only && outcome->blocks == 0));
    BOOST_TEST((state_hashes(outcome->world).shared == state_hashes(verify_life().world).shared));

    LogScene unfair;
    unfair.open();
    for (std::uint8_t sender = 1; sender <= 4; ++sender) unfair.submit(sender, 0, 10u * sender);
    auto proposal = unfair.propose();
    std::swap(proposal.txns[0], proposal.txns[1]);
    unfair.commit(LogScene::unasked(unfair.seal_command(proposal)));
    BOOST_TEST(verdict(unfair.values, options).has_value());
    BOOST_TEST(!verdict(unfair.values).has_value());

    // What a record says of itself and of the one before it is looked at all the same.
    for (std::size_t at = 0; at < verify_life().values.size(); ++at) {
      auto values = verify_life().values;
      values[at].back() ^= 1;
      const auto altered = verdict(values, options);
      BOOST_REQUIRE(!altered.has_value());
      BOOST_TEST(altered.error().seq == at + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(whoever_is_stopped_knows_how_far_it_came) {
  const Directory directory;
  write(directory, long_log().values);
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    hold_stop_signals();
    ::raise(SIGINT);
    std::atomic<std::uint64_t> at = 0;
    try {
      const auto source = Source::open(directory.path);
      static_cast<void>(verify(*source, &at, from(1)));
    } catch (const Interrupted& stopped) {
      ::_exit(stopped.signal == SIGINT && at > 1 && at < 1500 ? 42 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 42);
}

BOOST_AUTO_TEST_SUITE_END()
