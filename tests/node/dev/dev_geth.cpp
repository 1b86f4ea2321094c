// The dev network's geth: what it is started with, and what it has after an end of each kind.
#include <sys/stat.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/eth/txn.hpp"
#include "core/files.hpp"
#include "core/rules/base_fee.hpp"
#include "edges/engine.hpp"
#include "edges/json_rpc.hpp"
#include "node/dev/accounts.hpp"
#include "tests/fixture/geth.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(dev_geth)

namespace {

/// A block without transactions on the head.
EngineBlock grow(EnginePort& port) {
  const auto head = port.head().value();
  const auto payload = port.build(head.hash,
                                  {head.timestamp + 1, head.gas_limit,
                                   next_base_fee({head.base_fee, head.gas_used, head.gas_limit})},
                                  {});
  BOOST_REQUIRE_MESSAGE(payload.has_value(), payload.error().what);
  const auto adopted = port.adopt(*payload);
  BOOST_REQUIRE_MESSAGE(adopted.has_value(), adopted.error().what);
  return payload->block;
}

}  // namespace

GETH_CASE(begins_at_the_genesis_that_was_asked_for) {
  Geth geth;
  const auto port = engine_at(geth.address());
  BOOST_TEST(port->client().value().starts_with("Geth/v" + std::string(geth_version())));
  BOOST_TEST(port->chain_id().value() == dev::l2_chain_id);
  const auto genesis = port->head().value();
  BOOST_TEST(genesis.number == 0u);
  BOOST_TEST(genesis.timestamp == 1'700'000'000u);
  BOOST_TEST(genesis.gas_limit == dev::l2_gas_limit);
  std::vector<Address> addresses;
  for (const auto& account : dev::accounts()) addresses.push_back(account.address);
  const auto accounts = port->accounts(addresses, 0).value();
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    BOOST_TEST((accounts[i].balance == (i < dev::funded_count ? dev::funded_with : U256(0))));
  }
  struct stat status {};
  BOOST_REQUIRE(::stat(geth.address().jwt_file.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600);
}

GETH_CASE(has_its_blocks_again_after_an_end_in_order_and_after_a_kill) {
  Geth geth;
  const auto port = engine_at(geth.address());
  for (int i = 0; i < 5; ++i) grow(*port);
  BOOST_TEST(geth.stop() == "exit code 0");
  geth.start();
  BOOST_TEST(port->head().value().number == 5u);
  grow(*port);
  geth.kill();
  geth.start();
  // The newest may be gone (facts of the trial: one block); the others are not.
  BOOST_TEST(port->head().value().number >= 5u);
}

GETH_CASE(an_interrupted_first_start_leaves_no_half_a_directory) {
  Geth geth;
  geth.stop();
  // What a start leaves that is killed while it makes the data.
  std::filesystem::rename(geth.home() / "geth", geth.home() / "geth.new");
  geth.start();
  BOOST_TEST(engine_at(geth.address())->chain_id().value() == dev::l2_chain_id);
  BOOST_TEST(!std::filesystem::exists(geth.home() / "geth.new"));
}

GETH_CASE(takes_no_transaction_but_in_a_list) {
  Geth geth;
  const auto& sender = dev::accounts()[1];
  Txn txn;
  txn.type = 2;
  txn.chain_id = dev::l2_chain_id;
  txn.gas_limit = 21000;
  txn.max_fee = txn.max_priority_fee = U256(1'000'000'000'000u);
  txn.to = dev::accounts()[2].address;
  const auto raw = sign_txn(txn, dev::key_of(sender)).value();
  JsonRpcClient rpc(geth.address().rpc);
  const auto refused = rpc.call("eth_sendRawTransaction", {to_hex(raw)});
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().message.find("below minimum") != std::string::npos,
             refused.error().message);
}

GETH_CASE(that_cannot_be_initialised_is_refused_with_words) {
  TempDirectory home;
  const auto other = home.path() / "geth";
  std::ofstream(other) << "#!/bin/sh\nexit 3\n";
  std::filesystem::permissions(other, std::filesystem::perms::owner_all);
  const auto refused = dev::start_geth({other, home.path() / "l2", dev::l2_genesis(1'700'000'000)});
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("geth init: exit code 3") != std::string::npos,
             refused.error().what);
}

BOOST_AUTO_TEST_SUITE_END()
