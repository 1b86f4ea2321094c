#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/crypto/password.hpp"
#include "core/result.hpp"

namespace horae {

/// A secret line without echo from the terminal that the program was started on. Refuses where
/// there is none: then it must come from the file that flag gives.
[[nodiscard]] Result<Password> ask_secret(const std::string& question, const std::string& flag);

/// The first line of a file, without its end. Refuses an empty one, and a file that others than its
/// owner may read.
[[nodiscard]] Result<Password> secret_from_file(const std::filesystem::path& file);

/// From the file that flag gives, or else from the terminal.
[[nodiscard]] Result<Password> password_for(const std::string& what,
                                            const std::optional<std::filesystem::path>& file,
                                            const std::string& flag = "--password-file");

/// The same for a new one: asked for twice on a terminal; at least 8 characters.
[[nodiscard]] Result<Password> new_password_for(const std::string& what,
                                                const std::optional<std::filesystem::path>& file,
                                                const std::string& flag = "--password-file");

}  // namespace horae
