#pragma once

#include "edges/json_rpc.hpp"

namespace horae {

/// A read of anvil, answered as geth would: in its words and its shape (anvil_words.hpp); with a
/// result where eth_createAccessList is asked for a call that fails: what the call touched, and
/// the error; and with the right fee of the block behind a history of fees. A block is given as a
/// number.
[[nodiscard]] RpcResult<boost::json::value> read_as_geth(JsonRpcClient& anvil,
                                                         const std::string& method,
                                                         const boost::json::array& params);

}  // namespace horae
