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
  HostPort endpoint;                     // where they dial it
  HostPort link_listen;                  // for the other members' nodes
  HostPort link_endpoint;                // where they dial this one
  std::uint64_t stall_limit_s = 5;       // of a leader that makes nothing
  std::uint16_t rpc_port = 0;            // of consensus, on loopback
  std::vector<Peer> peers;
  std::vector<std::string> command;  // starts CometBFT; empty: the one this tree is tried with
  std::uint64_t keep_heights = 0;    // of its blocks, the newest; 0: all
  std::uint64_t copies = 1;          // of a user's transaction, before it is acknowledged
  bool external = false;             // somebody else runs it, on the files that this node writes
};

}  // namespace horae
