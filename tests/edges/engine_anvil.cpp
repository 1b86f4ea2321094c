// The engine's port and its start-up table against a real anvil.
#include "edges/engine_anvil.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <iostream>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/txn.hpp"
#include "core/hash.hpp"
#include "core/rules/base_fee.hpp"
#include "duties/engine_catch_up.hpp"
#include "node/http/server.hpp"
#include "tests/fixture/child_process.hpp"
#include "tests/fixture/engine_chain.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(engine)

using namespace horae;
using namespace horae::test;
using namespace horae::test::engines;

namespace {

const std::string binary =
    std::string(HORAE_SOURCE_DIR) + "/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";

struct Engine {
  TempDirectory cache;
  ChildProcess process;
  AnvilEngine port;

  explicit Engine(std::uint64_t genesis = genesis_time)
      : process({binary, "--no-mining", "--order", "fifo", "--timestamp", std::to_string(genesis),
                 "--chain-id", std::to_string(chain), "--gas-limit", std::to_string(gas_limit),
                 "--host", "127.0.0.1", "--port", "0", "--no-cors", "--cache-path",
                 cache.path().string()}),
        port(*Endpoint::parse("http://" + process.wait_for("Listening on "))) {}
};

Reconciled reconciled(Engine& engine, Log& log) {
  std::uint64_t reported = 0;
  auto done = reconcile(engine.port, log, [&](std::uint64_t, std::uint64_t) {
    ++reported;
    return true;
  });
  BOOST_REQUIRE_MESSAGE(done.has_value(), done.error().what);
  BOOST_TEST(reported == done->executed);
  BOOST_TEST(engine.port.head().value().hash == log.blocks.back().hash);
  return *done;
}

bool has_anvil(boost::unit_test::test_unit_id) {
  if (std::filesystem::exists(binary)) return true;
  std::cout << "skipped: a case of the engine: no anvil in node_modules (npm ci installs it)\n";
  return false;
}

}  // namespace

#define ENGINE_CASE(name) BOOST_AUTO_TEST_CASE(name, *boost::unit_test::precondition(has_anvil))

ENGINE_CASE(a_block_is_what_was_asked) {
  Engine engine;
  BOOST_TEST(engine.port.client().value() == "anvil/v1.7.1");
  BOOST_TEST(engine.port.chain_id().value() == chain);
  const auto genesis = engine.port.head().value();
  BOOST_TEST(genesis.number == 0u);
  BOOST_TEST(genesis.timestamp == genesis_time);
  BOOST_TEST(!engine.port.block(1).value().has_value());

  std::vector<OrderedTxn> txns;
  for (std::uint64_t i = 0; i < 100; ++i) {
    txns.push_back(bob.pays(i));
    txns.push_back(alice.pays(i));
  }
  const auto built = engine.port.build(genesis.hash, {genesis_time + 7, gas_limit, 3 * gwei}, txns);
  BOOST_REQUIRE_MESSAGE(built.has_value(), built.error().what);
  const auto& payload = *built;
  const auto& block = payload.block;
  BOOST_TEST(block.number == 1u);
  BOOST_TEST(block.timestamp == genesis_time + 7);
  BOOST_TEST(block.gas_limit == gas_limit);
  BOOST_TEST(block.gas_used == 200u * 21000u);
  BOOST_TEST(block.base_fee == 3 * gwei);
  BOOST_TEST(block.parent == genesis.hash);
  BOOST_TEST(payload.skipped.empty());
  BOOST_REQUIRE(block.txns.size() == txns.size());
  for (std::size_t i = 0; i < txns.size(); ++i) BOOST_TEST(block.txns[i] == txns[i].hash);
  BOOST_TEST(engine.port.block(1).value().value().hash == block.hash);
  BOOST_TEST(engine.port.adopt(payload).has_value());

  const auto now = engine.port.accounts({bob.address(), Address{{0x35}}, carol.address()}, 1);
  BOOST_TEST(now->at(0).nonce == 100u);
  BOOST_TEST(now->at(1).balance == 200);
  BOOST_TEST(now->at(2).balance == 10'000 * one_ether);
  BOOST_TEST(engine.port.accounts({bob.address()}, 0)->at(0).nonce == 0u);
  BOOST_TEST(engine.port.accounts({}, 1)->empty());
}

ENGINE_CASE(order_is_kept_though_anvil_mixes_long_requests) {
  Engine engine;
  AnvilEngine hasty(engine.port.endpoint(), {}, 500);
  std::vector<OrderedTxn> txns;
  for (std::uint64_t i = 0; i < 100; ++i) {
    txns.push_back(bob.pays(i));
    txns.push_back(alice.pays(i));
  }
  const auto block = build(hasty, txns).block;
  BOOST_REQUIRE(block.txns.size() == txns.size());
  for (std::size_t i = 0; i < txns.size(); ++i) BOOST_TEST(block.txns[i] == txns[i].hash);
  // And it is the block that a patient client builds.
  Engine other;
  BOOST_TEST(build(other.port, txns).block.hash == block.hash);
}

// Stands before anvil, and keeps the first long row of transactions from it, as anvil itself now
// and then takes them in another order than they were offered and leaves most of them out.
struct Forgetful {
  explicit Forgetful(const Endpoint& anvil)
      : client(anvil),
        server(*rpc::HttpServer::start({}, [this](const std::string& body, const Respond& respond) {
          respond(answer(body));
        })) {}

  using Respond = std::function<void(std::string)>;
  std::string answer(const std::string& body) {
    const auto asked = boost::json::parse(body);
    const auto* calls = asked.if_array();
    const bool row = calls != nullptr && calls->size() > 1 &&
                     calls->front().at("method") == "eth_sendRawTransaction";
    if (!row || std::exchange(forgot, true)) return client.post(body)->body;
    boost::json::array answers;
    for (const auto& call : *calls) {
      answers.push_back({{"jsonrpc", "2.0"}, {"id", call.at("id")}, {"result", to_hex(Hash32{})}});
    }
    return boost::json::serialize(answers);
  }

  HttpClient client;
  bool forgot = false;
  std::unique_ptr<rpc::HttpServer> server;
};

ENGINE_CASE(nobody_is_left_out_because_anvil_forgot_a_row) {
  Engine engine;
  Forgetful before(engine.port.endpoint());
  AnvilEngine port(*Endpoint::parse("http://127.0.0.1:" + std::to_string(before.server->port())));
  std::vector<OrderedTxn> txns;
  for (std::uint64_t i = 0; i < 40; ++i) txns.push_back(bob.pays(i));
  const auto payload = build(port, txns);
  BOOST_TEST(before.forgot);
  BOOST_TEST(payload.skipped.empty());
  BOOST_TEST(payload.block.txns.size() == txns.size());
}

ENGINE_CASE(what_cannot_run_is_skipped_with_its_reason) {
  Engine engine;
  const auto skipped = [&](const std::vector<OrderedTxn>& txns, std::size_t which,
                           std::string_view reason) {
    const auto payload = build(engine.port, txns);
    BOOST_REQUIRE(payload.skipped.size() == 1u);
    BOOST_TEST(payload.skipped[0].hash == txns[which].hash);
    BOOST_TEST(payload.skipped[0].reason.find(reason) != std::string::npos,
               payload.skipped[0].reason);
    auto rest = txns;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(which));
    BOOST_REQUIRE(payload.block.txns.size() == rest.size());
    for (std::size_t i = 0; i < rest.size(); ++i) {
      BOOST_TEST(payload.block.txns[i] == rest[i].hash);
    }
  };
  // Refused at once: anvil's own words.
  skipped({alice.pays(0), bob.pays(0, 20'000 * one_ether), alice.pays(1)}, 1, "Insufficient funds");
  skipped({bob.pays(0), alice.pays(0), bob.pays(1)}, 1, "nonce too low");
  skipped({OrderedTxn{keccak256(Bytes{2, 0xc0}), {2, 0xc0}}, alice.pays(2)}, 0, "decode");
  // Affordable when it was taken, not any more when its turn came.
  skipped({carol.pays(0, 9'000 * one_ether), carol.pays(1, 9'000 * one_ether), bob.pays(2)}, 1,
          "balance");
  // A gap: it must not linger and enter a later block.
  skipped({alice.pays(9), bob.pays(3)}, 0, "left out");
  std::vector<OrderedTxn> close_the_gap;
  for (std::uint64_t nonce = 3; nonce < 9; ++nonce) close_the_gap.push_back(alice.pays(nonce));
  BOOST_TEST(build(engine.port, close_the_gap).block.txns.size() == 6u);
  BOOST_TEST(build(engine.port, {}).block.txns.empty());
}

ENGINE_CASE(what_was_not_asked_is_refused_or_taken_back) {
  Engine engine;
  const auto genesis = engine.port.head().value();
  const BuildAttributes good{genesis_time + 1, gas_limit, gwei};
  auto wrong = good;
  wrong.gas_limit = gas_limit + 1;
  BOOST_TEST(engine.port.build(genesis.hash, wrong, {}).error().what.find("gas limit") !=
             std::string::npos);
  BOOST_TEST(engine.port.build(Hash32{{1}}, good, {}).error().what.find("not the parent") !=
             std::string::npos);
  wrong = good;
  wrong.timestamp = genesis_time - 1;
  BOOST_TEST(!engine.port.build(genesis.hash, wrong, {}).has_value());
  // The same transaction twice, and bytes that are not those of their hash.
  const auto once = alice.pays(0);
  const auto liar = OrderedTxn{Hash32{{5}}, once.raw};
  BOOST_TEST(engine.port.build(genesis.hash, good, {liar}).error().what.find("nobody asked") !=
             std::string::npos);
  BOOST_TEST(engine.port.head().value().hash == genesis.hash);
  BOOST_TEST(engine.port.build(genesis.hash, good, {once}).value().block.txns.size() == 1u);
}

ENGINE_CASE(an_engine_that_is_gone_is_a_fault) {
  Engine engine;
  const auto genesis = engine.port.head().value();
  engine.process.end(SIGKILL);
  BOOST_TEST(!engine.port.head().has_value());
  BOOST_TEST(!engine.port.build(genesis.hash, {genesis_time + 1, gas_limit, gwei}, {}).has_value());
}

ENGINE_CASE(equal_goes_on) {
  Engine engine;
  Log log(engine.port);
  BOOST_TEST((reconciled(engine, log).found == EngineStanding::equal));
  grow(engine.port, log, 4);
  const auto done = reconciled(engine, log);
  BOOST_TEST((done.found == EngineStanding::equal));
  BOOST_TEST(done.executed == 0u);
}

ENGINE_CASE(behind_executes_the_log_to_the_same_hashes) {
  Engine first;
  Log log(first.port);
  grow(first.port, log, 10);
  Engine second;
  auto done = reconciled(second, log);
  BOOST_TEST((done.found == EngineStanding::behind));
  BOOST_TEST(done.executed == 10u);
  grow(first.port, log, 3);
  done = reconciled(second, log);
  BOOST_TEST(done.engine_head == 10u);
  BOOST_TEST(done.executed == 3u);
}

ENGINE_CASE(behind_says_how_fast) {
  Engine first;
  Log log(first.port);
  grow(first.port, log, 300);
  Engine second;
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(reconciled(second, log).executed == 300u);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  BOOST_TEST_MESSAGE("executed " << 300 / took.count() << " logged blocks a second");
}

ENGINE_CASE(ahead_is_rewound_to_the_logs_head) {
  Engine engine;
  Log log(engine.port);
  grow(engine.port, log, 5);
  const auto txns = std::vector{carol.pays(0)};
  const auto lost = build(engine.port, txns);
  build(engine.port, {});
  const auto done = reconciled(engine, log);
  BOOST_TEST((done.found == EngineStanding::ahead));
  BOOST_TEST(done.engine_head == 7u);
  BOOST_TEST(done.executed == 0u);
  BOOST_TEST(engine.port.accounts({carol.address()}, 5)->at(0).nonce == 0u);
  // The same block again is the same block.
  BOOST_TEST(build(engine.port, txns).block.hash == lost.block.hash);
}

ENGINE_CASE(ahead_of_an_empty_log_is_rewound_to_genesis) {
  Engine engine;
  Log log(engine.port);
  build(engine.port, {alice.pays(0)});
  BOOST_TEST((reconciled(engine, log).found == EngineStanding::ahead));
  BOOST_TEST(engine.port.head().value().number == 0u);
}

ENGINE_CASE(unknown_blocks_make_way_for_the_logs) {
  Engine first;
  Log log(first.port);
  grow(first.port, log, 9);
  for (const bool longer : {false, true}) {
    Engine second;
    Log others(second.port);
    for (std::size_t n = 1; n <= 6; ++n) {
      const auto& sealed = log.blocks[n];
      BOOST_REQUIRE(second.port.build(sealed.parent, sealed.attributes, sealed.txns).has_value());
    }
    build(second.port, {carol.pays(0)}, 1);
    for (int i = 0; i < (longer ? 6 : 0); ++i) build(second.port, {});
    const auto done = reconciled(second, log);
    BOOST_TEST((done.found == EngineStanding::unknown));
    BOOST_TEST(done.common == 6u);
    BOOST_TEST(done.executed >= 3u);
  }
}

ENGINE_CASE(a_deep_rewind_still_executes_to_the_same_hashes) {
  // Beyond 500 blocks anvil moves states to its disk, and rolled back to one of those it goes
  // wrong.
  Engine engine;
  Log log(engine.port);
  grow(engine.port, log, 12);
  const auto more = log.blocks;
  Log ahead = log;
  grow(engine.port, ahead, 600);
  BOOST_TEST((reconciled(engine, log).found == EngineStanding::ahead));
  // And again, with a new snapshot of where it met the chain.
  BOOST_TEST((reconciled(engine, ahead).found == EngineStanding::behind));
  BOOST_TEST((reconciled(engine, log).found == EngineStanding::ahead));
}

ENGINE_CASE(a_rewind_beyond_reach_is_refused) {
  Engine engine;
  Log log(engine.port);
  const Log empty = log;
  grow(engine.port, log, 12);
  AnvilEngine late(engine.port.endpoint());
  BOOST_TEST(late.rewind(2).error().what.find("start it anew") != std::string::npos);
  BOOST_TEST(late.rewind(5).has_value());
  BOOST_TEST(late.head().value().number == 5u);
  BOOST_TEST(late.rewind(5).has_value());
  BOOST_TEST(late.rewind(7).has_value());
}

ENGINE_CASE(another_genesis_is_named) {
  Engine first;
  Log log(first.port);
  grow(first.port, log, 2);
  Engine second(genesis_time + 1);
  const auto done = reconcile(second.port, log, {});
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().what.find("block 0: wanted " + to_hex(log.blocks[0].hash) + ", got 0x") !=
             std::string::npos);
}

ENGINE_CASE(the_first_block_that_comes_out_otherwise_is_named) {
  Engine first;
  Log log(first.port);
  grow(first.port, log, 5);
  log.blocks[3].hash = Hash32{{7}};
  log.blocks[4].parent = Hash32{{7}};
  Engine second;
  auto done = reconcile(second.port, log, {});
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().what.find("block 3: wanted 0x07") != std::string::npos,
             done.error().what);
  Engine third;
  log.blocks[2].txns.push_back(carol.pays(5));
  done = reconcile(third.port, log, {});
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().what.find("block 2: the engine left out") != std::string::npos,
             done.error().what);
}

BOOST_AUTO_TEST_SUITE_END()
