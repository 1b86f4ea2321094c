#pragma once

#include <memory>
#include <string>

#include "core/cli/command.hpp"
#include "node/ops/finder.hpp"

namespace horae {

/// Which node a command is about, as its flags say.
struct WhichNode {
  std::string config, datadir, ops;
};

/// Gives a command --config, --datadir and --ops, of which one may be given.
[[nodiscard]] std::shared_ptr<WhichNode> add_which_node(cli::Command& command);

/// Gives a command --config and --datadir alone: for what a node is asked in its directory.
[[nodiscard]] std::shared_ptr<WhichNode> add_which_directory(cli::Command& command);

/// The node's directory, as --config or --datadir say. Where none is given, as find_node.
[[nodiscard]] Result<DataPaths> find_directory(const WhichNode& which);
/// Where none is given: HORAE_DATADIR, else ./horae.toml, else the dev network's ./data/dev.
[[nodiscard]] Result<NodeFinder> find_node(const WhichNode& which);

}  // namespace horae
