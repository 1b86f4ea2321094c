#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/u256.hpp"

// What actors speak to: the outside as interfaces. Every call blocks and is made on an edge's own
// thread, never in a pooled actor.
namespace horae {

/// Wall time, so that tests can set it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970.
  [[nodiscard]] virtual std::uint64_t now_ms() const = 0;
};

/// A block as the engine has it.
struct EngineBlock {
  std::uint64_t number = 0;
  std::uint64_t timestamp = 0;  // seconds
  std::uint64_t gas_used = 0;
  std::uint64_t gas_limit = 0;
  U256 base_fee = 0;  // wei
  Hash32 hash, parent, state_root, txns_root, receipts_root;
  std::vector<Hash32> txns;
};

struct Skipped {
  Hash32 hash;
  std::string reason;
};

/// What the engine made of an ordered list: the block, and what it left out with its reason.
struct Payload {
  EngineBlock block;
  std::vector<Skipped> skipped;
};

struct BuildAttributes {
  std::uint64_t timestamp = 0;  // seconds
  std::uint64_t gas_limit = 0;
  U256 base_fee = 0;  // wei
};

struct OrderedTxn {
  Hash32 hash;
  Bytes raw;
};

struct EngineAccount {
  std::uint64_t nonce = 0;
  U256 balance = 0;
};

/// The execution client that runs L2 transactions and holds L2 account state: a cache of the log.
class EnginePort {
 public:
  virtual ~EnginePort() = default;
  /// Client name and version.
  virtual Result<std::string> client() = 0;
  virtual Result<std::uint64_t> chain_id() = 0;
  virtual Result<EngineBlock> head() = 0;
  /// Nothing above the head.
  virtual Result<std::optional<EngineBlock>> block(std::uint64_t number) = 0;
  /// Executes exactly these transactions in this order on parent, which must be the head; what the
  /// engine leaves out stands in the payload with a reason.
  virtual Result<Payload> build(const Hash32& parent, const BuildAttributes& attributes,
                                const std::vector<OrderedTxn>& txns) = 0;
  /// Makes a built payload the head; nothing to do where build has adopted it.
  virtual Result<void> adopt(const Payload& payload) = 0;
  /// Forgets every block above number.
  virtual Result<void> rewind(std::uint64_t number) = 0;
  /// Nonce and balance of each address at the end of a block, in the order asked.
  virtual Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                                      std::uint64_t number) = 0;
};

}  // namespace horae
