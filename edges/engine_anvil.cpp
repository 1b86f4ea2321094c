#include "edges/engine_anvil.hpp"

#include <unordered_map>

namespace horae {
namespace {

namespace json = boost::json;

// A longer row of transactions is sent in several requests: anvil's server takes at most 2 MB.
constexpr std::size_t submit_max_bytes = 128u << 10;

// anvil holds 500 states in memory and, once it is at 500 blocks, ever fewer, down to ten; what it
// reads back from its disk cache executes to other state roots. Seen: 256 back from block 520 is
// right, 250 back from block 1000 is wrong.
constexpr std::uint64_t exact_rollback_depth = 8;

std::string block_quantity(std::uint64_t number) { return to_quantity(U256(number)); }

/// What was asked and is not in the block, by its place in what was asked. Refuses a block that has
/// something else, or the same in another order.
Result<std::vector<std::size_t>> missing(const EngineBlock& block,
                                         const std::vector<OrderedTxn>& txns) {
  std::unordered_map<Hash32, std::size_t, FixedHasher> place;
  for (std::size_t i = 0; i < txns.size(); ++i) place.emplace(txns[i].hash, i);
  std::vector<std::size_t> out;
  std::size_t next = 0;
  for (const auto& hash : block.txns) {
    const auto found = place.find(hash);
    if (found == place.end()) return fail("the block has " + to_hex(hash) + ", which nobody asked");
    if (found->second < next) return fail("the block has " + to_hex(hash) + " out of its order");
    for (; next < found->second; ++next) out.push_back(next);
    ++next;
  }
  for (; next < txns.size(); ++next) out.push_back(next);
  return out;
}

}  // namespace

AnvilEngine::AnvilEngine(Endpoint endpoint, HttpOptions options, std::size_t txns_per_request)
    : rpc_(std::move(endpoint), std::move(options)), txns_per_request_(txns_per_request) {}

Result<void> AnvilEngine::keep_base() {
  if (base_) return {};
  auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  auto snapshot = rpc_.call("evm_snapshot", {}).and_then(string_from);
  if (!snapshot) return tl::unexpected(snapshot.error());
  base_ = Base{std::move(*snapshot), now->number};
  return {};
}

/// Empties the pool, sets what the next block is to have, and returns the head.
Result<EngineBlock> AnvilEngine::prepared(const BuildAttributes& attributes) {
  auto answers =
      rpc_.batch({{"eth_getBlockByNumber", {"latest", false}},
                  {"anvil_dropAllTransactions", {}},
                  {"evm_setNextBlockTimestamp", {block_quantity(attributes.timestamp)}},
                  {"anvil_setNextBlockBaseFeePerGas", {to_quantity(attributes.base_fee)}}});
  if (!answers) return tl::unexpected(answers.error());
  return block_from(answers->front());
}

/// Offers the transactions in their order. For each the engine's word where it refused at once,
/// else nothing.
Result<std::vector<std::string>> AnvilEngine::submit(const std::vector<OrderedTxn>& txns,
                                                     std::size_t per_request) {
  std::vector<std::string> rejections;
  for (std::size_t at = 0; at < txns.size();) {
    std::vector<RpcCall> calls;
    for (std::size_t bytes = 0; at < txns.size() && calls.size() < per_request; ++at) {
      const auto size = 2 * txns[at].raw.size();
      if (!calls.empty() && bytes + size > submit_max_bytes) break;
      bytes += size;
      calls.push_back({"eth_sendRawTransaction", {to_hex(txns[at].raw)}});
    }
    auto answers = rpc_.client_of_json().batch(std::move(calls));
    if (!answers) return within("eth_sendRawTransaction", answers.error().to_fault());
    for (auto& answer : *answers) {
      if (!answer && answer.error().kind != RpcFault::rpc_error) {
        return within("eth_sendRawTransaction", answer.error().to_fault());
      }
      rejections.push_back(answer ? "" : answer.error().said);
    }
  }
  return rejections;
}

/// anvil does not say why it left a transaction out that it had taken; its pool gives a hint.
Result<void> AnvilEngine::explain(std::vector<Skipped>& skipped) {
  for (auto& each : skipped) {
    if (!each.reason.empty()) continue;
    auto pooled = rpc_.call("eth_getTransactionByHash", {to_hex(each.hash)});
    if (!pooled) return tl::unexpected(pooled.error());
    each.reason = pooled->is_null()
                      ? "left out by the engine: its nonce or its balance did not fit at its turn"
                      : "left out by the engine: still in its pool, the block was full";
  }
  return {};
}

Result<Payload> AnvilEngine::mined(const EngineBlock& parent, const BuildAttributes& attributes,
                                   const std::vector<OrderedTxn>& txns,
                                   const std::vector<std::string>& rejections) {
  auto block = rpc_.head();
  if (!block) return tl::unexpected(block.error());
  if (auto good = as_asked(*block, parent.number + 1, parent.hash, attributes); !good)
    return tl::unexpected(good.error());
  auto left_out = missing(*block, txns);
  if (!left_out) return tl::unexpected(left_out.error());
  Payload payload;
  payload.block = std::move(*block);
  for (const auto i : *left_out) payload.skipped.push_back({txns[i].hash, rejections[i]});
  if (auto done = explain(payload.skipped); !done) return tl::unexpected(done.error());
  // What it took and did not include would enter the next block first.
  if (auto done = rpc_.call("anvil_dropAllTransactions", {}); !done)
    return tl::unexpected(done.error());
  return payload;
}

Result<Payload> AnvilEngine::attempt(const Hash32& parent, const BuildAttributes& attributes,
                                     const std::vector<OrderedTxn>& txns, std::size_t per_request) {
  auto before = prepared(attributes);
  if (!before) return tl::unexpected(before.error());
  if (before->hash != parent) {
    return fail("the engine's head is block " + std::to_string(before->number) + " " +
                to_hex(before->hash) + ", not the parent " + to_hex(parent));
  }
  if (before->gas_limit != attributes.gas_limit) {
    return fail("the engine's blocks have a gas limit of " + std::to_string(before->gas_limit) +
                ", not " + std::to_string(attributes.gas_limit));
  }
  auto rejections = submit(txns, per_request);
  if (!rejections) return tl::unexpected(rejections.error());
  if (auto done = rpc_.call("evm_mine", {}); !done) return tl::unexpected(done.error());
  auto payload = mined(*before, attributes, txns, *rejections);
  // Calls of one request run side by side in anvil, and do not always keep their order: what is in
  // the wrong place then, and what lacks it, is left out. One by one they keep it.
  const bool in_doubt = per_request > 1 && (!payload || !payload->skipped.empty());
  if (payload && !in_doubt) return payload;
  // Whoever asked gets the fault and, if anvil allows it, an engine that stands where it stood.
  const auto now = rpc_.head();
  if (!now || now->number != before->number + 1 || !roll_back(1)) return payload;
  return in_doubt ? attempt(parent, attributes, txns, 1) : payload;
}

Result<Payload> AnvilEngine::build(const Hash32& parent, const BuildAttributes& attributes,
                                   const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  if (auto kept = keep_base(); !kept) return tl::unexpected(kept.error());
  return attempt(parent, attributes, txns, txns_per_request_);
}

Result<EngineHealth> AnvilEngine::health() {
  const auto head =
      rpc_.call("eth_blockNumber", {}).and_then(string_from).and_then(u64_from_quantity);
  if (!head) return within("eth_blockNumber", head.error());
  return EngineHealth{*head, std::nullopt};
}

Result<void> AnvilEngine::adopt(const Payload&) { return {}; }

Result<Payload> AnvilEngine::commit(const Hash32& parent, const BuildAttributes& attributes,
                                    const std::vector<OrderedTxn>& txns) {
  return build(parent, attributes, txns);
}

Result<void> AnvilEngine::roll_back(std::uint64_t depth) {
  if (auto done = rpc_.call("anvil_rollback", {depth}); !done) return tl::unexpected(done.error());
  if (auto done = rpc_.call("anvil_dropAllTransactions", {}); !done)
    return tl::unexpected(done.error());
  return {};
}

Result<void> AnvilEngine::rewind(std::uint64_t number) {
  const std::scoped_lock lock(turn_);
  if (auto kept = keep_base(); !kept) return kept;
  auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->number <= number) return {};
  if (now->number - number <= exact_rollback_depth) return roll_back(now->number - number);
  if (number < base_->number) {
    return fail("the engine cannot go back from block " + std::to_string(now->number) + " to " +
                std::to_string(number) + ": start it anew at its genesis");
  }
  auto reverted = rpc_.call("evm_revert", {base_->snapshot});
  // anvil forgets a snapshot that it went back to.
  base_.reset();
  if (!reverted) return tl::unexpected(reverted.error());
  if (!reverted->is_bool() || !reverted->as_bool()) return fail("evm_revert: the snapshot is gone");
  if (auto done = rpc_.call("anvil_dropAllTransactions", {}); !done)
    return tl::unexpected(done.error());
  return keep_base();
}

}  // namespace horae
