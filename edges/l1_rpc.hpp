#pragma once

#include "edges/json_rpc.hpp"
#include "edges/ports.hpp"

namespace horae {

/// How many blocks to ask for at once. Where the endpoint refuses: what last went well, or half.
/// Grows towards what was last refused until that is near, and forgets that limit after a while,
/// since where logs are rare an endpoint takes more.
class L1LogRange {
 public:
  explicit L1LogRange(std::uint64_t most = 16'384) : most_(most), size_(most), refused_(most + 1) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }
  void went_well(std::uint64_t asked);
  void was_refused(std::uint64_t asked);

 private:
  std::uint64_t most_;
  std::uint64_t size_;
  std::uint64_t good_ = 0;  // the largest size that went well since a smaller one was refused
  std::uint64_t refused_;   // the size refused last, or one more than the most
  int good_answers_ = 0;
};

/// An L1 endpoint over HTTP. For one thread, but for cancel.
class L1Rpc : public L1Port {
 public:
  explicit L1Rpc(Endpoint endpoint, HttpOptions options = {});

  L1Result<std::uint64_t> chain_id() override;
  L1Result<std::optional<L1Header>> head(L1Tag tag) override;
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override;
  L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                        const std::vector<Address>& addresses) override;
  L1Result<std::vector<EthLog>> all_logs(const L1Header& block) override;
  L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                        const std::vector<Address>& addresses) override;
  L1Result<bool> has_code(const Address& address, std::uint64_t block) override;
  L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                     const std::vector<L1Call>& calls) override;
  L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) override;
  void cancel() override { rpc_.cancel(); }

 private:
  /// A block's logs by eth_getLogs; refused where the header's logsBloom may have more.
  L1Result<std::vector<EthLog>> filtered_logs(const L1Header& block,
                                              const std::vector<Address>& addresses);
  /// A block's logs without eth_getLogs.
  L1Result<std::vector<EthLog>> logs_of_receipts(const std::string& block, std::uint64_t number,
                                                 const std::vector<Address>& addresses);
  RpcResult<std::vector<RpcResult<boost::json::value>>> many(const std::vector<RpcCall>& calls);

  JsonRpcClient rpc_;
  L1LogRange range_;
  bool batches_ = true;  // until the endpoint refuses one
  bool by_hash_ = true;  // EIP-1898, until the endpoint does not know it
};

}  // namespace horae
