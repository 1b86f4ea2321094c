#include "node/start/rules.hpp"

#include <array>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/txn.hpp"
#include "core/u256.hpp"

namespace horae {
namespace {

// Where blocks alone bring the base fee to: below 8 wei an eighth of it is nothing (EIP-1559).
constexpr unsigned min_fee = 7;

// LockingPool wants startEpoch < endEpoch.
constexpr std::uint32_t min_epochs = 2;
// Metis's target of 20 % a year.
constexpr std::uint64_t target_rate_ppm = 200'000;

// Nodes take a replacement that pays 10 % more; a little above leaves no doubt about rounding.
constexpr std::uint32_t submission_bump_percent = 12;
constexpr std::uint64_t settle_depth = 64;   // two epochs of Ethereum: final in the usual case
constexpr std::uint64_t max_fee_gwei = 400;  // themis: main_chain_max_gas_price

// A signer that signs twice, or executes otherwise, cannot be an accident that happens often.
struct Points {
  schema::FaultKind kind;
  std::uint32_t points;
};
constexpr std::array<Points, 8> fault_points = {{{schema::FaultKind::TWO_BLOCKS, 100},
                                                 {schema::FaultKind::BROKEN_ORDER, 20},
                                                 {schema::FaultKind::SANDWICH, 50},
                                                 {schema::FaultKind::WRONG_ROOTS, 100},
                                                 {schema::FaultKind::L1_REPORTS, 10},
                                                 {schema::FaultKind::LEADER_REPLACED, 1},
                                                 {schema::FaultKind::WRONG_ATTESTATION, 10},
                                                 {schema::FaultKind::DUPLICATE_VOTE, 100}}};
constexpr std::uint64_t skip_at = 20;
constexpr std::uint64_t skip_epochs = 100;
constexpr std::uint64_t propose_at = 100;

struct Watched {
  schema::ObservationKind kind;
  std::uint32_t points;
};
constexpr std::array<Watched, 6> observation_points = {
    {{schema::ObservationKind::LATE_BLOCK, 1},
     {schema::ObservationKind::MISSED_SLOT, 1},
     {schema::ObservationKind::OUTAGE, 10},
     {schema::ObservationKind::BACKLOG, 5},
     {schema::ObservationKind::ROUND_TIMED_OUT, 5},
     {schema::ObservationKind::FORWARD_REFUSED, 1}}};
constexpr std::uint64_t observation_window_ms = 24ull * 3600 * 1000;
constexpr std::uint64_t backlog_limit_blocks = 30;  // block times

bool was_never_set(const SharedState& state, schema::SharedCommand::Reader rule) {
  if (rule.isRewards()) return !state.rewards.open;
  if (rule.isPenalties()) return !state.faults.rules;
  const auto blocks = rule.getBlocks();
  if (blocks.isSetEpochLength()) return state.blocks.epoch_length == 0;
  if (blocks.isSetL1Bound()) return state.blocks.l1_bound == 0;
  return !state.blocks.seal_rules;
}

// One that this node holds alone.
void write(schema::KeyCreated::Builder created, const SecretKey& key, std::uint64_t l1_chain_id) {
  const auto pubkey = public_key(key);
  created.setPurpose(schema::MpcPurpose::REWARD_SUBMIT);
  created.setThreshold(1);
  created.setL1ChainId(l1_chain_id);
  created.setAddress(data(address_of(pubkey)));
  created.setPublicKey(data(pubkey));
  created.initMembers(1).set(0, data(address_of(pubkey)));
}

}  // namespace

Msg<schema::MempoolCommand> mempool_rules(const SequenceOptions& options, const Limits& limits) {
  return Msg<schema::MempoolCommand>::build([&](auto command) {
    auto parameters = command.initSetParameters();
    parameters.setChainId(options.chain_id);
    parameters.setPerSender(limits.pool_txns_per_sender);
    parameters.setTotal(limits.pool_txns);
    parameters.setBumpPercent(limits.pool_bump_percent);
    parameters.setNonceWindow(limits.pool_nonce_window);
    parameters.setTxnGasLimit(std::min(options.gas_limit, max_txn_gas));
    parameters.setMinFee(data(to_word(U256(min_fee))));
    parameters.setGapLifetime(limits.pool_gap_lifetime_s);
  });
}

Msg<schema::SharedCommand> chain_rules(const SequenceOptions& options) {
  return Msg<schema::SharedCommand>::build([&](auto command) {
    auto opened = command.initBlocks().initOpen();
    opened.setChainId(options.chain_id);
    opened.setGasLimit(options.gas_limit);
    opened.setOrderingRule(schema::OrderingRule::PRIORITY_FEE_THEN_ARRIVAL);
  });
}

std::vector<NamedRule> shared_rules(const SequenceOptions& options) {
  std::vector<NamedRule> out;
  const auto add = [&](std::string settings, auto fill) {
    out.push_back({std::move(settings), Msg<schema::SharedCommand>::build(fill)});
  };
  add("l2.epoch_length", [&](auto command) {
    command.initBlocks().initSetEpochLength().setBlocks(options.epoch_length);
  });
  add("l1.max_drift_s", [&](auto command) {
    command.initBlocks().initSetL1Bound().setSeconds(options.max_l1_drift_s);
  });
  add("l2.sign_txns", [&](auto command) {
    command.initBlocks().initSetSealRules().setSignsTxns(options.sign_txns);
  });
  add("rewards.period_s, rewards.count", [&](auto command) {
    auto opened = command.initRewards().initOpen();
    opened.setPeriodSeconds(options.reward_period_s);
    opened.setMinEpochs(min_epochs);
    opened.setCounting(options.count_allotted ? schema::BlockCounting::ALLOTTED
                                              : schema::BlockCounting::PRODUCED);
    opened.setTargetRatePpm(target_rate_ppm);
  });
  add("(none: what faults cost in this version)", [&](auto command) {
    auto parameters = command.initPenalties().initSetParameters();
    parameters.setSkipAt(skip_at);
    parameters.setSkipEpochs(skip_epochs);
    parameters.setProposeAt(propose_at);
    parameters.setKnownSignersOnly(true);
    auto points = parameters.initPoints(static_cast<unsigned>(fault_points.size()));
    for (unsigned i = 0; i < points.size(); ++i) {
      points[i].setKind(fault_points[i].kind);
      points[i].setPoints(fault_points[i].points);
    }
  });
  return out;
}

std::vector<NamedRule> lacking_rules(const SharedState& state, const SequenceOptions& options) {
  auto out = shared_rules(options);
  std::erase_if(out,
                [&](const NamedRule& each) { return !was_never_set(state, each.rule.read()); });
  return out;
}

std::string other_rules(const SharedState& state, const SequenceOptions& options) {
  std::string out;
  for (const auto& [settings, rule] : shared_rules(options)) {
    auto tried = state;
    const auto said = settle_rule(tried, rule.read());
    if (!said.ok() || !said.facts.empty()) out += (out.empty() ? "" : ", ") + settings;
  }
  return out;
}

Msg<schema::MpcCommand> reward_key(const SecretKey& key, std::uint64_t l1_chain_id) {
  return Msg<schema::MpcCommand>::build(
      [&](auto command) { write(command.initCreateKey(), key, l1_chain_id); });
}

Msg<schema::MpcCommand> next_reward_key(const SecretKey& key, std::uint64_t l1_chain_id) {
  return Msg<schema::MpcCommand>::build(
      [&](auto command) { write(command.initSucceedKey(), key, l1_chain_id); });
}

Msg<schema::SubmissionsCommand> submission_rules(const SequenceOptions& options) {
  return Msg<schema::SubmissionsCommand>::build([&](auto command) {
    auto parameters = command.initSetParameters();
    parameters.setBumpPercent(submission_bump_percent);
    parameters.setBumpAfterMs(options.bump_after_ms);
    parameters.setResendAfterMs(options.resend_after_ms);
    parameters.setSettleDepth(settle_depth);
    parameters.setMaxFeeCap(data(to_word(U256(max_fee_gwei) * 1'000'000'000)));
  });
}

Msg<schema::ObservationsCommand> observation_rules(const SequenceOptions& options) {
  const auto block_time_ms = options.block_time_s * 1000;
  return Msg<schema::ObservationsCommand>::build([&](auto command) {
    auto parameters = command.initSetParameters();
    parameters.setBlockTimeMs(block_time_ms);
    parameters.setLateAfterMs(block_time_ms);
    parameters.setBacklogLimitMs(backlog_limit_blocks * block_time_ms);
    parameters.setOutageLimitMs(options.outage_limit_ms);
    parameters.setWindowMs(observation_window_ms);
    auto points = parameters.initPoints(static_cast<unsigned>(observation_points.size()));
    for (unsigned i = 0; i < points.size(); ++i) {
      points[i].setKind(observation_points[i].kind);
      points[i].setPoints(observation_points[i].points);
    }
  });
}

}  // namespace horae
