#pragma once

#include <cstdint>
#include <optional>

#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"
#include "storage/room.hpp"

// The machine: its clock, its disk, its limits, its ports.
namespace horae::doctor {

/// Seconds since 1970: this machine's, and of L1's latest block. Blocks are never of the future.
[[nodiscard]] Finding judge_clock(std::uint64_t now, std::uint64_t l1_head,
                                  std::uint64_t max_drift_s);
/// What the kernel says of its clock: whether something keeps it in time (NTP).
[[nodiscard]] Finding judge_clock_sync(const Result<bool>& synchronised);
[[nodiscard]] Finding judge_disk(const Result<Room>& room);
/// magic: f_type of statfs(2).
[[nodiscard]] Finding judge_file_system(const Result<std::uint64_t>& magic);
/// The soft limit of open files of what is started from here.
[[nodiscard]] Finding judge_open_files(std::uint64_t limit);

struct PortSeen {
  HostPort at;  // port 0: a free one is taken
  bool taken = false;
  /// Whether the process that has the data directory listens there; nothing where that cannot be
  /// seen.
  std::optional<bool> by_our_node = false;
};
/// node: as examine_machine has it.
[[nodiscard]] PortSeen look_at_port(const HostPort& at, std::optional<std::int64_t> node);
/// setting: which sets it, "rpc.port".
[[nodiscard]] Finding judge_port(CheckId id, std::string_view setting, const PortSeen& seen);

/// Asks the system. node: the process that has the data directory, 0 for none; nothing where it
/// cannot be seen from here.
[[nodiscard]] Findings examine_machine(const config::Config& config,
                                       std::optional<std::int64_t> node);

}  // namespace horae::doctor
