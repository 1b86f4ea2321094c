#pragma once

#include "events/mempool/mempool.hpp"

namespace horae {

/// The account's transactions that lack a nonce before them: from the first of them on.
[[nodiscard]] inline auto gap_begin(const PoolAccount& account) {
  return account.txns.lower_bound(account.run);
}

/// Stands around a change of an account's nonce or transactions: takes the account out of those
/// with a gap before it, and after it has its run follow and puts it back, if there is still one.
class GapChange {
 public:
  GapChange(Mempool& pool, const Address& address, PoolAccount& account);
  ~GapChange();
  GapChange(const GapChange&) = delete;
  GapChange& operator=(const GapChange&) = delete;

 private:
  [[nodiscard]] std::optional<GappedAccount> key() const;

  Mempool& pool_;
  const Address address_;
  PoolAccount& account_;
};

}  // namespace horae
