#pragma once

#include "node/rpc/backend.hpp"

// What may be seen of the engine: nothing above the sealed head, for a block that is built but not
// yet sealed may never become one.
namespace horae::rpc {

/// A block as a caller names it.
struct BlockName {
  std::optional<std::uint64_t> number;
  std::string hash;  // where there is no number
};

/// Reads a checked block parameter. latest and pending are the sealed head: nothing sealed is ever
/// undone here, and nothing else is ever shown. safe and finalized are what a pool has attested,
/// and alone the sealed head: no block is posted to L1 yet, where it would be final.
[[nodiscard]] BlockName block_name(const boost::json::value& param, const Backend& backend);

/// Whether a block, transaction or receipt, or an array of receipts or logs, stands above the head
/// or in no block at all. null and plain values never do.
[[nodiscard]] bool above(const boost::json::value& result, std::uint64_t sealed_head);

}  // namespace horae::rpc
