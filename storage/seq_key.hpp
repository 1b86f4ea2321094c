#pragma once

#include <array>

#include "storage/lmdb.hpp"

// Private to storage/: keys of the log's tables, 8 bytes big-endian.
namespace horae::lmdb {

using Key = std::array<std::uint8_t, 8>;

[[nodiscard]] inline Key key_of(std::uint64_t seq) {
  Key out;
  for (std::size_t i = 8; i-- > 0; seq >>= 8) out[i] = static_cast<std::uint8_t>(seq);
  return out;
}

[[nodiscard]] inline Result<std::uint64_t> seq_of(const MDB_val& key) {
  if (key.mv_size != 8) {
    return fail("a key of the log has " + std::to_string(key.mv_size) + " bytes, wanted 8");
  }
  std::uint64_t out = 0;
  for (const auto byte : view(key)) out = out << 8 | byte;
  return out;
}

}  // namespace horae::lmdb
