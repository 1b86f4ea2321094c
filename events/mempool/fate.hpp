#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "events/mempool/mempool.hpp"
#include "events/record.hpp"

// What became of a transaction, told from the records that name it.
namespace horae {

/// The transaction and block hashes that a record names: what the lookups find it by.
[[nodiscard]] std::vector<Hash32> hashes_named(const RecordView& record);

/// Collects the records that name a hash, in order; the last one says the fate.
class Fate {
 public:
  explicit Fate(const Hash32& hash) : hash_(hash) {}
  void add(const RecordView& record);
  /// {hash, status, block?, reason?, detail?, by?, history: [{seq, time, fact}]}; null where
  /// nothing named it. status: pending, replaced, dropped, sealed (its block is durable), included
  /// (and the mempool has let go of it).
  [[nodiscard]] boost::json::value json() const;

 private:
  Hash32 hash_;
  boost::json::object out_;
  boost::json::array history_;
};

/// A waiting transaction as eth_getTransactionByHash shows one, its block fields null.
[[nodiscard]] boost::json::object pooled_json(const PooledTxn& txn);

}  // namespace horae
