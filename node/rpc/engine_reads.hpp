#pragma once

#include "node/rpc/json_rpc_server.hpp"
#include "node/rpc/params.hpp"

// Reads that the engine answers, clamped to the sealed head. A backend must outlive its methods.
namespace horae::rpc {

/// What a read of a block above the sealed head gives.
enum class Beyond { refused, null };

/// A read whose block parameter, if it has one, is a number by the time the engine sees it, and
/// whose result, where Beyond is null, is null if it stands above the sealed head.
[[nodiscard]] Method engine_read(Backend& backend, std::string name, Signature signature,
                                 Beyond beyond);

/// eth_getTransactionCount: `pending` is answered by the mempool.
[[nodiscard]] Method transaction_count(Backend& backend);
/// eth_getTransactionByHash: what is in no sealed block is looked up in the mempool.
[[nodiscard]] Method transaction_by_hash(Backend& backend);
/// eth_getTransactionReceipt: where the engine cannot tell yet, the log says whether there is one.
[[nodiscard]] Method receipt(Backend& backend);
/// eth_getProof: keys may be short; the answer has those as quantities, as geth does.
[[nodiscard]] Method proof(Backend& backend);
/// eth_getLogs: the range and the logs end at the sealed head.
[[nodiscard]] Method logs(Backend& backend);

}  // namespace horae::rpc
