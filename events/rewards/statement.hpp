#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/record.hpp"
#include "events/rewards/rewards.hpp"
#include "schemas/blocks.capnp.h"

// What each sequencer was paid, and why not more, told from the records that say so.
namespace horae {

/// Collects records in the order of the log; others than those of is_told
/// are skipped. It may begin
/// and end anywhere: what the records left out would have said is missing, nothing is invented.
class RewardStatement {
 public:
  /// Of one sequencer id, or of all.
  explicit RewardStatement(std::optional<U256> sequencer = {}) : sequencer_(sequencer) {}

  /// The records that it is told from: all rewards facts but BlockCredited; of the locking facts
  /// those that move rewards (RewardDistributed, RewardsClaimed, Relocked with reward in it,
  /// UnlockInitiated, Unlocked), and L1Reverted, which takes them back; and EpochStarted
  /// where members take turns.
  [[nodiscard]] static bool is_told(const RecordView& record);
  void add(const RecordView& record);
  /// Why the open period is not due (why_not_due; empty: it is due): the reason that nothing of it
  /// is paid.
  void set_not_due(std::string why) { not_due_ = std::move(why); }

  /// Amounts in wei and contracts' numbers as decimal strings, rates in parts per million a year;
  /// null where a thing is not known. {sequencer, formulas, rules, lines, batches, movements,
  /// openPeriod, totals}; a line is one sequencer's part of one batch. Missed income (blocks that
  /// were allotted and not produced, where produced ones count, and, where members take turns,
  /// those of an epoch that ended early) stands in a column of its own.
  [[nodiscard]] boost::json::object json() const;
  /// The same for people: amounts in METIS with 18 decimals.
  [[nodiscard]] std::string text() const;

 private:
  // As core/rules/reward.hpp computes them, for whoever checks a line by hand.
  static constexpr std::string_view amount_formula =
      "blocks x reward per block (LockingPool.batchSubmitRewards)";
  static constexpr std::string_view realised_formula =
      "reward per block x credited blocks x 31536000 s / (seconds of the period x METIS locked) "
      "(Pool MRR, forum.ceg.vote topic 11252)";
  static constexpr std::string_view target_formula =
      "METIS locked x target rate x seconds of the period / (31536000 s x credited blocks) "
      "(l1:target-reward-per-block, metis-sequencer-contract)";

  struct Blocks {
    std::uint64_t allotted = 0, produced = 0, counted = 0;
    schema::LeftOut left_out = schema::LeftOut::NO;
    Address signer;
    U256 amount;
  };
  struct Reopening {
    std::uint64_t seq = 0;
    std::uint32_t composition = 0;
    schema::ReopenCause cause = schema::ReopenCause::NONE;
    std::optional<Hash32> txn;
    std::string detail;
  };
  struct Composition {
    std::uint64_t seq = 0;
    Msg<schema::PeriodClosed> closed;
    std::optional<std::uint64_t> target_rate_ppm;
    std::map<U256, Blocks> blocks;

    /// The blocks that the realised rate is of, and the target reward per block.
    [[nodiscard]] std::uint64_t credited() const;
  };
  struct Part {
    std::optional<std::uint64_t> computed_blocks;
    std::optional<U256> computed, paid;
    std::optional<U256> credited;  // blocks, by L1
  };
  struct Payment {
    std::uint64_t seq = 0;
    std::uint32_t composition = 0;
    std::optional<bool> agrees;  // known where this log had accounts
    bool split_known = false;
    std::uint64_t l1_block = 0;
    Hash32 txn;
    U256 start_epoch, end_epoch, amount, reward_per_block;
    std::map<U256, Part> parts;
  };
  struct TakenBack {
    std::uint64_t seq = 0;
    std::optional<Hash32> txn;  // that had paid it
  };
  struct Batch {
    std::vector<Composition> compositions;
    std::vector<Reopening> reopenings;
    std::vector<TakenBack> taken_back;
    std::optional<Payment> payment;
  };
  struct Movement {
    std::uint64_t seq = 0;
    std::string fact;
    std::uint64_t l1_block = 0;
    Hash32 txn;
    U256 sequencer;
    std::optional<U256> amount;  // of reward, except for unlocked: of what was locked
    std::optional<Address> recipient;
  };
  struct Line {
    U256 sequencer, batch, start_epoch, end_epoch, reward_per_block;
    std::uint64_t seq = 0;
    std::optional<std::uint64_t> composed_seq;
    std::uint32_t composition = 0;
    bool awaiting = false;
    std::optional<Hash32> txn;
    std::optional<Address> signer;
    std::optional<std::uint64_t> allotted, produced, counted;
    std::optional<U256> credited;  // blocks, by L1's batch
    std::optional<U256> computed, paid;
    U256 missed;
    std::string no_reward;  // why
  };
  // The last epoch that began; and of each that ended early, whose it was and how many blocks of it
  // nobody made.
  struct Running {
    std::uint64_t number = 0, start_block = 0, end_block = 0;
    U256 sequencer;
  };
  struct CutShort {
    U256 sequencer;
    std::uint64_t blocks = 0;
  };
  struct Total {
    U256 computed, paid, awaiting, claimed, compounded, missed;
    U256 over, under;  // where both amounts are known
    std::uint64_t unknown = 0;
  };

  void add_epoch(schema::EpochStarted::Reader started);
  void add_rewards(std::uint64_t seq, schema::RewardsFact::Reader fact);
  void add_locking(std::uint64_t seq, schema::LockingFact::Reader fact);
  void add_paid(std::uint64_t seq, schema::BatchPaid::Reader paid);
  void add_distributed(std::uint64_t seq, schema::RewardDistributed::Reader batch);
  void take_back(std::uint64_t seq, std::uint64_t above);

  [[nodiscard]] bool concerns(const U256& id) const { return !sequencer_ || *sequencer_ == id; }
  [[nodiscard]] static const Composition* find(const Batch& batch, std::uint32_t composition);
  /// The composition that waits to be paid, if one does.
  [[nodiscard]] const Composition* awaiting(const U256& id, const Batch& batch) const;
  /// paid, awaiting, reopened, behind (L1 took back the batch before it) or supplanted (another
  /// batch took its place).
  [[nodiscard]] std::string status(const U256& id, const Batch& batch,
                                   const Composition& composition) const;
  [[nodiscard]] std::vector<Line> lines() const;
  /// Blocks of its epochs among these that nobody made, since the epochs ended early.
  [[nodiscard]] std::uint64_t cut_short(const U256& sequencer, const U256& first,
                                        const U256& last) const;
  void add_lines(std::vector<Line>& out, const U256& id, const Batch& batch) const;
  [[nodiscard]] std::map<U256, Total> totals() const;

  std::optional<U256> sequencer_;
  std::optional<std::string> not_due_;
  std::uint64_t rules_seq_ = 0;
  Msg<schema::RewardsOpened> rules_;  // the last; empty: none seen
  std::map<U256, Batch> batches_;
  std::vector<Movement> movements_;
  std::optional<Running> running_;
  std::map<std::uint64_t, CutShort> cut_short_;  // by epoch
};

}  // namespace horae
