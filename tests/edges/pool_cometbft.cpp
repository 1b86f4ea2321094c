#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "core/base64.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "edges/abci_server.hpp"
#include "edges/comet_commit.hpp"
#include "edges/comet_rpc.hpp"
#include "edges/privval_signer.hpp"
#include "edges/system_clock.hpp"
#include "node/child/loopback.hpp"
#include "tests/fixture/child_process.hpp"
#include "tests/fixture/consensus_app.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

// The edge to CometBFT with a real CometBFT: four members of one pool, each with our application
// and our signer as threads of the test.
BOOST_AUTO_TEST_SUITE(pool_of_four)

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint8_t members = 4;
constexpr std::uint64_t heights_kept = 5;  // by the third; the others keep all
const std::string chain_id = "horae-test";

std::filesystem::path cometbft() {
  const std::filesystem::path of_program = "horae/cometbft-0.40.0/cometbft";
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return cache / of_program;
  const char* home = std::getenv("HOME");
  return home == nullptr ? of_program : home / (".cache" / of_program);
}

bool has_cometbft(boost::unit_test::test_unit_id) {
  if (std::filesystem::exists(cometbft())) return true;
  std::cout << "skipped: a case of the pool: no cometbft at " << cometbft().string() << "\n";
  return false;
}

std::vector<ConsensusMember> all_members() {
  std::vector<ConsensusMember> out;
  for (std::uint8_t n = 1; n <= members; ++n) out.push_back({public_key(secret(n)), 10});
  return out;
}

std::string genesis() {
  std::string validators;
  for (const auto& member : all_members()) {
    validators += validators.empty() ? "" : ",";
    validators += R"({"address":"","name":"","power":"10","pub_key":{)"
                  R"("type":"tendermint/PubKeySecp256k1eth","value":")" +
                  to_base64(*compressed(member.key)) + R"("}})";
  }
  return R"({"genesis_time":"2026-01-01T00:00:00Z","chain_id":")" + chain_id +
         R"(","initial_height":"1","consensus_params":{"block":{"max_bytes":"4194304",)"
         R"("max_gas":"-1"},"evidence":{"max_age_num_blocks":"100000","max_age_duration":)"
         R"("172800000000000","max_bytes":"1048576"},"validator":{"pub_key_types":)"
         R"(["secp256k1eth"]},"version":{"app":"1"},"abci":{"vote_extensions_enable_height":)"
         R"("0"}},"validators":[)" +
         validators + R"(],"app_hash":"","app_state":{"rules":1}})";
}

// One member: a CometBFT, the application that it dials and the signer that dials it.
class Member {
 public:
  Member(std::uint8_t number, std::filesystem::path home, std::uint16_t p2p, std::uint16_t rpc)
      : number_(number), home_(std::move(home)), p2p_(p2p), rpc_port_(rpc) {
    std::filesystem::create_directories(home_ / "config");
    std::filesystem::create_directories(home_ / "data");
    ChildProcess made({cometbft().string(), "gen-node-key", "--home", home_.string()});
    id_ = made.wait_for("");
    start_ours(true);
  }
  ~Member() { kill_comet(); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  [[nodiscard]] std::string peer() const { return id_ + "@127.0.0.1:" + std::to_string(p2p_); }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] CountingApp& app() { return *app_; }
  [[nodiscard]] CometRpc& rpc() { return *rpc_; }
  [[nodiscard]] SigningGuard& guard() { return *guard_; }
  [[nodiscard]] AbciServer& server() { return *server_; }

  void start_comet(const std::string& peers) {
    std::ofstream(home_ / "config/genesis.json") << genesis();
    std::ofstream(home_ / "config/config.toml")
        << "proxy_app = \"unix://" << (home_ / "abci.sock").string() << "\"\n"
        << "priv_validator_laddr = \"unix://" << privval().string() << "\"\n"
        << "moniker = \"n" << int{number_} << "\"\nlog_level = \"error\"\n"
        << "[rpc]\nladdr = \"tcp://127.0.0.1:" << rpc_port_ << "\"\npprof_laddr = \"\"\n"
        << "[p2p]\nladdr = \"tcp://127.0.0.1:" << p2p_ << "\"\npersistent_peers = \"" << peers
        << "\"\nallow_duplicate_ip = true\naddr_book_strict = false\npex = false\n"
        << "flush_throttle_timeout = \"10ms\"\n"
        << "[mempool]\nmax_tx_bytes = 1000\n"
        << "[consensus]\ntimeout_propose = \"500ms\"\ntimeout_prevote = \"100ms\"\n"
        << "timeout_precommit = \"100ms\"\ntimeout_commit = \"0s\"\nskip_timeout_commit = false\n"
        << "create_empty_blocks = true\npeer_gossip_sleep_duration = \"5ms\"\n"
        << "[tx_index]\nindexer = \"null\"\n";
    std::filesystem::remove(privval());  // which a killed one leaves
    comet_.emplace(std::vector<std::string>{"/bin/sh", "-c",
                                            "exec \"$0\" node --home \"$1\" >>\"$1/log\" 2>&1",
                                            cometbft().string(), home_.string()});
  }
  void kill_comet() {
    if (comet_) comet_->end(SIGKILL);
    comet_.reset();
  }
  // As after a crash of everything: what was applied is lost, what was signed is not.
  void restart_ours() {
    kill_comet();
    signer_.reset();
    guard_.reset();
    server_.reset();
    hashes_.clear();
    start_ours(false);
  }

  // Blocks until the chain is that far here.
  void await(std::uint64_t height) {
    std::unique_lock lock(mutex_);
    const bool there = moved_.wait_for(lock, std::chrono::seconds(60),
                                       [&] { return app_->now().height >= height; });
    BOOST_REQUIRE_MESSAGE(there, "member " << int{number_} << " stands at height "
                                           << app_->now().height << ": "
                                           << signer_->status().last_trouble);
  }
  // The app's hash at a height that was applied.
  [[nodiscard]] Hash32 app_hash(std::uint64_t height) {
    const std::lock_guard lock(mutex_);
    return hashes_.at(height);
  }

 private:
  // Tells the test and the signer of each block.
  class Watched : public CountingApp {
   public:
    explicit Watched(Member& owner) : owner_(owner) {}
    Result<BlockOutcome> settle(const OrderedBlock& block) override {
      if (block.height > 1) owner_.guard_->see(block.height - 1, block.signed_by);
      return CountingApp::settle(block);
    }
    Result<std::uint64_t> apply() override {
      auto out = CountingApp::apply();
      const std::lock_guard lock(owner_.mutex_);
      owner_.hashes_[now().height] = now().app_hash;
      owner_.moved_.notify_all();
      if (owner_.number_ == 3 && now().height > heights_kept) return now().height - heights_kept;
      return out;
    }

   private:
    Member& owner_;
  };

  [[nodiscard]] std::filesystem::path privval() const { return home_ / "privval.sock"; }
  void start_ours(bool fresh) {
    auto guard = SigningGuard::open({.directory = home_ / "signer",
                                     .chain_id = chain_id,
                                     .key = std::make_shared<const SecretKey>(secret(number_))});
    BOOST_REQUIRE_MESSAGE(guard, guard.error().what);
    guard_ = std::move(*guard);
    if (fresh) BOOST_REQUIRE(guard_->release(0));
    app_ = std::make_shared<Watched>(*this);
    auto server =
        AbciServer::start(home_ / "abci.sock", app_, std::make_shared<SystemClock>(), nullptr);
    BOOST_REQUIRE_MESSAGE(server, server.error().what);
    server_ = std::move(*server);
    signer_ = std::make_unique<PrivvalSigner>(privval(), guard_);
    rpc_ = std::make_unique<CometRpc>(
        *Endpoint::parse("http://127.0.0.1:" + std::to_string(rpc_port_)));
  }

  std::uint8_t number_;
  std::filesystem::path home_;
  std::uint16_t p2p_, rpc_port_;
  std::string id_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<std::uint64_t, Hash32> hashes_;
  std::shared_ptr<SigningGuard> guard_;
  std::shared_ptr<CountingApp> app_;
  std::unique_ptr<AbciServer> server_;
  std::unique_ptr<PrivvalSigner> signer_;
  std::unique_ptr<CometRpc> rpc_;
  std::optional<ChildProcess> comet_;
};

struct Pool {
  Pool() {
    std::uint16_t last = 0;
    for (std::uint8_t n = 1; n <= members; ++n) {
      const auto p2p = free_port(last).value();
      last = free_port(p2p).value();
      all.push_back(
          std::make_unique<Member>(n, home.path() / ("n" + std::to_string(n)), p2p, last));
    }
    for (const auto& member : all) {
      peers += (peers.empty() ? "" : ",") + member->peer();
    }
    for (const auto& member : all) member->start_comet(peers);
  }
  [[nodiscard]] Member& at(std::size_t n) { return *all.at(n); }

  TempDirectory home;
  std::vector<std::unique_ptr<Member>> all;
  std::string peers;
};

}  // namespace

BOOST_AUTO_TEST_CASE(four_members_agree_and_one_comes_back,
                     *boost::unit_test::precondition(has_cometbft)) {
  Pool pool;
  for (auto& member : pool.all) member->await(2);

  // A txn goes through all.
  auto& rpc = pool.at(0).rpc();
  const auto txn = as_bytes("a txn of ours");
  const auto taken = rpc.broadcast(txn);
  BOOST_REQUIRE_MESSAGE(taken, taken.error().what);
  BOOST_CHECK(taken->kind == CometBroadcast::taken);
  BOOST_TEST(taken->hash == sha256(txn));
  const auto again = rpc.broadcast(txn);
  BOOST_REQUIRE_MESSAGE(again, again.error().what);
  BOOST_CHECK(again->kind == CometBroadcast::in_cache);
  const auto refused = rpc.broadcast(as_bytes("bad txn"));
  BOOST_REQUIRE_MESSAGE(refused, refused.error().what);
  BOOST_CHECK(refused->kind == CometBroadcast::refused);
  BOOST_TEST(refused->code == 7u);
  const auto large = rpc.broadcast(Bytes(1'001));
  BOOST_REQUIRE_MESSAGE(large, large.error().what);
  BOOST_CHECK(large->kind == CometBroadcast::too_large);

  for (auto& member : pool.all) member->await(12);
  const auto hash = pool.at(0).app_hash(12);
  BOOST_TEST(hash == sha256({Hash32{}.view(), txn}));
  for (auto& member : pool.all) BOOST_TEST(member->app_hash(12) == hash);
  BOOST_TEST(pool.at(0).server().connections() == 4u);
  BOOST_TEST(pool.at(0).app().genesis()->members.size() == 4u);

  // CometBFT is killed alone, and then one with all of ours: it is told everything once more.
  pool.at(3).kill_comet();
  pool.at(3).start_comet(pool.peers);
  pool.at(2).await(pool.at(2).app().now().height + 2);
  pool.at(1).restart_ours();
  pool.at(1).start_comet(pool.peers);
  for (auto& member : pool.all) member->await(20);
  for (auto& member : pool.all) BOOST_TEST(member->app_hash(20) == hash);
  for (auto& member : pool.all) {
    BOOST_CHECK(member->guard().status().state == SigningGuard::State::signing);
  }

  // What CometBFT tells of itself.
  const auto status = rpc.status();
  BOOST_REQUIRE_MESSAGE(status, status.error().what);
  BOOST_TEST(status->node_id == pool.at(0).id());
  BOOST_TEST(status->moniker == "n1");
  BOOST_TEST(!status->version.empty());
  BOOST_TEST(status->height >= 20u);
  BOOST_TEST(!status->catching_up);
  BOOST_TEST(to_hex(status->app_hash) == to_hex(hash));
  BOOST_TEST(status->member == address_of_secret(1));
  BOOST_TEST(status->power == 10u);
  const auto peers = rpc.peers();
  BOOST_REQUIRE_MESSAGE(peers, peers.error().what);
  BOOST_REQUIRE(!peers->empty());
  BOOST_TEST(peers->front().address == "127.0.0.1");
  BOOST_TEST(peers->front().moniker.size() == 2u);
  const auto waiting = rpc.mempool();
  BOOST_REQUIRE_MESSAGE(waiting, waiting.error().what);
  BOOST_TEST(waiting->txns == 0u);
  const auto told = rpc.members(5);
  BOOST_REQUIRE_MESSAGE(told, told.error().what);
  BOOST_TEST(told->size() == 4u);

  // What is not needed any more is not kept.
  const auto short_of = pool.at(2).rpc().status();
  BOOST_REQUIRE_MESSAGE(short_of, short_of.error().what);
  BOOST_TEST(status->earliest == 1u);
  BOOST_TEST(short_of->earliest >= 20 - heights_kept);

  // A commit can be checked without CometBFT.
  const auto header = rpc.commit(13);
  BOOST_REQUIRE_MESSAGE(header, header.error().what);
  const auto checked = check_commit(*header, chain_id, *told);
  BOOST_REQUIRE_MESSAGE(checked, checked.error().what);
  BOOST_TEST(checked->height == 13u);
  BOOST_TEST(checked->app_hash == hash);
  BOOST_TEST(checked->power >= 30u);
  BOOST_TEST(checked->all_power == 40u);
  const auto beyond = rpc.commit(1'000'000);
  BOOST_REQUIRE(!beyond);
  BOOST_TEST(beyond.error().what.find("CometBFT's commit: ") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
