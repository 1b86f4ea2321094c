#include "tools/replay/audit/reexecute.hpp"

#include <algorithm>

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

using Differs = std::optional<Difference>;

Differs differs(const char* what, capnp::Data::Reader wanted, BytesView got) {
  if (std::ranges::equal(view(wanted), got)) return std::nullopt;
  return Difference{what, to_hex(view(wanted)), to_hex(got)};
}

// What the block says that it was executed with; one of before SealRulesSet says no more than its
// header.
Outcome<BuildAttributes> attributes_of(schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  const auto base_fee = field<Hash32>(header.getBaseFee(), "base fee");
  if (!base_fee) return tl::unexpected(base_fee.error());
  BuildAttributes out{header.getTimestamp(), header.getGasLimit(), from_word(*base_fee)};
  if (!block.hasPayload()) return out;
  const auto payload = block.getPayload();
  const auto fee_recipient = field<Address>(payload.getFeeRecipient(), "fee recipient");
  if (!fee_recipient) return tl::unexpected(fee_recipient.error());
  const auto prev_randao = field<Hash32>(payload.getPrevRandao(), "prevRandao");
  if (!prev_randao) return tl::unexpected(prev_randao.error());
  const auto beacon_root = field<Hash32>(payload.getBeaconRoot(), "beacon root");
  if (!beacon_root) return tl::unexpected(beacon_root.error());
  out.fee_recipient = *fee_recipient;
  out.prev_randao = *prev_randao;
  out.beacon_root = *beacon_root;
  out.extra_data = copy(payload.getExtraData());
  return out;
}

Failure unfit(const std::string& block, const Difference& at) {
  return {Trouble::engine_unfit, "the engine made " + block + " with another " + at.what +
                                     ": signed " + at.wanted + ", got " + at.got};
}

// What the engine itself put into the block: with something else it comes to other roots or another
// hash, and nobody but the engine is to blame.
Differs other_attributes(schema::EnginePayload::Reader payload, const EngineBlock& block) {
  if (auto out = differs("fee recipient", payload.getFeeRecipient(), block.fee_recipient.view()))
    return out;
  if (auto out = differs("prevRandao", payload.getPrevRandao(), block.prev_randao.view()))
    return out;
  return differs("beacon root", payload.getBeaconRoot(), block.beacon_root.view());
}

Differs other_roots(schema::BlockSealed::Reader signed_block, const EngineBlock& block) {
  const auto header = signed_block.getHeader();
  if (auto out = differs("state root", header.getStateRoot(), block.state_root.view())) return out;
  if (auto out = differs("transactions root", header.getTxnsRoot(), block.txns_root.view()))
    return out;
  if (auto out = differs("receipts root", header.getReceiptsRoot(), block.receipts_root.view()))
    return out;
  if (header.getGasUsed() != block.gas_used) {
    return Difference{"gas used", std::to_string(header.getGasUsed()),
                      std::to_string(block.gas_used)};
  }
  if (!signed_block.hasPayload()) return std::nullopt;
  return differs("logs bloom", signed_block.getPayload().getLogsBloom(), block.logs_bloom.view());
}

Outcome<Differs> compare(schema::BlockSealed::Reader signed_block, const EngineBlock& block) {
  const auto name = "block " + std::to_string(signed_block.getHeader().getNumber());
  const auto payload = signed_block.getPayload();
  const bool whole = signed_block.hasPayload();
  if (whole) {
    if (const auto other = other_attributes(payload, block)) {
      return tl::unexpected(unfit(name, *other));
    }
  }
  if (auto out = other_roots(signed_block, block)) return out;
  // The block's hash last: it only sums up what the others say better.
  if (whole) {
    if (const auto other = differs("extra data", payload.getExtraData(), block.extra_data)) {
      return tl::unexpected(unfit(name, *other));
    }
  }
  return differs("block hash", signed_block.getHeader().getBlockHash(), block.hash.view());
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

// How an engine is brought to execute a block.
using Way = Result<Payload> (*)(EnginePort&, const Hash32& parent, const BuildAttributes&,
                                const std::vector<OrderedTxn>&);

Result<Payload> by_building(EnginePort& engine, const Hash32& parent,
                            const BuildAttributes& attributes,
                            const std::vector<OrderedTxn>& txns) {
  return engine.build(parent, attributes, txns);
}

// Where the engine cannot commit for a transaction's sake, building tells which it is.
Result<Payload> by_committing(EnginePort& engine, const Hash32& parent,
                              const BuildAttributes& attributes,
                              const std::vector<OrderedTxn>& txns) {
  auto committed = engine.commit(parent, attributes, txns);
  if (committed || !engine.traits().builds_unseen) return committed;
  auto built = engine.build(parent, attributes, txns);
  return built && !built->skipped.empty() ? built : committed;
}

Outcome<Differs> execute_by(Way way, EnginePort& engine, schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  const auto parent = field<Hash32>(header.getParentHash(), "parent hash");
  if (!parent) return tl::unexpected(parent.error());
  const auto attributes = attributes_of(block);
  if (!attributes) return tl::unexpected(attributes.error());
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
  const auto payload = way(engine, *parent, *attributes, txns);
  // A fault is the engine's own; what it makes of the transactions stands in the payload.
  if (!payload) return refuse(Trouble::engine_unreachable, name + ": " + payload.error().what);
  if (!payload->skipped.empty()) {
    const auto& first = payload->skipped.front();
    return Difference{"transaction " + to_hex(first.hash), "executed",
                      "left out by the engine: " + first.reason};
  }
  return compare(block, payload->block);
}

}  // namespace

Outcome<std::optional<Difference>> execute(EnginePort& engine, schema::BlockSealed::Reader block) {
  return execute_by(by_committing, engine, block);
}

Outcome<std::optional<Difference>> try_out(EnginePort& engine, schema::BlockSealed::Reader block) {
  const auto head = engine.head();
  if (!head) return refuse(Trouble::engine_unreachable, head.error().what);
  auto differs = execute_by(by_building, engine, block);
  const auto back = engine.rewind(head->number);
  if (!differs) return tl::unexpected(differs.error());
  if (!back) return refuse(Trouble::engine_unreachable, "going back: " + back.error().what);
  return differs;
}

Outcome<Reexecuted> reexecute(const Source& source, EnginePort& engine,
                              std::atomic<std::uint64_t>* at) {
  Reexecuted out;
  Reading reading(at, "executing", source.last());
  BlockWalk walk(source, at);
  bool revocable = false;
  std::uint64_t differing = 0;  // the block that came out otherwise; 0: none
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
    } else if (fact.isBlocksRevoked()) {
      const auto first = fact.getBlocksRevoked().getNumber();
      if (differing >= first) {
        out.finding.reset();
        out.evidence.reset();
        differing = 0;
      }
      const auto head = engine.head();
      const auto back = head && head->number < first ? Result<void>() : engine.rewind(first - 1);
      if (!back) {
        return refuse(Trouble::engine_unreachable, "revoked blocks: " + back.error().what);
      }
    } else if (fact.isBlocksAttested()) {
      if (differing != 0 && fact.getBlocksAttested().getNumber() >= differing) return out;
    } else if (fact.isAttestationSet()) {
      revocable = revocable || fact.getAttestationSet().getRevocable();
    } else if (fact.isBlockSealed() && differing == 0) {
      const auto block = fact.getBlockSealed();
      const auto differs = execute(engine, block);
      if (!differs) return tl::unexpected(differs.error());
      if (*differs) {
        out.finding = Finding{
            Trouble::engine_differs, seq,
            "block " + std::to_string(block.getHeader().getNumber()) + ", " + (*differs)->what,
            (*differs)->wanted, (*differs)->got};
        out.evidence = evidence_of_roots(block);
        // Members may come to the same, and revoke it.
        if (!revocable) return out;
        differing = block.getHeader().getNumber();
        continue;
      }
      ++out.blocks;
    }
  }
}

}  // namespace horae::replay
