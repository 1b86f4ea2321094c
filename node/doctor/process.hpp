#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "node/consensus/peer.hpp"

// What /proc tells of other processes.
namespace horae::doctor {

/// The program's name; nothing where there is no such process.
[[nodiscard]] std::optional<std::string> name_of(std::int64_t pid);

/// Whether the process has an flock(2) on the file; nothing where its descriptors are not for us to
/// see.
[[nodiscard]] std::optional<bool> holds_lock(std::int64_t pid, const std::filesystem::path& file);

/// Whether anybody listens on this TCP port where whoever wants this address could not: there, on
/// all addresses, or, where all are wanted, on any. Nothing is bound or connected for it.
[[nodiscard]] bool is_listened_on(const HostPort& at);
/// Whether the process listens there; nothing where its descriptors are not for us to see.
[[nodiscard]] std::optional<bool> listens_on(std::int64_t pid, const HostPort& at);

/// The process that listens there, as is_listened_on has it; nothing where none does, or where it
/// is not for us to see.
[[nodiscard]] std::optional<std::int64_t> listener_on(const HostPort& at);
/// The words with which a process was started, its program first; empty where they are not for us
/// to see.
[[nodiscard]] std::vector<std::string> command_of(std::int64_t pid);

}  // namespace horae::doctor
