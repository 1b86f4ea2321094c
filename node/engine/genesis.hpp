#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>

#include "core/bytes.hpp"
#include "core/u256.hpp"
#include "edges/engine.hpp"

namespace horae {

/// What an operator chooses of a chain's block 0.
struct GenesisSpec {
  std::uint64_t chain_id = 0;
  std::uint64_t time = 0;  // seconds since 1970
  std::uint64_t gas_limit = 0;
  std::map<Address, U256> balances;  // wei
  EngineDialect dialect = EngineDialect::geth;
};

/// The genesis file as `geth init` takes it: every fork up to Prague from block 0 on (for an OP
/// client, whose dialect is engine_api: up to Granite, with mainnet's parameters of the base fee),
/// after the merge, a base fee of 1 gwei, the given accounts, and the contracts that Prague's
/// blocks call. Refuses a balance at the address of such a contract.
[[nodiscard]] Result<boost::json::object> genesis_json(const GenesisSpec& spec);

}  // namespace horae
