#pragma once

#include <mutex>

#include "edges/engine.hpp"
#include "edges/engine_api.hpp"
#include "edges/engine_payload.hpp"
#include "edges/engine_rpc.hpp"
#include "edges/geth_health.hpp"

namespace horae {

/// geth as the engine: `testing_buildBlockV1` builds exactly the list that is given, the Engine API
/// adopts what was built and goes back, `testing_commitBlockV1` executes what is durable already.
/// Needs geth 1.17.5 or later of that line, started as `horae engine flags` prints: with states by
/// hash, an archive, and no limit to how far it goes back. Seen with 1.17.5.
///
/// One transaction that geth cannot execute fails its whole list, and geth does not say which it
/// was: it is found by building ever shorter beginnings of the list.
class GethEngine : public EnginePort {
 public:
  explicit GethEngine(const EngineAddress& address, const HttpOptions& options = {});

  [[nodiscard]] EngineTraits traits() const override { return {"geth", true, true}; }
  Result<std::string> client() override { return rpc_.client(); }
  Result<std::uint64_t> chain_id() override { return rpc_.chain_id(); }
  Result<EngineBlock> head() override { return rpc_.head(); }
  Result<EngineHealth> health() override { return geth_health(rpc_); }
  Result<void> takes_blocks() override { return engine_api_answers(api_); }
  Result<std::optional<bool>> pool_closed() override { return geth_pool_closed(rpc_); }
  Result<std::optional<EngineBlock>> block(std::uint64_t number) override {
    return rpc_.block(number);
  }
  /// What cannot be executed is left out in geth's own words, and with it whatever the same sender
  /// has behind it. After builds_max builds the search is given up (Payload::complete).
  Result<Payload> build(const Hash32& parent, const BuildAttributes& attributes,
                        const std::vector<OrderedTxn>& txns) override;
  Result<void> adopt(const Payload& payload) override;
  /// Leaves nothing out: a transaction that cannot be executed is a fault.
  Result<Payload> commit(const Hash32& parent, const BuildAttributes& attributes,
                         const std::vector<OrderedTxn>& txns) override;
  Result<void> rewind(std::uint64_t number) override;
  Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                              std::uint64_t number) override {
    return rpc_.accounts(addresses, number);
  }
  void cancel() override;

  /// Builds of one payload, the first included. To find one transaction among 4,096 takes 14.
  static constexpr unsigned builds_max = 48;

 private:
  // One call that changes something at a time; reads need no turn.
  std::mutex turn_;
  EngineRpc rpc_;
  EngineApi api_;
};

}  // namespace horae
