#pragma once

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/u256.hpp"
#include "events/mempool/mempool.hpp"
#include "events/penalties/penalties.hpp"
#include "events/record.hpp"
#include "events/snapshot.hpp"
#include "schemas/snapshot.capnp.h"

// Watches from the log how well this node serves its users.
//
// Why: an operator should learn that blocks come late, slots pass, the node was down or a
// transaction waits too long, and an auditor should find it recorded. The log's records have the
// times at which they were written, so the same log always shows the same.
//
// How: it is shown every record in order. A block is late when it comes more than late_after_ms
// after its slot: one block time after the block before it, or after the first of its transactions
// could be included, whichever is later. A slot is missed for each whole block time of that delay.
// A start is an outage when the record before it is older than outage_limit_ms. A backlog is a
// transaction that could be included for longer than backlog_limit_ms; only this needs a clock, so
// it is looked for at a tick. The limits are rules in the log (ObservationRules); until they are
// there nothing is noticed.
//
// Limits: it remembers every waiting transaction (sender, nonce, hash, highest fee; not its bytes),
// so its memory grows with the mempool, and the records of the newest 32 blocks (blocks_kept),
// whose faults are looked for again after a start. It writes nothing itself: what it noticed is
// owed until the log holds it. A record out of order stops the process.
namespace horae {

/// What was seen of the service, and the record that showed it: one decision.
struct Noticed {
  std::uint64_t cause = 0;
  std::vector<Msg<schema::ObservationsCommand>> observations;
};
void write(schema::OwedObservations::Builder out, const Noticed& noticed);
[[nodiscard]] Noticed read_noticed(schema::OwedObservations::Reader told);

/// Transactions taken here that the pool's leader refused, told by no record; first: the first of
/// them, and why it was.
[[nodiscard]] Noticed refused_forwards(std::uint32_t count, const Hash32& first,
                                       const std::string& why, std::uint64_t now_ms);

/// A transaction that could be included and waits longer than the limit.
struct Backlog {
  Noticed noticed;
  std::uint64_t sealed_ms = 0;    // when the last block had left the pool
  bool behind_the_block = false;  // it waited longer than the limit then, too
};

/// Sees from the log's records, with the times at which they were written, how this node serves:
/// blocks later than the slot they were due in, slots that passed, outages, signing rounds that
/// timed out, and a transaction that waits too long. A pure fold: the same records give the same.
///
/// It is led beside the fold of a world and keeps nothing of the waiting transactions but their
/// times: what else it needs of them it takes from that world's mempool, which must be given each
/// time as it stands behind the record.
///
/// What a record shows is owed until the log holds it: an Observed names the record that led to it
/// as its cause, and settles everything up to that record. So a watch that was led over the whole
/// log owes what a crash kept from being written, and nothing that was written.
class ServiceWatch {
 public:
  /// The log's next record, which the world has folded.
  void see(const RecordView& record, const Mempool& pool);
  /// Seq of the last record seen.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

  /// Noticed and not in the log, oldest first.
  [[nodiscard]] const std::deque<Noticed>& owed() const { return owed_; }
  /// Nothing where the log holds it already: it is told once an episode, which ends at the block
  /// behind which nothing waits so long.
  [[nodiscard]] std::optional<Backlog> backlog(std::uint64_t now_ms, const Mempool& pool) const;

  /// Records of the newest blocks, oldest first.
  static constexpr std::size_t blocks_kept = 32;
  [[nodiscard]] const std::deque<std::uint64_t>& newest_blocks() const { return newest_blocks_; }

  /// Record and hash of each transaction that waits, in no order.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, Hash32>> waiting() const;

  /// What it knows, for a snapshot of the world at the same position. The same records give the
  /// same.
  void add_parts(std::vector<SnapshotPart>& out, const Mempool& pool) const;
  /// The watch at the position of a world that was restored from these parts: a stranger's bytes,
  /// walked against their schemas. To be called under a stop handler that throws.
  static Result<ServiceWatch> restore(const std::vector<SnapshotPart>& parts, const World& world);

 private:
  // What it knows of a waiting transaction beside the mempool.
  struct Waiting {
    std::uint64_t nonce = 0;
    std::uint64_t admitted = 0;             // its record
    std::optional<std::uint64_t> ready_ms;  // since when a block could take it
    Address sender;
  };
  struct Round {
    std::uint64_t opened_ms = 0;
    Hash32 digest;
  };
  struct Oldest {
    const PooledTxn* txn;
    const Waiting* waiting;
  };

  void see_blocks(const RecordView& record, const Mempool& pool);
  void see_mempool(const RecordView& record, const Mempool& pool);
  void see_mpc(const RecordView& record);
  void see_penalties(const RecordView& record);
  void see_start(const RecordView& record);
  void see_block(const RecordView& record, schema::BlockSealed::Reader block, const Mempool& pool);
  void see_included(std::uint64_t now_ms, schema::TxnsIncluded::Reader included,
                    const Mempool& pool);
  void owe(std::uint64_t cause, std::vector<Msg<schema::ObservationsCommand>> observations);
  void admit(const RecordView& record, schema::TxnAdmitted::Reader admitted, const Mempool& pool);
  void drop(const Hash32& hash, const Mempool& pool);
  void make_ready(const PoolAccount& account, std::uint64_t from_nonce, std::uint64_t now_ms);
  void set_base_fee(const U256& base_fee, std::uint64_t now_ms, const Mempool& pool);
  Result<void> take(const SnapshotPart& part);
  [[nodiscard]] std::optional<Oldest> oldest(const Mempool& pool) const;

  std::uint64_t seq_ = 0;
  std::uint64_t time_ms_ = 0;  // of the last record
  std::optional<ObservationRules> rules_;
  std::unordered_map<Hash32, Waiting, FixedHasher> waiting_;
  std::map<std::uint64_t, Round> rounds_;
  std::deque<std::uint64_t> newest_blocks_;
  std::deque<Noticed> owed_;
  U256 base_fee_ = 0;               // of the next block
  std::uint64_t timestamp_ms_ = 0;  // of the last block
  std::uint64_t blocks_ = 0;
  std::uint64_t sealed_ms_ = 0;  // when the last block had left the pool
  bool backlog_told_ = false;
};

/// Tells a backlog once an episode to one who looks at times and writes what is told: also while
/// what it wrote is not seen by the watch, or was overtaken by a block.
class BacklogEpisode {
 public:
  /// Whether this is the first that is heard of an episode.
  bool begins(const std::optional<Backlog>& backlog, std::uint64_t now_ms) {
    if (!backlog) {
      told_ms_.reset();
      return false;
    }
    if (told_ms_ && (backlog->sealed_ms <= *told_ms_ || backlog->behind_the_block)) return false;
    told_ms_ = now_ms;
    return true;
  }

 private:
  std::optional<std::uint64_t> told_ms_;  // when the episode was told; none: there is none
};

}  // namespace horae
