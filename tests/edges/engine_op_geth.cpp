// The dialect of the Engine API against a real op-geth, where the variable HORAE_OP_GETH names one.
#include "edges/engine_op.hpp"
#include "edges/json_rpc.hpp"
#include "tests/fixture/engine_chain.hpp"
#include "tests/fixture/op_geth.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(engine_op)

using namespace horae;
using namespace horae::test;
using namespace horae::test::engines;

namespace {

struct Running {
  OpGeth geth;
  OpEngine port{geth.address};
};

}  // namespace

#define OP_CASE(name) BOOST_AUTO_TEST_CASE(name, *boost::unit_test::precondition(has_op_geth))

OP_CASE(a_block_has_a_deposit_first_that_is_none_of_ours) {
  Running engine;
  const std::vector<OrderedTxn> txns{alice.pays(0), bob.pays(0), alice.pays(1)};
  const auto payload = build(engine.port, txns);
  BOOST_TEST(engine.port.head()->number == 0u);
  BOOST_REQUIRE(engine.port.adopt(payload).has_value());
  const auto head = engine.port.head().value();
  BOOST_TEST(head.hash == payload.block.hash);
  BOOST_TEST(head.txns_root == payload.block.txns_root);
  BOOST_TEST(head.txns == payload.block.txns, boost::test_tools::per_element());
  BOOST_REQUIRE(head.txns.size() == 3u);
  BOOST_TEST(head.txns[1] == txns[1].hash);
  // Without a deposit that it can read, a receipt is an error.
  JsonRpcClient rpc(engine.geth.address.rpc);
  const auto receipt = rpc.call("eth_getTransactionReceipt", {to_hex(txns[0].hash)});
  BOOST_REQUIRE_MESSAGE(receipt.has_value(), (receipt ? "" : receipt.error().message));
  BOOST_TEST(receipt->at("status") == "0x1");
  BOOST_TEST(receipt->at("l1Fee") == "0x0");
  made(engine.port, {bob.pays(1)});
}

OP_CASE(what_cannot_run_is_left_out_in_its_words) {
  Running engine;
  const std::vector<OrderedTxn> txns{alice.pays(0), bob.pays(4), carol.pays(0, 20'000 * one_ether),
                                     alice.pays(1)};
  const auto payload = made(engine.port, txns);
  BOOST_REQUIRE(payload.skipped.size() == 2u);
  BOOST_TEST(payload.skipped[0].hash == txns[1].hash);
  BOOST_TEST(payload.skipped[0].reason.starts_with("nonce too high"), payload.skipped[0].reason);
  BOOST_TEST(payload.skipped[1].reason.starts_with("insufficient funds"),
             payload.skipped[1].reason);
  BOOST_TEST(payload.block.txns.size() == 2u);
}

OP_CASE(it_is_brought_to_the_log_from_wherever_it_stands) {
  Running engine;
  Log log(engine.port);
  for (std::uint64_t nonce = 0; nonce < 6; ++nonce) {
    log.keep(made(engine.port, {alice.pays(nonce)}), {alice.pays(nonce)});
  }
  const auto reconciled = [&](EnginePort& port) {
    const auto done = reconcile(port, log);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
    BOOST_TEST(port.head().value().hash == log.blocks.back().hash);
    return done->found;
  };
  BOOST_TEST((reconciled(engine.port) == EngineStanding::equal));
  made(engine.port, {}, 3);
  BOOST_TEST((reconciled(engine.port) == EngineStanding::ahead));
  BOOST_REQUIRE(engine.port.rewind(2).has_value());
  made(engine.port, {}, 5);
  BOOST_TEST((reconciled(engine.port) == EngineStanding::unknown));
  engine.geth.kill();
  engine.geth.start();
  reconciled(engine.port);
  Running other;
  BOOST_TEST((reconciled(other.port) == EngineStanding::behind));
}

BOOST_AUTO_TEST_SUITE_END()
