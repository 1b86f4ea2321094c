#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

// What members of CometBFT sign, and how it is written to be signed: the length-delimited protobuf
// of CanonicalVote, CanonicalProposal and CanonicalVoteExtension
// (proto/tendermint/types/canonical.proto of v0.40.0, types/canonical.go), with fields of zero left
// out.
namespace horae {

/// A round's steps at which a member signs, in their order (privval/file.go).
enum class VoteStep : std::uint8_t { proposal = 1, prevote = 2, precommit = 3 };
[[nodiscard]] std::string_view to_string(VoteStep step);

/// Wall time, as CometBFT stamps a vote.
struct CometTime {
  std::int64_t seconds = 0;  // since 1970
  std::int32_t nanos = 0;    // 0 to 999,999,999
  auto operator<=>(const CometTime&) const = default;
};

struct CometBlockId {
  Hash32 hash;
  std::uint32_t parts = 0;
  Hash32 parts_hash;
  bool operator==(const CometBlockId&) const = default;
};

/// A vote, or a proposal, which is signed alike.
struct CometVote {
  VoteStep step = VoteStep::prevote;
  std::int64_t height = 0;
  std::int32_t round = 0;
  std::int32_t valid_round = 0;            // of a proposal alone; -1 for none
  std::optional<CometBlockId> block = {};  // nothing: a vote for no block
  CometTime time = {};
  bool operator==(const CometVote&) const = default;
};

/// What is signed: its Keccak-256 by a key of secp256k1eth.
[[nodiscard]] std::string sign_bytes(const CometVote& vote, std::string_view chain_id);
/// The same of the extension that a precommit for a block carries, which may be empty.
[[nodiscard]] std::string extension_sign_bytes(std::string_view extension, const CometVote& vote,
                                               std::string_view chain_id);

}  // namespace horae
