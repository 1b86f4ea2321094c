#include "edges/abci_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>

#include "core/crypto/secp256k1.hpp"
#include "edges/abci_answer.hpp"
#include "edges/framed_socket.hpp"
#include "edges/proto/abci.pb.h"
#include "edges/socket_address.hpp"
#include "edges/system_clock.hpp"
#include "edges/unix_socket.hpp"
#include "tests/fixture/child_process.hpp"
#include "tests/fixture/consensus_app.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(abci_server)

using namespace horae;
using namespace horae::test;
namespace abci = horae::comet::abci;

namespace {

int dialled(const std::filesystem::path& socket) {
  const auto descriptor = dial(socket);
  BOOST_REQUIRE_MESSAGE(descriptor, descriptor.error().what);
  // What hangs fails.
  const timeval limit{20, 0};
  ::setsockopt(*descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return *descriptor;
}

// One of CometBFT's four connections.
class Connection {
 public:
  explicit Connection(const std::filesystem::path& socket)
      : descriptor_(dialled(socket)), socket_(descriptor_, 64u << 20) {}

  void send(const abci::Request& request) {
    socket_.put(request.SerializeAsString());
    BOOST_REQUIRE(socket_.flush());
  }
  void send_raw(std::string_view bytes) {
    BOOST_REQUIRE(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
  }
  void send_flush() {
    abci::Request flush;
    flush.mutable_flush();
    send(flush);
  }
  abci::Response receive() {
    const auto got = socket_.read();
    BOOST_REQUIRE_MESSAGE(got, got.error().what);
    BOOST_REQUIRE(got->has_value());
    abci::Response out;
    BOOST_REQUIRE(out.ParseFromArray((*got)->data(), static_cast<int>((*got)->size())));
    return out;
  }
  // As CometBFT's synchronous calls: the request, a Flush, and both answers.
  abci::Response call(const abci::Request& request) {
    send(request);
    send_flush();
    auto out = receive();
    BOOST_REQUIRE(receive().has_flush());
    return out;
  }
  bool has_ended() {
    const auto got = socket_.read();
    return got && !got->has_value();
  }
  void close() { socket_.shut(); }

 private:
  int descriptor_;
  FramedSocket socket_;
};

// A server with its application; what it tells of ended connections is kept.
struct Scene {
  explicit Scene(AbciLimits limits = {}) {
    auto started = AbciServer::start(
        path(), app, std::make_shared<SystemClock>(),
        [this](const std::string& why) {
          const std::lock_guard lock(mutex);
          ended.push_back(why);
          told.notify_all();
        },
        limits);
    BOOST_REQUIRE_MESSAGE(started, started.error().what);
    server = std::move(*started);
  }
  [[nodiscard]] std::filesystem::path path() const { return home.path() / "abci.sock"; }
  std::string next_ended() {
    std::unique_lock lock(mutex);
    if (!told.wait_for(lock, std::chrono::seconds(20), [this] { return !ended.empty(); })) {
      return "nothing was told";
    }
    auto out = ended.front();
    ended.erase(ended.begin());
    return out;
  }

  TempDirectory home;
  std::shared_ptr<CountingApp> app = std::make_shared<CountingApp>();
  std::mutex mutex;
  std::condition_variable told;
  std::vector<std::string> ended;
  std::unique_ptr<AbciServer> server;  // goes first: its threads use the rest
};

std::string text_of(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

// A finalized block of height 7 with three voters, of which the first alone is for it.
abci::Request finalize(const std::vector<std::string>& txns) {
  abci::Request out;
  auto& block = *out.mutable_finalize_block();
  for (const auto& txn : txns) block.add_txs(txn);
  block.set_height(7);
  block.set_hash(std::string(32, 'h'));
  std::uint8_t n = 1;
  for (const auto flag : {abci::VoteInfo::COMMIT, abci::VoteInfo::ABSENT, abci::VoteInfo::NIL}) {
    auto& vote = *block.mutable_decided_last_commit()->add_votes();
    vote.mutable_validator()->set_address(text_of(address_of_secret(n++).view()));
    vote.mutable_validator()->set_power(10);
    vote.set_block_id_flag(flag);
  }
  return out;
}

abci::Request request(void (*fill)(abci::Request&)) {
  abci::Request out;
  fill(out);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(listens_privately_and_cleans_up) {
  std::filesystem::path path;
  {
    Scene scene;
    path = scene.path();
    struct stat found {};
    BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0600u);
    Connection open(scene.path());  // which the end does not wait for
    BOOST_TEST(open.call(request([](auto& r) { r.mutable_info(); })).has_info());
  }
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(replaces_a_stale_socket_and_nothing_else) {
  TempDirectory home;
  const auto start = [&](const char* name) {
    return AbciServer::start(home.path() / name, std::make_shared<CountingApp>(),
                             std::make_shared<SystemClock>(), nullptr);
  };
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const SocketAddress address(home.path() / "stale");
  BOOST_REQUIRE(::bind(stale, address.get(), address.size()) == 0);
  ::close(stale);
  BOOST_TEST(start("stale").has_value());
  std::ofstream(home.path() / "file") << "precious";
  const auto refused = start("file");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().what == "ABCI: socket " + (home.path() / "file").string() +
                                         ": something that is no socket stands there");
  BOOST_TEST(!start("nowhere/abci.sock"));
}

BOOST_AUTO_TEST_CASE(four_connections_in_any_order) {
  Scene scene;
  BOOST_TEST(scene.server->last_call_ms() == 0u);
  std::vector<std::unique_ptr<Connection>> four;
  for (int i = 0; i < 4; ++i) four.push_back(std::make_unique<Connection>(scene.path()));
  for (auto i = four.rbegin(); i != four.rend(); ++i) {
    BOOST_TEST((*i)->call(request([](auto& r) { r.mutable_info(); })).has_info());
  }
  BOOST_TEST(scene.server->connections() == 4u);
  BOOST_TEST(scene.server->last_call_ms() > 0u);
  four[1]->close();
  BOOST_TEST(scene.next_ended() == "ABCI connection: CometBFT closed it");
  BOOST_TEST(scene.server->connections() == 3u);
  // As after CometBFT's restart.
  Connection again(scene.path());
  BOOST_TEST(again.call(request([](auto& r) { r.mutable_info(); })).has_info());
  BOOST_TEST(scene.server->connections() == 4u);
}

BOOST_AUTO_TEST_CASE(more_connections_than_that_are_closed_at_once) {
  Scene scene({.connections = 2});
  Connection one(scene.path());
  Connection two(scene.path());
  BOOST_TEST(two.call(request([](auto& r) { r.mutable_info(); })).has_info());
  Connection three(scene.path());
  BOOST_TEST(three.has_ended());
  BOOST_TEST(one.call(request([](auto& r) { r.mutable_info(); })).has_info());
}

BOOST_AUTO_TEST_CASE(answers_stand_in_the_order_of_the_requests) {
  Scene scene;
  Connection mempool(scene.path());
  constexpr int many = 3'000;
  for (int i = 0; i < many; ++i) {
    abci::Request each;
    if (i % 3 == 0) {
      each.mutable_echo()->set_message(std::to_string(i));
    } else {
      each.mutable_check_tx()->set_tx(i % 3 == 1 ? "bad one" : "good one");
    }
    mempool.send(each);
  }
  mempool.send_flush();
  int wrong = 0;
  for (int i = 0; i < many; ++i) {
    const auto got = mempool.receive();
    const bool right = i % 3 == 0
                           ? got.has_echo() && got.echo().message() == std::to_string(i)
                           : got.has_check_tx() && got.check_tx().code() == (i % 3 == 1 ? 7u : 0u);
    if (!right) ++wrong;
  }
  BOOST_TEST(wrong == 0);
  BOOST_TEST(mempool.receive().has_flush());
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte) {
  Scene scene;
  Connection connection(scene.path());
  abci::Request echo;
  echo.mutable_echo()->set_message(std::string(300, 'e'));
  std::string bytes;
  append_uvarint(bytes, echo.ByteSizeLong());
  bytes += echo.SerializeAsString();
  for (const char byte : bytes) connection.send_raw({&byte, 1});
  connection.send_flush();
  BOOST_TEST(connection.receive().echo().message() == std::string(300, 'e'));
  BOOST_TEST(connection.receive().has_flush());
}

BOOST_AUTO_TEST_CASE(info_tells_what_is_durable) {
  Scene scene;
  Connection query(scene.path());
  const auto ask = request([](auto& r) { r.mutable_info(); });
  const auto before = query.call(ask).info();
  BOOST_TEST(before.data() == "horae");
  BOOST_TEST(before.version() == HORAE_VERSION);
  BOOST_TEST(before.app_version() == 1u);
  BOOST_TEST(before.last_block_height() == 0);
  BOOST_TEST(before.last_block_app_hash().empty());
  query.call(finalize({"a txn"}));
  BOOST_TEST(query.call(ask).info().last_block_height() == 0);
  query.call(request([](auto& r) { r.mutable_commit(); }));
  const auto after = query.call(ask).info();
  BOOST_TEST(after.last_block_height() == 7);
  BOOST_TEST(after.last_block_app_hash() == text_of(scene.app->now().app_hash.view()));
}

BOOST_AUTO_TEST_CASE(genesis) {
  Scene scene;
  Connection consensus(scene.path());
  abci::Request ask;
  auto& init = *ask.mutable_init_chain();
  init.set_chain_id("horae-test");
  init.set_initial_height(1);
  init.set_app_state_bytes("{\"rules\":1}");
  auto& member = *init.add_validators();
  const auto key = public_key(secret(3));
  member.mutable_pub_key()->set_secp256k1eth(text_of(*compressed(key)));
  member.set_power(12);
  const auto answer = consensus.call(ask);
  BOOST_TEST(answer.init_chain().app_hash() == std::string(32, '\0'));
  const auto got = scene.app->genesis();
  BOOST_REQUIRE(got);
  BOOST_TEST(got->chain_id == "horae-test");
  BOOST_TEST(text_of(got->app_state) == "{\"rules\":1}");
  BOOST_REQUIRE(got->members.size() == 1u);
  BOOST_CHECK(got->members[0].key == key);
  BOOST_TEST(got->members[0].power == 12u);

  member.mutable_pub_key()->set_ed25519(std::string(32, 'e'));
  consensus.send(ask);
  BOOST_TEST(consensus.receive().exception().error() ==
             "InitChain: the genesis file: a validator's secp256k1eth key: no compressed "
             "secp256k1 public key");
}

BOOST_AUTO_TEST_CASE(checks_of_txns) {
  Scene scene;
  Connection mempool(scene.path());
  abci::Request ask;
  ask.mutable_check_tx()->set_tx("bad");
  const auto refused = mempool.call(ask).check_tx();
  BOOST_TEST(refused.code() == 7u);
  BOOST_TEST(refused.data() == "\x01\x02");
  BOOST_TEST(refused.log() == "refused: \xff");
  ask.mutable_check_tx()->set_type(abci::CheckTx::RECHECK);
  BOOST_TEST(mempool.call(ask).check_tx().log() == "known");
}

BOOST_AUTO_TEST_CASE(a_proposal_takes_what_fits_in_order) {
  Scene scene;
  Connection consensus(scene.path());
  abci::Request ask;
  auto& offered = *ask.mutable_prepare_proposal();
  // 102, 203 and 3 bytes of a block, with tag and length.
  offered.add_txs(std::string(100, 'a'));
  offered.add_txs(std::string(200, 'b'));
  offered.add_txs("c");
  const auto taken = [&](std::int64_t room) {
    offered.set_max_tx_bytes(room);
    return consensus.call(ask).prepare_proposal();
  };
  BOOST_TEST(taken(308).txs_size() == 3);
  BOOST_TEST(taken(308).txs(1) == std::string(200, 'b'));
  BOOST_TEST(taken(307).txs_size() == 2);
  BOOST_TEST(taken(304).txs_size() == 1);  // and not the third before the second
  BOOST_TEST(taken(101).txs_size() == 0);
  BOOST_TEST(taken(-1).txs_size() == 0);
}

BOOST_AUTO_TEST_CASE(a_proposal_is_accepted_or_not) {
  Scene scene;
  Connection consensus(scene.path());
  abci::Request ask;
  auto& proposal = *ask.mutable_process_proposal();
  proposal.set_height(7);
  proposal.set_hash(std::string(32, 'h'));
  proposal.add_txs("good");
  BOOST_TEST(consensus.call(ask).process_proposal().status() == abci::Verdict::ACCEPT);
  proposal.add_txs("bad");
  BOOST_TEST(consensus.call(ask).process_proposal().status() == abci::Verdict::REJECT);
}

BOOST_AUTO_TEST_CASE(a_block_is_settled_and_applied) {
  Scene scene;
  Connection consensus(scene.path());
  const auto key = public_key(secret(9));
  scene.app->change({{key, 5}, {public_key(secret(8)), 0}});
  const auto settled = consensus.call(finalize({"one", "three"})).finalize_block();
  const auto block = scene.app->last_block();
  BOOST_TEST(block.height == 7u);
  BOOST_TEST(text_of(block.hash.view()) == std::string(32, 'h'));
  BOOST_REQUIRE(block.txns.size() == 2u);
  BOOST_TEST(text_of(block.txns[1]) == "three");
  BOOST_CHECK(block.signed_by == std::vector{address_of_secret(1)});
  BOOST_CHECK(block.absent == (std::vector{address_of_secret(2), address_of_secret(3)}));
  BOOST_REQUIRE(settled.tx_results_size() == 2);
  BOOST_TEST(settled.tx_results(1).data() == "\x05");
  BOOST_REQUIRE(settled.validator_updates_size() == 2);
  BOOST_TEST(settled.validator_updates(0).pub_key().secp256k1eth() == text_of(*compressed(key)));
  BOOST_TEST(settled.validator_updates(0).power() == 5);
  BOOST_TEST(settled.validator_updates(1).power() == 0);
  BOOST_TEST(settled.app_hash().size() == 32u);
  BOOST_TEST(scene.app->now().height == 0u);
  const auto applied = consensus.call(request([](auto& r) { r.mutable_commit(); }));
  BOOST_TEST(applied.commit().retain_height() == 0);
  BOOST_TEST(scene.app->now().height == 7u);
}

BOOST_AUTO_TEST_CASE(what_horae_has_no_use_for_is_answered_neutrally) {
  Scene scene;
  Connection any(scene.path());
  const auto call = [&](void (*fill)(abci::Request&)) { return any.call(request(fill)); };
  BOOST_TEST(call([](auto& r) { r.mutable_query(); }).query().code() != 0u);
  BOOST_TEST(call([](auto& r) { r.mutable_list_snapshots(); }).has_list_snapshots());
  BOOST_TEST(call([](auto& r) { r.mutable_offer_snapshot(); }).offer_snapshot().result() ==
             abci::OfferSnapshotAnswer::REJECT);
  BOOST_TEST(call([](auto& r) { r.mutable_load_snapshot_chunk(); }).has_load_snapshot_chunk());
  BOOST_TEST(
      call([](auto& r) { r.mutable_apply_snapshot_chunk(); }).apply_snapshot_chunk().result() ==
      abci::ApplySnapshotChunkAnswer::ABORT);
  BOOST_TEST(call([](auto& r) { r.mutable_extend_vote(); }).has_extend_vote());
  BOOST_TEST(
      call([](auto& r) { r.mutable_verify_vote_extension(); }).verify_vote_extension().status() ==
      abci::Verdict::ACCEPT);
  BOOST_TEST(call([](auto& r) { r.mutable_verify_vote_extension()->set_vote_extension("x"); })
                 .verify_vote_extension()
                 .status() == abci::Verdict::REJECT);
  BOOST_TEST(call([](auto& r) { r.mutable_insert_tx(); }).insert_tx().code() != 0u);
  BOOST_TEST(call([](auto& r) { r.mutable_reap_txs(); }).has_reap_txs());
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_application_ends_its_connection) {
  Scene scene;
  Connection query(scene.path());
  Connection mempool(scene.path());
  abci::Request check;
  check.mutable_check_tx()->set_tx("good");
  mempool.call(check);
  scene.app->fail_from_now("the disk is full");
  query.send(request([](auto& r) { r.mutable_info(); }));
  BOOST_TEST(query.receive().exception().error() == "Info: the disk is full");
  BOOST_TEST(query.has_ended());
  BOOST_TEST(scene.next_ended() == "ABCI connection: Info: the disk is full");
  // The others go on.
  BOOST_TEST(mempool.call(check).check_tx().code() == 0u);
  scene.app->throw_from_now();
  mempool.send(check);
  BOOST_TEST(mempool.receive().exception().error() == "the application threw: no check today");
  BOOST_TEST(mempool.has_ended());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_request) {
  Scene scene({.message_bytes = 1'000});
  const auto refused = [&](std::string_view bytes) {
    Connection connection(scene.path());
    connection.send_raw(bytes);
    BOOST_TEST(connection.receive().has_exception());
    BOOST_TEST(connection.has_ended());
    return scene.next_ended();
  };
  BOOST_TEST(refused("\x03zzz") == "ABCI connection: bytes that are no request of ABCI 2.0");
  // Field 4 is one that ABCI 1.0 had.
  BOOST_TEST(refused({"\x02\x22\x00", 3}) ==
             "ABCI connection: a request of a kind that ABCI 2.0 does not have");
  BOOST_TEST(refused({"\x00", 1}) ==
             "ABCI connection: a request of a kind that ABCI 2.0 does not have");
}

BOOST_AUTO_TEST_CASE(broken_frames_end_the_connection) {
  Scene scene({.message_bytes = 1'000});
  const auto ended = [&](std::string_view bytes, bool close) {
    Connection connection(scene.path());
    connection.send_raw(bytes);
    if (close) connection.close();
    if (!close) BOOST_TEST(connection.has_ended());
    return scene.next_ended();
  };
  BOOST_TEST(ended("\xe9\x07", false) ==
             "ABCI connection: a message of 1001 bytes; at most 1000 are taken");
  BOOST_TEST(ended("\xff\xff\xff\xff\xff", false) ==
             "ABCI connection: what stands before a message is no length");
  BOOST_TEST(ended("\x08half", true) == "ABCI connection: the other side closed within a message");
}

BOOST_AUTO_TEST_CASE(damaged_requests_are_answered_or_refused) {
  CountingApp app;
  abci::Request init;
  init.mutable_init_chain()->set_chain_id("horae-test");
  init.mutable_init_chain()->add_validators()->mutable_pub_key()->set_secp256k1eth(
      text_of(*compressed(public_key(secret(3)))));
  abci::Request prepare;
  prepare.mutable_prepare_proposal()->set_max_tx_bytes(100);
  prepare.mutable_prepare_proposal()->add_txs("a txn");
  int answered = 0;
  int refused = 0;
  for (const auto& whole : {finalize({"one", "two"}), init, prepare}) {
    const auto bytes = whole.SerializeAsString();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ flip);
        ++(abci_answer(damaged, app) ? answered : refused);
      }
      ++(abci_answer(std::string_view(bytes).substr(0, at), app) ? answered : refused);
    }
  }
  BOOST_TEST(answered > 0);
  BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_CASE(who_voted_twice_is_told_and_no_other_misbehavior) {
  CountingApp app;
  BOOST_REQUIRE(app.begin({"chain", {}, {}}));
  auto ask = finalize({});
  for (const auto type :
       {abci::Misbehavior::LIGHT_CLIENT_ATTACK, abci::Misbehavior::DUPLICATE_VOTE}) {
    auto& each = *ask.mutable_finalize_block()->add_misbehavior();
    each.set_type(type);
    each.set_height(type + 2);
    each.mutable_validator()->set_address(text_of(address_of_secret(2).view()));
  }
  BOOST_REQUIRE(abci_answer(ask.SerializeAsString(), app));
  using Twice = std::vector<std::pair<Address, std::uint64_t>>;
  BOOST_TEST((app.last_block().voted_twice == Twice{{address_of_secret(2), 3}}));
  ask.mutable_finalize_block()->mutable_misbehavior(1)->set_height(0);
  const auto refused = abci_answer(ask.SerializeAsString(), app);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().what == "FinalizeBlock: two votes: height 0 is none");
}

BOOST_AUTO_TEST_CASE(blocks_that_cannot_be) {
  Scene scene;
  const auto refused = [&](void (*spoil)(abci::FinalizeBlock&)) {
    auto ask = finalize({});
    spoil(*ask.mutable_finalize_block());
    Connection connection(scene.path());
    connection.send(ask);
    return connection.receive().exception().error();
  };
  BOOST_TEST(refused([](auto& b) { b.set_height(-1); }) == "FinalizeBlock: height -1 is none");
  BOOST_TEST(refused([](auto& b) { b.set_hash("short"); }) ==
             "FinalizeBlock: the block's hash: wanted 32 bytes, got 5");
  BOOST_TEST(refused([](auto& b) {
               b.mutable_decided_last_commit()->add_votes()->set_block_id_flag(
                   abci::VoteInfo::COMMIT);
             }) == "FinalizeBlock: a voter's address: wanted 20 bytes, got 0");
  scene.app->change({{public_key(secret(1)), ~std::uint64_t{0}}});
  BOOST_TEST(refused([](auto&) {}) ==
             "FinalizeBlock: a member's power of 18446744073709551615 is more than CometBFT takes, "
             "1152921504606846975");
}

BOOST_AUTO_TEST_SUITE_END()
