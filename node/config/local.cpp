#include "node/config/local.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/files.hpp"
#include "core/nearest.hpp"

namespace horae::config {
namespace {

constexpr std::string_view prefix = "HORAE_";

void look_at_secret(std::vector<Problem>& out, std::string_view setting,
                    const std::filesystem::path& file) {
  const auto problem = [&](std::string what) {
    out.push_back({std::string(setting), file.string() + " " + std::move(what)});
  };
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0)
    return problem("cannot be looked at: " + errno_words(errno));
  if (!S_ISREG(seen.st_mode)) return problem("is no file");
  if (::access(file.c_str(), R_OK) != 0) return problem("cannot be read: " + errno_words(errno));
  if ((seen.st_mode & 077) != 0) {
    problem(fmt::format("has mode {:04o}, so that others than its owner may use it: chmod 600",
                        seen.st_mode & 07777u));
  }
}

void look_at_variables(std::vector<Problem>& out, const char* const* environment) {
  std::vector<std::string> known;
  for (const auto& setting : settings()) known.push_back(variable_of(setting));
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    const auto name = entry.substr(0, entry.find('='));
    if (!name.starts_with(prefix) || std::ranges::find(known, name) != known.end()) continue;
    const auto near = nearest(name, known);
    out.push_back(
        {"variable " + std::string(name),
         "there is no such setting" + (near ? ": is " + *near + " meant?" : std::string())});
  }
}

}  // namespace

std::vector<Problem> look_locally(const Loaded& loaded, const char* const* environment) {
  std::vector<Problem> out;
  for (const auto& file : loaded.config.signers) look_at_secret(out, "keys.signers", file);
  if (const auto& file = loaded.config.reward_mpc) look_at_secret(out, "keys.reward_mpc", *file);
  if (const auto& file = loaded.config.password_file) {
    look_at_secret(out, "keys.password_file", *file);
  }
  look_at_variables(out, environment);
  return out;
}

}  // namespace horae::config
