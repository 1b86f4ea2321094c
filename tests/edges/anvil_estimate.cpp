#include "edges/anvil_estimate.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;
namespace json = boost::json;

namespace {

constexpr std::uint64_t balance = 100'000;
constexpr std::uint64_t asked_gas = 0x1000000;

std::string afforded(const json::object& call, std::uint64_t gas = asked_gas) {
  const auto most = affordable_gas(Charge(call), balance, gas);
  return most ? to_quantity(*most) : most.error().said;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(anvil_estimate)

BOOST_AUTO_TEST_CASE(no_more_gas_than_the_balance_pays_for) {
  BOOST_TEST(Charge({}).free());
  BOOST_TEST(Charge({{"gasPrice", "0x0"}}).free());
  BOOST_TEST(afforded({{"gasPrice", "0x2"}}) == "0xc350");
  BOOST_TEST(afforded({{"maxFeePerGas", "0x2"}, {"value", "0x186a"}}) == "0xb71b");
  BOOST_TEST(afforded({{"gasPrice", "0x2"}}, 0x6000) == "0x6000");
  BOOST_TEST(afforded({{"gasPrice", "0x5"}}) == "gas required exceeds allowance (20000)");
}

BOOST_AUTO_TEST_CASE(the_balance_pays_for_the_value) {
  BOOST_TEST(afforded({{"value", "0x186a0"}}) == "0x1000000");
  const std::string account = "0x00000000000000000000000000000000000000AA";
  const json::object too_much{{"from", account}, {"value", "0x186a1"}};
  BOOST_TEST(afforded(too_much) ==
             "failed with 16777216 gas: insufficient funds for gas * price + value: address " +
                 account + " have 100000 want 100001");
  BOOST_TEST(afforded({{"value", "0x186a0"}, {"gasPrice", "0x1"}}) ==
             "insufficient funds for transfer");
  BOOST_TEST(affordable_gas(Charge(too_much), balance, asked_gas).error().code == -32000);
}

BOOST_AUTO_TEST_SUITE_END()
