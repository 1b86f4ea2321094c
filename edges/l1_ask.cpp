#include "edges/l1_ask.hpp"

namespace horae {

L1Fault l1_fault_of(const RpcFault& fault) {
  const auto what = fault.to_fault().what;
  switch (fault.kind) {
    case RpcFault::rate_limited:
      return {L1Fault::rate_limited, what, fault.retry_after_ms};
    case RpcFault::rpc_error:
      return {L1Fault::refused, what, {}};
    case RpcFault::cancelled:
      return {L1Fault::cancelled, what, {}};
    case RpcFault::unreachable:
    case RpcFault::timeout:
    case RpcFault::http_status:
    case RpcFault::malformed:
    case RpcFault::too_large:
      return {L1Fault::unreachable, what, {}};
  }
  stop("a JSON-RPC fault of no kind");
}

tl::unexpected<L1Fault> l1_nonsense(std::string_view method, std::string_view why) {
  return tl::unexpected(
      L1Fault{L1Fault::unreachable, std::string(method) + ": " + std::string(why), {}});
}

}  // namespace horae
