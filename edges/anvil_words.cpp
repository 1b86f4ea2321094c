#include "edges/anvil_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/u256.hpp"

namespace horae {
namespace {

constexpr int server_error = -32000;
constexpr int call_reverted = 3;

// revm's names of how a call may halt (InstructionResult) with geth's words. Geth's name an opcode
// and how high the stack is, which anvil does not tell.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> halts{{
    {"OutOfGas", "out of gas"},
    {"MemoryOOG", "out of gas"},
    {"MemoryLimitOOG", "out of gas"},
    {"PrecompileOOG", "out of gas"},
    {"InvalidOperandOOG", "out of gas"},
    {"ReentrancySentryOOG", "out of gas"},
    {"OpcodeNotFound", "invalid opcode: not defined"},
    {"NotActivated", "invalid opcode: not defined"},
    {"InvalidFEOpcode", "invalid opcode: INVALID"},
    {"InvalidJump", "invalid jump destination"},
    {"StackUnderflow", "stack underflow"},
    {"StackOverflow", "stack limit reached 1024"},
    {"OutOfOffset", "return data out of bounds"},
    {"OutOfFunds", "insufficient balance for transfer"},
    {"CallTooDeep", "max call depth exceeded"},
    {"CallNotAllowedInsideStatic", "write protection"},
    {"StateChangeDuringStaticCall", "write protection"},
    {"CreateCollision", "contract address collision"},
    {"NonceOverflow", "nonce uint64 overflow"},
    {"OverflowPayment", "insufficient balance for transfer"},
    {"CreateContractSizeLimit", "max code size exceeded"},
    {"CreateInitCodeSizeLimit", "max initcode size exceeded"},
    {"CreateContractStartingWithEF", "invalid code: must not begin with 0xef"},
}};

// What geth says of the code that Solidity gives for a panic (accounts/abi/error_handling.go).
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> panics{{
    {"00", "generic panic"},
    {"01", "assert(false)"},
    {"11", "arithmetic underflow or overflow"},
    {"12", "division or modulo by zero"},
    {"21", "enum overflow"},
    {"22", "invalid encoded storage byte array accessed"},
    {"31", "out-of-bounds array access; popping on an empty array"},
    {"32", "out-of-bounds access of an array or bytesN"},
    {"41", "out of memory"},
    {"51", "uninitialized function"},
}};

// Anvil's refusals of a call with geth's words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> refusals{{
    {"Insufficient funds for gas * price + value", "insufficient funds for gas * price + value"},
    {"intrinsic gas too high -- CallGasCostMoreThanGasLimit", "intrinsic gas too low"},
    {"Invalid input: `max_priority_fee_per_gas` greater than `max_fee_per_gas`",
     "max priority fee per gas higher than max fee per gas"},
}};

// What stands behind the beginning, if the text has that.
std::optional<std::string_view> behind(std::string_view text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return std::nullopt;
  return text.substr(beginning.size());
}

// Of a call that reverted. Anvil makes a text of bytes that are none.
std::string reverted(const RpcFault& fault) {
  constexpr std::string_view error_text = "0x08c379a0";  // Error(string)
  constexpr std::string_view panic = "0x4e487b71";       // Panic(uint256)
  const auto* data = fault.data.if_string();
  if (data != nullptr && data->starts_with(error_text)) return fault.said;
  if (data != nullptr && data->starts_with(panic) && data->size() == panic.size() + 64) {
    const auto code = std::string_view(*data).substr(data->size() - 2);
    const auto known = std::ranges::find(panics, code, [](const auto& each) { return each.first; });
    if (known != panics.end()) return "execution reverted: " + std::string(known->second);
  }
  return "execution reverted";
}

// "block height is 12 but requested was 1": anvil keeps the newest states alone.
std::string without_state(std::string_view heights) {
  constexpr std::string_view between = " but requested was ";
  const auto at = heights.find(between);
  if (at == std::string_view::npos) return "block not found";
  const auto height = u256_from_decimal(heights.substr(0, at));
  const auto wanted = u256_from_decimal(heights.substr(at + between.size()));
  if (!height || !wanted || *wanted > *height) return "block not found";
  return "historical state of block " + to_decimal(*wanted) + " is not available";
}

void shape(boost::json::object& object) {
  object.erase("totalDifficulty");
  if (object.contains("cumulativeGasUsed")) object.erase("blockTimestamp");
  const auto* rewards = object.if_contains("reward");
  if (rewards != nullptr && rewards->is_array() && rewards->get_array().empty()) {
    object.erase("reward");
  }
  const auto* type = object.if_contains("type");
  if (type != nullptr && type->is_string() && type->get_string() != "0x3") {
    object.erase("blobGasPrice");
    if (object.contains("transactionIndex")) object.erase("blobGasUsed");
  }
}

}  // namespace

boost::json::value in_shape_of_geth(boost::json::value answer) {
  if (auto* object = answer.if_object()) shape(*object);
  if (auto* list = answer.if_array()) {
    for (auto& each : *list) {
      if (auto* object = each.if_object()) shape(*object);
    }
  }
  return answer;
}

RpcFault in_words_of_geth(RpcFault fault) {
  if (fault.kind != RpcFault::rpc_error) return fault;
  if (const auto halt = behind(fault.said, "EVM error ")) {
    const auto known = std::ranges::find(halts, *halt, [](const auto& each) { return each.first; });
    fault.said = known != halts.end() ? std::string(known->second) : std::string(*halt);
    fault.code = server_error;
  } else if (const auto most = behind(fault.said, "Out of gas: gas required exceeds allowance: ")) {
    fault.said = "gas required exceeds allowance (" + std::string(*most) + ")";
    fault.code = server_error;
  } else if (const auto heights = behind(fault.said, "BlockOutOfRangeError: block height is ")) {
    fault.said = without_state(*heights);
    fault.code = server_error;
  } else if (fault.code == call_reverted) {
    fault.said = reverted(fault);
  } else if (const auto refused = std::ranges::find(refusals, fault.said,
                                                    [](const auto& each) { return each.first; });
             refused != refusals.end()) {
    fault.said = std::string(refused->second);
    fault.code = server_error;
  }
  return fault;
}

}  // namespace horae
