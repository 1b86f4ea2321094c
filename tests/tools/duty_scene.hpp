#pragma once

#include "events/penalties/evidence.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/signing.hpp"
#include "tests/tools/log_scene.hpp"

// A log with everything in it that a pool's duties lead to: epochs of several sequencers, reward
// batches, rounds, submissions, faults and observations.
namespace horae::test {

class DutyScene : public LogScene {
 public:
  static constexpr std::uint64_t gwei_wei = 1'000'000'000;

  // Locking

  /// A lock with a key that can sign.
  static Scene::Event locked_with_key(std::uint64_t id, const U256& total) {
    return [=](auto fact, auto position) {
      const auto key = public_key(sequencer_key(static_cast<std::uint8_t>(id)));
      locked(id, 1, metis(20000), total)(fact, position);
      fact.getLocked().setSigner(data(address_of(key)));
      fact.getLocked().setPubkey(data(key));
    };
  }
  static Scene::Event unlock_begun(std::uint64_t id) {
    return [=](auto fact, auto position) {
      unlock_initiated(id, 1, 2, 1, Scene::time(36), Scene::time(36) + 1, 0)(fact, position);
      const auto key = public_key(sequencer_key(static_cast<std::uint8_t>(id)));
      fact.getUnlockInitiated().setSigner(data(address_of(key)));
    };
  }
  static Scene::Event reward_per_block(const U256& from, const U256& to) {
    return [=](auto fact, auto position) {
      auto changed = fact.initRewardPerBlockUpdated();
      changed.setPosition(position);
      changed.setPrevious(data(to_word(from)));
      changed.setValue(data(to_word(to)));
    };
  }

  // Rules

  void reward_rules() {
    shared(Msg<schema::RewardsCommand>::build([](auto root) {
      auto opened = root.initOpen();
      opened.setPeriodSeconds(60);
      opened.setMinEpochs(2);
      opened.setCounting(schema::BlockCounting::PRODUCED);
      opened.setTargetRatePpm(200'000);
    }));
  }
  void rules() {
    shared(Msg<schema::BlocksCommand>::build(
        [](auto root) { root.initSetEpochLength().setBlocks(3); }));
    seal_rules(true);
    shared(KeyDraft{}.command());
    shared(Msg<schema::PenaltiesCommand>::build([](auto root) {
      auto set = root.initSetParameters();
      set.setSkipAt(10);
      set.setSkipEpochs(4);
      set.setProposeAt(10);
      auto points = set.initPoints(1);
      points[0].setKind(FaultKind::TWO_BLOCKS);
      points[0].setPoints(10);
    }));
    commit(decide(world.local.observations, Msg<schema::ObservationsCommand>::build([](auto root) {
                                              auto set = root.initSetParameters();
                                              set.setBlockTimeMs(1000);
                                              set.setLateAfterMs(500);
                                              set.setBacklogLimitMs(9000);
                                              set.setOutageLimitMs(9000);
                                              set.setWindowMs(1'000'000);
                                              auto points = set.initPoints(1);
                                              points[0].setKind(ObservationKind::LATE_BLOCK);
                                              points[0].setPoints(1);
                                            }).read()));
    submission([](auto root) {
      auto set = root.initSetParameters();
      set.setBumpPercent(10);
      set.setBumpAfterMs(1000);
      set.setResendAfterMs(1000);
      set.setSettleDepth(1);
      set.setMaxFeeCap(data(to_word(U256(1000) * gwei_wei)));
    });
  }

  // Blocks

  /// One more transaction in one more block of this sequencer.
  std::uint64_t block_by(int sequencer) {
    submit(1, next_nonce_++, 5);
    auto proposal = propose();
    proposal.sequencer = proposal.signer = static_cast<std::uint8_t>(sequencer);
    const auto seq = seal(proposal);
    include(proposal);
    return seq;
  }

  // Rewards

  /// By the time of this L1 block, which is confirmed first where it is not yet.
  std::uint64_t close(std::uint64_t l1_block) {
    if (world.shared.locking.confirmed_head->number != l1_block) advance(l1_block);
    return shared(Msg<schema::RewardsCommand>::build([&](auto root) {
      auto close = root.initClose();
      close.setTimestamp(Scene::time(l1_block));
      close.initL1Block().setNumber(l1_block);
      close.getL1Block().setHash(data(Scene::block_hash(l1_block)));
    }));
  }
  std::uint64_t reopen() {
    const auto closed = *world.shared.rewards.closed;
    return shared(Msg<schema::RewardsCommand>::build([&](auto root) {
      auto reopened = root.initReopen();
      reopened.setComposition(closed.read().getComposition());
      reopened.setCause(schema::ReopenCause::REVERTED);
      reopened.setBatchId(closed.read().getBatchId());
      reopened.setTxnHash(data(hash(77)));
      reopened.setDetail("NotWhitelisted()");
    }));
  }
  /// L1's word on the composition that is closed.
  [[nodiscard]] Scene::Event landed() const {
    const auto closed = world.shared.rewards.closed->read();
    std::vector<TestCredit> credits;
    for (const auto line : closed.getLines()) {
      if (line.getLeftOut() != schema::LeftOut::NO) continue;
      credits.push_back({from_word(fixed<Hash32>(line.getSequencerId())), line.getBlocks()});
    }
    return distributed(from_word(fixed<Hash32>(closed.getBatchId())), closed.getStartEpoch(),
                       closed.getEndEpoch(), world.shared.locking.current.reward_per_block,
                       credits);
  }

  // Signing and sending

  template <class Fill>
  std::uint64_t submission(Fill fill) {
    return commit(
        decide(world.local.submissions, Msg<schema::SubmissionsCommand>::build(fill).read()));
  }
  template <class Fill>
  std::uint64_t round(Fill fill, const std::optional<Msg<schema::Content>>& expected = {}) {
    return commit(decide(world.local.rounds, Msg<schema::RoundsCommand>::build(fill).read(),
                         world.shared.mpc, expected));
  }

  [[nodiscard]] SlotName slot() const {
    const auto closed = world.shared.rewards.closed->read();
    return {MpcPurpose::REWARD_SUBMIT, address_of_secret(7),
            from_word(fixed<Hash32>(closed.getBatchId())), closed.getComposition()};
  }
  std::uint64_t plan() {
    return submission([&](auto root) {
      horae::write(root.initPlan().initSlot(), slot());
      root.getPlan().setContent(horae::content_of(world.shared, slot())->read());
    });
  }
  static Msg<schema::Attempt> attempt(std::uint64_t nonce, std::uint64_t gwei) {
    return Msg<schema::Attempt>::build([&](auto out) {
      out.setNonce(nonce);
      out.setGasLimit(500'000);
      out.setMaxFee(data(to_word(U256(gwei) * gwei_wei)));
      out.setMaxPriorityFee(data(to_word(U256(gwei) * gwei_wei)));
    });
  }
  std::uint64_t open_round(const Msg<schema::Attempt>& how) {
    const auto content = horae::content_of(world.shared, slot());
    return round(
        [&](auto root) { root.setOpen(test::open_round(slot(), *content, how, 5000).read()); },
        content);
  }
  /// A round from its beginning to the signed bytes.
  void sign_attempt(const Msg<schema::Attempt>& how) {
    open_round(how);
    const auto& submission_now = *current(world.local.submissions);
    const auto content = submission_now.content;
    auto txn = to_txn(signing_chain_id, content.read(), how.read());
    const auto signature = sign(signing_hash(txn), secret(7));
    round([&](auto root) {
      root.initFinish().setRound(world.local.rounds.rounds);
      root.getFinish().setSignature(data(signature));
    });
    shared(sign_command(submission_now.slot, content, how, signature));
    const auto raw = *sign_txn(txn, secret(7));
    submission([&](auto root) {
      auto signed_now = root.initSign();
      signed_now.setId(submission_now.id);
      signed_now.setNumber(static_cast<std::uint32_t>(submission_now.attempts.size() + 1));
      signed_now.setTimeMs(1000);
      signed_now.setAttempt(how.read());
      signed_now.setRaw(data(raw));
      signed_now.setHash(data(keccak256(raw)));
    });
  }
  void time_out_round() {
    round([&](auto root) {
      root.initTimeOut().setRound(world.local.rounds.rounds);
      root.getTimeOut().initMissing(1).set(0, data(address_of_secret(7)));
    });
  }
  void stall() {
    submission([&](auto root) {
      root.initStall().setId(world.local.submissions.planned);
      root.getStall().setReason(StallReason::NO_FUNDS);
      root.getStall().setDetail("no gas");
    });
  }
  void send() {
    submission([&](auto root) {
      root.initSend().setId(world.local.submissions.planned);
      root.getSend().setNumber(attempts());
      root.getSend().setTimeMs(2000);
    });
  }
  void forget() {
    submission([&](auto root) {
      root.initForget().setId(world.local.submissions.planned);
      root.getForget().setNumber(attempts());
    });
  }
  void lose_nonce(std::uint64_t nonce) {
    submission([&](auto root) {
      root.initLoseNonce().setId(world.local.submissions.planned);
      root.getLoseNonce().setNonce(nonce);
    });
  }
  void mine(bool success, std::uint64_t l1_block) {
    submission([&](auto root) {
      auto mined = root.initMine();
      mined.setId(world.local.submissions.planned);
      mined.setNumber(attempts());
      mined.setSuccess(success);
      mined.setGasUsed(90'000);
      mined.initBlock().setNumber(l1_block);
      mined.getBlock().setHash(data(Scene::block_hash(l1_block)));
      mined.setGasPrice(data(to_word(U256(7))));
      if (!success) mined.setReason("NotWhitelisted()");
    });
  }

  // Penalties

  std::uint64_t accuse() {
    Sealing how;
    how.chain_id = 10880;
    how.number = 4;
    how.signer = how.named = 2;
    const auto first = signed_block_of({}, how);
    how.base_fee = 2000;
    const auto second = signed_block_of({}, how);
    return shared(accusation(*evidence_of_two(first.read(), second.read())));
  }
  /// Two that were noticed at once.
  std::uint64_t observe_two() {
    Decision out;
    auto state = world.local.observations;
    for (const std::uint64_t block : {5u, 6u}) {
      const auto decision = decide(state, Msg<schema::ObservationsCommand>::build([&](auto root) {
                                            auto seen = root.initObserve();
                                            seen.setKind(ObservationKind::LATE_BLOCK);
                                            seen.setCount(1);
                                            seen.setFromMs(1000 * block);
                                            seen.setUntilMs(1000 * block + 700);
                                            seen.setBlock(block);
                                          }).read());
      for (const auto& fact : decision.facts) {
        apply(state, Msg<schema::PenaltiesFact>::of(fact.payload).read());
        out.facts.push_back(fact);
      }
    }
    return commit(out);
  }

  /// Everything once.
  void live_on() {
    open([this] { reward_rules(); });
    rules();
    const U256 two = metis(40000), three = metis(60000);
    locking(Scene::block(31, {locked_with_key(2, two), owner_changed(2, address(12)),
                              recipient_changed(2, address(22)), locked_with_key(3, three),
                              owner_changed(3, address(13)), recipient_changed(3, address(23)),
                              reward_per_block(1, U256(761'000) * gwei_wei)}));
    // What the fold did not expect.
    locking(Scene::block(32, {lock_update_of_nobody()}));
    for (const int sequencer : {1, 1, 1, 2, 2, 3, 1}) block_by(sequencer);
    locking(Scene::block(36, {unlock_begun(3)}));
    locking(Scene::block(37, {unlocked(3, address(13), metis(20000), metis(40000))}));
    advance(40);
    accuse();
    observe_two();
    first_batch();
    reorganised();
    second_batch();
  }

 private:
  static Scene::Event lock_update_of_nobody() { return lock_updated(9, 1, metis(1)); }

  [[nodiscard]] std::uint32_t attempts() const {
    const auto& live = world.local.submissions.live.at(world.local.submissions.planned);
    return live.attempts.back().number;
  }

  // Its first composition reverts; the second one loses a nonce, is replaced and lands.
  void first_batch() {
    close(40);
    plan();
    sign_attempt(attempt(0, 10));
    send();
    forget();
    send();
    mine(false, 41);
    reopen();
    close(42);
    plan();
    stall();
    open_round(attempt(1, 10));
    time_out_round();
    sign_attempt(attempt(1, 10));
    lose_nonce(1);
    sign_attempt(attempt(2, 10));
    send();
    sign_attempt(attempt(2, 12));
    send();
    mine(true, 45);
    locking(Scene::block(45, {landed()}));
  }
  // L1 takes the batch back, and lets it land once more.
  void reorganised() {
    submission([&](auto root) {
      root.initOrphan().setId(2);
      root.getOrphan().initBlock().setNumber(45);
      root.getOrphan().getBlock().setHash(data(Scene::block_hash(45)));
    });
    revert(44);
    mine(true, 46);
    locking(Scene::block(46, {landed()}, 1));
    submission([&](auto root) { root.initSettle().setId(2); });
  }
  // Planned, given up for the next composition, and never landed.
  void second_batch() {
    for (const int sequencer : {2, 2, 1, 1, 2}) block_by(sequencer);
    close(60);
    plan();
    reopen();
    close(61);
    plan();
    submission([&](auto root) {
      root.initGiveUp().setId(world.local.submissions.planned);
      root.getGiveUp().setDetail("enough");
    });
  }

  std::uint64_t next_nonce_ = 0;
};

/// Everything that a pool's duties lead to, and a reorganisation of L1.
inline const DutyScene& duties() {
  static const DutyScene scene = [] {
    DutyScene out;
    out.live_on();
    return out;
  }();
  return scene;
}

}  // namespace horae::test
