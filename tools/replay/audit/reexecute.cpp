#include "tools/replay/audit/reexecute.hpp"

#include "edges/engine.hpp"
#include "tools/replay/audit/block_walk.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

// A stranger's message may hold fields of any length.
template <class Fixed>
Outcome<Fixed> field(capnp::Data::Reader reader, const char* what) {
  auto out = Fixed::from(view(reader));
  if (!out) return refuse(Trouble::audit_mismatch, std::string(what) + ": " + out.error().what);
  return *out;
}

std::optional<Difference> compare(schema::BlockHeader::Reader header, const EngineBlock& block) {
  const auto differs = [](const char* what, capnp::Data::Reader wanted,
                          const Hash32& got) -> std::optional<Difference> {
    if (std::ranges::equal(view(wanted), got.view())) return std::nullopt;
    return Difference{what, to_hex(view(wanted)), to_hex(got)};
  };
  // The block's hash last: it only sums up what the others say better.
  if (auto out = differs("state root", header.getStateRoot(), block.state_root)) return out;
  if (auto out = differs("transactions root", header.getTxnsRoot(), block.txns_root)) return out;
  if (auto out = differs("receipts root", header.getReceiptsRoot(), block.receipts_root))
    return out;
  if (header.getGasUsed() != block.gas_used) {
    return Difference{"gas used", std::to_string(header.getGasUsed()),
                      std::to_string(block.gas_used)};
  }
  return differs("block hash", header.getBlockHash(), block.hash);
}

// Whether the engine stands where the chain begins.
Outcome<void> same_genesis(EnginePort& engine, schema::ChainOpened::Reader opened) {
  const auto genesis = engine.block(0);
  if (!genesis) return refuse(Trouble::engine_unreachable, genesis.error().what);
  const auto wanted = view(opened.getGenesisHash());
  if (!*genesis || !std::ranges::equal((*genesis)->hash.view(), wanted)) {
    return refuse(Trouble::engine_unfit, "the engine has another genesis: wanted " +
                                             to_hex(wanted) + ", got " +
                                             (*genesis ? to_hex((*genesis)->hash) : "none"));
  }
  const auto head = engine.head();
  if (!head) return refuse(Trouble::engine_unreachable, head.error().what);
  if (head->number != 0) {
    return refuse(Trouble::engine_unfit, "the engine is at block " + std::to_string(head->number) +
                                             ": it must be fresh, with its head at block 0");
  }
  return {};
}

}  // namespace

Outcome<std::unique_ptr<EnginePort>> engine_at(const std::string& url) {
  if (url.empty()) return nullptr;
  const auto endpoint = Endpoint::parse(url);
  if (!endpoint) return refuse(Trouble::usage, "--engine: " + endpoint.error().what);
  return horae::engine_at(EngineAddress{EngineDialect::anvil, *endpoint, {}, {}});
}

Outcome<std::optional<Difference>> execute(EnginePort& engine, schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  const auto parent = field<Hash32>(header.getParentHash(), "parent hash");
  if (!parent) return tl::unexpected(parent.error());
  const auto base_fee = field<Hash32>(header.getBaseFee(), "base fee");
  if (!base_fee) return tl::unexpected(base_fee.error());
  const auto head = engine.head();
  if (!head) return refuse(Trouble::engine_unreachable, head.error().what);
  const auto name = "block " + std::to_string(header.getNumber());
  if (head->hash != *parent) {
    return refuse(Trouble::engine_unfit,
                  "the engine's head is block " + std::to_string(head->number) + ", " +
                      to_hex(head->hash) + ", not the parent of " + name + ", " + to_hex(*parent));
  }
  if (head->gas_limit != header.getGasLimit()) {
    return refuse(Trouble::engine_unfit, "the engine was started with a gas limit of " +
                                             std::to_string(head->gas_limit) + ", " + name +
                                             " has " + std::to_string(header.getGasLimit()));
  }
  std::vector<OrderedTxn> txns;
  for (const auto raw : block.getTxns()) txns.push_back({keccak256(view(raw)), copy(raw)});
  const auto payload = engine.commit(
      *parent, {header.getTimestamp(), header.getGasLimit(), from_word(*base_fee)}, txns);
  // A fault is the engine's own; what it makes of the transactions stands in the payload.
  if (!payload) return refuse(Trouble::engine_unreachable, name + ": " + payload.error().what);
  if (!payload->skipped.empty()) {
    const auto& first = payload->skipped.front();
    return Difference{"transaction " + to_hex(first.hash), "executed",
                      "left out by the engine: " + first.reason};
  }
  return compare(header, payload->block);
}

Outcome<Reexecuted> reexecute(const Source& source, EnginePort& engine,
                              std::atomic<std::uint64_t>* at) {
  Reexecuted out;
  Reading reading(at, "executing", source.last());
  BlockWalk walk(source, at);
  for (;;) {
    const auto next = walk.next();
    if (!next) return tl::unexpected(next.error());
    if (!*next) return out;
    const auto& [seq, message] = **next;
    reading.at(seq);
    const auto fact = message.read();
    if (fact.isChainOpened()) {
      if (auto same = same_genesis(engine, fact.getChainOpened()); !same) {
        return tl::unexpected(same.error());
      }
    } else if (fact.isBlockSealed()) {
      const auto block = fact.getBlockSealed();
      const auto differs = execute(engine, block);
      if (!differs) return tl::unexpected(differs.error());
      if (*differs) {
        out.finding = Finding{
            Trouble::engine_differs, seq,
            "block " + std::to_string(block.getHeader().getNumber()) + ", " + (*differs)->what,
            (*differs)->wanted, (*differs)->got};
        out.evidence = evidence_of_roots(block);
        return out;
      }
      ++out.blocks;
    }
  }
}

}  // namespace horae::replay
