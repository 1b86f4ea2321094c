#include "core/words.hpp"
#include "events/rewards/statement.hpp"

namespace horae {
namespace {

std::string metis(const U256& wei) { return metis_words(wei) + " METIS"; }
std::string metis(const std::optional<U256>& wei) { return wei ? metis(*wei) : "not known"; }
std::string metis_difference(const U256& over, const U256& under) {
  return over >= under ? metis(U256(over - under)) : "-" + metis(U256(under - over));
}
std::string percent(const U256& ppm) {
  const auto rest = to_decimal(ppm % 10'000);
  return to_decimal(ppm / 10'000) + "." + std::string(4 - rest.size(), '0') + rest + " %";
}

std::string why_reopened(schema::ReopenCause cause) {
  switch (cause) {
    case schema::ReopenCause::NONE:
      return "no cause";
    case schema::ReopenCause::REVERTED:
      return "its transaction reverted";
    case schema::ReopenCause::ROUND_TIMED_OUT:
      return "nobody signed it in time";
    case schema::ReopenCause::BECAME_STALE:
      return "it could not succeed any more";
  }
  stop("a cause to reopen that was written by a newer version");
}

}  // namespace

std::string RewardStatement::text() const {
  std::string out = sequencer_ ? "Rewards of sequencer " + to_decimal(*sequencer_) + "\n"
                               : "Rewards of all sequencers\n";
  out += "  amount = " + std::string(amount_formula) + "\n";
  out += "  realised rate = " + std::string(realised_formula) + "\n";
  out += "  target reward per block = " + std::string(target_formula) + "\n";
  if (!rules_.empty()) {
    const auto rules = rules_.read();
    out += "  rules (record " + std::to_string(rules_seq_) +
           "): " + schema_name(rules.getCounting()) + " blocks count; a period lasts " +
           std::to_string(rules.getPeriodSeconds()) + " s and at least " +
           std::to_string(rules.getMinEpochs()) + " epochs; target rate " +
           percent(rules.getTargetRatePpm()) + " a year\n";
  }
  for (const auto& [id, batch] : batches_) {
    out += "\nBatch " + to_decimal(id);
    if (batch.payment) {
      const auto& payment = *batch.payment;
      out += ", epochs " + to_decimal(payment.start_epoch) + " to " +
             to_decimal(payment.end_epoch) + ": paid " + metis(payment.amount) + " in L1 block " +
             std::to_string(payment.l1_block) + ", transaction " + to_hex(payment.txn) +
             " (record " + std::to_string(payment.seq) + ")";
      out += payment.composition == 0
                 ? ", a batch that this log did not compose"
                 : ", composition " + std::to_string(payment.composition) + " of this log";
      if (payment.agrees) out += *payment.agrees ? "; L1 agrees" : "; L1 DIFFERS from the accounts";
      if (!payment.split_known) out += "; L1's parts are not known, their sum is";
    } else {
      out += awaiting(id, batch) != nullptr ? ": composed, not paid yet" : ": open";
    }
    out += '\n';
    for (const auto& composition : batch.compositions) {
      const auto closed = composition.closed.read();
      out += "  composition " + std::to_string(closed.getComposition()) + " (record " +
             std::to_string(composition.seq) + "), " + status(id, batch, composition) +
             ": epochs " + std::to_string(closed.getStartEpoch()) + " to " +
             std::to_string(closed.getEndEpoch()) + ", blocks " +
             std::to_string(closed.getFirstBlock()) + " to " +
             std::to_string(closed.getLastBlock()) + ", closed by L1 block " +
             std::to_string(closed.getL1Block().getNumber()) + "\n";
      out += "    target rate " +
             (composition.target_rate_ppm ? percent(*composition.target_rate_ppm) : "not known") +
             ", realised rate " + percent(read_u256(closed.getRealisedRatePpm())) +
             "; target reward per block " + metis(read_u256(closed.getTargetRewardPerBlock())) +
             ", reward per block " + metis(read_u256(closed.getRewardPerBlock())) + "\n";
      out += "    of " + std::to_string(composition.credited()) + " credited blocks in " +
             std::to_string(closed.getClosedAt() - closed.getStartedAt()) + " s (" +
             std::to_string(closed.getStartedAt()) + " to " + std::to_string(closed.getClosedAt()) +
             ") and " + metis(read_u256(closed.getTotalLocked())) + " locked\n";
    }
    for (const auto& reopening : batch.reopenings) {
      out += "  composition " + std::to_string(reopening.composition) + " reopened (record " +
             std::to_string(reopening.seq) + "): " + why_reopened(reopening.cause) +
             (reopening.txn ? ", transaction " + to_hex(*reopening.txn) : "") +
             (reopening.detail.empty() ? "" : ": " + reopening.detail) + "\n";
    }
    for (const auto& back : batch.taken_back) {
      out += "  taken back by a reorganisation of L1 (record " + std::to_string(back.seq) + ")" +
             (back.txn ? ", transaction " + to_hex(*back.txn) : "") + "\n";
    }
    std::vector<Line> told;
    add_lines(told, id, batch);
    const auto blocks = [](const std::optional<std::uint64_t>& count) {
      return count ? std::to_string(*count) : std::string("not known");
    };
    for (const auto& line : told) {
      out += "  sequencer " + to_decimal(line.sequencer) +
             (line.signer ? " " + to_hex(*line.signer) : "") + ": blocks allotted " +
             blocks(line.allotted) + ", produced " + blocks(line.produced) + ", counted " +
             blocks(line.counted) + ", credited by L1 " +
             (line.credited ? to_decimal(*line.credited)
                            : std::string(line.awaiting ? "not yet" : "not known")) +
             "; x " + metis(line.reward_per_block) + "; computed " + metis(line.computed) + ", " +
             (line.awaiting ? "not paid yet" : "paid " + metis(line.paid)) + "; missed " +
             metis(line.missed) + "\n";
      if (!line.no_reward.empty()) out += "    no reward because " + line.no_reward + "\n";
    }
  }
  if (!movements_.empty()) out += "\nMovements\n";
  for (const auto& movement : movements_) {
    const auto who = "sequencer " + to_decimal(movement.sequencer);
    out += "  record " + std::to_string(movement.seq) + ", L1 block " +
           std::to_string(movement.l1_block) + ", transaction " + to_hex(movement.txn) + ": " +
           who + " ";
    if (movement.fact == "rewardsClaimed") {
      out += "claimed " + metis(movement.amount);
      if (movement.recipient) out += " for " + to_hex(*movement.recipient);
    } else if (movement.fact == "relocked") {
      out += "locked " + (movement.amount ? metis(movement.amount) : "an unknown part") +
             " of its reward";
    } else if (movement.fact == "unlockInitiated") {
      out += "began its exit, " + metis(movement.amount) +
             " of reward paid out with it (a claim of its own)";
    } else {
      out += "claimed its exit, " + metis(movement.amount) + " that was locked";
    }
    out += '\n';
  }
  if (not_due_ && !not_due_->empty()) {
    out += "\nOpen period: no reward because " + *not_due_ + "\n";
  }
  const auto sums = totals();
  if (!sums.empty()) out += "\nTotals\n";
  for (const auto& [id, total] : sums) {
    out += "  sequencer " + to_decimal(id) + ": computed " + metis(total.computed) + ", paid " +
           metis(total.paid) + ", difference " + metis_difference(total.over, total.under) +
           ", awaiting " + metis(total.awaiting) + ", claimed " + metis(total.claimed) +
           ", compounded by relock " + metis(total.compounded) + ", missed " + metis(total.missed) +
           "\n";
    if (total.unknown > 0) {
      out += "    " + std::to_string(total.unknown) + " amounts are not known and in no sum\n";
    }
  }
  return out;
}

}  // namespace horae
