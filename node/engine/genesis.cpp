#include "node/engine/genesis.hpp"

#include <boost/json.hpp>

#include "node/engine/system_contracts.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// EIP-4844 and EIP-7691 as EIP-7840 writes them down. geth wants them whether or not there are
// blobs.
json::object blob_schedule() {
  return {{"cancun", {{"target", 3}, {"max", 6}, {"baseFeeUpdateFraction", 3'338'477}}},
          {"prague", {{"target", 6}, {"max", 9}, {"baseFeeUpdateFraction", 5'007'716}}}};
}

// specs.optimism.io, protocol: each of its forks has one of Ethereum's for a base, Ecotone Cancun.
// EIP-1559's own parameters, since the base fee is ours to foretell (core/rules/base_fee.hpp).
void add_op(json::object& config) {
  config["bedrockBlock"] = 0;
  for (const auto* fork : {"regolith", "canyon", "ecotone", "fjord", "granite"}) {
    config[std::string(fork) + "Time"] = 0;
  }
  config["optimism"] = {
      {"eip1559Elasticity", 2}, {"eip1559Denominator", 8}, {"eip1559DenominatorCanyon", 8}};
}

json::object chain_config(std::uint64_t chain_id, EngineDialect dialect) {
  json::object out{{"chainId", chain_id}};
  for (const auto* fork : {"homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople",
                           "petersburg", "istanbul", "berlin", "london", "mergeNetsplit"}) {
    out[std::string(fork) + "Block"] = 0;
  }
  for (const auto* fork : {"shanghai", "cancun"}) out[std::string(fork) + "Time"] = 0;
  out["terminalTotalDifficulty"] = 0;
  if (dialect == EngineDialect::engine_api) {
    add_op(out);
  } else {
    out["pragueTime"] = 0;
    out["blobSchedule"] = blob_schedule();
  }
  return out;
}

}  // namespace

Result<json::object> genesis_json(const GenesisSpec& spec) {
  json::object alloc;
  for (const auto& [address, balance] : spec.balances) {
    alloc[to_hex(address)] = json::object{{"balance", to_quantity(balance)}};
  }
  for (const auto& contract : system_contracts) {
    if (alloc.contains(contract.address)) {
      return fail(std::string(contract.address) + " is a contract of Ethereum's own");
    }
    // EIP-161: an account with a nonce is not empty.
    alloc[contract.address] =
        json::object{{"balance", "0x0"}, {"nonce", "0x1"}, {"code", contract.code}};
  }
  return json::object{
      {"config", chain_config(spec.chain_id, spec.dialect)},
      {"nonce", "0x0"},
      {"timestamp", to_quantity(U256(spec.time))},
      {"extraData", "0x"},
      {"gasLimit", to_quantity(U256(spec.gas_limit))},
      {"difficulty", "0x0"},
      {"mixHash", to_hex(Hash32())},
      {"coinbase", to_hex(Address())},
      {"baseFeePerGas", to_quantity(U256(1'000'000'000))},  // EIP-1559: INITIAL_BASE_FEE
      {"alloc", std::move(alloc)},
  };
}

}  // namespace horae
