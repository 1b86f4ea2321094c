#pragma once

#include "edges/json_rpc.hpp"

// What anvil says of calls that halt, in geth's words: clients match those (viem tries -32603
// again, graph-node takes it for undetermined).
namespace horae {

/// The fault as geth would tell it: code -32000 and the words of core/vm/errors.go for a call that
/// halted (anvil: -32603 "EVM error OutOfGas"), and for one that needs more gas than it may use.
/// Any other is as it was.
[[nodiscard]] RpcFault in_words_of_geth(RpcFault fault);

/// The answer as geth would give it: blocks without totalDifficulty, which there is none of since
/// the Merge, and receipts with a blob's price and gas where there was a blob.
[[nodiscard]] boost::json::value in_shape_of_geth(boost::json::value answer);

}  // namespace horae
