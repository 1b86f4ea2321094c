#pragma once

#include "edges/json_rpc.hpp"

// What anvil says of calls that halt, in geth's words: clients match those (viem tries -32603
// again, graph-node takes it for undetermined).
namespace horae {

/// The fault as geth would tell it: code -32000 and the words of core/vm/errors.go for a call that
/// halted (anvil: -32603 "EVM error OutOfGas"), for one that needs more gas than it may use, for
/// one that the caller cannot pay, and where a state is forgotten; of a revert what the contract
/// said, if that is a text. Any other is as it was.
[[nodiscard]] RpcFault in_words_of_geth(RpcFault fault);

/// The answer as geth would give it: blocks without totalDifficulty, which there is none of since
/// the Merge; receipts without a block's time, and with a blob's price and gas where there was a
/// blob; a history of fees without rewards where none were asked for.
[[nodiscard]] boost::json::value in_shape_of_geth(boost::json::value answer);

}  // namespace horae
