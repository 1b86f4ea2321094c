#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/crypto/secret.hpp"
#include "core/trouble.hpp"
#include "duties/l1_compare.hpp"
#include "edges/engine.hpp"
#include "node/config/limits.hpp"
#include "node/ops/vitals.hpp"
#include "node/pool/options.hpp"
#include "storage/data_directory.hpp"
#include "telemetry/board.hpp"

namespace horae {

struct NodeSystem;

template <class T>
using Started = tl::expected<T, Failure>;

/// What a node needs to follow L1.
struct FollowOptions {
  Endpoint l1;
  Address locking_pool, locking_info;
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> confirmations;  // none: the endpoint's finalized block
  std::uint64_t l1_chain_id = 0;               // which the endpoint must be of; 0: any
};

/// What it needs beside to sequence.
struct SequenceOptions {
  EngineAddress engine;
  std::filesystem::path engine_home;  // of its files, where they are ours to see; empty: not known
  std::string engine_flags;           // what decides block hashes, for the log's identity
  std::uint64_t chain_id = 0;
  std::uint64_t genesis_time = 0;  // seconds
  std::uint64_t gas_limit = 0;
  std::uint64_t block_time_s = 1;
  std::uint16_t rpc_port = 8545;                            // 0: a free one
  std::vector<std::string> rpc_vhosts = {}, rpc_cors = {};  // node/http/browser.hpp
  /// The signers; the first that is Active in the pool seals. So a key is changed by having both
  /// for a while, without a stop.
  std::vector<std::shared_ptr<const SecretKey>> keys;
  /// Of the reward batches; none: nothing is submitted to L1.
  std::shared_ptr<const SecretKey> reward_mpc_key;
  std::uint64_t epoch_length = 1000;     // blocks
  bool sign_txns = false;                // a block holds a signature over each transaction's hash
  std::uint64_t max_l1_drift_s = 7'200;  // of a block's time behind the confirmed L1 block's
  std::uint64_t reward_period_s = std::uint64_t{14} * 24 * 3600;  // two weeks
  bool count_allotted = false;             // as Metis counts; else the blocks that were produced
  std::uint64_t bump_after_ms = 180'000;   // an unmined transaction to L1 is replaced
  std::uint64_t resend_after_ms = 60'000;  // one that the endpoint forgot is sent again
  /// Shorter gaps in the log are no outage. An idle node writes how far L1 is every 8 L1 blocks.
  std::uint64_t outage_limit_ms = 600'000;
};

/// A running node: the log, the actors on it, and their doors. Without SequenceOptions it only
/// follows L1 (horae observe), or is a member of a pool that does not lead.
class Node {
 public:
  struct Options {
    FollowOptions follow;
    std::optional<SequenceOptions> sequence;
    std::optional<PoolOptions> pool;  // none: the node is alone
    /// What a new log begins with, where the node is alone; none: what the other options say.
    std::optional<Msg<schema::PoolGenesis>> genesis;
    /// Of the shared rules, that this node wants.
    std::optional<Msg<schema::RuleChange>> rule_change;
    /// Read every record before anything is served, though there is a snapshot to go on from.
    bool verify_first = false;
    L1Told on_l1;  // what the listener has to say, on its thread
    Vitals vitals;
    Limits limits;
    std::size_t log_map_bytes = std::size_t{1} << 40;  // the most that the log can become
  };

  /// Replays the log, refuses a directory of another identity, brings the engine to the log's head,
  /// finishes what a crash left unfinished, and opens the RPC last.
  static Started<std::unique_ptr<Node>> start(const DataPaths& paths, Options options);
  /// Stops in order: doors first, the journal last.
  ~Node();

  [[nodiscard]] std::uint16_t rpc_port() const;
  [[nodiscard]] const Board& board() const;
  /// What the committed locking state says of this node's signers, everything durable so far
  /// included.
  struct Standing {
    bool active = false;
    Address signer;      // the one that is Active
    std::string status;  // in words
  };
  [[nodiscard]] Standing standing();
  /// To be called every second: frees the reader slots of processes that died, tells when the log's
  /// disk or map is filling up, closes intake while it is almost full, and ends the process where
  /// the log's directory is gone from its place.
  void housekeeping();

 private:
  explicit Node(std::unique_ptr<NodeSystem> system);
  std::unique_ptr<NodeSystem> system_;
};

}  // namespace horae
