#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "events/node/version.hpp"
#include "storage/environment.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {

Verb version_verb(CLI::App& app, const Commit& commit) {
  Verb out;
  out.app = app.add_subcommand("version", "Print what this binary is, and what it reads");
  out.needs_log = false;
  auto json = std::make_shared<bool>(false);
  out.app->add_flag("--json", *json, "One line of JSON");
  out.answer = [json, &commit](At&) {
    const auto version = version_json("horae-replay", commit, {{"LMDB", lmdb_version()}});
    if (*json) return print_json(version);
    fmt::print("{}", version_text(version));
    return 0;
  };
  return out;
}

}  // namespace horae::replay
