#include "events/json.hpp"

namespace horae {

namespace json = boost::json;

json::object to_json(const Mempool& pool) {
  json::array senders;
  auto addresses = pool.waiting;
  std::sort(addresses.begin(), addresses.end());
  for (const auto& address : addresses) {
    const auto& account = pool.accounts.at(address);
    json::array txns;
    for (const auto& [nonce, txn] : account.txns) {
      txns.push_back({{"nonce", nonce},
                      {"hash", to_hex(txn.hash)},
                      {"gasLimit", txn.gas_limit},
                      {"maxFee", to_decimal(txn.max_fee)},
                      {"maxPriorityFee", to_decimal(txn.max_priority_fee)},
                      {"value", to_decimal(txn.value)},
                      {"arrival", txn.arrival}});
    }
    senders.push_back(
        {{"sender", to_hex(address)}, {"accountNonce", account.nonce}, {"txns", std::move(txns)}});
  }
  return {{"count", pool.by_hash.size()},
          {"arrivals", pool.arrivals},
          {"position", pool.position},
          {"includedBlock", pool.included_block},
          {"parameters",
           {{"chainId", std::to_string(pool.parameters.chain_id)},
            {"perSender", pool.parameters.per_sender},
            {"total", pool.parameters.total},
            {"bumpPercent", pool.parameters.bump_percent},
            {"nonceWindow", pool.parameters.nonce_window},
            {"txnGasLimit", std::to_string(pool.parameters.txn_gas_limit)},
            {"minFee", to_decimal(pool.parameters.min_fee)},
            {"gapLifetime", pool.parameters.gap_lifetime}}},
          {"senders", std::move(senders)}};
}

}  // namespace horae
