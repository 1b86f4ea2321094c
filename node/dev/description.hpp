#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "edges/engine.hpp"
#include "node/dev/contracts.hpp"
#include "node/dev/programs.hpp"

namespace horae::dev {

/// A node of it.
struct NodeDescription {
  std::string l2_rpc;
  std::string ops;
  std::filesystem::path datadir;
  int pid = 0;
  Address sequencer;
};

/// What people and programs are told about a running dev network.
struct Description {
  std::string l1_rpc, l2_rpc, ops;  // URLs
  EngineAddress engine;
  std::filesystem::path datadir;
  Contracts contracts;
  Address sequencer;
  PublicKey sequencer_pubkey;
  Programs programs;
  int pid = 0;
  bool without_node = false;
  std::vector<NodeDescription> members;  // of a pool, the further ones
};

/// The content of dev.json. Numbers of the contracts are decimal strings, as in `horae-replay`.
[[nodiscard]] boost::json::object to_json(const Description& description);

/// How it is ended, endpoints, chain ids, contracts, where the log and the docs are, the accounts
/// and their keys by number, and three commands to try, each on a line of its own that begins with
/// two spaces and "$ ". The last is the live screen; without a node, the one that starts it comes
/// first. But for commands and paths no line has more than 100 columns.
[[nodiscard]] std::string banner(const Description& description);

/// <datadir>/dev.json, mode 0600, renamed into place.
[[nodiscard]] Result<void> write_description(const Description& description);
void remove_description(const std::filesystem::path& datadir);

}  // namespace horae::dev
