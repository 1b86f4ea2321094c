#pragma once

#include "core/bytes.hpp"

namespace horae {

/// A contract's log as an Ethereum node gives it.
struct EthLog {
  std::uint64_t block = 0;
  std::uint32_t txn_index = 0;
  std::uint32_t log_index = 0;
  Address address;
  Hash32 block_hash, txn_hash;
  std::vector<Hash32> topics;  // at most four
  Bytes data;
};

/// What a block's logs are about, as its header has it (core/eth/bloom.hpp).
using LogsBloom = FixedBytes<256, struct LogsBloomTag>;

}  // namespace horae
