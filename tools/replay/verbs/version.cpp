#include <fmt/core.h>

#include "events/node/version.hpp"
#include "storage/environment.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {

Verb version_verb(cli::Command& app, const BuildCommit& commit) {
  auto verb = app.add_subcommand("version", "Print what this binary is, and what it reads");
  auto json = std::make_shared<bool>(false);
  verb.add_flag("--json", *json, "One line of JSON");
  const auto answer = [json, &commit](At&) {
    const auto version = version_json("horae-replay", commit, {{"LMDB", lmdb_version()}});
    if (*json) return print_json(version);
    fmt::print("{}", version_text(version));
    return 0;
  };
  return {verb, false, answer, {}};
}

}  // namespace horae::replay
