#pragma once

#include <atomic>
#include <optional>

#include "tools/replay/audit/quorum_audit.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// That a pool's members agreed on the state after a height of their consensus, shown from one log.
struct Quorum {
  /// The first thing that is wrong with what the log says of consensus; with one, nothing is shown.
  std::optional<Finding> finding;
  std::string chain;         // of the consensus
  std::uint64_t height = 0;  // of consensus
  std::uint64_t seq = 0;     // of the record that says that it was applied
  Hash32 app_hash;           // of the shared facts up to there
  ShownHeader header;        // that carries this app hash
};

/// Folds the log up to the header that shows the height; without a height, that which the last
/// header shows. Refuses (not_in_log) where the log is of no pool, does not come to the height, or
/// has no header that carries its app hash.
[[nodiscard]] Outcome<Quorum> find_quorum(const Source& source, std::optional<std::uint64_t> height,
                                          std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
