#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/u256.hpp"
#include "events/penalties/penalties.hpp"
#include "events/record.hpp"
#include "events/snapshot.hpp"

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

/// Sees from the log's records, with the times at which they were written, how this node serves:
/// blocks later than the slot they were due in, slots that passed, outages, signing rounds that
/// timed out, and (at a tick) a transaction that waits too long. A pure fold: the same records and
/// ticks give the same.
///
/// What a record shows is owed until the log holds it: an Observed names the record that led to it
/// as its cause, and settles everything up to that record. So a watch that was led over the whole
/// log owes what a crash kept from being written, and nothing that was written.
class ServiceWatch {
 public:
  /// The log's next record.
  void see(const RecordView& record);
  /// Seq of the last record seen.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

  /// Noticed and not in the log, oldest first.
  [[nodiscard]] const std::deque<Noticed>& owed() const { return owed_; }
  /// A transaction that could be included and waits longer than the limit: told once an episode,
  /// which ends at the block behind which nothing waits so long.
  [[nodiscard]] std::optional<Noticed> tick(std::uint64_t now_ms);

  /// Records of the newest blocks, oldest first.
  static constexpr std::size_t blocks_kept = 32;
  [[nodiscard]] const std::deque<std::uint64_t>& newest_blocks() const { return newest_blocks_; }

  /// What it knows, for a snapshot of the world at the same position. The same records give the
  /// same, as long as it was never asked at a tick.
  void add_parts(std::vector<SnapshotPart>& out) const;
  /// The watch at the position of a world that was restored from these parts: a stranger's bytes,
  /// walked against their schemas. To be called under a stop handler that throws.
  static Result<ServiceWatch> restore(const std::vector<SnapshotPart>& parts, const World& world);

 private:
  struct Waiting {
    Hash32 hash;
    U256 max_fee;
    std::uint64_t admitted = 0;             // its record
    std::optional<std::uint64_t> ready_ms;  // since when a block could take it
  };
  struct Sender {
    std::uint64_t nonce = 0;
    std::map<std::uint64_t, Waiting> txns;
  };
  struct Round {
    std::uint64_t opened_ms = 0;
    Hash32 digest;
  };
  using Place = std::pair<Address, std::uint64_t>;

  void see_blocks(const RecordView& record);
  void see_mempool(const RecordView& record);
  void see_mpc(const RecordView& record);
  void see_penalties(const RecordView& record);
  void see_start(const RecordView& record);
  void see_block(const RecordView& record, schema::BlockSealed::Reader block);
  void see_included(std::uint64_t now_ms, schema::TxnsIncluded::Reader included);
  void owe(std::uint64_t cause, std::vector<Msg<schema::ObservationsCommand>> observations);
  void admit(const RecordView& record, schema::TxnAdmitted::Reader admitted);
  void remove(const Hash32& hash, bool successors_wait);
  void set_base_fee(const U256& base_fee, std::uint64_t now_ms);
  Result<void> take(const SnapshotPart& part);
  [[nodiscard]] const Waiting* oldest() const;

  std::uint64_t seq_ = 0;
  std::uint64_t time_ms_ = 0;  // of the last record
  std::optional<ObservationRules> rules_;
  std::unordered_map<Address, Sender, FixedHasher> senders_;
  std::unordered_map<Hash32, Place, FixedHasher> by_hash_;
  std::set<std::pair<U256, Place>> by_fee_;
  std::map<std::uint64_t, Round> rounds_;
  std::deque<std::uint64_t> newest_blocks_;
  std::deque<Noticed> owed_;
  U256 base_fee_ = 0;               // of the next block
  std::uint64_t timestamp_ms_ = 0;  // of the last block
  std::uint64_t blocks_ = 0;
  std::uint64_t sealed_ms_ = 0;  // when the last block had left the pool
  bool backlog_told_ = false;
};

}  // namespace horae
