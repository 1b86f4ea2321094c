#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "edges/signing_guard.hpp"

namespace horae {

/// CometBFT's remote signer: dials the unix socket of priv_validator_laddr, on which CometBFT
/// listens, and answers what it is asked to sign through a guard, which may refuse. Dials again
/// whenever the connection ends, as CometBFT's restart ends it.
class PrivvalSigner {
 public:
  struct Status {
    bool connected = false;
    std::string last_trouble;        // why it is not, or why the last request was refused
    std::uint64_t votes_signed = 0;  // proposals, too
    std::uint64_t votes_refused = 0;
  };

  PrivvalSigner(std::filesystem::path socket, std::shared_ptr<SigningGuard> guard);
  /// Ends the connection and joins its thread.
  ~PrivvalSigner();
  PrivvalSigner(const PrivvalSigner&) = delete;
  PrivvalSigner& operator=(const PrivvalSigner&) = delete;

  [[nodiscard]] Status status() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace horae
