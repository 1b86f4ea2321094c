#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <filesystem>

#include "edges/ports.hpp"
#include "events/penalties/evidence.hpp"
#include "tools/replay/source.hpp"

// Evidence of faults: checked from a file, and looked for in logs.
namespace horae::replay {

/// Refuses a file that is not there (configuration), may not be read (directory), or is no evidence
/// file (corrupt).
[[nodiscard]] Outcome<Msg<schema::Evidence>> read_evidence(const std::filesystem::path& file);
/// Beside the file and then in its place, so that no half of one is left. An evidence file that is
/// there is written over.
[[nodiscard]] Outcome<void> write_evidence(const std::filesystem::path& file,
                                           const Msg<schema::Evidence>& evidence);

/// Whether the evidence shows its fault. Refuses (mismatch) where it does not. Only wrongRoots
/// needs the engine, whose head must be the block's parent and is so again afterwards: refused
/// (precondition) without it or on another head, (unreachable) where the engine fails.
[[nodiscard]] Outcome<ShownFault> judge(const Msg<schema::Evidence>& evidence, EnginePort* engine);

/// What a search found.
struct FoundFault {
  Msg<schema::Evidence> evidence;
  ShownFault shown;
  std::uint64_t seq = 0;        // of the block's record
  std::uint64_t other_seq = 0;  // in the second log
};
struct Searched {
  std::uint64_t blocks = 0;  // compared, or looked at
  std::optional<FoundFault> found;
  /// Heights at which two logs differ and that are nobody's fault: two signers, or signatures that
  /// do not hold.
  std::uint64_t unproven = 0;
};

/// Compares the signed blocks of two logs height by height, up to the first that one signer signed
/// twice.
[[nodiscard]] Outcome<Searched> search_two(const Source& first, const Source& second,
                                           std::atomic<std::uint64_t>* at);
/// Looks for the first block out of its order.
[[nodiscard]] Outcome<Searched> search_one(const Source& source, std::atomic<std::uint64_t>* at);

[[nodiscard]] boost::json::object to_json(const ShownFault& shown);
[[nodiscard]] boost::json::object to_json(const Searched& searched);
[[nodiscard]] std::string to_text(const ShownFault& shown);
[[nodiscard]] std::string to_text(const Searched& searched);

}  // namespace horae::replay
