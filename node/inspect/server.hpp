#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/result.hpp"
#include "edges/ports.hpp"
#include "node/inspect/operator.hpp"
#include "storage/usage.hpp"
#include "telemetry/board.hpp"
#include "telemetry/meter.hpp"

namespace horae {

struct InspectLimits {
  /// Beyond it, the attachment that has been silent longest makes room.
  std::size_t connections = 256;
  /// Answers that one attachment may leave unread; beyond it, it is dropped.
  std::size_t unread_bytes = 1 << 20;
};

/// Tells who reads in the log; called on the inspector's thread.
using AskReaders = std::function<std::vector<LogReading>()>;

/// Serves schemas/inspect.capnp on a unix socket of mode 0600, on one thread of its own. To show
/// what there is it only reads counters and what senders left in a watched actor's ring, and sends
/// no actor a message: attachments change nothing, whatever they look at. What the operator tells
/// the node goes to obey, one word at a time; where it is null, every word is refused.
class InspectServer {
 public:
  /// Listens once this returns. A socket that a dead node left is replaced (the caller holds the
  /// data directory's lock); anything else in its place is refused.
  static Result<std::unique_ptr<InspectServer>> start(
      std::filesystem::path socket, std::shared_ptr<const Meters> meters,
      std::shared_ptr<const Board> board, std::shared_ptr<const Clock> clock,
      InspectLimits limits = {}, AskReaders readers = nullptr, ObeyWord obey = nullptr);
  /// Closes every attachment, joins the thread and removes the socket.
  ~InspectServer();
  InspectServer(const InspectServer&) = delete;
  InspectServer& operator=(const InspectServer&) = delete;

 private:
  struct Inside;
  explicit InspectServer(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace horae
