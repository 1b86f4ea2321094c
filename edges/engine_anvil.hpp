#pragma once

#include <mutex>

#include "edges/engine_rpc.hpp"

namespace horae {

/// anvil as the engine, for the dev network. It must run without mining of its own, in FIFO order,
/// with a fixed genesis time (--no-mining --order fifo --timestamp T): only then does executing the
/// same blocks again give the same hashes. Seen with 1.7.1.
///
/// anvil has no call that executes a given list, so build fills its pool, mines and compares; what
/// it has mined it has adopted. It keeps few old states: a rewind by more than a few blocks goes
/// back to where this client met the chain.
class AnvilEngine : public EnginePort {
 public:
  /// txns_per_request: how many transactions one request offers; anvil keeps the order of about 64,
  /// and where it did not, or left some out, they are offered again one by one.
  explicit AnvilEngine(Endpoint endpoint, HttpOptions options = {},
                       std::size_t txns_per_request = 32);

  [[nodiscard]] EngineTraits traits() const override { return {"anvil", false, false}; }
  Result<std::string> client() override { return rpc_.client(); }
  Result<std::uint64_t> chain_id() override { return rpc_.chain_id(); }
  Result<EngineBlock> head() override { return rpc_.head(); }
  Result<EngineHealth> health() override;
  Result<void> takes_blocks() override { return {}; }
  Result<std::optional<bool>> pool_closed() override { return std::nullopt; }
  Result<std::optional<EngineBlock>> block(std::uint64_t number) override {
    return rpc_.block(number);
  }
  /// Refuses another gas limit than the chain's, which anvil was started with. A block that came
  /// out as something else than asked is taken back, and an error.
  Result<Payload> build(const Hash32& parent, const BuildAttributes& attributes,
                        const std::vector<OrderedTxn>& txns) override;
  Result<void> adopt(const Payload& payload) override;
  Result<Payload> commit(const Hash32& parent, const BuildAttributes& attributes,
                         const std::vector<OrderedTxn>& txns) override;
  /// May go further back than asked: look at head() afterwards.
  Result<void> rewind(std::uint64_t number) override;
  Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                              std::uint64_t number) override {
    return rpc_.accounts(addresses, number);
  }

  void cancel() override { rpc_.client_of_json().cancel(); }
  [[nodiscard]] const Endpoint& endpoint() { return rpc_.client_of_json().endpoint(); }

 private:
  /// A state that anvil keeps for us whatever its own history does.
  struct Base {
    std::string snapshot;
    std::uint64_t number = 0;
  };
  Result<EngineBlock> prepared(const BuildAttributes& attributes);
  Result<std::vector<std::string>> submit(const std::vector<OrderedTxn>& txns,
                                          std::size_t per_request);
  Result<Payload> attempt(const Hash32& parent, const BuildAttributes& attributes,
                          const std::vector<OrderedTxn>& txns, std::size_t per_request);
  Result<Payload> mined(const EngineBlock& parent, const BuildAttributes& attributes,
                        const std::vector<OrderedTxn>& txns,
                        const std::vector<std::string>& rejections);
  Result<void> explain(std::vector<Skipped>& skipped);
  Result<void> keep_base();
  Result<void> roll_back(std::uint64_t depth);

  // One build at a time, also against a rewind; reads need no turn.
  std::mutex turn_;
  EngineRpc rpc_;
  std::size_t txns_per_request_;
  std::optional<Base> base_;
};

}  // namespace horae
