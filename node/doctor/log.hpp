#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.hpp"
#include "core/u256.hpp"
#include "events/node/node.hpp"
#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"
#include "storage/room.hpp"

// The data directory and the log in it.
namespace horae::doctor {

/// A file or directory that should be its owner's alone.
struct ModeSeen {
  std::filesystem::path path;
  std::optional<unsigned> mode;  // nothing: not there
  bool ours = true;              // belongs to whoever runs this
  std::string trouble = {};      // why it cannot be looked at
};
[[nodiscard]] Finding judge_directory_mode(const ModeSeen& seen);

struct LockSeen {
  std::int64_t pid = 0;              // that the lock file names; 0: none
  std::optional<std::string> name;   // of the process; nothing: it is dead
  std::optional<bool> held = false;  // nothing: its descriptors are not for us to see
  bool elsewhere = false;            // by a process that cannot be seen from here
};
[[nodiscard]] Finding judge_lock(const LockSeen& seen);

/// Who is inside a read transaction.
struct ReaderSeen {
  std::int64_t pid = 0;
  bool alive = false;
  std::uint64_t behind = 0;  // commits since it began
};

/// The last sealed block; number 0: none is sealed.
struct SealedHead {
  std::uint64_t number = 0;
  Hash32 hash;
};

/// What was read of a log, each part by itself.
struct LogSeen {
  Result<Room> room;
  Result<Identity> identity;
  std::uint64_t last = 0;   // seq
  Result<void> checkpoint;  // a fault: the log is not the one that was signed
  std::uint64_t signed_size = 0;
  Result<std::vector<ReaderSeen>> readers;
  Result<SealedHead> head;
};

[[nodiscard]] Finding judge_map(const Result<Room>& room, std::uint64_t map_bytes);
[[nodiscard]] Finding judge_readers(const Result<std::vector<ReaderSeen>>& readers);
[[nodiscard]] Finding judge_checkpoint(const LogSeen& log);
/// wanted: what the settings say; their L2 genesis is the engine's to tell.
[[nodiscard]] Finding judge_identity(const Result<Identity>& log, Identity wanted);

/// What the settings take a log to be.
[[nodiscard]] Identity identity_of(const config::Config& config);

[[nodiscard]] LockSeen look_at_lock(const std::filesystem::path& datadir);
/// Nothing where there is no log; a fault where it cannot be opened.
[[nodiscard]] Result<std::optional<LogSeen>> look_at_log(const config::Config& config);
/// How a key came to be retired, as the log tells.
struct Retired {
  U256 sequencer_id;
  std::optional<Address> by;  // the key that replaced it; nothing: its sequencer left
  std::uint64_t l1_block = 0;
};

/// When and how the key ceased to sign, as the last records of the log tell; nothing where they do
/// not.
[[nodiscard]] std::optional<Retired> look_for_end(const config::Config& config,
                                                  const Address& signer);
/// wanted: what the log should be of.
[[nodiscard]] Findings examine_log(const config::Config& config, const Identity& wanted,
                                   const LockSeen& lock, const Result<std::optional<LogSeen>>& log);

/// Whether others than its owner may read the file, and whose it is.
[[nodiscard]] ModeSeen mode_of(const std::filesystem::path& path);

}  // namespace horae::doctor
