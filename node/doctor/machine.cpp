#include "node/doctor/machine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace horae::doctor {
namespace {

// The rounding of whole seconds, and an L1 that is a moment ahead.
constexpr std::uint64_t clock_slack_s = 3;
constexpr std::uint64_t files_wanted = 1024;  // 512 connections, the log, actors, endpoints
constexpr std::uint64_t files_needed = 600;

struct FileSystem {
  std::uint64_t magic;
  std::string_view name;
  Verdict verdict;
  std::string_view why;
};

constexpr std::string_view remote = "a network's file system keeps neither locks nor maps in order";
constexpr std::string_view gone_at_reboot = "what lies in memory is gone at the next boot";

// linux/magic.h, and for the last four the file systems' own.
constexpr std::array file_systems{
    FileSystem{0xEF53, "ext4", Verdict::ok, ""},
    FileSystem{0x58465342, "xfs", Verdict::ok, ""},
    FileSystem{0x9123683E, "btrfs", Verdict::ok, ""},
    FileSystem{0xF2F52010, "f2fs", Verdict::ok, ""},
    FileSystem{0x2FC12FC1, "zfs", Verdict::ok, ""},
    FileSystem{0xCA451A4E, "bcachefs", Verdict::ok, ""},
    FileSystem{0x01021994, "tmpfs", Verdict::warning, gone_at_reboot},
    FileSystem{0x858458F6, "ramfs", Verdict::warning, gone_at_reboot},
    FileSystem{0x794C7630, "overlay", Verdict::warning,
               "a container's own layer is gone with the container"},
    FileSystem{0x65735546, "fuse", Verdict::warning,
               "whether a sync reaches a disk is up to whoever serves it"},
    FileSystem{0x6969, "nfs", Verdict::failed, remote},
    FileSystem{0x517B, "smb", Verdict::failed, remote},
    FileSystem{0xFF534D42, "cifs", Verdict::failed, remote},
    FileSystem{0xFE534D42, "smb2", Verdict::failed, remote},
    FileSystem{0x01021997, "9p", Verdict::failed, remote},
    FileSystem{0x00C36400, "ceph", Verdict::failed, remote},
};

std::string gib(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1u << 30));
}

}  // namespace

Finding judge_clock(std::uint64_t now, std::uint64_t l1_head, std::uint64_t max_drift_s) {
  const Check check{"machine.clock", "not behind L1's latest block, nor far ahead of it",
                    "set the clock, and have it kept (chrony, systemd-timesyncd)"};
  if (l1_head > now + clock_slack_s) {
    return check.failed(fmt::format("{} s behind L1's latest block", l1_head - now));
  }
  if (now > l1_head + max_drift_s) {
    return check.failed(
        fmt::format("{} s after L1's latest block, and no block is made beyond {} "
                    "(l1.max_drift_s): the clock is "
                    "ahead, or L1 stands still",
                    now - l1_head, max_drift_s));
  }
  return check.ok(l1_head > now ? "as L1's latest block"
                                : fmt::format("{} s after L1's latest block", now - l1_head));
}

Finding judge_clock_sync(const Result<bool>& synchronised) {
  const Check check{"machine.clock_sync", "kept in time",
                    "have the clock kept: chrony or systemd-timesyncd"};
  if (!synchronised) return skipped(check.id, synchronised.error().what);
  return *synchronised ? check.ok("the kernel says that it is kept in time")
                       : check.warning("the kernel knows of nobody who keeps it in time");
}

Finding judge_disk(const Result<Room>& room) {
  const Check check{"machine.disk",
                    fmt::format("more than {} % and {} free for the log", 100 - scarce_percent,
                                gib(4 * reserve_bytes)),
                    "make room on the disk of the data directory, or put it on a larger one"};
  if (!room) return check.failed(room.error().what);
  auto disk = *room;
  disk.map_bytes = UINT64_MAX;  // the map is another check's
  const auto found =
      fmt::format("{} free, the log has {}", gib(disk.disk_free_bytes), gib(disk.used_bytes));
  switch (tightness(disk)) {
    case Tightness::ample:
      return check.ok(found);
    case Tightness::scarce:
      return check.warning(found);
    case Tightness::closed:
      return check.failed(found + ": a node would let no transaction in");
  }
  stop("an unknown tightness");
}

Finding judge_file_system(const Result<std::uint64_t>& magic) {
  const Check check{"machine.file_system", "a disk's own file system, as ext4 or xfs",
                    "put the data directory on a disk of this machine (datadir)"};
  if (!magic) return check.failed(magic.error().what);
  const auto* known = std::ranges::find(file_systems, *magic, &FileSystem::magic);
  if (known == file_systems.end()) {
    return check.warning(fmt::format("of a kind that is not known here ({:#x})", *magic));
  }
  const auto found = known->why.empty() ? std::string(known->name)
                                        : fmt::format("{}: {}", known->name, known->why);
  if (known->verdict == Verdict::ok) return check.ok(found);
  return known->verdict == Verdict::warning ? check.warning(found) : check.failed(found);
}

Finding judge_open_files(std::uint64_t limit) {
  const Check check{"machine.open_files", fmt::format("at least {}", files_wanted),
                    "raise it: ulimit -n, or LimitNOFILE= of the service"};
  const auto found = std::to_string(limit);
  if (limit >= files_wanted) return check.ok(found);
  return limit >= files_needed ? check.warning(found) : check.failed(found);
}

Finding judge_port(CheckId id, std::string_view setting, const PortSeen& seen) {
  const Check check{id, "free, or this node's",
                    fmt::format("end whatever listens there, or set {} to another one", setting)};
  if (seen.at.port == 0) return check.ok("a free one is taken");
  const auto name = seen.at.shown();
  if (!seen.taken) return check.ok(name + " is free");
  if (!seen.by_our_node) return check.warning(name + " is taken, and by whom cannot be seen");
  return *seen.by_our_node ? check.ok(name + " is this directory's running node")
                           : check.failed(name + " is taken by another process");
}

}  // namespace horae::doctor
