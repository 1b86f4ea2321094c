#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "duties/submission_steps.hpp"
#include "events/rewards/duty.hpp"
#include "events/world.hpp"
#include "tests/sim/pool_chain.hpp"

// The life of reward batches, from a block credited to a batch paid: the rules of all domains and
// the submitter's steps against a model of L1 that goes back, forgets, and lets others pay; with
// crashes everywhere. HORAE_POOL_SEED runs one seed alone; a failure names it.
namespace horae::test {
namespace {

using schema::RewardsFact;

struct Crash {};

constexpr std::uint64_t period_s = 60;
constexpr std::uint64_t quiet_rounds = 150;

class PoolNode {
 public:
  PoolNode(PoolChain& l1, Dice& dice) : l1_(l1), dice_(dice) { steps_.emplace(l1_); }

  World world;
  std::uint64_t clock_ms = 1'700'000'000'000;
  std::uint64_t confirmations = 0;
  bool wild = true;  // crashes, rounds that come to nothing, answers that come late
  std::size_t facts = 0;

  [[nodiscard]] const Rewards& rewards() const { return world.shared.rewards; }
  [[nodiscard]] const Submissions& submissions() const { return world.local.submissions; }

  void open() {
    Scene scene;
    shared(Scene::command([&](auto root) {
      scene.open();
      root.setOpen(*scene.state.opened);
    }));
    followed_.push_back({PoolChain::first_block, 0});
    shared(Msg<schema::RewardsCommand>::build([](auto command) {
      auto rules = command.initOpen();
      rules.setPeriodSeconds(period_s);
      rules.setMinEpochs(2);
      rules.setCounting(schema::BlockCounting::PRODUCED);
      rules.setTargetRatePpm(200'000);
    }));
    const auto pubkey = public_key(key_of(payer));
    shared(Msg<schema::MpcCommand>::build([&](auto command) {
      auto created = command.initCreateKey();
      created.setPurpose(MpcPurpose::REWARD_SUBMIT);
      created.setThreshold(1);
      created.setL1ChainId(l1_chain_id);
      created.setAddress(data(account_of(payer)));
      created.setPublicKey(data(pubkey));
      created.initMembers(1).set(0, data(account_of(payer)));
    }));
    submit(rules_command(usual_submission_rules()));
  }

  /// What a crash leaves is the log; what it had made of it comes back.
  void restart() {
    World again;
    for (const auto& fact : log_) apply(again, fact.domain, fact.payload);
    BOOST_TEST_REQUIRE((state_hashes(again) == state_hashes(world)), "replay differs from life");
    world = std::move(again);
    steps_.emplace(l1_);
    while (!world.local.rounds.open.empty()) time_out(world.local.rounds.open.begin()->first);
  }

  void seal(std::uint64_t id) {
    const auto running = rewards().running_epoch;
    const auto epoch = running == 0 || dice_.below(3) != 0 || !wild ? running + 1 : running;
    auto decision = credit(
        rewards(), {++block_, Scene::time(l1_.chain.back().number), epoch, U256(id), U256(id)}, -1);
    for (const auto& fact : decision.facts) apply(world.shared, fact.domain, fact.payload);
    keep(decision);
  }

  // As the listener: back to the last common block, then on to the confirmed head.
  void listen() {
    while (!l1_.has(followed_.back().first, followed_.back().second)) followed_.pop_back();
    const auto last = world.shared.locking.last_known();
    if (last && (last->number > followed_.back().first)) {
      shared(Scene::command([&](auto root) {
        write(root.initRevert().initTo());
        root.getRevert().setTimestamp(Scene::time(followed_.back().first));
      }));
    }
    const auto head = l1_.chain.back().number;
    const auto until = head > confirmations ? head - confirmations : 0;
    while (followed_.back().first < until) {
      const auto& block = l1_.chain.at(followed_.back().first + 1 - PoolChain::first_block);
      const auto parent = Scene::block_hash(followed_.back().first, followed_.back().second);
      if (!block.events.empty()) {
        shared(Scene::block(block.number, block.events, block.salt, parent));
      }
      followed_.emplace_back(block.number, block.salt);
    }
    shared(Scene::command([&](auto root) {
      write(root.initAdvance().initConfirmed());
      root.getAdvance().initFinalized();
      root.getAdvance().setTimestamp(Scene::time(followed_.back().first));
    }));
  }

  // As the reward accountant; what the world told may be old when it is acted upon.
  void account() {
    if (!duty_ || !wild || dice_.one_in(2)) duty_ = ask();
    if (wild && dice_.one_in(8)) return;
    const auto duty = std::exchange(duty_, std::nullopt);
    const auto told = duty->read();
    if (told.isClose()) {
      shared(Msg<schema::RewardsCommand>::build(
                 [&](auto command) { command.setClose(told.getClose()); }),
             true);
    } else if (told.isReopen()) {
      shared(Msg<schema::RewardsCommand>::build(
                 [&](auto command) { command.setReopen(told.getReopen()); }),
             true);
    } else if (told.isSubmit()) {
      const SlotName slot{MpcPurpose::REWARD_SUBMIT, account_of(payer),
                          from_word(fixed<Hash32>(told.getSubmit().getBatchId())),
                          told.getSubmit().getComposition()};
      const auto content = content_of(world.shared, slot);
      if (!content) return;
      submit(SubmissionsCommandMsg::build([&](auto command) {
        auto plan = command.initPlan();
        horae::write(plan.initSlot(), slot);
        plan.setContent(content->read());
      }));
    }
  }
  [[nodiscard]] std::string waits_for() const {
    const auto told = ask();
    std::string out = told.read().isWait() ? told.read().getWait().cStr() : "(something to do)";
    for (const auto& [id, each] : submissions().live) {
      out += "\n  submission " + std::to_string(id) + " of " + to_text(each.slot) + ", status " +
             std::to_string(static_cast<int>(each.status)) + ", stalled " +
             std::to_string(static_cast<int>(each.stalled)) + (each.nonce_lost ? ", lost" : "");
      for (const auto& attempt : each.attempts) {
        out += ", nonce " + std::to_string(attempt.terms.nonce);
      }
    }
    return out + "\n  L1: batch " + to_decimal(l1_.now().batch_id) + ", nonce " +
           std::to_string(l1_.now().account_nonce);
  }

  // As the submitter, one tick.
  void tick() {
    steps_->tick();
    for (unsigned step = 0; step < 60; ++step) {
      auto next = steps_->step(submissions(), clock_ms);
      if (next.kind == SubmitStep::wait || next.kind == SubmitStep::fault) return;
      if (next.kind == SubmitStep::sign) {
        if (!sign_round(next.terms)) return;
        continue;
      }
      const auto decision = submit(next.command);
      BOOST_REQUIRE_MESSAGE(decision.ok(),
                            "the submitter's own step was refused: " << decision.detail);
    }
    BOOST_FAIL("a tick of the submitter has no end");
  }

  void check() const {
    const auto& locking = world.shared.locking.current;
    BOOST_TEST_REQUIRE(rewards().paid.back().id == locking.batch.id);
    BOOST_TEST_REQUIRE(rewards().paid.back().end_epoch == locking.batch.end_epoch);
    for (const auto& paid : paid_) {
      const auto fact = paid.read();
      if (fact.getComposition() != 0) BOOST_TEST_REQUIRE(fact.getAgrees());
    }
  }

 private:
  void write(schema::L1Block::Builder out) const {
    out.setNumber(followed_.back().first);
    out.setHash(data(Scene::block_hash(followed_.back().first, followed_.back().second)));
  }

  [[nodiscard]] Msg<schema::RewardDuty> ask() const {
    const auto& state = world.shared;
    const auto& mpc = state.locking.current.mpc;
    return reward_duty(state.rewards, pool_standing(state.locking), submissions(), state.mpc, mpc,
                       mpc);
  }

  void keep(const Decision& decision) {
    for (const auto& fact : decision.facts) {
      look_at(fact);
      log_.push_back(fact);
    }
    facts += decision.facts.size();
    if (wild && !decision.facts.empty() && dice_.one_in(40)) throw Crash{};
  }

  // What must hold of every log.
  void look_at(const Fact& fact) {
    if (fact.domain == Domain::MPC) {
      const auto mpc = Msg<schema::MpcFact>::of(fact.payload);
      if (mpc.read().isSlotSigned()) {
        const auto outcome = mpc.read().getSlotSigned();
        one_content(to_slot(outcome.getSlot()),
                    content_hash(Msg<schema::Content>::copy_of(outcome.getContent())));
      } else if (mpc.read().isRoundOpened()) {
        const auto round = mpc.read().getRoundOpened();
        one_content(to_slot(round.getSlot()), fixed<Hash32>(round.getContentHash()));
      }
    }
    if (fact.domain != Domain::REWARDS) return;
    const auto rewards = Msg<RewardsFact>::of(fact.payload);
    if (rewards.read().isBatchPaid()) {
      paid_.push_back(Msg<schema::BatchPaid>::copy_of(rewards.read().getBatchPaid()));
    } else if (rewards.read().isBatchUnpaid()) {
      paid_.pop_back();
    }
  }
  void one_content(const SlotName& slot, const Hash32& content) {
    BOOST_TEST_REQUIRE((contents_.try_emplace(slot, content).first->second == content),
                       "a second content of " + to_text(slot));
  }

  template <class Command>
  Decision shared(const Command& command, bool may_refuse = false) {
    auto decision = settle(world.shared, command.read());
    BOOST_REQUIRE_MESSAGE(may_refuse || decision.ok(), decision.detail);
    keep(decision);
    return decision;
  }
  Decision submit(const SubmissionsCommandMsg& command) {
    auto decision = decide(submissions(), command.read());
    for (const auto& fact : decision.facts) apply(world, fact.domain, fact.payload);
    keep(decision);
    return decision;
  }
  Decision round(const Msg<schema::RoundsCommand>& command,
                 const std::optional<Msg<schema::Content>>& expected = {}) {
    auto decision = decide(world.local.rounds, command.read(), world.shared.mpc, expected);
    for (const auto& fact : decision.facts) apply(world, fact.domain, fact.payload);
    keep(decision);
    return decision;
  }
  void time_out(std::uint64_t number) {
    auto decision = round(Msg<schema::RoundsCommand>::build(
        [&](auto command) { command.initTimeOut().setRound(number); }));
    BOOST_TEST_REQUIRE(decision.ok());
  }
  bool not_signed(std::uint64_t id, const std::string& why) {
    const auto next = steps_->not_signed(submissions(), id, why);
    if (next.kind == SubmitStep::note) BOOST_TEST_REQUIRE(submit(next.command).ok());
    return true;
  }

  // As submitter and round manager together.
  bool sign_round(const AttemptTerms& terms) {
    const auto submission = *current(submissions());
    const auto id = submission.id;
    const auto wanted = Msg<schema::OpenRound>::build([&](auto open) {
      horae::write(open.initSlot(), submission.slot);
      open.setContent(submission.content.read());
      horae::write(open.initAttempt(), terms);
      open.setDeadlineMs(clock_ms + 1);
    });
    const auto opened = round(
        Msg<schema::RoundsCommand>::build([&](auto command) { command.setOpen(wanted.read()); }),
        content_of(world.shared, submission.slot));
    if (!opened.ok()) return not_signed(id, opened.detail);
    const auto number = world.local.rounds.rounds;
    if (wild && dice_.one_in(10)) {
      time_out(number);
      return not_signed(id, "the member is silent");
    }
    if (wild && dice_.one_in(6)) listen();
    if (wild && dice_.one_in(6)) account();
    const auto txn = to_txn(l1_chain_id, wanted.read().getContent(), wanted.read().getAttempt());
    const auto signature = sign(signing_hash(txn), key_of(payer));
    const auto outcome = shared(Msg<schema::MpcCommand>::build([&](auto command) {
                                  auto out = command.initSign();
                                  out.setSlot(wanted.read().getSlot());
                                  out.setContent(wanted.read().getContent());
                                  out.setAttempt(wanted.read().getAttempt());
                                  out.setSignature(data(signature));
                                }),
                                true);
    if (!outcome.ok()) {
      time_out(number);
      return not_signed(id, outcome.detail);
    }
    round(Msg<schema::RoundsCommand>::build([&](auto command) {
      command.initFinish().setRound(number);
      command.getFinish().setSignature(data(signature));
    }));
    if (wild && dice_.one_in(6)) account();
    const auto* now = current(submissions());
    if (now == nullptr || now->id != id) return true;
    const auto raw = *sign_txn(txn, key_of(payer));
    const auto signing = submit(SubmissionsCommandMsg::build([&](auto command) {
      auto out = command.initSign();
      out.setId(id);
      out.setNumber(static_cast<std::uint32_t>(now->attempts.size() + 1));
      out.setTimeMs(clock_ms);
      horae::write(out.initAttempt(), terms);
      out.setRaw(data(raw));
      out.setHash(data(keccak256(raw)));
    }));
    BOOST_REQUIRE_MESSAGE(signing.ok(), "the round's outcome was refused: " << signing.detail);
    return true;
  }

  PoolChain& l1_;
  Dice& dice_;
  std::optional<SubmitSteps> steps_;
  std::vector<Fact> log_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> followed_;  // number and salt
  std::optional<Msg<schema::RewardDuty>> duty_;
  std::map<SlotName, Hash32> contents_;
  std::vector<Msg<schema::BatchPaid>> paid_;
  std::uint64_t block_ = 0;
};

class PoolLife {
 public:
  explicit PoolLife(std::uint64_t seed) : dice_(seed) {}

  void run() {
    node_.confirmations = dice_.below(3);
    guarded([&] { node_.open(); }, false);
    l1_.begin();
    l1_.lock();
    l1_.lock();
    l1_.set_mpc(account_of(payer));
    for (std::uint64_t i = 0; i < 150; ++i) {
      any_event();
      node_.clock_ms += dice_.below(8000);
      guarded([&] { any_step(); });
    }
    calm_down();
    const auto goal = node_.rewards().running_epoch + 2;
    for (std::uint64_t i = 0; i < quiet_rounds; ++i) {
      quiet_round();
      if (node_.rewards().paid.back().end_epoch >= goal) return rest();
    }
    BOOST_FAIL("nothing is paid in a quiet world: " << node_.waits_for());
  }

 private:
  template <class Step>
  void guarded(Step step, bool crashes = true) {
    const bool wild = std::exchange(node_.wild, crashes && node_.wild);
    try {
      step();
    } catch (const Crash&) {
      node_.wild = false;
      node_.restart();
    }
    node_.wild = wild;
    node_.check();
  }

  std::uint64_t somebody() { return 1 + dice_.below(l1_.now().members.size()); }
  Address anybody() { return dice_.one_in(2) ? account_of(payer) : account_of(payer + 1); }

  void any_event() {
    switch (dice_.below(8)) {
      case 0:
      case 1:
        l1_.begin();
        if (dice_.one_in(2)) happens();
        l1_.include();
        if (dice_.one_in(2)) happens();
        return;
      case 2:
        l1_.begin();
        l1_.include();
        return;
      case 3:
        if (dice_.one_in(3)) l1_.go_back(dice_.one_in(8) ? dice_.below(25) : 1 + dice_.below(4));
        return;
      case 4:
        if (dice_.one_in(3)) l1_.waiting.clear();
        return;
      case 5:
        l1_.base_fee = dice_.one_in(6) ? in_gwei(200) : in_gwei(1 + dice_.below(60));
        l1_.wealth = dice_.one_in(8) ? U256(0) : in_gwei(1'000'000'000);
        l1_.faults = dice_.one_in(3) ? 10 : 0;
        return;
      default: {
        const auto& known = node_.world.shared.locking.current.sequencers;
        if (known.empty()) return;
        const auto id = 1 + dice_.below(known.size());
        return guarded([&] { node_.seal(id); });
        return;
      }
    }
  }

  void happens() {
    const auto& pool = l1_.now();
    switch (dice_.below(8)) {
      case 0:
        return l1_.rotate(somebody());
      case 1:
        if (dice_.one_in(3)) l1_.leave(somebody());
        return;
      case 2:
        if (pool.members.size() < 6 && dice_.one_in(2)) l1_.lock();
        return;
      case 3:
        if (dice_.one_in(2)) l1_.set_mpc(anybody());
        return;
      case 4:
        return l1_.set_rate(1 + dice_.below(1'000'000));
      case 5:
        return l1_.use_nonce();
      case 6: {
        if (!dice_.one_in(2)) return;
        // A batch of somebody else, perhaps with the same key.
        if (pool.mpc == account_of(payer)) l1_.use_nonce();
        PoolContract::Batch batch{
            pool.batch_id + 1, pool.end_epoch + 1, pool.end_epoch + 2 + dice_.below(3), {}, {}};
        for (const auto& [id, member] : pool.members) {
          if (member.status == SequencerStatus::unlocked || dice_.one_in(4)) continue;
          batch.signers.push_back(signer(member.key));
          batch.blocks.emplace_back(dice_.below(4));
        }
        l1_.batch(pool.mpc, batch);
        return;
      }
      default:
        return;
    }
  }

  void any_step() {
    switch (dice_.below(8)) {
      case 0:
      case 1:
        return node_.listen();
      case 2:
      case 3:
      case 4:
        return node_.account();
      case 5:
      case 6:
        return node_.tick();
      default:
        if (dice_.one_in(10)) throw Crash{};
    }
  }

  void calm_down() {
    node_.wild = false;
    l1_.faults = 0;
    l1_.base_fee = in_gwei(5);
    l1_.wealth = in_gwei(1'000'000'000);
    l1_.begin();
    l1_.set_mpc(account_of(payer));
    l1_.lock();
    steady_ = l1_.now().members.size();
  }
  void quiet_round() {
    node_.clock_ms += 12'000;
    l1_.begin();
    l1_.include();
    guarded([&] { node_.listen(); });
    guarded([&] { node_.seal(steady_); });
    guarded([&] { node_.account(); });
    guarded([&] { node_.tick(); });
  }
  // While nothing happens outside, nothing is written.
  void rest() {
    for (unsigned i = 0; i < 10; ++i) guarded([&] { node_.account(), node_.tick(); });
    const auto facts = node_.facts;
    for (unsigned i = 0; i < 10; ++i) guarded([&] { node_.account(), node_.tick(); });
    BOOST_TEST_REQUIRE(node_.facts == facts);
    node_.restart();
  }

  Dice dice_;
  PoolChain l1_{dice_};
  PoolNode node_{l1_, dice_};
  std::uint64_t steady_ = 0;
};

}  // namespace
}  // namespace horae::test

BOOST_AUTO_TEST_SUITE(pool_life)

BOOST_AUTO_TEST_CASE(every_epoch_is_paid_once_whatever_happens) {
  using namespace horae::test;
  const auto* one = std::getenv("HORAE_POOL_SEED");
  const auto* many = std::getenv("HORAE_POOL_SEEDS");
  const std::uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const std::uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 300;
  for (auto seed = first; seed <= last; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const StopsThrow stops;
      PoolLife(seed).run();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
