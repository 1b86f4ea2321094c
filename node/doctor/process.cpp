#include "node/doctor/process.hpp"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
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

const std::string all_of_ipv4(8, '0'), all_of_ipv6(32, '0');

// An address as proc(5)'s tables write it: in words of four bytes, each as this machine has it.
std::string in_tables(const void* address, std::size_t bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, static_cast<const std::uint8_t*>(address) + at, sizeof word);
    out += fmt::format("{:08X}", word);
  }
  return out;
}

// The addresses whose listeners keep others from this one; nothing: those of any address do.
std::optional<std::set<std::string>> in_the_way_of(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return std::nullopt;
  std::set<std::string> out{all_of_ipv6};  // of IPv4, too, as a rule
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return out;  // nobody's name
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(each->ai_addr);
      const auto name = in_tables(&address->sin_addr, sizeof address->sin_addr);
      const std::uint32_t mapped = htonl(0xffff);
      out.insert({name, all_of_ipv4, std::string(16, '0') + in_tables(&mapped, 4) + name});
    } else if (each->ai_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(each->ai_addr);
      out.insert(in_tables(&address->sin6_addr, sizeof address->sin6_addr));
    }
  }
  return out;
}

// The sockets that listen there: the tenth column of proc(5)'s tables, where the state is 0A.
std::set<std::string> listening_on(const HostPort& at) {
  std::set<std::string> out;
  const auto wanted = in_the_way_of(at.host);
  const auto port = fmt::format(":{:04X}", at.port);
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string word, local, state, inode;
      words >> word >> local >> word >> state;
      for (int i = 0; i < 6; ++i) words >> inode;
      if (state != "0A" || !local.ends_with(port)) continue;
      if (wanted && !wanted->contains(local.substr(0, local.find(':')))) continue;
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

bool is_listened_on(const HostPort& at) { return !listening_on(at).empty(); }

std::optional<bool> listens_on(std::int64_t pid, const HostPort& at) {
  const auto sockets = listening_on(at);
  bool found = false;
  const bool seen = each_descriptor(pid, [&](const std::string&, const std::string& target) {
    found = found || sockets.contains(target);
  });
  if (!seen) return std::nullopt;
  return found;
}

std::optional<std::int64_t> listener_on(const HostPort& where) {
  const auto sockets = listening_on(where);
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
