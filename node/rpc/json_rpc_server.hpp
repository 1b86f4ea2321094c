#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "node/config/limits.hpp"
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

/// The method that the limits of a batch do not hold for: its answers are short, and one commit
/// takes many.
constexpr std::string_view submission = "eth_sendRawTransaction";

/// Takes the answer of a call, once, on any thread. Letting it go instead is an internal error.
class Reply {
 public:
  /// lane: calls of one number came in an order that holds; 0: of none.
  template <std::invocable<Answer> Give>
  requires(!std::same_as<std::remove_cvref_t<Give>, Reply>) Reply(Give give, std::uint64_t lane = 0)
      : give_(std::move(give)), lane_(lane) {}
  void operator()(Answer answer) const { give_(std::move(answer)); }
  [[nodiscard]] std::uint64_t lane() const { return lane_; }

 private:
  std::function<void(Answer)> give_;
  std::uint64_t lane_;
};
/// A method gets its positional parameters, none where the request has none.
using Method = std::function<void(boost::json::array params, Reply reply)>;
using Methods = std::map<std::string, Method, std::less<>>;

/// JSON-RPC 2.0 over whatever carries texts.
class JsonRpcServer {
 public:
  /// limits: the rpc_batch_… of them. Where a batch's answer grows too large, no more calls of it
  /// are begun but submissions.
  explicit JsonRpcServer(Methods methods, Limits limits = {})
      : methods_(std::make_shared<const Methods>(std::move(methods))), limits_(limits) {}

  /// Answers one request or one batch, whose calls begin in its order, do not wait for each other
  /// within the limits above, and are answered in its order. The answer is empty where nothing is
  /// to be said: notifications alone. Calls of a batch may begin on the backend's threads, also
  /// after this server has gone, but none once the backend has let go of an answer of that batch.
  void handle(const std::string& body, std::function<void(std::string)> respond) const;

 private:
  std::shared_ptr<const Methods> methods_;
  Limits limits_;
};

}  // namespace horae::rpc
