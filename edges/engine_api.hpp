#pragma once

#include <filesystem>

#include "edges/json_rpc.hpp"

namespace horae {

/// An Engine API (execution-apis, engine/authentication.md): JSON-RPC whose every request carries a
/// token, made of the secret in a file.
class EngineApi {
 public:
  EngineApi(Endpoint endpoint, std::filesystem::path jwt_file, HttpOptions options = {});

  /// A fault names the method, and says of a refused token whether secret or clock is wrong, and of
  /// an endpoint that is something else that it is no Engine API.
  Result<boost::json::value> call(std::string_view method, boost::json::array params);
  /// From any thread and for good: a blocked call returns.
  void cancel() { rpc_.cancel(); }

 private:
  std::filesystem::path jwt_file_;
  JsonRpcClient rpc_;
};

/// What is wrong with a call of an Engine API, and which setting to look at. The words of a refused
/// token are those of geth's node/jwt_handler.go.
[[nodiscard]] std::string engine_api_trouble(const RpcFault& fault,
                                             const std::filesystem::path& jwt_file);

}  // namespace horae
