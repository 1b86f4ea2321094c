#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "edges/signing_guard.hpp"
#include "events/pool/pool.hpp"

namespace horae {

/// A member's signer where its node does not run, and where it may begin again by the operator's
/// word that no other signer of the key does.
struct SignerRelease {
  std::unique_ptr<SigningGuard> guard;
  std::uint64_t applied = 0;  // the last height of consensus that the log has; 0: none
  /// Nothing up to this height is signed any more. CometBFT has one block more than the log at
  /// most, and votes for the one above: the key may have signed two heights above what is known.
  std::uint64_t above = 0;

  /// What the record and the log say, in lines.
  [[nodiscard]] std::string words() const;
  /// The word counts. Durable when it returns.
  [[nodiscard]] Result<void> carry_out() { return guard->release(above); }
};

/// Reads the log and the record of a data directory that this process holds. pool_height: of the
/// pool now, where that may be beyond what the log has: the directory comes from a copy, or another
/// signer went on. Refuses a directory that has not joined, one whose log has no block of the pool
/// where no height is given, and what SigningGuard::open refuses.
[[nodiscard]] Result<SignerRelease> look_at_release(const std::filesystem::path& datadir,
                                                    const std::string& chain,
                                                    std::shared_ptr<const SecretKey> key,
                                                    std::optional<std::uint64_t> pool_height);

}  // namespace horae
