#pragma once

#include <filesystem>

#include "core/crypto/ed25519.hpp"
#include "core/crypto/keystore.hpp"

namespace horae {

/// Why a key does not open.
struct KeyFault : Fault {
  KeyFault(Fault fault, std::string next) : Fault(std::move(fault)), todo(std::move(next)) {}
  [[nodiscard]] Fault whole() const {
    return {todo.empty() ? what : what + ". What to do: " + todo};
  }
  std::string todo;  // what to do; empty: it follows from what is wrong with the file
};

/// Opens a keystore. Refuses a file that others than its owner may read, though it is encrypted:
/// whoever copied it may guess for ever.
[[nodiscard]] tl::expected<SecretKey, KeyFault> open_key_file(const std::filesystem::path& file,
                                                              const Password& password);

/// Writes a new keystore (mode 0600) so that it is on the disk when this returns, and opens it
/// again. Refuses to write over anything.
[[nodiscard]] Result<void> make_key_file(const std::filesystem::path& file, const SecretKey& key,
                                         const Password& password, keystore::ScryptCost cost = {});

/// Puts the key under another password. The old file stays until the new one was opened.
[[nodiscard]] Result<void> change_password(const std::filesystem::path& file, const Password& old,
                                           const Password& wanted, keystore::ScryptCost cost = {});

/// The log's own Ed25519 key, which is made with the log and lies beside it (log/key.pem, readable
/// by the node's user alone). It is not the sequencer's key, which rotates. Refuses a missing file,
/// unless make says that the log is new, and one that is no such key.
[[nodiscard]] Result<Ed25519Key> log_key(const std::filesystem::path& file, bool make);

}  // namespace horae
