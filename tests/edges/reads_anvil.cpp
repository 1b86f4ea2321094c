// Reads of a real anvil as geth would answer them.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <iostream>

#include "edges/anvil_reads.hpp"
#include "tests/fixture/child_process.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

namespace {

const std::string anvil_binary =
    std::string(HORAE_SOURCE_DIR) + "/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";

bool anvil_is_there(boost::unit_test::test_unit_id) {
  if (std::filesystem::exists(anvil_binary)) return true;
  std::cout << "skipped: no anvil in node_modules (npm ci installs it)\n";
  return false;
}

// Keeps the states of the newest two blocks; its first account is rich.
struct Forgetful {
  TempDirectory cache;
  ChildProcess process{{anvil_binary, "--no-mining", "--prune-history", "2", "--host", "127.0.0.1",
                        "--port", "0", "--cache-path", cache.path().string()}};
  AnvilReads reads{*Endpoint::parse("http://" + process.wait_for("Listening on "))};

  RpcResult<json::value> read(const std::string& method, const char* params) {
    return reads.read(method, json::parse(params).as_array());
  }
  std::pair<int, std::string> refusal(const std::string& method, const char* params) {
    const auto told = read(method, params);
    BOOST_REQUIRE(!told);
    return {told.error().code, told.error().said};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reads_of_anvil, *boost::unit_test::precondition(anvil_is_there))

BOOST_AUTO_TEST_CASE(a_forgotten_state_is_said_to_be_one) {
  Forgetful anvil;
  for (int i = 0; i < 6; ++i) BOOST_REQUIRE(anvil.read("evm_mine", "[]"));
  const std::pair<int, std::string> forgotten(-32000,
                                              "historical state of block 1 is not available");
  const std::pair<const char*, const char*> reads[] = {
      {"eth_getBalance", R"(["0x00000000000000000000000000000000000000aa", "0x1"])"},
      {"eth_call", R"([{"to": "0x00000000000000000000000000000000000000aa"}, "0x1"])"},
      {"eth_getProof", R"(["0x00000000000000000000000000000000000000aa", [], "0x1"])"},
      {"eth_estimateGas", R"([{"to": "0x00000000000000000000000000000000000000aa"}, "0x1"])"},
  };
  for (const auto& [method, params] : reads) {
    BOOST_TEST_CONTEXT(method) { BOOST_TEST((anvil.refusal(method, params) == forgotten)); }
  }
}

BOOST_AUTO_TEST_CASE(an_access_list_of_a_call_that_fails_is_a_result) {
  Forgetful anvil;
  // Runs as a creation: reads slot 1, asks for the balance of 0xbad, and ends as the last byte
  // says.
  const auto listed = [&](const std::string& end) {
    const auto code = "0x6001545073" + std::string(37, '0') + "bad3150" + end;
    return anvil.read("eth_createAccessList",
                      (R"([{"data": ")" + code + R"("}, "latest"])").c_str());
  };
  for (const auto& [end, error] : {std::pair("60006000fd", "execution reverted"),
                                   std::pair("fe", "invalid opcode: INVALID")}) {
    const auto told = listed(end);
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->at("error") == error);
    const auto list = json::serialize(told->at("accessList"));
    BOOST_TEST(list.find("bad\",\"storageKeys\":[]") != std::string::npos, list);
    BOOST_TEST(list.find("0001\"]") != std::string::npos, list);
    BOOST_TEST(told->at("gasUsed").as_string().starts_with("0x"));
  }
  const auto well = listed("00");
  BOOST_REQUIRE(well.has_value());
  BOOST_TEST(!well->as_object().contains("error"));
}

BOOST_AUTO_TEST_CASE(a_history_of_fees_ends_with_the_next_blocks) {
  Forgetful anvil;
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(anvil.read("evm_mine", "[]"));
  const auto last = [&](const char* params) {
    return anvil.read("eth_feeHistory", params).value().at("baseFeePerGas").as_array().back();
  };
  const auto second = anvil.read("eth_getBlockByNumber", R"(["0x2", false])").value();
  BOOST_TEST(last(R"(["0x1", "0x1", []])") == second.at("baseFeePerGas"));
  BOOST_TEST(last(R"(["0x1", "0x3", []])") != second.at("baseFeePerGas"));
}

BOOST_AUTO_TEST_CASE(an_estimate_is_one_that_the_caller_can_pay) {
  Forgetful anvil;
  const std::pair<int, std::string> poor(
      -32000,
      "failed with 16777216 gas: insufficient funds for gas * price + value: address "
      "0x00000000000000000000000000000000000000AA have 0 want 16");
  BOOST_TEST((anvil.refusal("eth_estimateGas", R"([
    {"to": "0x00000000000000000000000000000000000000bb", "value": "0x10", "gas": "0x1000000",
     "from": "0x00000000000000000000000000000000000000aa"}, "0x0"])") == poor));
  const auto rich = anvil.read("eth_estimateGas", R"([
    {"to": "0x00000000000000000000000000000000000000bb", "value": "0x10", "gas": "0x1000000",
     "from": "0x00000000000000000000000000000000000000aa"}, "0x0",
    {"0x00000000000000000000000000000000000000AA": {"balance": "0x10"}}])");
  BOOST_REQUIRE(rich.has_value());
  BOOST_TEST(*rich == "0x5208");
}

BOOST_AUTO_TEST_CASE(a_block_is_overridden_by_geths_names) {
  Forgetful anvil;
  // NUMBER, TIMESTAMP, COINBASE, PREVRANDAO and BASEFEE, returned.
  const auto told = anvil.read("eth_call", R"([
    {"data": "0x436000524260205241604052446060524860805260a06000f3"}, "latest", {},
    {"number": "0x11", "time": "0x7fffffff", "baseFeePerGas": "0x9",
     "feeRecipient": "0x00000000000000000000000000000000000000ab",
     "prevRandao": "0x00000000000000000000000000000000000000000000000000000000000000cc"}])");
  BOOST_REQUIRE(told.has_value());
  const auto word = [](const std::string& tail) {
    return std::string(64 - tail.size(), '0') + tail;
  };
  BOOST_TEST(*told == json::value(json::string("0x" + word("11") + word("7fffffff") + word("ab") +
                                               word("cc") + word("9"))));
}

BOOST_AUTO_TEST_SUITE_END()
