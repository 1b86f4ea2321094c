#include "node/cli/which_node.hpp"

#include <cstdlib>

#include "node/config/load.hpp"

namespace horae {
namespace {

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Only the data directory is of interest: what else is wrong in the file is the node's affair.
Result<DataPaths> by_settings(const std::string& file) {
  const auto loaded = config::load({file, variable, {}});
  if (loaded.config.datadir.empty()) {
    const auto& problems = loaded.problems;
    return fail(problems.empty() ? file + " names no data directory"
                                 : problems.front().where + ": " + problems.front().what);
  }
  return DataPaths{loaded.config.datadir};
}

DataPaths by_directory(const std::string& directory) {
  return DataPaths{std::filesystem::absolute(directory).lexically_normal()};
}

}  // namespace

std::shared_ptr<WhichNode> add_which_directory(cli::Command& command) {
  auto which = std::make_shared<WhichNode>();
  auto config = command.add_option("--config", which->config, "The node's file of settings")
                    .type_name("FILE");
  command.add_option("--datadir", which->datadir, "Its data directory")
      .type_name("DIRECTORY")
      .excludes(config);
  return which;
}

std::shared_ptr<WhichNode> add_which_node(cli::Command& command) {
  auto which = std::make_shared<WhichNode>();
  auto config = command.add_option("--config", which->config, "The node's file of settings")
                    .type_name("FILE");
  auto datadir =
      command.add_option("--datadir", which->datadir, "Its data directory").type_name("DIRECTORY");
  command.add_option("--ops", which->ops, "Its ops port, http://127.0.0.1:8560")
      .type_name("URL")
      .excludes(config)
      .excludes(datadir);
  datadir.excludes(config);
  return which;
}

Result<NodeFinder> find_node(const WhichNode& which) {
  if (!which.ops.empty()) {
    const auto endpoint = Endpoint::parse(which.ops);
    if (!endpoint) return tl::unexpected(endpoint.error());
    if (endpoint->tls) return fail("--ops: the ops port speaks http, not https");
    return NodeFinder(*endpoint);
  }
  const auto paths = find_directory(which);
  if (!paths) return tl::unexpected(paths.error());
  return NodeFinder(*paths);
}

Result<DataPaths> find_directory(const WhichNode& which) {
  if (!which.config.empty()) return by_settings(which.config);
  if (!which.datadir.empty()) return by_directory(which.datadir);
  if (const auto datadir = variable("HORAE_DATADIR")) return by_directory(*datadir);
  if (std::filesystem::exists("horae.toml")) return by_settings("horae.toml");
  return by_directory("data/dev");
}

}  // namespace horae
