#pragma once

#include <boost/json/object.hpp>

#include "core/u256.hpp"
#include "edges/json_rpc.hpp"

// What anvil estimates without a look at the caller's balance, within that balance, as geth does
// (eth/gasestimator/gasestimator.go, core/state_transition.go).
namespace horae {

/// What a call takes from its caller, in wei.
struct Charge {
  explicit Charge(const boost::json::object& call);
  [[nodiscard]] bool free() const { return fee == 0 && value == 0; }

  Address from;
  U256 fee;    // the most it pays for a gas
  U256 value;  // that it sends
};

/// No more gas than the balance pays for where a fee is named; refused where it does not pay for
/// the value.
[[nodiscard]] RpcResult<U256> affordable_gas(const Charge& charge, const U256& balance,
                                             const U256& gas);

/// eth_estimateGas of a call with its gas, at a block that is given as a number.
[[nodiscard]] RpcResult<boost::json::value> estimate_within_balance(JsonRpcClient& anvil,
                                                                    boost::json::array params);

}  // namespace horae
