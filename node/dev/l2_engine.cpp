#include "node/dev/l2_engine.hpp"

#include "node/dev/accounts.hpp"
#include "node/dev/anvil.hpp"
#include "node/dev/geth.hpp"
#include "node/engine/geth_command.hpp"

namespace horae::dev {
namespace {

std::vector<std::string> anvil_arguments(std::uint64_t genesis_time) {
  return {"--order",     "fifo",
          "--timestamp", std::to_string(genesis_time),
          "--gas-limit", std::to_string(l2_gas_limit)};
}

Result<L2Engine> start_anvil(const L2EngineOptions& options) {
  AnvilSpec spec;
  spec.binary = options.program;
  spec.home = options.home;
  spec.chain_id = l2_chain_id;
  spec.arguments = anvil_arguments(options.genesis_time);
  // The states of this many blocks can be asked; each is a file, larger the longer the chain is.
  spec.arguments.insert(spec.arguments.end(), {"--max-persisted-states", "1000"});
  auto anvil = Anvil::start(spec);
  if (!anvil) return tl::unexpected(anvil.error());
  return L2Engine{std::move(anvil->child()),
                  {EngineDialect::anvil, anvil->endpoint(), std::nullopt, {}}};
}

Result<L2Engine> start_engine(const L2EngineOptions& options) {
  switch (options.dialect) {
    case EngineDialect::anvil:
      return start_anvil(options);
    case EngineDialect::geth:
      return start_geth({options.program, options.home, l2_genesis(options.genesis_time)});
    case EngineDialect::engine_api:
      return fail("the dev network has no engine that is spoken to by the Engine API alone");
  }
  stop("an engine of no dialect");
}

}  // namespace

std::string l2_engine_flags(EngineDialect dialect, std::uint64_t genesis_time) {
  if (dialect == EngineDialect::geth) return geth_identity(l2_chain_id, l2_gas_limit);
  std::string out = "anvil --chain-id " + std::to_string(l2_chain_id) + " --no-mining";
  for (const auto& argument : anvil_arguments(genesis_time)) out += " " + argument;
  return out;
}

GenesisSpec l2_genesis(std::uint64_t genesis_time) {
  GenesisSpec out{l2_chain_id, genesis_time, l2_gas_limit, {}};
  for (std::size_t i = 0; i < funded_count; ++i) {
    out.balances[accounts()[i].address] = funded_with;
  }
  return out;
}

Result<L2Engine> start_l2_engine(const L2EngineOptions& options) {
  auto engine = start_engine(options);
  if (!engine) return within("L2 engine", engine.error());
  return engine;
}

}  // namespace horae::dev
