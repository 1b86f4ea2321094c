#pragma once

#include <string>
#include <string_view>

#include "edges/ports.hpp"

namespace horae {

/// What goes back to CometBFT for one request of it.
struct AbciAnswer {
  std::string bytes;      // a Response
  bool is_flush = false;  // everything is to be written now
};

/// Answers one request of ABCI 2.0, a protobuf Request, from the application. What Horae has no use
/// for is answered neutrally: no vote extensions, no snapshots, no queries, no mempool of the
/// application's own. A fault: the bytes are no request, the application has one, or its answer
/// cannot be CometBFT's (the connection cannot go on). Throws what the application throws.
[[nodiscard]] Result<AbciAnswer> abci_answer(std::string_view request, ConsensusApp& app);

/// The Response that says why there is no other: CometBFT ends at it.
[[nodiscard]] std::string abci_exception(std::string_view why);

}  // namespace horae
