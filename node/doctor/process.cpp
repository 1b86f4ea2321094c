#include "node/doctor/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace horae::doctor {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Shows number and target of every descriptor; false where they cannot be seen.
template <class Visit>
bool each_descriptor(std::int64_t pid, const Visit& visit) {
  std::error_code error;
  for (fs::directory_iterator at(fmt::format("/proc/{}/fd", pid), error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;  // closed in the meantime
    const auto target = fs::read_symlink(at->path(), gone);
    if (!gone) visit(at->path().filename().string(), target.string());
  }
  return !error;
}

// The sockets that listen on a port: the tenth column of proc(5)'s tables, where the state is 0A.
std::set<std::string> listening_on(std::uint16_t port) {
  std::set<std::string> out;
  // 127.0.0.1, every address of IPv4, every address of IPv6; another address is another port.
  const std::array wanted{fmt::format("0100007F:{:04X}", port),
                          fmt::format("00000000:{:04X}", port),
                          fmt::format("{:032X}:{:04X}", 0, port)};
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string word, local, state, inode;
      words >> word >> local >> word >> state;
      for (int i = 0; i < 6; ++i) words >> inode;
      if (state == "0A" && std::ranges::find(wanted, local) != wanted.end())
        out.insert("socket:[" + inode + "]");
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> name_of(std::int64_t pid) {
  auto name = content_of(fmt::format("/proc/{}/comm", pid));
  while (name.ends_with('\n')) name.pop_back();
  if (name.empty()) return std::nullopt;
  return name;
}

std::optional<bool> holds_lock(std::int64_t pid, const fs::path& file) {
  std::error_code error;
  const auto wanted = fs::canonical(file, error).string();
  if (error) return false;
  bool held = false;
  const bool seen = each_descriptor(pid, [&](const std::string& number, const std::string& target) {
    if (target != wanted) return;
    const auto info = content_of(fmt::format("/proc/{}/fdinfo/{}", pid, number));
    held = held || info.find("FLOCK") != std::string::npos;
  });
  if (!seen) return std::nullopt;
  return held;
}

bool is_listened_on(std::uint16_t port) { return !listening_on(port).empty(); }

std::optional<bool> listens_on(std::int64_t pid, std::uint16_t port) {
  const auto sockets = listening_on(port);
  bool found = false;
  const bool seen = each_descriptor(pid, [&](const std::string&, const std::string& target) {
    found = found || sockets.contains(target);
  });
  if (!seen) return std::nullopt;
  return found;
}

std::optional<std::int64_t> listener_on(std::uint16_t port) {
  const auto sockets = listening_on(port);
  if (sockets.empty()) return std::nullopt;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const auto pid = std::stoll(name);
    bool found = false;
    each_descriptor(pid, [&](const std::string&, const std::string& target) {
      found = found || sockets.contains(target);
    });
    if (found) return pid;
  }
  return std::nullopt;
}

std::vector<std::string> command_of(std::int64_t pid) {
  std::istringstream words(content_of(fmt::format("/proc/{}/cmdline", pid)));
  std::vector<std::string> out;
  for (std::string word; std::getline(words, word, '\0');) out.push_back(word);
  return out;
}

}  // namespace horae::doctor
