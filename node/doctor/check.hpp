#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace horae::doctor {

enum class Verdict { ok, warning, failed, skipped };

[[nodiscard]] std::string_view word(Verdict verdict);

/// A check, and what it is that it looks at.
struct KnownCheck {
  std::string_view id;  // never changes its meaning
  std::string_view about;
};

/// All there are.
inline constexpr std::array known_checks{
    KnownCheck{"config.settings", "Whether every setting is known, good and given."},
    KnownCheck{"machine.clock",
               "Whether the clock agrees with the time of L1's latest block: a "
               "block must not be dated behind it, nor far ahead."},
    KnownCheck{"machine.clock_sync",
               "Whether the kernel says that something keeps the clock in "
               "time."},
    KnownCheck{"machine.disk", "Whether the disk of the data directory has room for the log."},
    KnownCheck{"machine.file_system",
               "Whether the data directory lies on a file system that keeps "
               "what was synced, and locks and maps in order."},
    KnownCheck{"machine.open_files",
               "Whether the node may have enough files open: connections, "
               "log and endpoints each take one."},
    KnownCheck{"machine.rpc_port",
               "Whether the port of the JSON-RPC (rpc.port) is free, or this "
               "node's own."},
    KnownCheck{"machine.ops_port", "Whether the ops port (ops.port) is free, or this node's own."},
    KnownCheck{"directory.mode", "Whether the data directory is its user's alone."},
    KnownCheck{"directory.lock", "Whether the data directory is free, or held by a node."},
    KnownCheck{"log.identity",
               "Whether the log is of the chains, contracts and engine that the "
               "settings name."},
    KnownCheck{"log.checkpoint",
               "Whether a signed checkpoint vouches for the log, and the log "
               "goes on from what was signed."},
    KnownCheck{"log.map", "Whether the log's map (log.map_mib) has room."},
    KnownCheck{"log.readers",
               "Whether a process that reads the log keeps its pages from being "
               "used again."},
    KnownCheck{"l1.chain", "Whether the L1 endpoint answers, and is of the chain that is wanted."},
    KnownCheck{"l1.head", "Whether the endpoint's head is a block of the last minutes."},
    KnownCheck{"l1.finalized",
               "Whether the endpoint knows a finalized block that is not far "
               "behind, where l1.confirmations is `finalized`."},
    KnownCheck{"l1.logs", "Whether the endpoint has the contracts' logs from l1.from_block on."},
    KnownCheck{"l1.receipts",
               "Whether the endpoint gives a block's receipts, with which the node "
               "tells whether logs were left out."},
    KnownCheck{"l1.code", "Whether there are contracts at both addresses."},
    KnownCheck{"l1.pairing", "Whether the two contracts name each other, each in its place."},
    KnownCheck{"l1.l2_chain",
               "Whether the pool is of the L2 chain that the node makes blocks "
               "for."},
    KnownCheck{"l1.paused",
               "Whether the pool is open: while it is paused nobody can lock, "
               "withdraw or leave."},
    KnownCheck{"keys.modes", "Whether keystores and the password's file are their user's alone."},
    KnownCheck{"keys.open", "Whether every keystore opens with the password."},
    KnownCheck{"keys.signer", "Whether one of the keys of keys.signers is an Active sequencer's."},
    KnownCheck{"keys.whitelist", "Whether the sequencer's owner is whitelisted on LockingPool."},
    KnownCheck{"keys.reward_recipient", "Whether the sequencer has a reward recipient."},
    KnownCheck{"keys.mpc", "Whether keys.reward_mpc is the key of LockingPool's mpcAddress."},
    KnownCheck{"keys.mpc_balance", "Whether that key has the ether to submit reward batches."},
    KnownCheck{"rewards.allowance",
               "Whether LockingInfo may take the reward payer's METIS for the "
               "next reward batch."},
    KnownCheck{"rewards.balance",
               "Whether the reward payer has the METIS for the next reward "
               "batch."},
    KnownCheck{"pool.genesis", "Whether the genesis file can be read, and the settings fit it."},
    KnownCheck{"pool.voice",
               "Whether the first key of keys.signers is of a member that the genesis names."},
    KnownCheck{"pool.cometbft", "Whether there is a CometBFT to start (pool.command)."},
    KnownCheck{"pool.files",
               "Whether the member's node key and its signer's record are there, and "
               "their user's alone."},
    KnownCheck{"pool.listen",
               "Whether the port of consensus (pool.listen) is free, or this member's own."},
    KnownCheck{"pool.rpc_port",
               "Whether the port of CometBFT's JSON-RPC (pool.rpc_port) is free, or this "
               "member's own."},
    KnownCheck{"pool.link_listen",
               "Whether the port of members' links (pool.link_listen) is free, or this node's "
               "own."},
    KnownCheck{"pool.peers", "Whether the other members of pool.peers answer by TCP."},
    KnownCheck{"pool.copies", "Whether the pool has as many members as acknowledge.copies wants."},
    KnownCheck{"engine.chain", "Whether the engine answers, and is of the chain that is wanted."},
    KnownCheck{"engine.client", "Whether the engine is a program and version that is supported."},
    KnownCheck{"engine.genesis", "Whether the engine's block 0 is the log's."},
    KnownCheck{"engine.head", "Whether the engine is at the log's last block."},
    KnownCheck{"engine.peers",
               "Whether the engine is alone: its blocks come from this node and "
               "nobody else."},
    KnownCheck{"engine.pool",
               "Whether the engine refuses a transaction that is sent to it directly: "
               "it belongs into this node's mempool."},
    KnownCheck{"engine.jwt_file",
               "Whether the secret of geth's Engine API can be read, and by its user "
               "alone."},
    KnownCheck{"engine.api",
               "Whether geth's Engine API answers at engine.auth_endpoint, and to that "
               "secret."},
    KnownCheck{"engine.building", "Whether geth builds a block of a list of transactions."},
    KnownCheck{"engine.gas_limit", "Whether geth gives its blocks the chain's gas limit."},
    KnownCheck{"engine.sync_mode",
               "Whether geth executes a block that it is given, without wanting to "
               "synchronise first."},
    KnownCheck{"engine.states",
               "Whether geth keeps every block's state, and by hash: only then has it "
               "its head again after a kill -9."},
    KnownCheck{"engine.request_size",
               "Whether geth reads a request as long as the list of a full block."},
    KnownCheck{"engine.reorg_depth", "Whether geth goes back any number of blocks."},
};

/// The id of a check that is in the table; any other does not compile.
class CheckId {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is one
  consteval CheckId(const char* id) : id_(id) {
    if (std::ranges::find(known_checks, id_, &KnownCheck::id) == known_checks.end()) {
      throw "no such check";
    }
  }
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr operator std::string_view() const { return id_; }

 private:
  std::string_view id_;
};

/// What one check came to.
struct Finding {
  std::string_view id;
  Verdict verdict = Verdict::skipped;
  std::string found;     // of a skipped one: why it was
  std::string expected;  // empty for a skipped one
  std::string todo;      // what to do; empty for an ok or skipped one
};
using Findings = std::vector<Finding>;

/// A check before its verdict.
struct Check {
  CheckId id;
  std::string expected;
  std::string todo;

  [[nodiscard]] Finding ok(std::string found) const {
    return {id, Verdict::ok, std::move(found), expected, ""};
  }
  [[nodiscard]] Finding warning(std::string found) const {
    return {id, Verdict::warning, std::move(found), expected, todo};
  }
  [[nodiscard]] Finding failed(std::string found) const {
    return {id, Verdict::failed, std::move(found), expected, todo};
  }
  [[nodiscard]] Finding ok_if(bool good, std::string found) const {
    return good ? ok(std::move(found)) : failed(std::move(found));
  }
};

[[nodiscard]] inline Finding skipped(CheckId id, std::string why) {
  return {id, Verdict::skipped, std::move(why), "", ""};
}

}  // namespace horae::doctor
