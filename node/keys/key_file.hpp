#pragma once

#include <filesystem>

#include "core/crypto/keystore.hpp"

namespace horae {

/// Opens a keystore. Refuses a file that others than its owner may read, though it is encrypted:
/// whoever copied it may guess for ever.
[[nodiscard]] Result<SecretKey> open_key_file(const std::filesystem::path& file,
                                              const Password& password);

/// Writes a new keystore (mode 0600) so that it is on the disk when this returns, and opens it
/// again. Refuses to write over anything.
[[nodiscard]] Result<void> make_key_file(const std::filesystem::path& file, const SecretKey& key,
                                         const Password& password, keystore::ScryptCost cost = {});

/// Puts the key under another password. The old file stays until the new one was opened.
[[nodiscard]] Result<void> change_password(const std::filesystem::path& file, const Password& old,
                                           const Password& wanted, keystore::ScryptCost cost = {});

}  // namespace horae
