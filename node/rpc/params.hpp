#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <vector>

#include "node/config/limits.hpp"
#include "node/rpc/backend.hpp"

namespace horae::rpc {

/// What a positional parameter is, as the Ethereum JSON-RPC specification (execution-apis) types
/// it.
enum class Param {
  address,
  hash,
  word,          // a storage slot: hex of up to 32 bytes
  words,         // an array of them, which become 32 bytes each
  quantity,      // hex
  count,         // hex or decimal, at most 1024, as geth's feeHistory has it
  flag,          // true or false
  percentiles,   // an array of numbers
  block,         // a tag, a number, a hash, or EIP-1898's object
  block_number,  // a tag or a number
  block_hash,
  call,             // a transaction object; see Signature
  overrides,        // state by account
  block_overrides,  // what a block's header would say
  filter,           // of logs
  part,             // of a statement: {sequencer, fromSeq, toSeq}, each a number or left out
  bytes,
};

struct Signature {
  std::vector<Param> params;
  std::size_t required = 0;
  /// The gas a call or an estimate may use; more is cut down to it, and so is none.
  std::uint64_t call_gas = Limits{}.rpc_call_gas;
};

[[nodiscard]] tl::unexpected<Error> wrong(std::size_t place, const std::string& why);

/// Checks number and types, drops what an engine must not see (unknown members of calls and
/// filters) and caps the gas of calls. -32602 for what does not fit.
[[nodiscard]] tl::expected<boost::json::array, Error> checked(boost::json::array params,
                                                              const Signature& signature);

}  // namespace horae::rpc
