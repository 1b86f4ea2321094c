#include "edges/anvil_words.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

std::pair<int, std::string> told(int code, std::string said, boost::json::value data = nullptr) {
  RpcFault fault;
  fault.data = std::move(data);
  fault.kind = RpcFault::rpc_error;
  fault.code = code;
  fault.said = std::move(said);
  const auto out = in_words_of_geth(std::move(fault));
  return {out.code, out.said};
}
using Told = std::pair<int, std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(anvil_words)

// The left sides are what anvil 1.7.1 answered, but for the name that nobody knows.
BOOST_AUTO_TEST_CASE(calls_that_halt_are_told_as_geth_does) {
  BOOST_TEST((told(-32603, "EVM error OutOfGas") == Told(-32000, "out of gas")));
  BOOST_TEST((told(-32603, "EVM error InvalidJump") == Told(-32000, "invalid jump destination")));
  BOOST_TEST(
      (told(-32603, "EVM error InvalidFEOpcode") == Told(-32000, "invalid opcode: INVALID")));
  BOOST_TEST(
      (told(-32603, "EVM error OpcodeNotFound") == Told(-32000, "invalid opcode: not defined")));
  BOOST_TEST((told(-32603, "EVM error StackUnderflow") == Told(-32000, "stack underflow")));
  BOOST_TEST((told(-32603, "EVM error NobodyKnows") == Told(-32000, "NobodyKnows")));
  BOOST_TEST((told(-32003, "Out of gas: gas required exceeds allowance: 70000") ==
              Told(-32000, "gas required exceeds allowance (70000)")));
}

BOOST_AUTO_TEST_CASE(a_caller_who_cannot_pay_is_told_as_geth_does) {
  BOOST_TEST((told(-32003, "Insufficient funds for gas * price + value") ==
              Told(-32000, "insufficient funds for gas * price + value")));
  BOOST_TEST((told(-32000, "intrinsic gas too high -- CallGasCostMoreThanGasLimit") ==
              Told(-32000, "intrinsic gas too low")));
  BOOST_TEST(
      (told(-32602, "Invalid input: `max_priority_fee_per_gas` greater than `max_fee_per_gas`") ==
       Told(-32000, "max priority fee per gas higher than max fee per gas")));
}

BOOST_AUTO_TEST_CASE(of_a_revert_is_told_what_is_a_text) {
  const std::string word(62, '0');
  BOOST_TEST((told(3, "execution reverted: user error", "0x08c379a0") ==
              Told(3, "execution reverted: user error")));
  const auto panic = [&](const char* code) {
    return boost::json::value(boost::json::string("0x4e487b71" + word + code));
  };
  BOOST_TEST(
      (told(3, "execution reverted: panic: arithmetic underflow or overflow (0x11)", panic("11")) ==
       Told(3, "execution reverted: arithmetic underflow or overflow")));
  BOOST_TEST((told(3, "execution reverted: panic", panic("99")) == Told(3, "execution reverted")));
  BOOST_TEST((told(3, std::string("execution reverted: custom error 0xdeadbeef: \0\0", 44),
                   "0xdeadbeef0000") == Told(3, "execution reverted")));
}

BOOST_AUTO_TEST_CASE(a_state_that_is_forgotten_is_no_wrong_parameter) {
  const std::string before = "BlockOutOfRangeError: block height is 12 but requested was ";
  BOOST_TEST(
      (told(-32602, before + "1") == Told(-32000, "historical state of block 1 is not available")));
  BOOST_TEST((told(-32602, before + "13") == Told(-32000, "block not found")));
  BOOST_TEST((told(-32602, "BlockOutOfRangeError: block height is new") ==
              Told(-32000, "block not found")));
}

BOOST_AUTO_TEST_CASE(blocks_and_receipts_have_geths_members) {
  const auto shaped = [](const char* text) {
    return boost::json::serialize(in_shape_of_geth(boost::json::parse(text)));
  };
  BOOST_TEST(shaped(R"({"number":"0x1","totalDifficulty":"0x0","blobGasUsed":"0x0"})") ==
             R"({"number":"0x1","blobGasUsed":"0x0"})");
  BOOST_TEST(shaped(R"({"cumulativeGasUsed":"0x1","blockTimestamp":"0x2",)"
                    R"("logs":[{"blockTimestamp":"0x2"}]})") ==
             R"({"cumulativeGasUsed":"0x1","logs":[{"blockTimestamp":"0x2"}]})");
  BOOST_TEST(shaped(R"({"oldestBlock":"0x1","reward":[]})") == R"({"oldestBlock":"0x1"})");
  BOOST_TEST(shaped(R"({"reward":[["0x1"]]})") == R"({"reward":[["0x1"]]})");
  const char* receipt =
      R"({"type":"0x2","transactionIndex":"0x0","blobGasPrice":"0x1","blobGasUsed":"0x0"})";
  BOOST_TEST(shaped(receipt) == R"({"type":"0x2","transactionIndex":"0x0"})");
  BOOST_TEST(shaped((std::string("[") + receipt + "]").c_str()) ==
             R"([{"type":"0x2","transactionIndex":"0x0"}])");
  const char* blob = R"({"type":"0x3","transactionIndex":"0x0","blobGasPrice":"0x1"})";
  BOOST_TEST(shaped(blob) == blob);
  BOOST_TEST(shaped(R"("0x1")") == R"("0x1")");
}

BOOST_AUTO_TEST_CASE(everything_else_is_as_it_was) {
  BOOST_TEST((told(3, "execution reverted") == Told(3, "execution reverted")));
  BOOST_TEST((told(-32602, "EVM error") == Told(-32602, "EVM error")));
}

BOOST_AUTO_TEST_SUITE_END()
