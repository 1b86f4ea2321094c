#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <cerrno>

#include "core/files.hpp"
#include "node/doctor/machine.hpp"
#include "node/doctor/process.hpp"
#include "storage/data_directory.hpp"

namespace horae::doctor {
namespace {

// Where the data directory is, or would be made.
std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code error;
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

Result<bool> clock_synchronised() {
  timex kernel{};
  const int state = ::adjtimex(&kernel);  // no modes: a question only
  if (state < 0) return fail("the kernel does not tell: " + errno_words(errno));
  return state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
}

Result<Room> room_of(const config::Config& config) {
  const auto path = nearest_existing(config.datadir);
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return fail(path.string() + ": " + errno_words(errno));
  struct stat log {};
  const auto file = DataPaths{config.datadir}.log() / "data.mdb";
  const bool there = ::stat(file.c_str(), &log) == 0;
  // Of a sparse file, what it takes.
  return Room{there ? static_cast<std::uint64_t>(log.st_blocks) * 512 : 0, 0,
              static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize};
}

Result<std::uint64_t> file_system_of(const std::filesystem::path& datadir) {
  const auto path = nearest_existing(datadir);
  struct statfs out {};
  if (::statfs(path.c_str(), &out) != 0) return fail(path.string() + ": " + errno_words(errno));
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(out.f_type));
}

std::uint64_t open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return limit.rlim_cur;
}

}  // namespace

PortSeen look_at_port(const HostPort& at, std::optional<std::int64_t> node) {
  PortSeen out{at, at.port != 0 && is_listened_on(at), false};
  if (out.taken && node != 0) out.by_our_node = node ? listens_on(*node, at) : std::nullopt;
  return out;
}

Findings examine_machine(const config::Config& config, std::optional<std::int64_t> node) {
  return {
      judge_clock_sync(clock_synchronised()),
      judge_disk(room_of(config)),
      judge_file_system(file_system_of(config.datadir)),
      judge_open_files(open_files()),
      judge_port("machine.rpc_port", "rpc.port",
                 look_at_port({"127.0.0.1", config.rpc_port}, node)),
      judge_port("machine.ops_port", "ops.port",
                 look_at_port({"127.0.0.1", config.ops_port}, node)),
  };
}

}  // namespace horae::doctor
