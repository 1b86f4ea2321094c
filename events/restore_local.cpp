#include "events/restore.hpp"

namespace horae {
namespace {

template <class Map, class Key, class Value>
void put(Map& map, Key&& key, Value&& value) {
  if (!map.emplace(std::forward<Key>(key), std::forward<Value>(value)).second) {
    stop("a restored state has an entry twice");
  }
}

Submission to_submission(schema::SubmissionState::Reader in) {
  Submission out;
  out.id = in.getId();
  out.slot = to_slot(in.getSlot());
  out.content = Msg<schema::Content>::copy_of(in.getContent());
  out.status = in.getStatus();
  out.stalled = in.getStalled();
  out.nonce_lost = in.getNonceLost();
  for (const auto each : in.getAttempts()) {
    const auto terms = each.getAttempt();
    out.attempts.push_back({each.getNumber(),
                            {terms.getNonce(), terms.getGasLimit(), read_u256(terms.getMaxFee()),
                             read_u256(terms.getMaxPriorityFee())},
                            each.getTimeMs(),
                            copy(each.getRaw()),
                            fixed<Hash32>(each.getHash())});
  }
  out.sent_ms = in.getSentMs();
  if (in.hasMinedIn()) out.mined_in = to_point(in.getMinedIn());
  out.mined_attempt = in.getMinedAttempt();
  return out;
}

}  // namespace

NodeState restore(schema::NodeState::Reader state) {
  NodeState out;
  const auto opened = state.getOpened();
  if (opened.getFormat() != 1) stop("a restored state of a log of another format");
  out.open = true;
  out.identity = {opened.getL1ChainId(),
                  opened.getL2ChainId(),
                  opened.getFromBlock(),
                  opened.getGenesisTime(),
                  opened.getEngine().cStr(),
                  fixed<Address>(opened.getLockingPool()),
                  fixed<Address>(opened.getLockingInfo()),
                  fixed<Hash32>(opened.getL2Genesis()),
                  fixed<Hash32>(opened.getLogPublicKey())};
  out.starts = state.getStarts();
  out.version = state.getVersion().cStr();
  out.hashed_seq = state.getHashedSeq();
  return out;
}

Mempool restore(schema::MempoolState::Reader state) {
  Mempool out;
  const auto set = state.getParameters();
  out.parameters = {set.getChainId(),          set.getPerSender(),   set.getTotal(),
                    set.getBumpPercent(),      set.getNonceWindow(), set.getTxnGasLimit(),
                    read_u256(set.getMinFee())};
  // The first fact of a pool sets its parameters: decide lets none through before.
  out.open = state.getPosition() != 0;
  out.arrivals = state.getArrivals();
  out.position = state.getPosition();
  out.included_block = state.getIncludedBlock();
  return out;
}

MpcRounds restore(schema::RoundsState::Reader state) {
  MpcRounds out;
  out.rounds = state.getRounds();
  out.timed_out = state.getTimedOut();
  for (const auto each : state.getOpen()) {
    put(out.open, each.getRound(), Msg<schema::RoundOpened>::copy_of(each));
  }
  for (const auto each : state.getBound()) {
    put(out.bound.contents, to_slot(each.getSlot()), fixed<Hash32>(each.getContentHash()));
  }
  for (const auto each : state.getOldest()) {
    put(out.bound.oldest, each.getPurpose(), read_u256(each.getBatchId()));
  }
  return out;
}

Submissions restore(schema::SubmissionsState::Reader state) {
  Submissions out;
  if (state.hasParameters()) {
    const auto set = state.getParameters();
    out.rules = SubmissionRules{set.getBumpPercent(), set.getBumpAfterMs(), set.getResendAfterMs(),
                                set.getSettleDepth(), read_u256(set.getMaxFeeCap())};
  }
  out.planned = state.getPlanned();
  for (const auto each : state.getLive()) put(out.live, each.getId(), to_submission(each));
  return out;
}

Observations restore(schema::ObservationsState::Reader state) {
  Observations out;
  if (state.hasParameters()) {
    const auto set = state.getParameters();
    auto& rules = out.rules.emplace();
    rules.block_time_ms = set.getBlockTimeMs();
    rules.late_after_ms = set.getLateAfterMs();
    rules.backlog_limit_ms = set.getBacklogLimitMs();
    rules.outage_limit_ms = set.getOutageLimitMs();
    rules.window_ms = set.getWindowMs();
    for (const auto each : set.getPoints()) put(rules.points, each.getKind(), each.getPoints());
  }
  for (const auto each : state.getCounts()) {
    put(out.counts, each.getKind(),
        ObservationCount{each.getTimes(), each.getCount(), each.getLastUntilMs()});
  }
  for (const auto each : state.getRecent()) {
    out.recent.push_back({each.getKind(), each.getCount(), each.getFromMs(), each.getUntilMs(),
                          each.getBlock(), copy(each.getSubject())});
  }
  return out;
}

}  // namespace horae
