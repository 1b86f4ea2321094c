#include "events/rewards/statement.hpp"

namespace horae {
namespace {

namespace json = boost::json;

json::value decimal(const U256& value) { return json::string(to_decimal(value)); }
json::value decimal(const std::optional<U256>& value) {
  return value ? decimal(*value) : json::value(nullptr);
}
json::value number(const std::optional<std::uint64_t>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}
template <class Fixed>
json::value hex(const std::optional<Fixed>& value) {
  return value ? json::value(to_hex(*value)) : json::value(nullptr);
}
std::string difference(const U256& over, const U256& under) {
  return over >= under ? to_decimal(over - under) : "-" + to_decimal(under - over);
}

}  // namespace

json::object RewardStatement::json() const {
  json::object out;
  out["sequencer"] = decimal(sequencer_);
  out["formulas"] = {{"amount", amount_formula},
                     {"realisedRatePpm", realised_formula},
                     {"targetRewardPerBlock", target_formula}};
  out["rules"] = nullptr;
  if (!rules_.empty()) {
    const auto rules = rules_.read();
    out["rules"] = {{"seq", rules_seq_},
                    {"periodSeconds", rules.getPeriodSeconds()},
                    {"minEpochs", rules.getMinEpochs()},
                    {"counting", schema_name(rules.getCounting())},
                    {"targetRatePpm", rules.getTargetRatePpm()}};
  }
  auto& told = out["lines"].emplace_array();
  for (const auto& line : lines()) {
    json::object entry;
    entry["seq"] = line.seq;
    entry["composedSeq"] = number(line.composed_seq);
    entry["txnHash"] = hex(line.txn);
    entry["sequencerId"] = decimal(line.sequencer);
    entry["signer"] = hex(line.signer);
    entry["batchId"] = decimal(line.batch);
    entry["composition"] = line.composition;
    entry["startEpoch"] = decimal(line.start_epoch);
    entry["endEpoch"] = decimal(line.end_epoch);
    entry["status"] = line.awaiting ? "awaiting" : "paid";
    entry["allotted"] = number(line.allotted);
    entry["produced"] = number(line.produced);
    entry["counted"] = number(line.counted);
    entry["credited"] = decimal(line.credited);
    entry["rewardPerBlock"] = decimal(line.reward_per_block);
    entry["computed"] = decimal(line.computed);
    entry["paid"] = decimal(line.paid);
    entry["missed"] = decimal(line.missed);
    entry["noReward"] = line.no_reward.empty() ? json::value(nullptr) : json::value(line.no_reward);
    told.push_back(std::move(entry));
  }
  auto& batches = out["batches"].emplace_array();
  for (const auto& [id, batch] : batches_) {
    json::object entry;
    entry["batchId"] = decimal(id);
    auto& compositions = entry["compositions"].emplace_array();
    for (const auto& composition : batch.compositions) {
      const auto closed = composition.closed.read();
      compositions.push_back(
          {{"seq", composition.seq},
           {"composition", closed.getComposition()},
           {"status", status(id, batch, composition)},
           {"startEpoch", closed.getStartEpoch()},
           {"endEpoch", closed.getEndEpoch()},
           {"firstBlock", closed.getFirstBlock()},
           {"lastBlock", closed.getLastBlock()},
           {"startedAt", closed.getStartedAt()},
           {"closedAt", closed.getClosedAt()},
           {"l1Block", closed.getL1Block().getNumber()},
           {"counting", schema_name(closed.getCounting())},
           {"seconds", closed.getClosedAt() - closed.getStartedAt()},
           {"creditedBlocks", composition.credited()},
           {"total", decimal(read_u256(closed.getTotal()))},
           {"totalLocked", decimal(read_u256(closed.getTotalLocked()))},
           {"targetRatePpm", number(composition.target_rate_ppm)},
           {"realisedRatePpm", decimal(read_u256(closed.getRealisedRatePpm()))},
           {"targetRewardPerBlock", decimal(read_u256(closed.getTargetRewardPerBlock()))},
           {"rewardPerBlock", decimal(read_u256(closed.getRewardPerBlock()))}});
    }
    auto& reopenings = entry["reopenings"].emplace_array();
    for (const auto& reopening : batch.reopenings) {
      reopenings.push_back({{"seq", reopening.seq},
                            {"composition", reopening.composition},
                            {"cause", schema_name(reopening.cause)},
                            {"txnHash", hex(reopening.txn)},
                            {"detail", reopening.detail}});
    }
    auto& taken_back = entry["takenBack"].emplace_array();
    for (const auto& back : batch.taken_back) {
      taken_back.push_back({{"seq", back.seq}, {"txnHash", hex(back.txn)}});
    }
    entry["payment"] = nullptr;
    if (batch.payment) {
      const auto& payment = *batch.payment;
      entry["payment"] = {
          {"seq", payment.seq},
          {"composition", payment.composition},
          {"agrees", payment.agrees ? json::value(*payment.agrees) : json::value(nullptr)},
          {"splitKnown", payment.split_known},
          {"l1Block", payment.l1_block},
          {"txnHash", to_hex(payment.txn)},
          {"startEpoch", decimal(payment.start_epoch)},
          {"endEpoch", decimal(payment.end_epoch)},
          {"amount", decimal(payment.amount)},
          {"rewardPerBlock", decimal(payment.reward_per_block)}};
    }
    batches.push_back(std::move(entry));
  }
  auto& movements = out["movements"].emplace_array();
  for (const auto& movement : movements_) {
    movements.push_back({{"seq", movement.seq},
                         {"fact", movement.fact},
                         {"sequencerId", decimal(movement.sequencer)},
                         {"l1Block", movement.l1_block},
                         {"txnHash", to_hex(movement.txn)},
                         {"amount", decimal(movement.amount)},
                         {"recipient", hex(movement.recipient)}});
  }
  out["openPeriod"] = nullptr;
  if (not_due_) {
    out["openPeriod"] = {
        {"due", not_due_->empty()},
        {"noReward", not_due_->empty() ? json::value(nullptr) : json::value(*not_due_)}};
  }
  auto& totals_told = out["totals"].emplace_array();
  for (const auto& [id, total] : totals()) {
    totals_told.push_back({{"sequencerId", decimal(id)},
                           {"computed", decimal(total.computed)},
                           {"paid", decimal(total.paid)},
                           {"difference", difference(total.over, total.under)},
                           {"awaiting", decimal(total.awaiting)},
                           {"claimed", decimal(total.claimed)},
                           {"compounded", decimal(total.compounded)},
                           {"missed", decimal(total.missed)},
                           {"unknown", total.unknown}});
  }
  return out;
}

}  // namespace horae
