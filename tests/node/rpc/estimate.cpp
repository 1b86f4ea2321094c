#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(estimate)

BOOST_AUTO_TEST_CASE(a_call_is_estimated_with_the_most_gas_that_a_transaction_may_have) {
  Door door;
  door.backend.engine = [](const std::string& method, const json::array& params) -> rpc::Answer {
    BOOST_TEST(method == "eth_estimateGas");
    return params.at(0).at("gas");
  };
  const auto estimated = [&](json::object fields) {
    fields["from"] = an_account;
    return door.call("eth_estimateGas", {std::move(fields)}).at("result");
  };
  BOOST_TEST(estimated({}) == "0x1000000");
  BOOST_TEST(estimated({{"gas", "0x1000001"}}) == "0x1000000");
  BOOST_TEST(estimated({{"gas", "0x6000"}}) == "0x6000");
  // Less than any transaction needs is no limit.
  BOOST_TEST(estimated({{"gas", "0x100"}}) == "0x1000000");
  BOOST_TEST(door.call("eth_estimateGas", {json::object{}, "0xb"}).at("error").at("message") ==
             "block not found");
}

BOOST_AUTO_TEST_SUITE_END()
