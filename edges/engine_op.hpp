#pragma once

#include <mutex>

#include "edges/engine.hpp"
#include "edges/engine_payload.hpp"
#include "edges/engine_rpc.hpp"
#include "edges/geth_health.hpp"

namespace horae {

/// The deposit that stands first in each block of an OP engine, which reads receipts by it
/// (specs.optimism.io, deposits: "L1 attributes deposited transaction"): of an L1 that is not told,
/// so that its fees are none, and with the block's number for a sequence number, so that no two are
/// the same. It follows from the number alone, and is no transaction of our block.
[[nodiscard]] Bytes l1_info_deposit(std::uint64_t block_number);

/// An OP execution client as the engine, by the Engine API alone: a block is built from attributes
/// with its transactions and noTxPool. Its chain is at Ecotone, with the base fee of mainnet's
/// parameters (`horae engine genesis`). Seen with op-geth 1.101702.3, which names the transaction
/// that it cannot execute.
class OpEngine : public EnginePort {
 public:
  explicit OpEngine(const EngineAddress& address, const HttpOptions& options = {});

  [[nodiscard]] EngineTraits traits() const override { return {"engine-api", true, true}; }
  Result<std::string> client() override { return rpc_.client(); }
  Result<std::uint64_t> chain_id() override { return rpc_.chain_id(); }
  Result<EngineBlock> head() override;
  Result<EngineHealth> health() override { return geth_health(rpc_); }
  Result<void> takes_blocks() override { return engine_api_answers(api_); }
  Result<std::optional<bool>> pool_closed() override { return geth_pool_closed(rpc_); }
  Result<std::optional<EngineBlock>> block(std::uint64_t number) override;
  /// What cannot be executed is left out in the engine's own words, and with it whatever the same
  /// sender has behind it. After builds_max builds the search is given up (Payload::complete).
  Result<Payload> build(const Hash32& parent, const BuildAttributes& attributes,
                        const std::vector<OrderedTxn>& txns) override;
  Result<void> adopt(const Payload& payload) override;
  /// Leaves nothing out: a transaction that cannot be executed is a fault.
  Result<Payload> commit(const Hash32& parent, const BuildAttributes& attributes,
                         const std::vector<OrderedTxn>& txns) override;
  /// By debug_setHead: a forkchoice back is answered VALID and not followed.
  Result<void> rewind(std::uint64_t number) override;
  Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                              std::uint64_t number) override {
    return rpc_.accounts(addresses, number);
  }
  void cancel() override;

  static constexpr unsigned builds_max = 48;

 private:
  Result<Payload> build_once(const Hash32& parent, std::uint64_t number,
                             const BuildAttributes& attributes, const Listed& txns);
  Result<Payload> built(const Hash32& parent, const BuildAttributes& attributes,
                        const std::vector<OrderedTxn>& txns);
  Result<void> adopted(const Payload& payload);

  // One call that changes something at a time; reads need no turn.
  std::mutex turn_;
  EngineRpc rpc_;
  EngineApi api_;
};

}  // namespace horae
