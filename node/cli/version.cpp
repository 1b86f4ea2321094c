#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <caf/config.hpp>

#include "events/node/version.hpp"
#include "node/cli/commands.hpp"
#include "storage/environment.hpp"

namespace horae {
namespace {

std::string caf_version() {
  return fmt::format("{}.{}.{}", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION);
}

}  // namespace

void add_version_command(cli::Command& app, const BuildCommit& commit) {
  auto command = app.add_subcommand("version", "Print what this binary is, reads and writes");
  auto json = std::make_shared<bool>(false);
  command.add_flag("--json", *json, "One line of JSON");
  command.callback([json, &commit] {
    const auto version =
        version_json("horae", commit, {{"LMDB", lmdb_version()}, {"CAF", caf_version()}});
    fmt::print("{}", *json ? boost::json::serialize(version) + "\n" : version_text(version));
  });
}

}  // namespace horae
