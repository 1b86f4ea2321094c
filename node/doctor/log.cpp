#include "node/doctor/log.hpp"

#include <fmt/core.h>

#include "core/shell_word.hpp"

namespace horae::doctor {
namespace {

// A reader keeps every page that was freed since from being used again.
constexpr std::uint64_t patient_commits = 10'000;

}  // namespace

Finding judge_directory_mode(const ModeSeen& seen) {
  const Check check{"directory.mode", "mode 0700, of whoever runs the node",
                    fmt::format("chmod 700 {}, and chown it to whoever runs the node",
                                shell_word(seen.path.string()))};
  if (!seen.trouble.empty()) return check.failed(seen.trouble);
  if (!seen.mode) return skipped(check.id, "there is none yet: the first start makes it");
  const auto found = fmt::format("mode {:04o}{}", *seen.mode, seen.ours ? "" : ", of another user");
  return check.ok_if((*seen.mode & 077) == 0 && seen.ours, found);
}

Finding judge_lock(const LockSeen& seen) {
  const Check check{"directory.lock", "free, or a horae's",
                    "see what that process is; end it, or give another directory (datadir)"};
  if (seen.elsewhere) {
    return check.ok(fmt::format("held by process {} of another PID namespace", seen.pid));
  }
  if (seen.pid == 0 || !seen.name) return check.ok("free");
  const auto process = fmt::format("process {} ({})", seen.pid, *seen.name);
  if (!seen.held) {
    return check.warning("named for " + process + ", which is not for this user to look into");
  }
  if (!*seen.held) return check.ok("free; " + process + " has got an earlier holder's number");
  return check.ok_if(*seen.name == "horae", "held by " + process);
}

Finding judge_map(const Result<Room>& room, std::uint64_t map_bytes) {
  const Check check{"log.map", fmt::format("less than {} % of the map used", scarce_percent),
                    "give the log a larger map (log.map_mib) and start again"};
  if (!room) return check.failed(room.error().what);
  auto map = *room;
  map.map_bytes = map_bytes;
  const auto found = fmt::format("{} MiB of {} MiB used", map.used_bytes >> 20, map_bytes >> 20);
  if (map.map_percent() >= closed_percent) return check.failed(found);
  return map.map_percent() >= scarce_percent ? check.warning(found) : check.ok(found);
}

Finding judge_readers(const Result<std::vector<ReaderSeen>>& readers) {
  const Check check{"log.readers", "nobody who died reading, or reads for hours",
                    "end that process; what dead ones held, a running node lets go of"};
  if (!readers) return check.failed(readers.error().what);
  for (const auto& one : *readers) {
    if (!one.alive) return check.warning(fmt::format("process {} died reading", one.pid));
    if (one.behind > patient_commits) {
      return check.warning(
          fmt::format("process {} holds what {} commits have left since", one.pid, one.behind));
    }
  }
  return check.ok(readers->empty() ? "nobody reads at this moment"
                                   : fmt::format("{} at this moment", readers->size()));
}

Finding judge_checkpoint(const LogSeen& log) {
  const Check check{"log.checkpoint", "the log that was signed, to its end",
                    "see what `horae-replay verify` says; put log/ back from a copy"};
  if (!log.checkpoint) return check.failed(log.checkpoint.error().what);
  if (log.signed_size == 0) {
    return check.warning(
        fmt::format("no checkpoint beside {} records: nothing vouches for the end", log.last));
  }
  return check.ok(fmt::format("signed up to record {} of {}", log.signed_size, log.last));
}

Finding judge_identity(const Result<Identity>& log, Identity wanted) {
  const Check check{"log.identity", "as the settings say",
                    "give the settings that the log was made with, or another datadir"};
  if (!log) return check.failed(log.error().what);
  wanted.l2_genesis = log->l2_genesis;
  const auto what = difference(*log, wanted);
  return check.ok_if(what.empty(), what.empty() ? "as the settings say" : what);
}

Identity identity_of(const config::Config& config) {
  Identity out;
  out.l1_chain_id = config.l1_chain_id;
  out.l2_chain_id = config.chain_id;
  out.from_block = config.from_block;
  out.genesis_time = config.genesis_time;
  out.engine = config.engine_flags;
  out.locking_pool = config.locking_pool;
  out.locking_info = config.locking_info;
  return out;
}

Findings examine_log(const config::Config& config, const Identity& wanted, const LockSeen& lock,
                     const Result<std::optional<LogSeen>>& log) {
  Findings out{judge_directory_mode(mode_of(config.datadir)), judge_lock(lock)};
  const auto map_bytes = config.log_map_mib << 20;
  if (!log) {
    out.push_back(judge_identity(tl::unexpected(log.error()), wanted));
  } else if (*log) {
    out.push_back(judge_identity((*log)->identity, wanted));
    out.push_back(judge_checkpoint(**log));
    out.push_back(judge_map((*log)->room, map_bytes));
    out.push_back(judge_readers((*log)->readers));
    return out;
  } else {
    out.push_back(skipped("log.identity", "there is no log yet: the first start makes it"));
  }
  for (const CheckId id : {CheckId("log.checkpoint"), CheckId("log.map"), CheckId("log.readers")}) {
    out.push_back(skipped(id, log ? "there is no log yet" : "the log cannot be opened"));
  }
  return out;
}

}  // namespace horae::doctor
