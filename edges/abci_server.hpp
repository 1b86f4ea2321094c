#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "edges/ports.hpp"

namespace horae {

struct AbciLimits {
  /// Of one request. The longest are a block, whose size the genesis file bounds, and InitChain
  /// with the genesis' own state.
  std::size_t message_bytes = 64u << 20;
  /// At once: CometBFT has four, and one that was killed may leave four behind for a moment.
  std::size_t connections = 16;
};

/// The application's side of ABCI 2.0: listens on a unix socket (mode 0600) to which CometBFT dials
/// its four connections, in any order, and again after it was started anew. Each is served by a
/// thread of its own, request by request in the order they came: the application is called from
/// several threads at once, and never by two of one connection.
class AbciServer {
 public:
  /// Told why a connection ended that this server did not end, on that connection's thread;
  /// CometBFT ends with any of its connections. It must not destroy the server.
  using OnEnded = std::function<void(const std::string& why)>;

  /// Listens once this returns. A socket that a dead node left is replaced; anything else in its
  /// place is refused.
  static Result<std::unique_ptr<AbciServer>> start(std::filesystem::path socket,
                                                   std::shared_ptr<ConsensusApp> app,
                                                   std::shared_ptr<const Clock> clock,
                                                   OnEnded on_ended, AbciLimits limits = {});
  /// Ends every connection once the application has answered its call, joins their threads and
  /// removes the socket.
  ~AbciServer();
  AbciServer(const AbciServer&) = delete;
  AbciServer& operator=(const AbciServer&) = delete;

  /// Open now: four while CometBFT runs.
  [[nodiscard]] std::size_t connections() const;
  /// When the last request came (ms since 1970); 0 before the first.
  [[nodiscard]] std::uint64_t last_call_ms() const;

 private:
  struct Inside;
  explicit AbciServer(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace horae
