#include "edges/engine_api.hpp"

#include "edges/jwt.hpp"
#include "edges/system_clock.hpp"

namespace horae {
namespace {

HttpOptions with_secret(HttpOptions options, const std::filesystem::path& jwt_file) {
  options.authorization = [jwt_file] {
    return jwt_token(jwt_file, SystemClock().now_ms() / 1000).map([](const std::string& token) {
      return "Bearer " + token;
    });
  };
  return options;
}

constexpr int unauthorised = 401;
constexpr int no_such_method = -32601;

}  // namespace

std::string engine_api_trouble(const RpcFault& fault, const std::filesystem::path& jwt_file) {
  const auto said = [&](std::string_view words) {
    return fault.said.find(words) != fault.said.npos;
  };
  if (fault.kind == RpcFault::http_status && fault.code == unauthorised) {
    if (said("stale token") || said("future token")) {
      return fault.message +
             ": its clock and ours are more than a minute apart: see which of the clocks is wrong";
    }
    if (said("signature is invalid")) {
      return fault.message + ": its secret is another than that in " + jwt_file.string() +
             " (engine.jwt_file)";
    }
    return fault.message + ": it does not take the token that is made of " + jwt_file.string() +
           " (engine.jwt_file)";
  }
  // A status of 500 and above may be a proxy's, before whatever it is.
  const bool something_else = (fault.kind == RpcFault::http_status && fault.code < 500) ||
                              fault.kind == RpcFault::malformed ||
                              (fault.kind == RpcFault::rpc_error && fault.code == no_such_method);
  if (something_else) {
    return fault.to_fault().what + ": it is no Engine API: see engine.auth_endpoint";
  }
  auto out = fault.to_fault().what;
  // What it has against a payload or attributes stands beside the message (geth's
  // beacon/engine/errors.go).
  const auto* beside = fault.data.if_object();
  const auto* why = beside == nullptr ? nullptr : beside->if_contains("err");
  if (why != nullptr && why->is_string()) out += ": " + std::string(why->get_string());
  return out;
}

EngineApi::EngineApi(Endpoint endpoint, std::filesystem::path jwt_file, HttpOptions options)
    : jwt_file_(std::move(jwt_file)),
      rpc_(std::move(endpoint), with_secret(std::move(options), jwt_file_)) {}

Result<boost::json::value> EngineApi::call(std::string_view method, boost::json::array params) {
  auto answer = rpc_.call(method, std::move(params));
  if (!answer) return within(method, Fault{engine_api_trouble(answer.error(), jwt_file_)});
  return std::move(*answer);
}

}  // namespace horae
