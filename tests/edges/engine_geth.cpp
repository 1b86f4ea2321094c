// The dialect of geth, and the start-up table, against a real one.
#include "edges/engine_geth.hpp"

#include <fstream>
#include <set>
#include <thread>

#include "edges/engine.hpp"
#include "tests/fixture/engine_chain.hpp"
#include "tests/fixture/geth.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(engine_geth)

using namespace horae;
using namespace horae::test;
using namespace horae::test::engines;

namespace {

struct Running {
  Geth geth;
  GethEngine port{geth.address()};

  Running() = default;
  explicit Running(std::vector<std::string> flags)
      : geth(dev::l2_genesis(genesis_time), std::move(flags)) {}
};

void grow_made(EnginePort& port, Log& log, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto nonce = port.accounts({alice.address()}, log.head_number())->front().nonce;
    std::vector<OrderedTxn> txns;
    if (log.head_number() % 3 != 2) txns = {alice.pays(nonce), alice.pays(nonce + 1)};
    log.keep(made(port, txns), txns);
  }
}

Reconciled reconciled_with(EnginePort& port, Log& log) {
  const auto done = reconcile(port, log);
  BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
  BOOST_TEST(port.head().value().hash == log.blocks.back().hash);
  return *done;
}

OrderedTxn from(const Wallet& wallet, std::uint64_t nonce, const U256& value = 1,
                std::uint64_t gas = 21000) {
  auto out = wallet.pays(nonce, value, gas);
  out.sender = wallet.address();
  return out;
}

}  // namespace

GETH_CASE(what_is_built_nobody_sees_before_it_is_adopted) {
  Running engine;
  const auto genesis = engine.port.head().value();
  std::vector<OrderedTxn> txns;
  for (std::uint64_t i = 0; i < 50; ++i) {
    txns.push_back(bob.pays(i));
    txns.push_back(alice.pays(i));
  }
  const auto payload = build(engine.port, txns);
  BOOST_TEST(engine.port.head()->number == 0u);
  BOOST_TEST(!engine.port.block(1).value().has_value());
  BOOST_TEST(engine.port.accounts({bob.address()}, 0)->front().nonce == 0u);
  // Once more, and it is the same.
  BOOST_TEST(build(engine.port, txns).block.hash == payload.block.hash);

  BOOST_REQUIRE(engine.port.adopt(payload).has_value());
  const auto block = engine.port.head().value();
  BOOST_TEST(block.hash == payload.block.hash);
  BOOST_TEST(block.parent == genesis.hash);
  // What geth does not tell of a payload, and what it does, is what the block has in the end.
  BOOST_TEST(block.txns_root == payload.block.txns_root);
  BOOST_TEST(block.receipts_root == payload.block.receipts_root);
  BOOST_TEST(block.state_root == payload.block.state_root);
  BOOST_TEST(block.logs_bloom == payload.block.logs_bloom);
  BOOST_TEST(block.txns == payload.block.txns, boost::test_tools::per_element());
  BOOST_TEST(block.base_fee == payload.block.base_fee);
  const auto now = engine.port.accounts({bob.address(), Address{{0x35}}, carol.address()}, 1);
  BOOST_TEST(now->at(0).nonce == 50u);
  BOOST_TEST(now->at(1).balance == 100);
  BOOST_TEST(now->at(2).balance == 10'000 * one_ether);
}

GETH_CASE(a_block_has_the_attributes_that_were_asked) {
  Running engine;
  const auto head = engine.port.head().value();
  BuildAttributes asked{head.timestamp + 1, gas_limit,
                        next_base_fee({head.base_fee, head.gas_used, head.gas_limit})};
  asked.fee_recipient = carol.address();
  asked.prev_randao = Hash32{{1, 2}};
  asked.beacon_root = Hash32{{3, 4}};
  asked.extra_data = Bytes{5, 6};
  const auto payload = engine.port.build(head.hash, asked, {alice.pays(0)}).value();
  BOOST_REQUIRE(engine.port.adopt(payload).has_value());
  Running other;
  const auto again = other.port.commit(head.hash, asked, {alice.pays(0)}).value();
  for (const auto& block : {payload.block, engine.port.head().value(), again.block}) {
    BOOST_TEST(block.fee_recipient == asked.fee_recipient);
    BOOST_TEST(block.prev_randao == asked.prev_randao);
    BOOST_TEST(block.beacon_root == asked.beacon_root);
    BOOST_TEST(block.extra_data == asked.extra_data, boost::test_tools::per_element());
    BOOST_TEST(block.hash == payload.block.hash);
  }
}

GETH_CASE(what_cannot_run_is_left_out_in_geths_words_and_the_rest_is_built) {
  Running engine;
  const auto skipped = [&](const std::vector<OrderedTxn>& txns,
                           const std::vector<std::pair<std::size_t, std::string>>& wanted) {
    const auto payload = build(engine.port, txns);
    BOOST_TEST(payload.complete);
    BOOST_REQUIRE(payload.skipped.size() == wanted.size());
    std::set<Hash32> out;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      BOOST_TEST(payload.skipped[i].hash == txns[wanted[i].first].hash);
      BOOST_TEST(payload.skipped[i].reason.find(wanted[i].second) != std::string::npos,
                 payload.skipped[i].reason);
      out.insert(payload.skipped[i].hash);
    }
    std::vector<Hash32> kept;
    for (const auto& txn : txns) {
      if (!out.contains(txn.hash)) kept.push_back(txn.hash);
    }
    BOOST_TEST(payload.block.txns == kept, boost::test_tools::per_element());
  };
  skipped({from(alice, 0), from(bob, 3), from(alice, 1)}, {{1, "nonce too high"}});
  skipped({from(bob, 0, 20'000 * one_ether)}, {{0, "insufficient funds"}});
  skipped({from(carol, 0, 9'000 * one_ether), from(carol, 1, 9'000 * one_ether), from(bob, 0)},
          {{1, "insufficient funds"}});
  skipped({from(alice, 0), from(bob, 0, 1, 20'000), from(carol, 0)},
          {{1, "intrinsic gas too low"}});
  OrderedTxn nonsense{Hash32{{1}}, Bytes{0x02, 0x03}};
  skipped({from(alice, 0), nonsense, from(bob, 0)}, {{1, "invalid transaction 1"}});
  // Several, at both ends.
  skipped({from(alice, 7), from(bob, 0), from(carol, 0), nonsense},
          {{0, "nonce too high"}, {3, "invalid transaction"}});
  // What comes behind one that was left out goes with it, and costs no search.
  skipped({from(alice, 0), from(bob, 1), from(bob, 2), from(carol, 0), from(bob, 3)},
          {{1, "nonce too high"}, {2, "lacks 0x"}, {4, "lacks 0x"}});
  BOOST_TEST(engine.port.head()->number == 0u);
}

GETH_CASE(a_search_that_takes_too_long_is_given_up_with_what_it_found) {
  Running engine;
  std::vector<OrderedTxn> txns;
  for (std::uint64_t i = 0; i < 64; ++i) {
    txns.push_back(alice.pays(i));
    // Of senders that geth is not told of: each has to be found.
    txns.push_back(bob.pays(1'000 + i));
  }
  const auto payload = build(engine.port, txns);
  BOOST_TEST(!payload.complete);
  BOOST_TEST(payload.skipped.size() >= 3u);
  for (std::size_t i = 0; i < payload.skipped.size(); ++i) {
    BOOST_TEST(payload.skipped[i].hash == txns[2 * i + 1].hash);
  }
}

GETH_CASE(no_transaction_is_blamed_for_what_is_none_s_fault) {
  Running engine;
  made(engine.port, {alice.pays(0)});
  const auto head = engine.port.head().value();
  const auto fault = [&](const Hash32& parent, const BuildAttributes& attributes) {
    const auto payload = engine.port.build(parent, attributes, {alice.pays(1)});
    return payload ? "built" : payload.error().what;
  };
  const auto fee = next_base_fee({head.base_fee, head.gas_used, head.gas_limit});
  const auto says = [](const std::string& what, const std::string& words) {
    BOOST_TEST(what.find(words) != std::string::npos, what);
  };
  says(fault(Hash32{{9}}, {head.timestamp + 1, gas_limit, fee}), "parentHash is not current head");
  says(fault(head.hash, {head.timestamp, gas_limit, fee}), "invalid timestamp");
  says(fault(head.hash, {head.timestamp + 1, gas_limit + 1, fee}), "another gas limit");
  says(fault(head.hash, {head.timestamp + 1, gas_limit, fee + 1}), "another base fee");
}

GETH_CASE(another_gas_limit_than_the_genesis_is_told) {
  Running engine({"--miner.gaslimit", "36000000"});
  const auto head = engine.port.head().value();
  const auto payload = engine.port.build(
      head.hash, {head.timestamp + 1, gas_limit, next_base_fee({head.base_fee, 0, head.gas_limit})},
      {});
  BOOST_REQUIRE(!payload.has_value());
  BOOST_TEST(payload.error().what.find("another gas limit: wanted 30000000") != std::string::npos,
             payload.error().what);
}

// Equal, behind, ahead, unknown, wiped.
GETH_CASE(it_is_brought_to_the_log_from_wherever_it_stands) {
  Running first;
  Log log(first.port);
  grow_made(first.port, log, 12);
  BOOST_TEST((reconciled_with(first.port, log).found == EngineStanding::equal));

  made(first.port, {}, 3);
  made(first.port, {carol.pays(0)});
  const auto ahead = reconciled_with(first.port, log);
  BOOST_TEST((ahead.found == EngineStanding::ahead));
  BOOST_TEST(ahead.executed == 0u);
  BOOST_TEST(!first.port.block(13).value().has_value());

  // At once after a restart, when the first step back is answered VALID and not taken.
  made(first.port, {bob.pays(0)}, 5);
  first.geth.restart();
  BOOST_TEST(first.port.head()->number == 13u);
  BOOST_TEST((reconciled_with(first.port, log).found == EngineStanding::ahead));

  first.geth.stop();
  first.geth.wipe();
  first.geth.start();
  const auto wiped = reconciled_with(first.port, log);
  BOOST_TEST((wiped.found == EngineStanding::behind));
  BOOST_TEST(wiped.executed == 12u);

  // Blocks that the log does not have, longer than the log.
  BOOST_REQUIRE(first.port.rewind(6).has_value());
  for (int i = 0; i < 40; ++i) made(first.port, {}, i == 0 ? 9 : 0);
  const auto unknown = reconciled_with(first.port, log);
  BOOST_TEST((unknown.found == EngineStanding::unknown));
  BOOST_TEST(unknown.common == 6u);
  BOOST_TEST(unknown.executed == 6u);
  // And it goes on from there.
  grow_made(first.port, log, 3);
}

GETH_CASE(one_that_was_killed_has_its_blocks_or_gets_them_back) {
  Running engine;
  Log log(engine.port);
  grow_made(engine.port, log, 6);
  for (int life = 0; life < 2; ++life) {
    engine.geth.kill();
    BOOST_TEST(!engine.port.head().has_value());
    engine.geth.start();
    reconciled_with(engine.port, log);
    grow_made(engine.port, log, 2);
  }
  // Between building and adopting: the payload is of no use any more, the log has the block.
  const auto nonce = engine.port.accounts({alice.address()}, log.head_number())->front().nonce;
  const auto payload = build(engine.port, {alice.pays(nonce)});
  log.keep(payload, {alice.pays(nonce)});
  engine.geth.kill();
  BOOST_TEST(!engine.port.adopt(payload).has_value());
  engine.geth.start();
  reconciled_with(engine.port, log);
}

GETH_CASE(another_genesis_is_another_engine) {
  Running one;
  Log log(one.port);
  grow_made(one.port, log, 1);
  Geth other(dev::l2_genesis(genesis_time + 1));
  GethEngine port(other.address());
  const auto done = reconcile(port, log);
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST((done.error().kind == CatchUpFault::differs));
  BOOST_TEST(done.error().what.find("another genesis") != std::string::npos);
}

GETH_CASE(a_block_that_comes_out_otherwise_is_told_and_not_gone_on_with) {
  Running engine;
  Log log(engine.port);
  grow_made(engine.port, log, 4);
  log.blocks[3].hash = Hash32{{7}};
  engine.geth.stop();
  engine.geth.wipe();
  engine.geth.start();
  const auto done = reconcile(engine.port, log);
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST((done.error().kind == CatchUpFault::differs));
  BOOST_TEST(done.error().what.starts_with("block 3: wanted 0x07"), done.error().what);
}

// Another version, say, that charges more gas for the same.
GETH_CASE(a_logged_transaction_that_it_refuses_is_told_and_not_waited_for) {
  Running engine;
  Log log(engine.port);
  grow_made(engine.port, log, 1);
  BOOST_REQUIRE(engine.port.rewind(0).has_value());
  log.blocks[1].txns[1] = alice.pays(1, 20'000 * one_ether);
  const auto done = reconcile(engine.port, log);
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST((done.error().kind == CatchUpFault::differs));
  BOOST_TEST(
      done.error().what.starts_with("block 1: the engine left out " +
                                    to_hex(log.blocks[1].txns[1].hash) + ": insufficient funds"),
      done.error().what);
  BOOST_TEST(engine.port.head()->number == 0u);
}

// As one that was started without --syncmode=full: what it is given lacks what comes before.
GETH_CASE(one_that_has_not_the_parent_takes_no_block_and_gets_all_from_the_log) {
  Running one;
  Log log(one.port);
  grow_made(one.port, log, 3);
  const auto payload = build(one.port, {});
  Running other;
  const auto adopted = other.port.adopt(payload);
  BOOST_REQUIRE(!adopted.has_value());
  BOOST_TEST(adopted.error().what.find("SYNCING") != std::string::npos, adopted.error().what);
  log.keep(payload, {});
  reconciled_with(other.port, log);
}

GETH_CASE(what_never_answers_is_cancelled) {
  Running engine;
  ::kill(engine.geth.child().pid(), SIGSTOP);
  std::thread canceller([&] { engine.port.cancel(); });
  const auto began = std::chrono::steady_clock::now();
  BOOST_TEST(!engine.port.build(Hash32(), {}, {}).has_value());
  BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(2)));
  canceller.join();
  ::kill(engine.geth.child().pid(), SIGCONT);
}

GETH_CASE(a_secret_that_is_not_its_own_is_told) {
  Running engine;
  const TempDirectory home;
  auto address = engine.geth.address();
  address.jwt_file = home.path() / "jwt.hex";
  { std::ofstream(address.jwt_file) << std::string(64, '2'); }
  std::filesystem::permissions(address.jwt_file, std::filesystem::perms::owner_all);
  GethEngine port(address);
  const auto adopted = port.adopt(build(port, {}));
  BOOST_REQUIRE(!adopted.has_value());
  BOOST_TEST(adopted.error().what.find(address.jwt_file.string() + " (engine.jwt_file)") !=
                 std::string::npos,
             adopted.error().what);
}

BOOST_AUTO_TEST_SUITE_END()
