#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edges/canonical_vote.hpp"
#include "edges/json_rpc.hpp"
#include "edges/ports.hpp"

namespace horae {

/// What CometBFT said to a txn.
struct CometBroadcast {
  enum Kind {
    taken,        // it is checked and is told to others
    in_cache,     // CometBFT had it before, and will not take it again yet
    refused,      // by the application's check: code and words are its
    too_large,    // longer than CometBFT's max_tx_bytes
    full,         // its mempool
    catching_up,  // it is behind the others, and takes none until it is not
  };
  Kind kind = taken;
  std::uint32_t code = 0;
  std::string words;
  Hash32 hash;  // SHA-256 of the txn: what it is called in CometBFT
};

struct CometStatus {
  std::string node_id, moniker, version;
  std::uint64_t height = 0;    // of the latest block
  std::uint64_t earliest = 0;  // of the first that it still has
  Bytes app_hash;              // of the latest state; empty before there is one
  CometTime block_time;
  bool catching_up = false;
  Address member;           // whose key it signs with
  std::uint64_t power = 0;  // its; 0: it has no voice
};

/// Somebody to whom there is a connection now.
struct CometPeer {
  std::string id, moniker, address;  // the address without its port
  bool dialled_by_us = false;
  std::uint64_t connected_ms = 0;  // for how long
};

struct CometMempool {
  std::uint64_t txns = 0, bytes = 0;
};

/// CometBFT's own JSON-RPC, on loopback. Every call waits for the answer, and none repeats
/// anything; calls from several threads follow one another.
class CometRpc {
 public:
  explicit CometRpc(Endpoint endpoint, HttpOptions options = {})
      : rpc_(std::move(endpoint), std::move(options)) {}

  /// Returns once the application has checked it. Never to be called by what CometBFT waits for: it
  /// takes none while the application applies a block.
  Result<CometBroadcast> broadcast(BytesView txn);
  Result<CometStatus> status();
  Result<std::vector<CometPeer>> peers();
  /// The header of this height and the signatures that committed it, as protobuf's SignedHeader:
  /// check_commit (edges/comet_commit.hpp) takes it. Refused where CometBFT has no such block.
  Result<Bytes> commit(std::uint64_t height);
  /// Who had a voice at this height, by falling power.
  Result<std::vector<ConsensusMember>> members(std::uint64_t height);
  Result<CometMempool> mempool();
  /// From any thread and for good: a blocked call returns.
  void cancel() { rpc_.cancel(); }

 private:
  JsonRpcClient rpc_;
};

}  // namespace horae
