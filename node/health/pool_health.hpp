#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/health/situation.hpp"

namespace horae {

/// Why a member is not well in its pool.
struct PoolTrouble {
  std::string words;           // with what to do
  std::uint64_t since_ms = 0;  // 0: not known
  bool stuck = false;          // it does not go on by itself
};
/// What is not well with this member, what stops it first; empty where it is alone. Of the others,
/// nothing.
[[nodiscard]] std::vector<PoolTrouble> pool_troubles(const Situation& seen);

/// Blocks of the pool are still read that others have already.
[[nodiscard]] bool is_behind(const Situation& seen);
[[nodiscard]] std::string behind_words(const Board::Consensus& pool);

/// What is to be known of the others: who is away, who sees L1 otherwise, and that nobody may fail.
[[nodiscard]] std::vector<std::string> pool_notes(const Board::Consensus& pool);

}  // namespace horae
