#include "node/dev/former_children.hpp"

#include <poll.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/files.hpp"
#include "node/child/child.hpp"

namespace horae::dev {
namespace {

// When the process started, in ticks since boot (proc(5), field 22 of stat); 0 if there is none.
std::uint64_t start_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // The second field is the program's name in parentheses, which may hold anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) rest >> field;
  return std::strtoull(field.c_str(), nullptr, 10);
}

bool ended_within(int pidfd, std::chrono::milliseconds most) {
  pollfd ready{pidfd, POLLIN, 0};
  return ::poll(&ready, 1, static_cast<int>(most.count())) > 0;
}

// geth writes its state at its end.
constexpr auto chain_grace = std::chrono::seconds(30);

Result<void> await_end(pid_t pid, const Say& say) {
  const int pidfd = open_process(pid);
  if (pidfd < 0) return {};
  bool ended = ended_within(pidfd, std::chrono::milliseconds(0));
  if (!ended) {
    say(Level::info,
        "waiting for a chain of the former run to end (process " + std::to_string(pid) + ")");
    ended = ended_within(pidfd, chain_grace);
  }
  if (!ended) {
    ::kill(pid, SIGKILL);
    ended = ended_within(pidfd, std::chrono::seconds(5));
  }
  ::close(pidfd);
  if (!ended) {
    return fail("a chain of the former run does not end: process " + std::to_string(pid));
  }
  return {};
}

}  // namespace

Result<void> record_children(const std::filesystem::path& file, const std::vector<pid_t>& pids) {
  boost::json::array list;
  for (const auto pid : pids) list.push_back({{"pid", pid}, {"startTime", start_time(pid)}});
  return replace_file_durably(file, boost::json::serialize(list) + "\n");
}

Result<void> await_former_children(const std::filesystem::path& file, const Say& say) {
  const auto text = read_small_file(file);
  if (!text) return {};
  boost::system::error_code error;
  const auto list = boost::json::parse(*text, error);
  if (error || !list.is_array()) return {};
  for (const auto& one : list.get_array()) {
    const auto* entry = one.if_object();
    const auto* pid_value = entry != nullptr ? entry->if_contains("pid") : nullptr;
    const auto* time_value = entry != nullptr ? entry->if_contains("startTime") : nullptr;
    if (pid_value == nullptr || time_value == nullptr) continue;
    boost::system::error_code wrong;
    const auto pid = pid_value->to_number<pid_t>(wrong);
    const auto started = wrong ? 0 : time_value->to_number<std::uint64_t>(wrong);
    if (wrong || pid <= 1 || started == 0 || start_time(pid) != started) continue;
    if (auto ended = await_end(pid, say); !ended) return ended;
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return {};
}

}  // namespace horae::dev
