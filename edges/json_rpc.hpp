#pragma once

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "edges/http.hpp"

namespace horae {

/// Why a JSON-RPC call has no result.
struct RpcFault {
  enum Kind {
    unreachable,
    timeout,
    http_status,   // code = status
    rate_limited,  // HTTP 429, or an error that says so: wait retry_after_ms if it is there
    malformed,     // no JSON-RPC answer to what was asked
    rpc_error,     // code, message and data are the server's
    too_large,     // the answer is longer than this client takes
    cancelled,     // by cancel()
  };
  static constexpr int execution_reverted = 3;  // geth's code, and that of most others since

  Kind kind = unreachable;
  int code = 0;
  std::string message;  // names the endpoint by host only
  /// The server's own words alone: of an rpc_error, and of an http_status that comes with a line of
  /// text.
  std::string said;
  std::optional<std::uint64_t> retry_after_ms;
  boost::json::value data;

  [[nodiscard]] Fault to_fault() const;
};

template <class T>
using RpcResult = tl::expected<T, RpcFault>;

struct RpcCall {
  std::string method;
  boost::json::array params;
};

/// A JSON-RPC 2.0 client over HTTP. It waits for nothing and repeats nothing: what to do about a
/// fault is the caller's to decide. Calls from several threads follow one another.
class JsonRpcClient {
 public:
  explicit JsonRpcClient(Endpoint endpoint, HttpOptions options = {});

  RpcResult<boost::json::value> call(std::string_view method, boost::json::array params);
  /// One request for many calls; the results stand in the calls' order, each with its own fate.
  RpcResult<std::vector<RpcResult<boost::json::value>>> batch(std::vector<RpcCall> calls);
  /// From any thread and for good; see HttpClient.
  void cancel() { http_.cancel(); }
  [[nodiscard]] const Endpoint& endpoint() const { return http_.endpoint(); }

 private:
  RpcResult<boost::json::value> exchange(const boost::json::value& request);
  [[nodiscard]] RpcResult<boost::json::value> result_of(boost::json::object& answer) const;
  [[nodiscard]] RpcFault fault(RpcFault::Kind kind, std::string_view why, int code) const;

  HttpClient http_;
  std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace horae
