#include "tests/fuzz/member.hpp"

#include "events/locking/pool.hpp"
#include "events/turns.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/fixture/signing.hpp"

namespace horae::fuzz {
namespace {

using namespace horae::test;

constexpr std::uint8_t keys = 9;

std::uint8_t any_key(Stranger& words) { return static_cast<std::uint8_t>(1 + words.below(keys)); }

// Of an Active sequencer, if the keys have one.
std::uint8_t active_key(const SharedState& state, Stranger& words) {
  const auto first = any_key(words);
  for (std::uint8_t i = 0; i < keys; ++i) {
    const auto key = static_cast<std::uint8_t>(1 + (first + i) % keys);
    if (standing(state.locking, address_of_secret(key)).active) return key;
  }
  return first;
}

// Mostly of whoever makes the blocks.
std::uint8_t maker_key(const SharedState& state, Stranger& words) {
  const auto leader = state.blocks.turns ? leader_of(state) : std::nullopt;
  for (std::uint8_t key = 1; leader && !words.one_in(8) && key <= keys; ++key) {
    if (address_of_secret(key) == *leader) return key;
  }
  return active_key(state, words);
}

L1Point last_of(const SharedState& state) {
  return state.locking.last_known().value_or(L1Point{10, Scene::block_hash(10)});
}
void put(schema::L1Block::Builder out, const L1Point& point) {
  out.setNumber(point.number);
  out.setHash(data(point.hash));
}

void lock(schema::Locked::Builder out, const SharedState& state, Stranger& words) {
  const auto& pool = state.locking.current;
  const auto key = public_key(secret(any_key(words)));
  out.setSigner(data(address_of(key)));
  out.setPubkey(data(key));
  const auto last = pool.sequencers.empty() ? U256(0) : pool.sequencers.rbegin()->first;
  out.setSequencerId(data(to_word(last + 1)));
  out.setNonce(data(to_word(1)));
  out.setAmount(data(to_word(metis(20000))));
  out.setTotal(data(to_word(pool.total_locked + metis(20000))));
}

// The batch that is closed, or one of the stranger's behind the last that was paid.
void distribute(schema::RewardDistributed::Builder out, const SharedState& state, Stranger& words) {
  const auto& rewards = state.rewards;
  out.setSource(words.one_in(4) ? schema::SplitSource::UNKNOWN : schema::SplitSource::CALLDATA);
  out.setRpb(data(to_word(state.locking.current.reward_per_block)));
  if (!rewards.closed) {
    const auto& last = state.locking.current.batch;
    out.setBatchId(data(to_word(last.id + 1 + words.below(2))));
    out.setStartEpoch(data(to_word(last.end_epoch + 1)));
    out.setEndEpoch(data(to_word(last.end_epoch + 1 + words.below(3))));
    return;
  }
  const auto closed = rewards.closed->read();
  out.setBatchId(closed.getBatchId());
  out.setStartEpoch(data(to_word(closed.getStartEpoch())));
  out.setEndEpoch(data(to_word(closed.getEndEpoch())));
  out.setAmount(closed.getTotal());
  const auto lines = closed.getLines();
  auto credits = out.initCredits(lines.size());
  for (unsigned i = 0; i < lines.size(); ++i) {
    credits[i].setSequencerId(lines[i].getSequencerId());
    credits[i].setBlocks(data(to_word(lines[i].getBlocks())));
    credits[i].setAmount(lines[i].getAmount());
  }
}

void event(schema::LockingFact::Builder out, const SharedState& state, Stranger& words) {
  switch (words.below(6)) {
    case 0:
      return lock(out.initLocked(), state, words);
    case 1:
      return distribute(out.initRewardDistributed(), state, words);
    case 2:
      return out.initMpcUpdated().setAddress(data(address_of_secret(any_key(words))));
    default:
      return words.fill(capnp::toDynamic(out));
  }
}

void place(schema::LockingFact::Builder out, schema::L1Position::Reader position) {
  auto fact = capnp::toDynamic(out);
  KJ_IF_MAYBE (active, fact.which()) {
    if (!active->getType().isStruct()) return;
    auto body = fact.get(*active).as<capnp::DynamicStruct>();
    KJ_IF_MAYBE (field, body.getSchema().findFieldByName("position")) {
      body.set(*field, position);
    }
  }
}

void observe(schema::ObserveBlock::Builder out, const SharedState& state, Stranger& words) {
  const auto last = last_of(state);
  const L1Point block{last.number + 1 + words.below(2), words.hash()};
  const auto timestamp = state.locking.confirmed_time + words.below(100);
  out.setTimestamp(timestamp);
  put(out.initBlock(), block);
  out.setParentHash(data(last.hash));
  auto events = out.initEvents(static_cast<unsigned>(words.below(4)));
  for (unsigned i = 0; i < events.size(); ++i) {
    event(events[i], state, words);
    place(events[i], *Msg<schema::L1Position>::build([&](auto position) {
            position.setBlock(block.number);
            position.setLogIndex(i);
            position.setTimestamp(timestamp);
            position.setBlockHash(data(block.hash));
          }));
  }
}

// A block above the finalized one that the state has, or none.
L1Point pending_of(const SharedState& state, Stranger& words) {
  const auto& pending = state.locking.pending;
  return pending.empty() || words.one_in(4) ? state.locking.finalized.value_or(L1Point{})
                                            : pending[words.below(pending.size())].block;
}

void advance(schema::L1Advanced::Builder out, const SharedState& state, Stranger& words) {
  const auto last = last_of(state);
  put(out.initConfirmed(),
      words.one_in(2) ? last : L1Point{last.number + 1 + words.below(40), words.hash()});
  put(out.initFinalized(),
      words.one_in(2) ? pending_of(state, words) : state.locking.finalized.value_or(L1Point{}));
  out.setTimestamp(state.locking.confirmed_time + words.below(1'000'000));
}

void revert(schema::L1Reverted::Builder out, const SharedState& state, Stranger& words) {
  auto to = pending_of(state, words);
  if (words.one_in(3)) to = {words.below(12), words.hash()};  // to the opening
  put(out.initTo(), to);
}

Bytes any_txn(Stranger& words) {
  static const auto some = [] {
    std::vector<Bytes> out;
    for (std::uint8_t from = 10; from < 13; ++from) {
      for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
        out.push_back(raw_of(Transfer{.from = from, .nonce = nonce, .tip = gwei(from - nonce)}));
      }
    }
    return out;
  }();
  return some[words.below(some.size())];
}

Msg<schema::BlocksCommand> sealed(const SharedState& state, Stranger& words) {
  Draft draft(state.blocks);
  draft.signer = maker_key(state, words);
  draft.txns.resize(words.below(4));
  for (auto& txn : draft.txns) txn = any_txn(words);
  draft.before_signing = [&](Draft::Header header) {
    const auto sequencer = address_of_secret(draft.signer);
    const auto about = standing(state.locking, sequencer);
    header.setSequencer(data(sequencer));
    put(header.getL1Origin(), state.locking.confirmed_head.value_or(L1Point{}));
    if (state.blocks.seal_rules) {
      header.setEpoch(epoch_with(state.blocks, header.getNumber(), about.id, sequencer));
    }
    words.may_disturb(header);
  };
  draft.after_signing = [&](Draft::Body body) { words.may_disturb(body); };
  return draft.command();
}

void key(schema::KeyCreated::Builder out, std::uint8_t number, Stranger& words) {
  const auto pubkey = public_key(secret(number));
  out.setPurpose(static_cast<MpcPurpose>(words.below(4)));
  out.setThreshold(1);
  out.setL1ChainId(signing_chain_id);
  out.setAddress(data(address_of(pubkey)));
  out.setPublicKey(data(pubkey));
  out.initMembers(1).set(0, data(address_of(pubkey)));
}

std::uint8_t key_with(const Address& wanted, Stranger& words) {
  for (std::uint8_t number = 1; number <= keys; ++number) {
    if (address_of_secret(number) == wanted) return number;
  }
  return any_key(words);
}

// The transaction of the batch that is closed, as the log composes it.
Msg<schema::MpcCommand> signed_slot(const SharedState& state, Stranger& words) {
  SlotName slot{MpcPurpose::REWARD_SUBMIT, {}, 0, 0};
  if (const auto held = state.mpc.keys.find(slot.purpose); held != state.mpc.keys.end()) {
    slot.key = held->second.address;
  }
  if (state.rewards.closed) {
    slot.batch_id = read_u256(state.rewards.closed->read().getBatchId());
    slot.composition = state.rewards.closed->read().getComposition();
  }
  const auto composed = horae::content_of(state, slot);
  return sign_command(slot, composed ? *composed : test::content_of(1), attempt_of(words.below(4)),
                      key_with(slot.key, words));
}

void sign_header(schema::SignedHeader::Builder out, std::uint64_t number, std::uint8_t by,
                 Stranger& words) {
  const auto header = Msg<schema::BlockHeader>::build([&](schema::BlockHeader::Builder fields) {
    fields.setChainId(l2_chain_id);
    fields.setNumber(number);
    fields.setBlockHash(data(words.hash()));
    fields.setSequencer(data(address_of_secret(by)));
    words.may_disturb(fields);
  });
  out.setHeader(header.read());
  out.setSignature(data(sign(signing_digest(header), secret(by))));
}

void accuse(schema::Evidence::Builder out, const SharedState& state, Stranger& words) {
  const auto by = active_key(state, words);
  const auto number = words.number();
  if (words.one_in(2)) {
    auto two = out.initTwoBlocks();
    sign_header(two.initFirst(), number, by, words);
    return sign_header(two.initSecond(), number, by, words);
  }
  std::vector<Bytes> txns(1 + words.below(5));
  for (auto& txn : txns) txn = any_txn(words);
  const auto block = signed_block_of(txns, {.number = number, .signer = by});
  if (const auto evidence = evidence_in(block.read())) {
    if (evidence->read().isSandwich()) return out.setSandwich(evidence->read().getSandwich());
    return out.setBrokenOrder(evidence->read().getBrokenOrder());
  }
  auto wrong = out.initBrokenOrder().initBlock();
  wrong.setHeader(block.read().getHeader());
  wrong.setTxns(block.read().getTxns());
  wrong.setSignature(block.read().getSignature());
  wrong.setPayload(block.read().getPayload());
}

// What somebody reported already, or something new.
void report(schema::L1Report::Builder out, const SharedState& state, Stranger& words) {
  const auto& pool = state.pool;
  out.setPlace(pool.place);
  out.setFinalized(words.one_in(2) ? words.number() : last_of(state).number);
  if (!pool.offered.empty() && !words.one_in(3)) {
    const auto& [digest, command] = *pool.offered.begin();
    out.setDigest(data(digest));
    return out.setBlock(block_of(command.read()));
  }
  const auto told = said_by_member<schema::LockingCommand>(state, words);
  out.setDigest(data(l1_digest(told.read())));
  out.setBlock(block_of(told.read()));
  out.setCommand(told.read());
}

void be_ready(schema::MemberReady::Builder out, Stranger& words) {
  out.setPublicKey(data(public_key(secret(any_key(words)))));
  out.setEndpoint(words.one_in(2) ? "id@host:1" : "id@host:2");
}

void set_attestation(schema::AttestationSet::Builder out, Stranger& words) {
  out.setMost(static_cast<std::uint32_t>(1 + words.below(9)));
  out.setRevocable(!words.one_in(3));
}

// A rule that may hold, or any command, or no message at all.
Bytes any_rule(const SharedState& state, Stranger& words) {
  if (words.one_in(8)) return Bytes(words.below(64));
  const auto rule = Msg<schema::SharedCommand>::build([&](auto root) {
    if (words.one_in(4))
      return root.setPenalties(*said_by_member<schema::PenaltiesCommand>(state, words));
    if (words.one_in(4))
      return root.setBlocks(*said_by_member<schema::BlocksCommand>(state, words));
    if (words.one_in(3)) return set_attestation(root.initBlocks().initSetAttestation(), words);
    root.initBlocks().initSetEpochLength().setBlocks(words.below(100));
  });
  return Bytes(rule.bytes().begin(), rule.bytes().end());
}

void change_rules(schema::PoolCommand::Builder command, const SharedState& state, Stranger& words) {
  // What another one wants, mostly.
  if (!state.pool.wished.empty() && !words.one_in(4)) {
    return command.setChangeRules(state.pool.wished.begin()->second.read());
  }
  auto out = command.initChangeRules();
  out.setFromBlock(words.one_in(8) ? words.number() : last_of(state).number + words.below(4));
  out.setNeeds(known_rules() + (words.one_in(64) ? 1 : 0));
  auto rules = out.initRules(static_cast<unsigned>(words.below(3)));
  for (unsigned i = 0; i < rules.size(); ++i) rules.set(i, data(any_rule(state, words)));
}

void tell_absent(schema::AbsentMembers::Builder out, Stranger& words) {
  auto signers = out.initSigners(static_cast<unsigned>(words.below(3)));
  for (unsigned i = 0; i < signers.size(); ++i) {
    signers.set(i, data(address_of_secret(any_key(words))));
  }
}

// A block that waits for it, mostly the last one.
void attest(schema::Attestation::Builder out, const SharedState& state, Stranger& words) {
  const auto& head = state.blocks.head.number;
  out.setNumber(words.one_in(4) ? words.number() : head - std::min(head, words.below(3)));
  const auto sealed = unattested_hash(state.blocks, out.getNumber()).value_or(Hash32{});
  out.setHash(data(words.one_in(3) ? Hash32{{7}} : sealed));
  if (!words.one_in(8)) out.setSealed(data(sealed));
}

void revoke(schema::Revocation::Builder out, const SharedState& state, Stranger& words) {
  const auto first = safe_block(state.blocks) + 1;
  out.setNumber(words.one_in(4) ? words.number() : first);
  out.setHash(data(unattested_hash(state.blocks, out.getNumber()).value_or(Hash32{})));
}

void set_turns(schema::TurnsSet::Builder out, Stranger& words) {
  out.setRule(schema::TurnRule::WEIGHTED_ROUND_ROBIN);
  out.setSkipEpochs(static_cast<std::uint32_t>(words.below(4)));
}

// Of the running epoch and the head, mostly.
void report_stall(schema::StallReport::Builder out, const SharedState& state, Stranger& words) {
  out.setEpoch(words.one_in(8) ? words.number() : state.blocks.epoch.number);
  out.setBlock(words.one_in(8) ? words.number() : state.blocks.head.number);
}

Msg<schema::PoolGenesis> pool_of_two() { return genesis_of({10, 10}, 8, 3, {3, 1}); }

template <class Command, class Fill>
Msg<Command> disturbed(Stranger& words, Fill fill) {
  return Msg<Command>::build([&](auto command) {
    fill(command);
    words.may_disturb(command);
  });
}

}  // namespace

template <>
Msg<schema::LockingCommand> said_by_member(const SharedState& state, Stranger& words) {
  static const auto opening = open_pool();
  if (!state.locking.is_open()) return opening;
  return disturbed<schema::LockingCommand>(words, [&](auto command) {
    switch (words.below(4)) {
      case 0:
        return advance(command.initAdvance(), state, words);
      case 1:
        return revert(command.initRevert(), state, words);
      default:
        return observe(command.initObserve(), state, words);
    }
  });
}

template <>
Msg<schema::BlocksCommand> said_by_member(const SharedState& state, Stranger& words) {
  if (!state.blocks.open) return open_chain();
  if (!words.one_in(8)) return sealed(state, words);
  return disturbed<schema::BlocksCommand>(words, [&](auto command) {
    switch (words.below(5)) {
      case 0:
        return command.initSetEpochLength().setBlocks(1 + words.below(4));
      case 4:
        return set_turns(command.initSetTurns(), words);
      case 3:
        return set_attestation(command.initSetAttestation(), words);
      case 1:
        return command.initSetL1Bound().setSeconds(words.number());
      default:
        return command.initSetSealRules().setSignsTxns(words.one_in(2));
    }
  });
}

template <>
Msg<schema::RewardsCommand> said_by_member(const SharedState& state, Stranger& words) {
  return disturbed<schema::RewardsCommand>(words, [&](auto command) {
    if (!state.rewards.open || words.one_in(16)) {
      auto rules = command.initOpen();
      rules.setPeriodSeconds(words.below(60));
      rules.setMinEpochs(2);
      rules.setCounting(words.one_in(2) ? schema::BlockCounting::PRODUCED
                                        : schema::BlockCounting::ALLOTTED);
      rules.setTargetRatePpm(200'000);
    } else if (state.rewards.closed && words.one_in(2)) {
      auto reopened = command.initReopen();
      reopened.setComposition(state.rewards.closed->read().getComposition());
      reopened.setCause(schema::ReopenCause::REVERTED);
      reopened.setBatchId(state.rewards.closed->read().getBatchId());
    } else {
      auto close = command.initClose();
      close.setTimestamp(state.locking.confirmed_time);
      put(close.initL1Block(), state.locking.confirmed_head.value_or(L1Point{}));
    }
  });
}

template <>
Msg<schema::MpcCommand> said_by_member(const SharedState& state, Stranger& words) {
  if (words.one_in(2)) return signed_slot(state, words);
  return disturbed<schema::MpcCommand>(words, [&](auto command) {
    if (words.one_in(2)) return key(command.initCreateKey(), any_key(words), words);
    key(command.initSucceedKey(), key_with(state.locking.current.mpc, words), words);
    command.getSucceedKey().setPurpose(MpcPurpose::REWARD_SUBMIT);
  });
}

template <>
Msg<schema::PenaltiesCommand> said_by_member(const SharedState& state, Stranger& words) {
  return disturbed<schema::PenaltiesCommand>(words, [&](auto command) {
    if (state.faults.rules && !words.one_in(16)) {
      return accuse(command.initAccuse(), state, words);
    }
    auto set = command.initSetParameters();
    set.setSkipAt(words.below(20));
    set.setSkipEpochs(words.below(4));
    set.setProposeAt(words.below(20));
    auto points = set.initPoints(3);
    for (unsigned i = 0; i < points.size(); ++i) {
      points[i].setKind(static_cast<FaultKind>(i + 1));
      points[i].setPoints(static_cast<std::uint32_t>(words.number()));
    }
    set.setKnownSignersOnly(words.one_in(2));
  });
}

template <>
Msg<schema::PoolCommand> said_by_member(const SharedState& state, Stranger& words) {
  return disturbed<schema::PoolCommand>(words, [&](auto command) {
    // A life without a pool mostly stays one.
    if (words.one_in(state.pool.is_founded() ? 16 : 64)) return command.setFound(*pool_of_two());
    if (state.blocks.attestation && words.one_in(3)) {
      return attest(command.initAttest(), state, words);
    }
    if (state.blocks.attestation && words.one_in(12)) {
      return revoke(command.initRevoke(), state, words);
    }
    if (state.blocks.turns && words.one_in(6)) {
      return report_stall(command.initReportStall(), state, words);
    }
    if (state.blocks.turns && words.one_in(12)) {
      return command.initYieldTurn().setEpoch(state.blocks.epoch.number);
    }
    if (words.one_in(4)) return be_ready(command.initBeReady(), words);
    if (words.one_in(8)) return change_rules(command, state, words);
    if (words.one_in(4)) return tell_absent(command.initTellAbsent(), words);
    report(command.initReport(), state, words);
  });
}

template <>
Msg<schema::SharedCommand> said_by_member(const SharedState& state, Stranger& words) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    switch (words.below(8)) {
      case 0:
        return root.setLocking(*said_by_member<schema::LockingCommand>(state, words));
      case 1:
        return root.setBlocks(*said_by_member<schema::BlocksCommand>(state, words));
      case 2:
        return root.setRewards(*said_by_member<schema::RewardsCommand>(state, words));
      case 3:
        return root.setMpc(*said_by_member<schema::MpcCommand>(state, words));
      case 4:
        return root.setPenalties(*said_by_member<schema::PenaltiesCommand>(state, words));
      default:
        return root.setPool(*said_by_member<schema::PoolCommand>(state, words));
    }
  });
}

Address any_sender(Stranger& words) {
  return address_of_secret(words.one_in(4) ? any_key(words)
                                           : static_cast<std::uint8_t>(1 + words.below(2)));
}

SharedState founded_pool() {
  SharedState state;
  if (!found(state, pool_of_two().read())) stop("a genesis of the tests founds no pool");
  for (const auto& told : {timed_opening(),
                           Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000)),
                                             locked_by_secret(2, 2, metis(5000), metis(25000))}),
                           advance_to(60, 0)}) {
    const auto reported = report_command(state.pool.place, told.read());
    for (std::uint8_t key = 1; key <= 2; ++key) {
      (void)settle(state, reported.read(), address_of_secret(key));
    }
  }
  // With the next head of L1 two rules change.
  const auto attested = Msg<schema::SharedCommand>::build([](auto root) {
    auto asked = root.initBlocks().initSetAttestation();
    asked.setMost(5);
    asked.setRevocable(true);
  });
  const auto turns = rules_of({3, 2}).back();
  const auto change = Msg<schema::SharedCommand>::build([&](auto root) {
    auto wanted = root.initPool().initChangeRules();
    wanted.setFromBlock(61);
    wanted.setNeeds(known_rules());
    auto rules = wanted.initRules(2);
    rules.set(0, data(attested.bytes()));
    rules.set(1, data(turns.bytes()));
  });
  if (!settle(state, change.read(), address_of_secret(1)).ok()) {
    stop("a change of rules of the tests is refused");
  }
  return state;
}

}  // namespace horae::fuzz
