#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edges/json_rpc.hpp"
#include "node/child/child.hpp"

namespace horae::dev {

struct AnvilSpec {
  std::filesystem::path binary;
  std::filesystem::path home;  // its cache and its output go here
  std::uint16_t port = 0;      // 0: a free one
  std::uint64_t chain_id = 0;
  std::vector<std::string> arguments;  // further ones
};

/// A quiet anvil on 127.0.0.1 without CORS, which mines nothing until it is told to.
class Anvil {
 public:
  /// Returns when it answers. Main thread only (Child).
  static Result<Anvil> start(const AnvilSpec& spec);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Child& child() { return child_; }
  /// One call; a fault names the method.
  Result<boost::json::value> call(std::string_view method, boost::json::array params = {});

 private:
  Anvil(Child child, Endpoint endpoint, std::uint16_t port);
  Child child_;
  Endpoint endpoint_;
  std::uint16_t port_;
  std::unique_ptr<JsonRpcClient> rpc_;
};

}  // namespace horae::dev
