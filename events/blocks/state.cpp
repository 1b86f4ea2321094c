#include "events/blocks/epoch.hpp"
#include "events/snapshot.hpp"

namespace horae {

namespace {

// What is not there is not written: so are logs of before.
void write_turns(schema::BlocksState::Builder out, const Blocks& chain) {
  if (chain.turns) {
    auto turns = out.initTurns();
    turns.setRule(chain.turns->rule);
    turns.setSkipEpochs(chain.turns->skip_epochs);
  }
  if (chain.credits.empty()) return;
  auto credits = out.initCredits(static_cast<unsigned>(chain.credits.size()));
  unsigned next = 0;
  for (const auto& [id, credit] : chain.credits) {
    credits[next].setCredit(credit);
    credits[next++].setSequencerId(data(to_word(id)));
  }
}

void write(schema::ReturnPoint::Builder out, const ReturnPoint& point) {
  out.setNumber(point.head.number);
  out.setTimestamp(point.head.timestamp);
  out.setGasUsed(point.head.gas_used);
  out.setL1Origin(point.head.l1_origin);
  out.setTxns(point.txns);
  out.setEpoch(point.epoch);
  out.setHash(data(point.head.hash));
  out.setStateRoot(data(point.head.state_root));
  out.setBaseFee(data(to_word(point.head.base_fee)));
}

ReturnPoint to_return_point(schema::ReturnPoint::Reader point) {
  return {{point.getNumber(), point.getTimestamp(), point.getGasUsed(), point.getL1Origin(),
           read_u256(point.getBaseFee()), fixed<Hash32>(point.getHash()),
           fixed<Hash32>(point.getStateRoot())},
          point.getTxns(),
          point.getEpoch()};
}

void write_revocable(schema::BlocksState::Builder out, const Attestation& asked) {
  if (asked.revocable_from == 0) return;
  out.getAttestation().setRevocable(true);
  out.setRevocableFrom(asked.revocable_from);
  auto points = out.initReturnPoints(static_cast<unsigned>(asked.points.size()));
  for (unsigned i = 0; i < points.size(); ++i) write(points[i], asked.points[i]);
  if (asked.earlier_epochs.empty()) return;
  auto epochs = out.initEarlierEpochs(static_cast<unsigned>(asked.earlier_epochs.size()));
  for (unsigned i = 0; i < epochs.size(); ++i) write(epochs[i], asked.earlier_epochs[i]);
}

void write_revoked(schema::BlocksState::Builder out, const std::vector<RevokedBlocks>& revoked) {
  if (revoked.empty()) return;
  auto list = out.initRevoked(static_cast<unsigned>(revoked.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setFirst(revoked[i].first);
    list[i].setLast(revoked[i].last);
    list[i].setEpoch(revoked[i].epoch);
  }
}

void restore_attestation(Blocks& out, schema::BlocksState::Reader state) {
  for (const auto each : state.getRevoked()) {
    out.revoked.push_back({each.getFirst(), each.getLast(), each.getEpoch()});
  }
  if (!state.hasAttestation()) return;
  auto& asked = out.attestation.emplace();
  asked.most = state.getAttestation().getMost();
  asked.attested = state.getAttested();
  for (const auto block : state.getUnattested()) {
    asked.unattested.emplace_back(block.getNumber(), fixed<Hash32>(block.getHash()));
  }
  asked.revocable_from = state.getRevocableFrom();
  for (const auto point : state.getReturnPoints()) asked.points.push_back(to_return_point(point));
  for (const auto epoch : state.getEarlierEpochs()) {
    asked.earlier_epochs.push_back(to_epoch(epoch));
  }
}

void restore_turns(Blocks& out, schema::BlocksState::Reader state) {
  if (state.hasTurns()) out.turns = {state.getTurns().getRule(), state.getTurns().getSkipEpochs()};
  for (const auto credit : state.getCredits()) {
    put_once(out.credits, read_u256(credit.getSequencerId()), credit.getCredit());
  }
}

}  // namespace

Message state_message(const Blocks& chain) {
  return Msg<schema::BlocksState>::build([&](auto state) {
    state.setTxns(chain.txns);
    state.setNumber(chain.head.number);
    state.setTimestamp(chain.head.timestamp);
    state.setGasUsed(chain.head.gas_used);
    state.setL1Origin(chain.head.l1_origin);
    auto opened = state.initOpened();
    opened.setChainId(chain.chain_id);
    opened.setGenesisTime(chain.genesis_time);
    opened.setGasLimit(chain.gas_limit);
    opened.setOrderingRule(chain.ordering_rule);
    opened.setGenesisHash(data(chain.genesis_hash));
    opened.setStateRoot(data(chain.genesis_state_root));
    opened.setBaseFee(data(to_word(chain.genesis_base_fee)));
    state.setHash(data(chain.head.hash));
    state.setStateRoot(data(chain.head.state_root));
    state.setBaseFee(data(to_word(chain.head.base_fee)));
    state.setEpochLength(chain.epoch_length);
    if (chain.epoch.number != 0) write(state.initEpoch(), chain.epoch);
    state.setL1Bound(chain.l1_bound);
    if (chain.seal_rules) state.initSealRules().setSignsTxns(chain.seal_rules->signs_txns);
    if (const auto& asked = chain.attestation) {
      state.initAttestation().setMost(asked->most);
      state.setAttested(asked->attested);
      if (!asked->unattested.empty()) {
        auto list = state.initUnattested(static_cast<unsigned>(asked->unattested.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          list[i].setNumber(asked->unattested[i].first);
          list[i].setHash(data(asked->unattested[i].second));
        }
      }
      write_revocable(state, *asked);
    }
    write_revoked(state, chain.revoked);
    write_turns(state, chain);
    if (chain.refused.empty()) return;  // as logs before schema 8 have it
    auto refused = state.initRefused(static_cast<unsigned>(chain.refused.size()));
    for (unsigned i = 0; i < refused.size(); ++i) {
      refused[i].setNumber(chain.refused[i].number);
      refused[i].setDigest(data(chain.refused[i].digest));
    }
  });
}

Blocks restore(schema::BlocksState::Reader state, bool open) {
  Blocks out;
  const auto opened = state.getOpened();
  out.open = open;
  out.chain_id = opened.getChainId();
  out.genesis_time = opened.getGenesisTime();
  out.gas_limit = opened.getGasLimit();
  out.ordering_rule = opened.getOrderingRule();
  out.genesis_hash = fixed<Hash32>(opened.getGenesisHash());
  out.genesis_state_root = fixed<Hash32>(opened.getStateRoot());
  out.genesis_base_fee = read_u256(opened.getBaseFee());
  out.head = {state.getNumber(),
              state.getTimestamp(),
              state.getGasUsed(),
              state.getL1Origin(),
              read_u256(state.getBaseFee()),
              fixed<Hash32>(state.getHash()),
              fixed<Hash32>(state.getStateRoot())};
  out.txns = state.getTxns();
  out.epoch_length = state.getEpochLength();
  out.l1_bound = state.getL1Bound();
  if (state.hasSealRules()) out.seal_rules = {state.getSealRules().getSignsTxns()};
  for (const auto refused : state.getRefused()) {
    out.refused.push_back({refused.getNumber(), fixed<Hash32>(refused.getDigest())});
  }
  restore_attestation(out, state);
  if (state.hasEpoch()) out.epoch = to_epoch(state.getEpoch());
  restore_turns(out, state);
  return out;
}

}  // namespace horae
