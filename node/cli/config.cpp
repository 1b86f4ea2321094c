#include <fmt/core.h>
#include <unistd.h>

#include "node/cli/commands.hpp"
#include "node/config/flags.hpp"
#include "node/config/local.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/format.hpp"

namespace horae {
namespace {

using config::Source;

Exit tell(const config::Loaded& loaded) {
  for (const auto& one : loaded.problems) {
    fmt::print(stderr, "{}: {}\n", logging::printable(one.where), logging::printable(one.what));
  }
  if (loaded.problems.empty()) return Exit::ok;
  return logging::ended("config",
                        {Trouble::settings, "a node would not start with these settings"});
}

std::string told(const config::Origin& origin) {
  switch (origin.source) {
    case Source::standard:
      return "default";
    case Source::file:
      return origin.where;
    case Source::environment:
      return "variable " + origin.where;
    case Source::flag:
      return "flag " + origin.where;
  }
  stop("a value that comes from nowhere");
}

Exit show(const config::Loaded& loaded, bool origin) {
  for (const auto& setting : config::settings()) {
    const auto found = loaded.values.find(setting.name);
    if (found == loaded.values.end()) {
      fmt::print("{} is not set\n", setting.name);
      continue;
    }
    const auto line = fmt::format("{} = {}", setting.name, setting.shown(found->second.text));
    if (origin) {
      fmt::print("{:<72} # {}\n", line, told(found->second.origin));
    } else {
      fmt::print("{}\n", line);
    }
  }
  return tell(loaded);
}

}  // namespace

void add_config_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand("config", "Show or check what a node would run with");
  command.require_subcommand();

  auto showing = command.add_subcommand("show", "Print every setting with its value");
  const auto shown = config::add_flags(showing);
  auto origin = std::make_shared<bool>(false);
  showing.add_flag("--origin", *origin, "And where it comes from: file, variable, flag, default");
  showing.callback([=, &code] { code = show(config::load(*shown), *origin); });

  auto checking = command.add_subcommand(
      "check",
      "Say what is wrong with settings and key files, without asking anybody; 3 where anything is");
  const auto checked = config::add_flags(checking);
  checking.callback([=, &code] {
    auto loaded = config::load(*checked);
    for (auto& one : config::look_locally(loaded, environ)) {
      loaded.problems.push_back(std::move(one));
    }
    code = tell(loaded);
    if (code == Exit::ok) {
      fmt::print(
          "nothing is wrong; not looked at were L1, the engine, and whether the password opens the "
          "keystores: horae doctor does\n");
    }
  });
}

}  // namespace horae
