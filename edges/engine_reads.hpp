#pragma once

#include <memory>

#include "edges/engine.hpp"
#include "edges/json_rpc.hpp"

namespace horae {

/// Reads of L2 for users: by method, answered in geth's words and shape, whatever the engine is.
/// Which methods may be asked, and up to which block, is the caller's to see to.
class EngineReads {
 public:
  virtual ~EngineReads() = default;
  /// A block is given as a number or a hash.
  virtual RpcResult<boost::json::value> read(const std::string& method,
                                             const boost::json::array& params) = 0;
  /// From any thread and for good: calls under way return with a fault.
  virtual void cancel() = 0;
};

/// On a connection of its own; nothing is asked yet.
[[nodiscard]] std::unique_ptr<EngineReads> engine_reads_at(const EngineAddress& address,
                                                           const HttpOptions& options = {});

}  // namespace horae
