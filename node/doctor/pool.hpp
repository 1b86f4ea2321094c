#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "events/node/node.hpp"
#include "events/pool/pool.hpp"
#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"
#include "node/doctor/log.hpp"
#include "node/doctor/machine.hpp"

// What a member of a pool needs beside what a node alone does.
namespace horae::doctor {

/// What a member begins with.
struct MemberSeen {
  Result<Msg<schema::PoolGenesis>> genesis;
  Result<void> fits;             // the settings, to it
  Result<Address> voice;         // the key that speaks for this node
  std::string other_rules = {};  // of a node alone: the settings that would make others
};
/// Nothing of a node alone.
[[nodiscard]] std::optional<MemberSeen> look_at_member(const config::Config& config);

/// wanted of a log, as a member's log has it; known: what its log names, if there is one.
[[nodiscard]] Identity of_member(Identity wanted, const MemberSeen& seen,
                                 const Result<Identity>& known);

[[nodiscard]] Finding judge_pool_genesis(const MemberSeen& seen);
[[nodiscard]] Finding judge_pool_voice(const MemberSeen& seen);

/// Where CometBFT comes from.
struct CometSeen {
  bool external = false;  // somebody else runs it
  Result<std::filesystem::path> program;
};
[[nodiscard]] Finding judge_pool_cometbft(const CometSeen& seen);

/// What `horae pool join` made.
struct JoinedSeen {
  std::vector<ModeSeen> directories;
  Result<std::string> id;  // of the node key
  bool record = false;     // the signer's is there
};
[[nodiscard]] Finding judge_pool_files(const JoinedSeen& seen);

struct PeerSeen {
  std::string name;
  Result<void> answers;  // by TCP
};
/// members: of the genesis, 0 where it cannot be read.
[[nodiscard]] Finding judge_pool_peers(const std::vector<PeerSeen>& peers, std::size_t members);

/// copies: acknowledge.copies.
[[nodiscard]] Finding judge_pool_copies(const MemberSeen& seen, std::uint64_t copies);

/// Asks the system and the peers; skips all of a node alone. node: as examine_machine has it.
[[nodiscard]] Findings examine_pool(const config::Config& config,
                                    const std::optional<MemberSeen>& seen,
                                    std::optional<std::int64_t> node);

}  // namespace horae::doctor
