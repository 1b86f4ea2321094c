#pragma once

#include <atomic>
#include <string>

#include "edges/ports.hpp"
#include "events/penalties/evidence.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

// Executes blocks once more and compares what comes out with what was signed.
namespace horae::replay {

/// Where a block came out otherwise: the field, what was signed, what the engine has.
struct Difference {
  std::string what, wanted, got;
};

/// Executes the block's transactions, and exactly those, on the engine's head, which must be its
/// parent; what differs, or nothing. The block stays the engine's head. Refuses (precondition) an
/// engine of another head or gas limit, and one that makes blocks with other attributes or extra
/// data than were signed; (unreachable) one that fails.
[[nodiscard]] Outcome<std::optional<Difference>> execute(EnginePort& engine,
                                                         schema::BlockSealed::Reader block);
/// The same, and whoever lent the engine gets it back as it was.
[[nodiscard]] Outcome<std::optional<Difference>> try_out(EnginePort& engine,
                                                         schema::BlockSealed::Reader block);

struct Reexecuted {
  std::uint64_t blocks = 0;
  std::optional<Finding> finding;  // the first block that came out otherwise
  std::optional<Msg<schema::Evidence>> evidence;
};
/// Every block of the log, from genesis on. Refuses (precondition) an engine with another genesis
/// or with blocks of its own.
[[nodiscard]] Outcome<Reexecuted> reexecute(const Source& source, EnginePort& engine,
                                            std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
