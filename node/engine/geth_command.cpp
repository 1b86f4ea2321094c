#include "node/engine/geth_command.hpp"

#include <algorithm>

namespace horae {
namespace {

// States by hash, all of them kept: with these alone geth has its head again after a kill -9, and
// goes back any number of blocks.
constexpr const char* scheme = "hash";

// geth serves whoever names it by an address; a name it has to be told.
void allow_name(std::vector<std::string>& out, const std::string& flag, const std::string& host) {
  const bool named = std::ranges::any_of(
      host, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  if (named && host.find(':') == std::string::npos) out.insert(out.end(), {flag, host});
}

}  // namespace

std::vector<std::string> geth_init(const std::filesystem::path& datadir,
                                   const std::filesystem::path& genesis_file) {
  return {"init", "--datadir", datadir.string(), "--state.scheme", scheme, genesis_file.string()};
}

std::vector<std::string> geth_start(const GethSpec& spec) {
  const auto& http = spec.address.rpc;
  const auto& auth = spec.address.auth;
  const auto& jwt_file = spec.address.jwt_file;
  const bool op = spec.address.dialect == EngineDialect::engine_api;
  std::vector<std::string> out{
      "--datadir", spec.datadir.string(), "--networkid", std::to_string(spec.chain_id),
      // Without it newPayload answers SYNCING from block 2 on.
      "--syncmode=full", "--state.scheme", scheme, "--gcmode=archive",
      // Transactions and logs of all blocks are found, not only of the last 2,350,000.
      "--history.transactions", "0", "--history.logs", "0",
      // Another one than the genesis' makes the limit drift.
      "--miner.gaslimit", std::to_string(spec.gas_limit),
      // It speaks with nobody.
      "--nodiscover", "--maxpeers=0", "--port", "0", "--nat", "none", "--ipcdisable",
      // The Engine API, and beside it, without a secret, what reads and what geth builds blocks by.
      "--authrpc.addr", auth->host, "--authrpc.port", auth->port, "--authrpc.jwtsecret",
      jwt_file.string(), "--http", "--http.addr", http.host, "--http.port", http.port, "--http.api",
      op ? "eth,net,web3,debug" : "eth,net,web3,debug,testing", "--txpool.pricelimit",
      std::string(geth_price_limit)};
  if (op) {
    out.insert(out.end(),
               {"--rollup.disabletxpoolgossip=true", "--rollup.enabletxpooladmission=false"});
  } else {
    // No limit to how far back the head may be set. Lists of transactions come over HTTP.
    out.insert(out.end(), {"--engine.maxreorgdepth=0", "--rpc.http-body-limit",
                           std::string(geth_body_limit_mib)});
  }
  allow_name(out, "--authrpc.vhosts", auth->host);
  allow_name(out, "--http.vhosts", http.host);
  return out;
}

std::string geth_identity(std::uint64_t chain_id, std::uint64_t gas_limit) {
  return "geth --networkid " + std::to_string(chain_id) + " --miner.gaslimit " +
         std::to_string(gas_limit);
}

}  // namespace horae
