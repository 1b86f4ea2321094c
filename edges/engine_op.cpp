#include "edges/engine_op.hpp"

#include <algorithm>

#include "core/eth/rlp.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// What op-geth says of the transaction that fails a list (miner/worker.go), before its hash.
constexpr std::string_view blames = "failed to force-include tx: ";

// setL1BlockValuesEcotone() of the contract L1Block, with zeros but for the sequence number.
Bytes l1_block_values(std::uint64_t sequence_number) {
  constexpr std::size_t scalars = 8;   // two of 4 bytes
  constexpr std::size_t length = 164;  // the selector, and five words packed
  Bytes out{0x44, 0x0a, 0x5e, 0x20};
  out.resize(4 + scalars);
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(sequence_number >> shift));
  }
  out.resize(length);
  return out;
}

// keccak256(1 ‖ keccak256(hash of the L1 block ‖ sequence number)), each a word.
Hash32 source_hash(std::uint64_t sequence_number) {
  Bytes inner(32);
  append(inner, to_word(U256(sequence_number)).view());
  Bytes outer;
  append(outer, to_word(U256(1)).view());
  append(outer, keccak256(inner).view());
  return keccak256(outer);
}

EngineBlock without_deposit(EngineBlock block) {
  const auto deposit = keccak256(l1_info_deposit(block.number));
  if (!block.txns.empty() && block.txns.front() == deposit) block.txns.erase(block.txns.begin());
  return block;
}

// Which transaction of the list the fault is of, if it is of one.
std::optional<std::size_t> blamed_in(const Fault& fault, const Listed& txns) {
  const auto at = fault.what.find(blames);
  if (at == fault.what.npos) return std::nullopt;
  constexpr std::size_t hash_length = 66;
  const auto hash = fixed_from_hex<Hash32>(fault.what.substr(at + blames.size(), hash_length));
  if (!hash) return std::nullopt;
  const auto found =
      std::ranges::find(txns, *hash, [](const OrderedTxn* each) { return each->hash; });
  if (found == txns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - txns.begin());
}

// Behind "err: ", where the reason stands.
std::string_view reason_of(std::string_view what) {
  constexpr std::string_view before = "err: ";
  const auto at = what.find(before, what.find(blames));
  return at == what.npos ? what : what.substr(at + before.size());
}

}  // namespace

Bytes l1_info_deposit(std::uint64_t block_number) {
  // L1Attributes' depositor, and L1Block among the predeploys.
  const auto from = *fixed_from_hex<Address>("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001");
  const auto to = *fixed_from_hex<Address>("0x4200000000000000000000000000000000000015");
  constexpr std::uint64_t gas = 1'000'000;
  const std::uint64_t mint = 0;
  const std::uint64_t value = 0;
  const std::uint64_t is_system = 0;
  const auto fields = rlp::list(source_hash(block_number), from, to, mint, value, gas, is_system,
                                BytesView(l1_block_values(block_number)));
  Bytes out{0x7e};
  append(out, fields);
  return out;
}

OpEngine::OpEngine(const EngineAddress& address, const HttpOptions& options)
    : rpc_(address.rpc, options),
      api_(address.auth.value_or(address.rpc), address.jwt_file, options) {}

void OpEngine::cancel() {
  rpc_.client_of_json().cancel();
  api_.cancel();
}

Result<EngineBlock> OpEngine::head() { return rpc_.head().map(without_deposit); }

Result<std::optional<EngineBlock>> OpEngine::block(std::uint64_t number) {
  return rpc_.block(number).map([](std::optional<EngineBlock> found) {
    if (found) found = without_deposit(std::move(*found));
    return found;
  });
}

Result<Payload> OpEngine::build_once(const Hash32& parent, std::uint64_t number,
                                     const BuildAttributes& attributes, const Listed& txns) {
  const auto deposit = l1_info_deposit(number);
  auto asked = attributes_json(attributes);
  auto raws = raw_list(txns);
  raws.insert(raws.begin(), json::value(to_hex(deposit)));
  asked["transactions"] = std::move(raws);
  asked["noTxPool"] = true;
  asked["gasLimit"] = to_quantity(U256(attributes.gas_limit));
  auto begun = api_.call("engine_forkchoiceUpdatedV3", {forkchoice(parent), std::move(asked)});
  if (!begun) return tl::unexpected(begun.error());
  if (auto taken = is_taken(*begun); !taken) return tl::unexpected(taken.error());
  const auto* id = begun->as_object().if_contains("payloadId");
  if (id == nullptr || !id->is_string()) return fail("engine_forkchoiceUpdatedV3: no payloadId");
  auto envelope = api_.call("engine_getPayloadV3", {*id});
  if (!envelope) return tl::unexpected(envelope.error());
  return payload_from(*envelope, attributes, txns, deposit);
}

Result<Payload> OpEngine::built(const Hash32& parent, const BuildAttributes& attributes,
                                const std::vector<OrderedTxn>& txns) {
  const auto head = rpc_.head();
  if (!head) return tl::unexpected(head.error());
  if (head->hash != parent) {
    return fail("the engine's head is block " + std::to_string(head->number) + " " +
                to_hex(head->hash) + ", not the parent " + to_hex(parent));
  }
  BuildList list(txns);
  for (unsigned builds = 1;; ++builds) {
    auto payload = build_once(parent, head->number + 1, attributes, list.txns);
    if (payload) {
      auto asked = as_asked(payload->block, head->number + 1, parent, attributes);
      if (!asked) return tl::unexpected(asked.error());
      payload->skipped = std::move(list.skipped);
      return payload;
    }
    const auto bad = blamed_in(payload.error(), list.txns);
    if (!bad) return payload;
    list.leave_out(*bad, reason_of(payload.error().what));
    if (builds < builds_max) continue;
    Payload out;
    out.complete = false;
    out.skipped = std::move(list.skipped);
    return out;
  }
}

Result<Payload> OpEngine::build(const Hash32& parent, const BuildAttributes& attributes,
                                const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  return built(parent, attributes, txns);
}

Result<void> OpEngine::adopted(const Payload& payload) {
  if (auto given = give_payload(api_, payload, 3); !given) return given;
  return make_head(api_, payload.block.hash);
}

Result<void> OpEngine::adopt(const Payload& payload) {
  const std::scoped_lock lock(turn_);
  return adopted(payload);
}

Result<Payload> OpEngine::commit(const Hash32& parent, const BuildAttributes& attributes,
                                 const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  auto payload = built(parent, attributes, txns);
  if (!payload) return payload;
  if (!payload->skipped.empty()) {
    const auto& first = payload->skipped.front();
    return fail("the engine cannot execute " + to_hex(first.hash) + ": " + first.reason);
  }
  if (auto done = adopted(*payload); !done) return tl::unexpected(done.error());
  return payload;
}

Result<void> OpEngine::rewind(std::uint64_t number) {
  const std::scoped_lock lock(turn_);
  const auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->number <= number) return {};
  auto done = rpc_.call("debug_setHead", {to_quantity(U256(number))});
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace horae
