#pragma once

#include "edges/json_rpc.hpp"
#include "edges/ports.hpp"

// What the clients of an L1 endpoint have in common: one call, read or refused in L1's words.
namespace horae {

[[nodiscard]] L1Fault l1_fault_of(const RpcFault& fault);
/// An answer that makes no sense: as good as none.
[[nodiscard]] tl::unexpected<L1Fault> l1_nonsense(std::string_view method, std::string_view why);

/// What a reader makes of a method's answer.
template <class T, class Read>
[[nodiscard]] L1Result<T> ask_l1(JsonRpcClient& rpc, std::string_view method,
                                 boost::json::array params, Read read) {
  const auto answer = rpc.call(method, std::move(params));
  if (!answer) return tl::unexpected(l1_fault_of(answer.error()));
  auto out = read(*answer);
  if (!out) return l1_nonsense(method, out.error().what);
  return std::move(*out);
}

}  // namespace horae
