#pragma once

#include <functional>
#include <map>
#include <string>

#include "node/rpc/backend.hpp"

namespace horae::rpc {

// JSON-RPC 2.0 §5.1, and what EIP-1474 and geth add.
constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int method_not_found = -32601;
constexpr int invalid_params = -32602;
constexpr int internal_error = -32603;
constexpr int server_error = -32000;
constexpr int limit_exceeded = -32003;  // as geth has it for an answer that is too large

constexpr std::size_t batch_max = 1000;
/// Of one batch's answer; the results beyond it are errors.
constexpr std::size_t batch_answer_max_bytes = 25u << 20;

/// Takes the answer of a call, once, on any thread. Letting it go instead is an internal error.
using Reply = std::function<void(Answer)>;
/// A method gets its positional parameters, none where the request has none.
using Method = std::function<void(boost::json::array params, Reply reply)>;
using Methods = std::map<std::string, Method, std::less<>>;

/// JSON-RPC 2.0 over whatever carries texts.
class JsonRpcServer {
 public:
  explicit JsonRpcServer(Methods methods) : methods_(std::move(methods)) {}

  /// Answers one request or one batch, whose calls are all under way at once and whose answers keep
  /// its order. The answer is empty where nothing is to be said: notifications alone.
  void handle(const std::string& body, std::function<void(std::string)> respond) const;

 private:
  void call(const boost::json::value& request, std::function<void(std::string)> respond) const;

  Methods methods_;
};

}  // namespace horae::rpc
