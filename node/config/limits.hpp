#pragma once

#include <cstddef>
#include <cstdint>

namespace horae {

/// Every bound on what strangers, users and operators can make a node hold, with the reason for its
/// size. Each can be set (`limits.…` in node/config/settings.cpp) and is shown by `config show`.
/// What the protocol or a format fixes (a record's 16 MiB, a transaction's 128 KiB) cannot be set
/// and stands where it is used; docs/contributing.md lists those, too.
struct Limits {
  /// Transactions that wait in the pool: each is kept in memory twice, and a choice for a block
  /// goes through all of them.
  std::uint32_t pool_txns = 20'000;
  /// Of these, of one sender with nonces that follow one another: a wallet or an exchange sends
  /// some hundred at once, and each admission goes through those before it.
  std::uint32_t pool_txns_per_sender = 256;
  /// How far beyond the sender's next a nonce may be, and so how many can wait for nothing (geth's
  /// accountqueue).
  std::uint32_t pool_nonce_window = 64;
  /// How long a transaction may wait for a nonce before it, in seconds of L2 (geth's lifetime).
  std::uint32_t pool_gap_lifetime_s = 10'800;
  /// How much more a replacement must pay, in percent (geth's pricebump).
  std::uint32_t pool_bump_percent = 10;
  /// Transactions that were let in at a door and wait for their commit: one batch of the journal.
  std::uint32_t admissions = 4096;
  /// Facts of one commit. Larger commits gain little (docs/testing.md, `horae-bench journal`), and
  /// what comes next waits longer.
  std::uint32_t commit_facts = 4096;
  /// Bytes of one commit, in MiB.
  std::uint32_t commit_mib = 32;
  /// Connections to the JSON-RPC port. Each is a descriptor; `doctor` looks whether there are
  /// enough.
  std::uint32_t rpc_connections = 512;
  /// A request's body in KiB (geth: 5 MiB).
  std::uint32_t rpc_body_kib = 5120;
  /// Calls in one batch (geth: 1000).
  std::uint32_t rpc_batch_calls = 1000;
  /// One batch's answer in KiB (geth: 25 MB); results beyond it are errors.
  std::uint32_t rpc_batch_answer_kib = 25'600;
  /// Calls of one batch under way at once: each may answer with many megabytes.
  std::uint32_t rpc_batch_under_way = 16;
  /// Gas of eth_call and eth_estimateGas (geth's rpc.gascap).
  std::uint64_t rpc_call_gas = 50'000'000;
  /// Connections to the ops port: probes and a scraper need a few.
  std::uint32_t ops_connections = 64;
  /// Connections on which users' reads go to the engine: each is one call at a time.
  std::uint32_t engine_connections = 4;
  /// Reads that wait for one of them; beyond it they are refused at once.
  std::uint32_t engine_queue = 4096;
  /// Attached inspectors. Beyond it, the one that has been silent longest makes room.
  std::uint32_t inspect_connections = 256;
  /// Lines of the node's log that nobody has read yet; beyond it the oldest are lost and counted.
  std::uint32_t log_lines = 8192;
  /// Doors for transactions: each decodes and recovers senders on its own, so one a core.
  std::uint32_t doors = 2;
  /// Threads of the actors that have none of their own.
  std::uint32_t actor_threads = 2;
};

}  // namespace horae
