#include "edges/l1_send.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/eth/abi.hpp"
#include "edges/l1_ask.hpp"
#include "edges/l1_json.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr int method_not_found = -32601;
constexpr std::size_t most_words = 300;

Result<U256> quantity(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail("no quantity");
  return u256_from_quantity(*text);
}

Result<Hash32> hash(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail("no text");
  return fixed_from_hex<Hash32>(*text);
}

const json::value* member(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

template <class T, class Read>
Result<T> field(const json::value& value, std::string_view name, Read read) {
  const auto* part = member(value, name);
  if (part == nullptr) return fail(std::string(name) + " is missing");
  auto out = read(*part);
  if (!out) return within(name, out.error());
  return std::move(*out);
}

Result<std::optional<L1Outcome>> read_outcome(const json::value& value) {
  // Some clients know a receipt before its block.
  const auto* block = member(value, "blockHash");
  if (value.is_null() || (block != nullptr && block->is_null())) return std::optional<L1Outcome>();
  const auto number = field<std::uint64_t>(value, "blockNumber", l1_quantity);
  if (!number) return tl::unexpected(number.error());
  const auto block_hash = field<Hash32>(value, "blockHash", hash);
  if (!block_hash) return tl::unexpected(block_hash.error());
  const auto status = field<std::uint64_t>(value, "status", l1_quantity);
  if (!status) return tl::unexpected(status.error());
  const auto gas_used = field<std::uint64_t>(value, "gasUsed", l1_quantity);
  if (!gas_used) return tl::unexpected(gas_used.error());
  const auto price = field<U256>(value, "effectiveGasPrice", quantity);
  if (!price) return tl::unexpected(price.error());
  return L1Outcome{*number, *block_hash, *status == 1, *gas_used, *price};
}

json::object call_of(const L1Intent& intent) {
  return {{"from", to_hex(intent.from)},
          {"to", to_hex(intent.to)},
          {"data", to_hex(BytesView(intent.data))},
          {"value", to_quantity(intent.value)}};
}

/// Lower case, letters and digits alone: "Nonce too low" and "nonce_too_low" are one.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    if (std::isalnum(c) != 0) out.push_back(static_cast<char>(std::tolower(c)));
  }
  return out;
}

template <std::size_t N>
bool contains_any(const std::string& text, const std::array<std::string_view, N>& parts) {
  return std::ranges::any_of(parts,
                             [&](auto part) { return text.find(part) != std::string::npos; });
}

/// A contract's words, which anybody may have written: printable ASCII, and not too many.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char each : text.substr(0, most_words)) {
    out.push_back(each >= ' ' && each <= '~' ? each : '?');
  }
  return out;
}

std::string_view panic_words(const U256& code) {
  // Solidity, "Panic via assert and Error via require".
  if (code == 0x01) return "assertion";
  if (code == 0x11) return "arithmetic overflow";
  if (code == 0x12) return "division by zero";
  if (code == 0x21) return "no such enum value";
  if (code == 0x22) return "damaged storage";
  if (code == 0x31) return "pop of an empty array";
  if (code == 0x32) return "index out of bounds";
  if (code == 0x41) return "out of memory";
  if (code == 0x51) return "call of an empty function";
  return "unknown";
}

constexpr std::array<std::string_view, 9> custom_errors = {
    "OwnedSequencer()", "SignerExisted()",     "NoSuchSeq()",
    "NullAddress()",    "SeqNotActive()",      "NotSeqOwner()",
    "NotSeqSigner()",   "NoRewardRecipient()", "NotWhitelisted()"};

/// The return data of a revert, where an error carries it: as text, or inside an object.
std::optional<Bytes> returned_by(const json::value& value) {
  if (const auto* text = value.if_string()) {
    std::string_view digits = *text;
    // Parity's form: "Reverted 0x…".
    if (const auto start = digits.find("0x"); start != digits.npos) digits.remove_prefix(start);
    if (auto bytes = from_hex(digits)) return std::move(*bytes);
    return std::nullopt;
  }
  if (const auto* inner = member(value, "data")) return returned_by(*inner);
  return std::nullopt;
}

/// Whether the EVM refused the call, rather than the endpoint the question.
bool is_of_the_call(const RpcFault& fault) {
  if (fault.kind != RpcFault::rpc_error) return false;
  static constexpr std::array<std::string_view, 10> words = {
      "revert",     "invalidopcode",  "invalidjump", "outofgas",        "stackoverflow",
      "stackunder", "vmexecutionerr", "evmerror",    "invalidfeopcode", "gasrequiredexceeds"};
  return fault.code == RpcFault::execution_reverted || contains_any(squeezed(fault.said), words);
}

std::string words_of(const RpcFault& fault) {
  const auto returned = returned_by(fault.data);
  if (returned && !returned->empty()) return revert_words(*returned);
  return harmless(fault.said);
}

}  // namespace

L1Sending::Kind kind_of_refusal(std::string_view words) {
  const auto said = squeezed(words);
  static constexpr std::array<std::string_view, 5> known = {
      "alreadyknown", "alreadyimported", "knowntransaction", "alreadyexists", "alreadyinmempool"};
  static constexpr std::array<std::string_view, 4> low = {"noncetoolow", "nonceistoolow",
                                                          "oldnonce", "noncelow"};
  static constexpr std::array<std::string_view, 12> cheap = {
      "underpriced",          "replacementnotallowed",   "feetoolow",
      "lessthanblockbasefee", "lowerthanbasefee",        "belowbasefee",
      "gaspricetoolow",       "gaspriceistoolow",        "belowconfiguredminimum",
      "tipcaptoolow",         "couldnotreplaceexisting", "feecaptoolow"};
  static constexpr std::array<std::string_view, 4> poor = {
      "insufficientfunds", "insufficientbalance", "exceedsaccountbalance", "notenoughfunds"};
  if (contains_any(said, known)) return L1Sending::already_known;
  if (contains_any(said, low)) return L1Sending::nonce_too_low;
  if (contains_any(said, cheap)) return L1Sending::underpriced;
  if (contains_any(said, poor)) return L1Sending::no_funds;
  return L1Sending::refused;
}

std::string revert_words(BytesView returned) {
  if (returned.empty()) return "reverted without a reason";
  if (returned.size() < 4) return "reverted with " + to_hex(returned);
  Selector selector{};
  std::copy_n(returned.begin(), selector.size(), selector.begin());
  const AbiReader arguments(returned.subspan(4));
  if (selector == abi_selector("Error(string)")) {
    if (const auto text = arguments.bytes(0)) {
      return harmless({reinterpret_cast<const char*>(text->data()), text->size()});
    }
  }
  if (selector == abi_selector("Panic(uint256)")) {
    if (const auto code = arguments.number(0)) {
      return "panic " + to_quantity(*code) + ", " + std::string(panic_words(*code));
    }
  }
  for (const auto error : custom_errors) {
    if (selector == abi_selector(error)) return std::string(error);
  }
  return "reverted with " + to_hex(returned.first(std::min<std::size_t>(returned.size(), 68)));
}

L1Sender::L1Sender(Endpoint endpoint, HttpOptions options)
    : rpc_(std::move(endpoint), std::move(options)) {}

L1Result<std::uint64_t> L1Sender::nonce(const Address& address) {
  return ask_l1<std::uint64_t>(rpc_, "eth_getTransactionCount", {to_hex(address), "latest"},
                               l1_quantity);
}

L1Result<U256> L1Sender::balance(const Address& address) {
  return ask_l1<U256>(rpc_, "eth_getBalance", {to_hex(address), "latest"}, quantity);
}

L1Result<L1Fees> L1Sender::fees() {
  const auto base = ask_l1<U256>(
      rpc_, "eth_getBlockByNumber", {"latest", false},
      [](const json::value& block) { return field<U256>(block, "baseFeePerGas", quantity); });
  if (!base) return tl::unexpected(base.error());
  const auto priority = suggested_priority_fee(*base);
  if (!priority) return tl::unexpected(priority.error());
  return L1Fees{*base, *priority};
}

L1Result<U256> L1Sender::suggested_priority_fee(const U256& base_fee) {
  const auto answer = rpc_.call("eth_maxPriorityFeePerGas", {});
  if (answer) {
    const auto fee = quantity(*answer);
    if (!fee) return l1_nonsense("eth_maxPriorityFeePerGas", fee.error().what);
    return *fee;
  }
  if (answer.error().kind != RpcFault::rpc_error || answer.error().code != method_not_found) {
    return tl::unexpected(l1_fault_of(answer.error()));
  }
  // A client without it: what its gas price has above the base fee.
  auto price = ask_l1<U256>(rpc_, "eth_gasPrice", {}, quantity);
  if (!price) return price;
  return *price > base_fee ? *price - base_fee : U256(0);
}

L1Result<L1Trial> L1Sender::trial(const L1Intent& intent) { return trial_at(intent, "latest"); }

L1Result<L1Trial> L1Sender::trial_at(const L1Intent& intent, std::string_view block) {
  const auto answer = rpc_.call("eth_call", {call_of(intent), block});
  if (answer) return L1Trial{true, {}};
  if (is_of_the_call(answer.error())) return L1Trial{false, words_of(answer.error())};
  return tl::unexpected(l1_fault_of(answer.error()));
}

L1Result<std::uint64_t> L1Sender::estimate_gas(const L1Intent& intent) {
  const auto answer = rpc_.call("eth_estimateGas", {call_of(intent)});
  if (!answer) {
    auto fault = l1_fault_of(answer.error());
    if (is_of_the_call(answer.error())) fault.what = words_of(answer.error());
    return tl::unexpected(std::move(fault));
  }
  const auto gas = l1_quantity(*answer);
  if (!gas) return l1_nonsense("eth_estimateGas", gas.error().what);
  return *gas;
}

L1Result<L1Sending> L1Sender::send_raw(BytesView raw) {
  const auto answer = rpc_.call("eth_sendRawTransaction", {to_hex(raw)});
  if (answer) return L1Sending{L1Sending::taken, {}};
  const auto& fault = answer.error();
  if (fault.kind != RpcFault::rpc_error) return tl::unexpected(l1_fault_of(fault));
  // Nethermind and Besu say more in data than in the message.
  auto words = harmless(fault.said);
  if (const auto* more = fault.data.if_string()) words += ": " + harmless(*more);
  return L1Sending{kind_of_refusal(words), words};
}

L1Result<std::optional<L1Outcome>> L1Sender::outcome(const Hash32& txn) {
  return ask_l1<std::optional<L1Outcome>>(rpc_, "eth_getTransactionReceipt", {to_hex(txn)},
                                          read_outcome);
}

L1Result<std::string> L1Sender::why_reverted(const Hash32& txn, const L1Intent& intent,
                                             const L1Outcome& outcome) {
  // The very execution, where the endpoint shows it.
  const auto trace = rpc_.call(
      "debug_traceTransaction",
      {to_hex(txn),
       json::object{{"tracer", "callTracer"}, {"tracerConfig", {{"onlyTopCall", true}}}}});
  if (trace) {
    if (const auto* output = member(*trace, "output")) {
      if (const auto returned = l1_bytes(*output); returned && !returned->empty()) {
        return revert_words(*returned);
      }
    }
    if (const auto* error = member(*trace, "error"); error != nullptr && error->is_string()) {
      return harmless(error->get_string());
    }
  } else if (trace.error().kind != RpcFault::rpc_error) {
    return tl::unexpected(l1_fault_of(trace.error()));
  }
  // Else the same call on the state before its block.
  const auto before = outcome.block == 0 ? 0 : outcome.block - 1;
  const auto again = trial_at(intent, to_quantity(before));
  if (!again && again.error().kind != L1Fault::refused) return tl::unexpected(again.error());
  if (!again || again->ok) return std::string("reverted for a reason that cannot be had");
  return again->words;
}

L1Result<bool> L1Sender::knows(const Hash32& txn) {
  return ask_l1<bool>(rpc_, "eth_getTransactionByHash", {to_hex(txn)},
                      [](const json::value& value) -> Result<bool> { return !value.is_null(); });
}

L1Result<std::uint64_t> L1Sender::head() {
  return ask_l1<std::uint64_t>(rpc_, "eth_blockNumber", {}, l1_quantity);
}

L1Result<std::optional<Hash32>> L1Sender::block_hash(std::uint64_t number) {
  const auto block = ask_l1<std::optional<L1Header>>(rpc_, "eth_getBlockByNumber",
                                                     {to_quantity(number), false}, l1_header);
  if (!block) return tl::unexpected(block.error());
  if (!*block) return std::optional<Hash32>();
  if ((*block)->number != number) return l1_nonsense("eth_getBlockByNumber", "another block");
  return std::optional<Hash32>((*block)->hash);
}

}  // namespace horae
