// How a real geth is, as who watches it sees: what it was started with, and who is at the door of
// its Engine API.
#include <boost/json/parse.hpp>
#include <fstream>

#include "edges/engine_reads.hpp"
#include "edges/geth_probe.hpp"
#include "edges/jwt.hpp"
#include "edges/system_clock.hpp"
#include "tests/fixture/geth.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(watched_geth)

namespace {

constexpr std::uint64_t begin = 1'700'000'000;
constexpr std::size_t longer_than_usual = 6u << 20;  // bytes; geth's own limit is 5 MiB

GethProbe probe_of(const EngineAddress& address) {
  return {address.rpc, *address.auth, address.jwt_file};
}

void commit_two_blocks(const EngineAddress& address) {
  JsonRpcClient client(address.rpc);
  for (std::uint64_t i = 1; i <= 2; ++i) {
    const json::object attributes{{"timestamp", to_quantity(U256(begin + i))},
                                  {"prevRandao", to_hex(Hash32())},
                                  {"suggestedFeeRecipient", to_hex(Address())},
                                  {"withdrawals", json::array()},
                                  {"parentBeaconBlockRoot", to_hex(Hash32())}};
    BOOST_REQUIRE(client.call("testing_commitBlockV1", {attributes, json::array(), "0x"}));
  }
}

// Why geth would take no block that comes so.
std::string turned_away(const EngineAddress& address) {
  const auto answer = engine_at(address)->takes_blocks();
  BOOST_REQUIRE(!answer.has_value());
  return answer.error().what;
}

template <class T>
T told(Result<T> answer) {
  BOOST_REQUIRE_MESSAGE(answer.has_value(), answer.error().what);
  return std::move(*answer);
}

void says(const std::string& text, const std::string& words) {
  BOOST_TEST(text.find(words) != std::string::npos, text);
}

}  // namespace

GETH_CASE(one_that_is_started_as_it_should_be_looks_so_and_is_left_as_it_was) {
  Geth geth;
  const auto port = engine_at(geth.address());
  auto probe = probe_of(geth.address());
  BOOST_TEST((told(probe.states()) == GethProbe::States::unchanged));
  commit_two_blocks(geth.address());
  const auto head = told(port->head());
  BOOST_TEST(told(port->health()).head == 2u);
  BOOST_TEST(told(port->health()).peers.value() == 0u);
  BOOST_TEST(told(port->pool_closed()).value());

  BOOST_TEST(port->takes_blocks().has_value());
  const auto block = told(probe.empty_block());
  BOOST_TEST(block.number == 3u);
  BOOST_TEST(block.gas_limit == head.gas_limit);
  BOOST_TEST(told(probe.executes(block)));
  BOOST_TEST((told(probe.states()) == GethProbe::States::archive));
  BOOST_TEST(told(probe.reads(longer_than_usual)));
  BOOST_TEST((told(port->head()).hash == head.hash));
  BOOST_TEST(!told(port->block(3)).has_value());
}

GETH_CASE(each_wrong_flag_is_seen_from_outside) {
  Geth geth(dev::l2_genesis(begin),
            {"--syncmode=snap", "--gcmode=full", "--miner.gaslimit", "40000000",
             "--rpc.http-body-limit", "5", "--txpool.pricelimit=1"});
  commit_two_blocks(geth.address());
  BOOST_TEST(!told(engine_at(geth.address())->pool_closed()).value());
  auto probe = probe_of(geth.address());
  const auto block = told(probe.empty_block());
  BOOST_TEST(block.gas_limit > dev::l2_gas_limit);
  BOOST_TEST(!told(probe.executes(block)));
  BOOST_TEST((told(probe.states()) == GethProbe::States::recent));
  BOOST_TEST(!told(probe.reads(longer_than_usual)));

  geth.stop();
  geth.start(std::vector<std::string>{"--http.api", "eth,net,web3"});
  auto shut = probe_of(geth.address());
  says(shut.empty_block().error().what, "testing_buildBlockV1");
  says(shut.states().error().what, "debug_getTrieFlushInterval");
}

GETH_CASE(who_is_turned_away_at_the_engine_api_is_told_why) {
  const Geth geth;
  const auto& right = geth.address();
  const TempDirectory directory;
  auto other_secret = right;
  other_secret.jwt_file = directory.path() / "jwt.hex";
  std::ofstream(other_secret.jwt_file) << std::string(64, '2');
  std::filesystem::permissions(other_secret.jwt_file, std::filesystem::perms::owner_read);
  says(turned_away(other_secret),
       "its secret is another than that in " + other_secret.jwt_file.string());

  std::filesystem::permissions(other_secret.jwt_file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  says(turned_away(other_secret), "chmod 600");

  auto elsewhere = right;
  elsewhere.auth = right.rpc;
  says(turned_away(elsewhere), "it is no Engine API: see engine.auth_endpoint");

  for (const std::int64_t off_s : {-120, 120}) {
    HttpOptions options;
    options.authorization = [&] {
      const auto now_s = static_cast<std::int64_t>(SystemClock().now_ms() / 1000);
      return jwt_token(right.jwt_file, static_cast<std::uint64_t>(now_s + off_s))
          .map([](const std::string& token) { return "Bearer " + token; });
    };
    JsonRpcClient api(*right.auth, options);
    const auto told = api.call("engine_exchangeCapabilities", {json::array()});
    BOOST_REQUIRE(!told.has_value());
    says(engine_api_trouble(told.error(), right.jwt_file), "more than a minute apart");
  }
}

GETH_CASE(reads_are_handed_through_as_geth_answers_them) {
  const Geth geth;
  const auto reads = engine_reads_at(geth.address());
  const auto genesis =
      reads->read("eth_getBlockByNumber", json::parse(R"(["0x0", false])").as_array()).value();
  BOOST_TEST(genesis.at("number") == "0x0");
  // Code that ends with INVALID.
  const auto call = json::parse(R"([{"data": "0xfe"}, "0x0"])").as_array();
  const auto halted = reads->read("eth_call", call);
  BOOST_REQUIRE(!halted.has_value());
  BOOST_TEST(halted.error().code == -32000);
  BOOST_TEST(halted.error().said == "invalid opcode: INVALID");
}

BOOST_AUTO_TEST_SUITE_END()
