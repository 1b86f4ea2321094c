#include "edges/anvil_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace horae {
namespace {

constexpr int server_error = -32000;

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

// What stands behind the beginning, if the text has that.
std::optional<std::string_view> behind(std::string_view text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return std::nullopt;
  return text.substr(beginning.size());
}

void shape(boost::json::object& object) {
  object.erase("totalDifficulty");
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
  }
  return fault;
}

}  // namespace horae
