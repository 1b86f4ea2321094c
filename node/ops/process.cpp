#include "node/ops/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace horae {
namespace {

// The fields of /proc/PID/stat from the third on (proc(5)); the second is a name in brackets, which
// may hold anything.
std::optional<std::array<double, 50>> stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string state;
  rest >> state;
  if (state == "Z") return std::nullopt;  // it has ended
  std::array<double, 50> out{};
  for (std::size_t field = 4; field < out.size() && rest >> out[field]; ++field) {
  }
  return out;
}

constexpr std::size_t user_time = 14, system_time = 15, threads = 20, start_time = 22;
constexpr std::size_t virtual_size = 23, resident_pages = 24;

double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

}  // namespace

ProcessFigures this_process() {
  ProcessFigures out;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (const auto stat = stat_of("self")) {
    static const double booted = boot_time();
    out.started_s = booted + (*stat)[start_time] / ticks;
    out.cpu_s = ((*stat)[user_time] + (*stat)[system_time]) / ticks;
    out.threads = static_cast<std::uint64_t>((*stat)[threads]);
    out.virtual_bytes = static_cast<std::uint64_t>((*stat)[virtual_size]);
    out.resident_bytes = static_cast<std::uint64_t>((*stat)[resident_pages]) *
                         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  std::error_code error;
  for (std::filesystem::directory_iterator files("/proc/self/fd", error), end;
       !error && files != end; files.increment(error)) {
    ++out.open_files;
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.open_files_most = limit.rlim_cur;
  return out;
}

std::optional<std::uint64_t> process_began(int pid) {
  const auto stat = stat_of(std::to_string(pid));
  if (!stat) return std::nullopt;
  return static_cast<std::uint64_t>((*stat)[start_time]);
}

}  // namespace horae
