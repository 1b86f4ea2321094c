#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "edges/ports.hpp"
#include "node/consensus/peer.hpp"

namespace horae {

/// The most that one txn of consensus may be, in bytes: what goes through it in a third of a
/// second.
inline constexpr std::uint64_t comet_txn_bytes = 1'000'000;
/// For how many heights a member that voted twice can be shown to have: whoever checks that needs
/// the blocks.
inline constexpr std::uint64_t comet_evidence_heights = 100'000;
/// How many members a pool can have: a block has room for their signatures beside one such txn.
inline constexpr std::size_t comet_members = 200;

/// What a CometBFT of this node is to know.
struct CometSpec {
  std::filesystem::path home;  // absolute
  ConsensusGenesis genesis;    // its app_state is JSON
  std::uint64_t genesis_time_ms = 0;
  std::string moniker;                  // by which peers' logs call this node
  std::filesystem::path app_socket;     // where this node listens for it, absolute
  std::filesystem::path signer_socket;  // where it listens for this node's signer, absolute
  HostPort listen, endpoint;            // for peers, and where they dial it
  std::uint16_t rpc_port = 0;           // of 127.0.0.1
  std::vector<Peer> peers;
};

/// config/config.toml: what is not CometBFT's (v0.40) own default, or must not become something
/// else. Refuses sockets whose paths are longer than the system takes, and a moniker that peers
/// would not.
[[nodiscard]] Result<std::string> comet_config(const CometSpec& spec);

/// config/genesis.json. Members have keys of the kind secp256k1eth: their addresses are Ethereum's.
/// Refuses no member or more than comet_members, one that is named twice, has no power or is no
/// point of the curve; more power than CometBFT counts with; an app_state that is no JSON, or that
/// would not reach the app as it stands here.
[[nodiscard]] Result<std::string> comet_genesis(const CometSpec& spec);

/// Writes both, and the node key and the directories where they are not there. CometBFT keeps the
/// rest in data/ (mode 0700), and puts a key beside them, priv_validator_key.json, that nobody uses
/// where a signer listens. Each file is replaced whole, so that settings that were changed since
/// are those of the next start. Returns the node's id. Refuses a home where a chain with another
/// genesis was begun.
[[nodiscard]] Result<std::string> write_comet_files(const CometSpec& spec);

}  // namespace horae
