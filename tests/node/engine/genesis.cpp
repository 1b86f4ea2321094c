// What `horae engine genesis` and `horae engine flags` are made of.
#include "node/engine/genesis.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "node/dev/accounts.hpp"
#include "node/dev/l2_engine.hpp"
#include "node/engine/alloc.hpp"
#include "node/engine/geth_command.hpp"
#include "node/engine/system_contracts.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(engine_genesis)

namespace {

const Address someone{{0x35}};
GenesisSpec spec() { return {10880, 1'700'000'000, 30'000'000, {{someone, U256(1000)}}}; }

EngineAddress address(const std::string& rpc, const std::string& auth) {
  return {EngineDialect::geth, *Endpoint::parse(rpc), *Endpoint::parse(auth), "/etc/jwt.hex"};
}

// The word behind a flag, or nothing.
std::string after(const std::vector<std::string>& words, const std::string& flag) {
  const auto found = std::ranges::find(words, flag);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

std::string refusal(std::string_view alloc) {
  const auto read = read_alloc(alloc);
  return read ? "none" : read.error().what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(says_what_it_was_given) {
  const auto json = genesis_json(spec()).value();
  BOOST_TEST(json.at("config").at("chainId").to_number<std::uint64_t>() == 10880u);
  BOOST_TEST(json.at("timestamp").as_string() == "0x6553f100");
  BOOST_TEST(json.at("gasLimit").as_string() == "0x1c9c380");
  BOOST_TEST(json.at("alloc").at(to_hex(someone)).at("balance").as_string() == "0x3e8");
  BOOST_TEST(json.at("alloc").as_object().size() == 1 + system_contracts.size());
}

BOOST_AUTO_TEST_CASE(has_every_fork_up_to_prague_and_its_blob_schedule) {
  const auto config = genesis_json(spec()).value().at("config").as_object();
  for (const auto* fork : {"londonBlock", "shanghaiTime", "cancunTime", "pragueTime"}) {
    BOOST_TEST(config.at(fork).as_int64() == 0);
  }
  BOOST_TEST(!config.contains("osakaTime"));
  BOOST_TEST(config.at("terminalTotalDifficulty").as_int64() == 0);
  for (const auto* fork : {"cancun", "prague"}) {
    BOOST_TEST(config.at("blobSchedule").as_object().contains(fork));
  }
}

BOOST_AUTO_TEST_CASE(the_system_contracts_have_code) {
  for (const auto& contract : system_contracts) {
    BOOST_TEST(fixed_from_hex<Address>(contract.address).has_value());
    const auto code = from_hex(contract.code);
    BOOST_REQUIRE(code.has_value());
    // Each tells its caller, the system, from everybody else first: CALLER, PUSH20 0xff…fe, EQ.
    BOOST_TEST(to_hex(BytesView(*code).first(23)) ==
               "0x3373fffffffffffffffffffffffffffffffffffffffe14");
  }
}

BOOST_AUTO_TEST_CASE(no_balance_stands_at_a_system_contract) {
  auto wrong = spec();
  wrong.balances[*fixed_from_hex<Address>(system_contracts[1].address)] = 1;
  const auto refused = genesis_json(wrong);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find(system_contracts[1].address) == 0u);
}

BOOST_AUTO_TEST_CASE(the_dev_network_has_anvils_accounts_with_anvils_balances) {
  const auto genesis = dev::l2_genesis(1'700'000'000);
  BOOST_TEST(genesis.balances.size() == dev::funded_count);
  for (const auto& [account, balance] : genesis.balances) {
    BOOST_TEST(dev::known_to_everybody(account));
    BOOST_TEST(to_quantity(balance) == "0x21e19e0c9bab2400000");
  }
}

BOOST_AUTO_TEST_CASE(an_alloc_has_addresses_and_decimal_texts) {
  const auto read =
      read_alloc(R"({"0x3500000000000000000000000000000000000000": "1000000000000000000000"})");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST((*read == std::map<Address, U256>{{someone, U256("1000000000000000000000")}}));
  BOOST_TEST(refusal("[]").starts_with("wanted a JSON object"));
  BOOST_TEST(refusal("{").starts_with("wanted a JSON object"));
  BOOST_TEST(refusal(R"({"0x35": "1"})").starts_with("0x35: "));
  BOOST_TEST(refusal(R"({"0x3500000000000000000000000000000000000000": 1})").ends_with("digits\""));
  BOOST_TEST(refusal(R"({"0x3500000000000000000000000000000000000000": "1e3"})") != "none");
  BOOST_TEST(refusal(R"({"0xab00000000000000000000000000000000000000": "1",
                         "0xAB00000000000000000000000000000000000000": "1"})") != "none");
}

BOOST_AUTO_TEST_CASE(the_first_command_makes_the_directory) {
  const std::vector<std::string> wanted{"init", "--datadir", "/d", "--state.scheme", "hash", "/g"};
  BOOST_TEST((geth_init("/d", "/g") == wanted));
}

BOOST_AUTO_TEST_CASE(the_second_names_what_the_settings_name) {
  const auto words = geth_start(
      {"/d", address("http://127.0.0.1:8546", "http://127.0.0.1:8551"), 10880, 30'000'000});
  BOOST_TEST(after(words, "--datadir") == "/d");
  BOOST_TEST(after(words, "--networkid") == "10880");
  BOOST_TEST(after(words, "--miner.gaslimit") == "30000000");
  BOOST_TEST(after(words, "--http.addr") == "127.0.0.1");
  BOOST_TEST(after(words, "--http.port") == "8546");
  BOOST_TEST(after(words, "--authrpc.addr") == "127.0.0.1");
  BOOST_TEST(after(words, "--authrpc.port") == "8551");
  BOOST_TEST(after(words, "--authrpc.jwtsecret") == "/etc/jwt.hex");
  BOOST_TEST(after(words, "--http.vhosts").empty());
  for (const auto* flag : {"--syncmode=full", "--gcmode=archive", "--engine.maxreorgdepth=0",
                           "--nodiscover", "--maxpeers=0", "--ipcdisable"}) {
    BOOST_TEST((std::ranges::find(words, flag) != words.end()), flag);
  }
}

BOOST_AUTO_TEST_CASE(a_host_that_is_a_name_is_allowed_as_one) {
  const auto words =
      geth_start({"/d", address("http://engine.internal:1", "http://[::1]:2"), 1, 21'000});
  BOOST_TEST(after(words, "--http.addr") == "engine.internal");
  BOOST_TEST(after(words, "--http.vhosts") == "engine.internal");
  BOOST_TEST(after(words, "--authrpc.addr") == "::1");
  BOOST_TEST(after(words, "--authrpc.vhosts").empty());
}

BOOST_AUTO_TEST_SUITE_END()
