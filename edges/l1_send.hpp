#pragma once

#include "edges/json_rpc.hpp"
#include "edges/ports.hpp"

namespace horae {

/// Sends to an L1 endpoint over HTTP. For one thread, but for cancel.
class L1Sender : public L1SendPort {
 public:
  explicit L1Sender(Endpoint endpoint, HttpOptions options = {});

  L1Result<std::uint64_t> nonce(const Address& address) override;
  L1Result<U256> balance(const Address& address) override;
  L1Result<L1Fees> fees() override;
  L1Result<L1Trial> trial(const L1Intent& intent) override;
  L1Result<std::uint64_t> estimate_gas(const L1Intent& intent) override;
  L1Result<L1Sending> send_raw(BytesView raw) override;
  L1Result<std::optional<L1Outcome>> outcome(const Hash32& txn) override;
  L1Result<std::string> why_reverted(const Hash32& txn, const L1Intent& intent,
                                     const L1Outcome& outcome) override;
  L1Result<bool> knows(const Hash32& txn) override;
  L1Result<std::uint64_t> head() override;
  L1Result<std::optional<Hash32>> block_hash(std::uint64_t number) override;
  void cancel() override { rpc_.cancel(); }

 private:
  L1Result<U256> suggested_priority_fee(const U256& base_fee);
  L1Result<L1Trial> trial_at(const L1Intent& intent, std::string_view block);

  JsonRpcClient rpc_;
};

/// What a client's words to raw bytes mean: geth's, reth's, Nethermind's, Besu's, Erigon's,
/// anvil's.
[[nodiscard]] L1Sending::Kind kind_of_refusal(std::string_view words);

/// Return data of a revert in words: Error(string), Panic(uint256), and the custom errors of the
/// Metis contracts by their names (ISequencerInfo.sol).
[[nodiscard]] std::string revert_words(BytesView returned);

}  // namespace horae
