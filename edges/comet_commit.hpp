#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "edges/ports.hpp"

namespace horae {

/// What a commit shows, once it was checked.
struct CheckedCommit {
  std::uint64_t height = 0;
  std::int32_t round = 0;
  Hash32 block;
  /// What the members agree that the state was after the block before this one.
  Hash32 app_hash;
  std::vector<Address> signed_by;  // of the members, in their order in the commit
  std::uint64_t power = 0;         // theirs
  std::uint64_t all_power = 0;
};

/// Checks a protobuf SignedHeader (what CometRpc::commit gives) by itself: the header's hash is
/// that of the block which the commit names, members with more than two thirds of the power signed
/// that, and the header names the same members (types/block.go Header.Hash, types/validation.go
/// verifyCommit). The members are those of that height, as whoever checks knows them.
[[nodiscard]] Result<CheckedCommit> check_commit(BytesView signed_header, std::string_view chain_id,
                                                 const std::vector<ConsensusMember>& members);

/// What a header says of its height's members: the Merkle root over their keys and power, by
/// falling power and then by address (types/validator_set.go ValidatorSet.Hash, types/validator.go
/// Bytes).
[[nodiscard]] Hash32 members_hash(const std::vector<ConsensusMember>& members);

}  // namespace horae
