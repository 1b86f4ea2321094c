#include "events/mempool/gap.hpp"

namespace horae {

GapChange::GapChange(Mempool& pool, const Address& address, PoolAccount& account)
    : pool_(pool), address_(address), account_(account) {
  if (const auto before = key()) pool_.gapped.erase(*before);
}

GapChange::~GapChange() {
  account_.run = std::max(account_.run, account_.nonce);
  for (auto txn = account_.txns.find(account_.run);
       txn != account_.txns.end() && txn->first == account_.run; ++txn) {
    ++account_.run;
  }
  if (const auto after = key()) pool_.gapped.insert(*after);
}

std::optional<GappedAccount> GapChange::key() const {
  const auto& txns = account_.txns;
  if (pool_.use != PoolUse::decides || txns.empty() || txns.rbegin()->first < account_.run) {
    return std::nullopt;
  }
  const auto count = static_cast<std::uint64_t>(txns.end() - gap_begin(account_));
  const auto& last = txns.rbegin()->second;
  return GappedAccount{UINT64_MAX - count, last.max_fee, UINT64_MAX - last.arrival, address_};
}

}  // namespace horae
