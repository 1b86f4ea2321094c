#pragma once

#include "edges/engine_reads.hpp"

namespace horae {

/// Reads of anvil, answered as geth would: in its words and its shape (anvil_words.hpp); with a
/// result where eth_createAccessList is asked for a call that fails: what the call touched, and
/// the error; with the right fee of the block behind a history of fees; and with an estimate that
/// the caller can pay.
class AnvilReads : public EngineReads {
 public:
  explicit AnvilReads(const Endpoint& endpoint, const HttpOptions& options = {})
      : anvil_(endpoint, options) {}
  RpcResult<boost::json::value> read(const std::string& method,
                                     const boost::json::array& params) override;
  void cancel() override { anvil_.cancel(); }

 private:
  JsonRpcClient anvil_;
};

}  // namespace horae
