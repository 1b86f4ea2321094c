#pragma once

#include <cstddef>

#include "edges/engine_api.hpp"
#include "edges/engine_rpc.hpp"

namespace horae {

/// What a running geth shows of the flags that it was started with. Nothing of its chain changes by
/// the questions: what it builds for them is never made its head.
class GethProbe {
 public:
  GethProbe(const Endpoint& rpc, const Endpoint& auth, const std::filesystem::path& jwt_file,
            const HttpOptions& options = {});

  /// An empty block on the head, as geth would make it now.
  struct Block {
    std::uint64_t number = 0, gas_limit = 0;
    boost::json::value payload, requests;
  };
  Result<Block> empty_block();
  /// Whether geth executes a block of its own making when it comes as a payload, or wants to
  /// synchronise first. Block 1 it executes in any case (eth/catalyst/api.go).
  Result<bool> executes(const Block& block);

  enum class States {
    archive,    // by hash, and each block's on the disk
    recent,     // by hash, and the newest ones in memory alone
    by_path,    // what came before is kept as differences, if at all
    unchanged,  // by hash; no block has changed the genesis' yet, and how they are kept is not seen
  };
  Result<States> states();

  /// Whether a request of so many bytes is read, or refused for its length.
  Result<bool> reads(std::size_t bytes);

 private:
  EngineRpc rpc_;
  EngineApi api_;
};

}  // namespace horae
