#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/crypto/secret.hpp"
#include "events/pool/pool.hpp"
#include "node/consensus/peer.hpp"

namespace horae {

/// What a node needs to be a member of a pool.
struct PoolOptions {
  Msg<schema::PoolGenesis> genesis;
  std::shared_ptr<const SecretKey> key;  // of its voice
  HostPort listen;                       // for the consensus of others
  std::string announced;                 // where they reach it: host:port; empty: at listen
  std::uint16_t rpc_port = 0;            // of consensus, on loopback; 0: a free one
  std::vector<Peer> peers;
  /// What starts CometBFT; empty: the one that this tree is tried with. Without a child: somebody
  /// else runs it, on the files that this node writes.
  std::vector<std::string> command;
  bool external = false;
};

}  // namespace horae
