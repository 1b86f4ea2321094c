#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

namespace {

// A caller with 100,000 wei; an estimate is what the call may use.
struct Payer : Door {
  Payer() {
    backend.engine = [](const std::string& method, const json::array& params) -> rpc::Answer {
      if (method == "eth_getBalance") return json::value("0x186a0");
      return params.at(0).at("gas");
    };
  }
  json::value estimated(json::object fields, json::array more = {}) {
    fields["from"] = an_account;
    json::array params{std::move(fields)};
    for (auto& each : more) params.push_back(std::move(each));
    const auto answer = call("eth_estimateGas", std::move(params));
    return answer.as_object().contains("error") ? answer.at("error").at("message")
                                                : answer.at("result");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(estimate)

BOOST_AUTO_TEST_CASE(no_more_gas_than_the_balance_pays_for) {
  Payer payer;
  const json::value most = "0x1000000";
  BOOST_TEST(payer.estimated({}) == most);
  BOOST_TEST(payer.estimated({{"gasPrice", "0x0"}}) == most);
  BOOST_TEST(payer.estimated({{"gasPrice", "0x2"}}) == "0xc350");
  BOOST_TEST(payer.estimated({{"maxFeePerGas", "0x2"}, {"value", "0x186a"}}) == "0xb71b");
  BOOST_TEST(payer.estimated({{"gasPrice", "0x2"}, {"gas", "0x6000"}}) == "0x6000");
  BOOST_TEST(payer.estimated({{"gasPrice", "0x2"}, {"gas", "0x100"}}) == "0xc350");
  BOOST_TEST(payer.estimated({{"gasPrice", "0x5"}}) == "gas required exceeds allowance (20000)");
}

BOOST_AUTO_TEST_CASE(the_balance_pays_for_the_value) {
  Payer payer;
  BOOST_TEST(payer.estimated({{"value", "0x186a0"}}) == "0x1000000");
  BOOST_TEST(payer.estimated({{"value", "0x186a1"}}) ==
             text("insufficient funds for gas * price + value: address " + an_account +
                  " have 100000 want 100001"));
  BOOST_TEST(payer.estimated({{"value", "0x186a0"}, {"gasPrice", "0x1"}}) ==
             "insufficient funds for transfer");
  BOOST_TEST(payer.code("eth_estimateGas", {{{"value", "0x186a1"}}}) == -32000);
}

BOOST_AUTO_TEST_CASE(the_balance_is_that_of_the_block_or_the_overridden_one) {
  Payer payer;
  payer.estimated({{"value", "0x1"}}, {"0x3"});
  const auto reads = payer.backend.take_reads();
  BOOST_TEST(reads.at(0).params == (json::array{an_account, "0x3"}));
  BOOST_TEST(reads.at(1).params.at(1) == "0x3");
  auto shouted = an_account;
  for (auto& letter : shouted) letter = letter == 'a' ? 'A' : letter;
  const auto with = [&](const std::string& whose) {
    return payer.estimated({{"value", "0x186a1"}},
                           {"latest", json::object{{whose, {{"balance", "0xffffff"}}}}});
  };
  BOOST_TEST(with(shouted) == "0x1000000");
  BOOST_TEST(with("0x" + std::string(40, '1')) != "0x1000000");
}

BOOST_AUTO_TEST_CASE(what_the_engine_does_not_know_is_passed_on) {
  Payer payer;
  payer.backend.engine = [](const auto&, const auto&) -> rpc::Answer {
    return tl::unexpected(
        rpc::Error{-32000, "historical state of block 3 is not available", nullptr});
  };
  BOOST_TEST(payer.estimated({{"value", "0x1"}}, {"0x3"}) ==
             "historical state of block 3 is not available");
  BOOST_TEST(payer.estimated({{"value", "0x1"}}, {"0xb"}) == "block not found");
}

BOOST_AUTO_TEST_SUITE_END()
