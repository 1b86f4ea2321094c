#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "node/cli/commands.hpp"
#include "node/config/flags.hpp"
#include "node/doctor/examine.hpp"
#include "node/logging/ending.hpp"

namespace horae {
namespace {

bool wants_colour() {
  const char* no = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no == nullptr || *no == '\0');
}

Exit examine(const config::Given& given, bool json) {
  const auto loaded = config::load(given);
  const bool read = loaded.problems.empty();
  const auto findings =
      read ? doctor::examine(loaded) : doctor::Findings{doctor::refused(loaded.problems)};
  fmt::print("{}",
             json ? doctor::as_json(findings) + "\n" : doctor::as_text(findings, wants_colour()));
  if (!read) {
    return logging::ended("doctor", {Trouble::settings, "the settings cannot be read"});
  }
  const bool failed = std::ranges::find(findings, doctor::Verdict::failed,
                                        &doctor::Finding::verdict) != findings.end();
  if (!failed) return Exit::ok;
  return logging::ended("doctor", {Trouble::check_failed, "a check failed"});
}

}  // namespace

void add_doctor_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand(
      "doctor",
      "Check machine, log, L1, keys and engine; 9 where a check fails, 3 where the "
      "settings cannot be read");
  const auto given = config::add_flags(command);
  auto json = std::make_shared<bool>(false);
  command.add_flag("--json", *json, "One JSON object");
  command.callback([=, &code] { code = examine(*given, *json); });
}

}  // namespace horae
