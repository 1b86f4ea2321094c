#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint.hpp"
#include "tools/replay/source.hpp"

// Proofs as files: what a third party checks with nothing but the file and the log's public key
// (check_proof.hpp, which shares no code with this; docs/auditing.md has the format).
namespace horae::replay {

/// The checkpoint of a file, or nothing where there is no such file and it need not be there.
/// Refuses what is no signed checkpoint.
[[nodiscard]] Outcome<std::optional<SignedCheckpoint>> read_checkpoint(
    const std::filesystem::path& file, bool must_exist);

/// That a record stands in the log: in the tree of this size, or where none is named in the one
/// that the newest checkpoint signs if the record stands in it, else in the log's end. Refuses
/// (precondition) what the log does not hold, and (corrupt) a log that is not the signed one.
[[nodiscard]] Outcome<std::string> prove_inclusion(const Source& source, std::uint64_t seq,
                                                   std::optional<std::uint64_t> size,
                                                   const std::vector<SignedCheckpoint>& known);

/// That the log of size `to` is the log of size `from` and what was appended to it.
[[nodiscard]] Outcome<std::string> prove_consistency(const Source& source, std::uint64_t from,
                                                     std::uint64_t to,
                                                     const std::vector<SignedCheckpoint>& known);

}  // namespace horae::replay
