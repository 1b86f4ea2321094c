#include "node/dev/l2_engine.hpp"

namespace horae::dev {
namespace {

std::vector<std::string> arguments(std::uint64_t genesis_time) {
  return {"--order",     "fifo",
          "--timestamp", std::to_string(genesis_time),
          "--gas-limit", std::to_string(l2_gas_limit)};
}

}  // namespace

std::string l2_engine_flags(std::uint64_t genesis_time) {
  std::string out = "anvil --chain-id " + std::to_string(l2_chain_id) + " --no-mining";
  for (const auto& argument : arguments(genesis_time)) out += " " + argument;
  return out;
}

Result<Anvil> start_l2_engine(const L2EngineOptions& options) {
  AnvilSpec spec;
  spec.binary = options.anvil;
  spec.home = options.home;
  spec.chain_id = l2_chain_id;
  spec.arguments = arguments(options.genesis_time);
  // The states of this many blocks can be asked; each is a file, larger the longer the chain is.
  spec.arguments.insert(spec.arguments.end(), {"--max-persisted-states", "1000"});
  auto anvil = Anvil::start(spec);
  if (!anvil) return within("L2 engine", anvil.error());
  return anvil;
}

}  // namespace horae::dev
