#include "actors/pool_sequence.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <deque>
#include <map>
#include <set>

#include "core/crash_points.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/message_shape.hpp"
#include "duties/absence_watch.hpp"
#include "duties/checked_inputs.hpp"
#include "duties/member_words.hpp"
#include "events/pool/disputes.hpp"
#include "events/pool/input.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/turns.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// What consensus forgot, since its process began anew, is given to it again after so long.
constexpr auto propose_again = std::chrono::seconds(3);
constexpr auto tick_every = std::chrono::milliseconds(250);
constexpr auto attest_every = std::chrono::milliseconds(500);
// A report that the others do not share yet: whoever follows L1 looks again meanwhile.
constexpr auto report_patience = std::chrono::seconds(1);
// Inputs that were settled lately are refused at the door; consensus itself remembers some, too.
constexpr std::size_t most_remembered = 20'000;

// A seq that no record has yet.
constexpr Cause not_durable = UINT64_MAX;

// The codes of outcomes, the same at all members.
constexpr std::uint32_t code_settled = 0, code_refused = 1, code_known = 2;
// What is refused at the door says its reason beyond this: consensus passes on no data from there.
constexpr std::uint32_t codes_of_reasons = 100;

using pool_inside = pool_sequence_actor::extend<caf::reacts_to<caf::tick_atom>>;
using Steady = std::chrono::steady_clock;

class PoolSequence : public Metered<pool_inside::base> {
 public:
  PoolSequence(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
               std::shared_ptr<Board> board, SharedState state, PoolProgress progress,
               PoolSequenceOptions options, journal_actor journal, proposer_actor proposer)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        state_(std::move(state)),
        progress_(std::move(progress)),
        durable_{progress_.applied.height, progress_.applied.app_hash},
        options_(std::move(options)),
        me_(address_of(public_key(*options_.key))),
        chain_(options_.genesis.read().getName().cStr()),
        journal_(std::move(journal)),
        proposer_(std::move(proposer)),
        absences_(options_.genesis.read().getAbsenceMs(), me_) {
    // What it said in an earlier life is older, whatever the clock says now.
    if (const auto heard = state_.pool.heard.find(me_); heard != state_.pool.heard.end()) {
      number_ = std::max(number_, heard->second);
    }
    if (const auto mine = state_.pool.reports.find(me_); mine != state_.pool.reports.end()) {
      number_ = std::max(number_, mine->second.number);
    }
    board_->change<Board::Consensus>([this](Board::Consensus& seen) {
      seen.name = chain_;
      seen.me = me_;
      seen.leader = leader_of(state_).value_or(Address{});
      seen.height = progress_.applied.height;
    });
  }

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    proposed_.clear();
    report_.reset();
    settled_.reset();
    asking_.clear();
    journal_ = nullptr;
    proposer_ = nullptr;
  }

  behavior_type make_behavior() override {
    this->delayed_send(this, tick_every, caf::tick_atom::value);
    if (progress_.proposed) give_block({});  // of an earlier life
    return {
        [this](const Msg<schema::LockingCommand>& command, Cause after) {
          const auto counting = handling("LockingCommand");
          return report(command, after);
        },
        [this](const Msg<schema::BlocksCommand>& command, Cause) {
          const auto counting = handling("BlocksCommand");
          return command.read().isSeal()
                     ? propose_block(command.read())
                     : propose([&](auto root) { root.setBlocks(command.read()); });
        },
        [this](const Msg<schema::RewardsCommand>& command, Cause) {
          const auto counting = handling("RewardsCommand");
          return propose([&](auto root) { root.setRewards(command.read()); });
        },
        [this](const Msg<schema::MpcCommand>& command, Cause) {
          const auto counting = handling("MpcCommand");
          return propose([&](auto root) { root.setMpc(command.read()); });
        },
        [this](const Msg<schema::PenaltiesCommand>& command, Cause) {
          const auto counting = handling("PenaltiesCommand");
          return propose([&](auto root) { root.setPenalties(command.read()); });
        },
        [this](const Accusation& accusation, Cause) {
          const auto counting = handling("Accusation");
          return propose([&](auto root) { root.setPenalties(accusation.command()); });
        },
        [this](const AskApplied&) {
          const auto counting = handling("AskApplied");
          auto promise = make_response_promise<AppliedBlock>();
          asking_.push_back(promise);
          if (!settled_ || settled_->applying.empty()) tell_applied();
          return promise;
        },
        [this](const BeginPool& begin) {
          const auto counting = handling("BeginPool");
          return PoolBegun{begin_pool(begin.genesis)};
        },
        [this](const CheckInput& check) {
          const auto counting = handling("CheckInput");
          return look_at(check.input);
        },
        [this](const AcceptBlock& accept) {
          const auto counting = handling("AcceptBlock");
          // By its bytes alone: what an input says is judged when it is settled, so that all judge
          // a block alike and what is refused costs nobody a round.
          return std::ranges::all_of(accept.block.txns, [this](const Bytes& txn) {
            return inputs_.look_at(txn).has_value();
          });
        },
        [this](const SettleBlock& settle_block) {
          const auto counting = handling("SettleBlock");
          return BlockSettled{settle_ordered(settle_block.block)};
        },
        [this](const ApplyBlock&) {
          const auto counting = handling("ApplyBlock");
          return apply_settled();
        },
        [this](const AskWanted&) {
          const auto counting = handling("AskWanted");
          WantedHeaders out;
          std::ranges::copy_if(
              progress_.wanted, std::back_inserter(out.headers),
              [&](const WantedHeader& header) { return header.height <= durable_.height; });
          return out;
        },
        [this](const KeepHeader& keep) {
          const auto counting = handling("KeepHeader");
          auto decision = block_signed(progress_, keep.height, keep.signed_header);
          apply_all<schema::PoolFact>(progress_, decision);
          return this->delegate(journal_, Append{std::move(decision), 0});
        },
        [this](const BlockExecuted& told) {
          const auto counting = handling("BlockExecuted");
          executed_ = {told.number, told.hash};
          attest();
        },
        [this](const BlockDiffers& told) {
          const auto counting = handling("BlockDiffers");
          differs_ = told.block;
          // It may have had it as it is sealed before.
          if (executed_.number >= differs_->number) executed_ = {differs_->number - 1, {}};
          dispute();
        },
        [this](const RevokeBlock& wanted) {
          const auto counting = handling("RevokeBlock");
          return revoke_block(wanted.number);
        },
        [this](const LeaderGone& told) {
          const auto counting = handling("LeaderGone");
          gone_ = told.gone ? std::optional(told.leader) : std::nullopt;
          tell_stall();
        },
        [this](const LeaderStands& told) {
          const auto counting = handling("LeaderStands");
          stands_ = told;
          tell_stall();
        },
        [this](const YieldTurn&) {
          const auto counting = handling("YieldTurn");
          return yield_turn();
        },
        [this](caf::tick_atom) {
          const auto counting = handling("tick");
          tick();
        },
    };
  }

 private:
  using ReceiptPromise = caf::typed_response_promise<Receipt>;

  // An input of ours that consensus was given, and whoever waits for what becomes of it.
  struct Proposed {
    Bytes bytes;
    std::vector<ReceiptPromise> waiting;
    Steady::time_point given;
    bool asking = false;
  };

  // What this member says of L1, and the listener that waits for the others.
  struct Report {
    Hash32 digest;
    std::uint64_t place = 0, block = 0;
    ReceiptPromise promise;
    Steady::time_point since;
  };

  // A block that consensus ordered, settled in memory.
  struct Settled {
    std::uint64_t height = 0;
    Hash32 hash;
    BlockOutcome outcome;
    std::vector<Decision> decisions;
    // Of ours: the decision that became of it, by its place in decisions.
    std::vector<std::pair<Hash32, std::size_t>> ours;
    bool settles_block = false;  // the one that this node proposed is among them
    // Whoever had it applied, once it is on its way to the journal.
    std::vector<caf::typed_response_promise<BlockApplied>> applying;
  };

  template <class Fill>
  ReceiptPromise propose(Fill fill) {
    auto promise = make_response_promise<Receipt>();
    propose(Msg<schema::SharedCommand>::build(fill), promise);
    return promise;
  }

  // Two signed blocks of one number are a fault: what was proposed once is ordered, before there is
  // another.
  ReceiptPromise propose_block(schema::BlocksCommand::Reader command) {
    auto promise = make_response_promise<Receipt>();
    const auto input =
        sign_input(chain_, ++number_,
                   Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(command); }),
                   *options_.key);
    if (input.bytes().size() > input_max_bytes) {
      promise.deliver(rejected(Reason::TOO_LARGE, "a block of " +
                                                      std::to_string(input.bytes().size()) +
                                                      " bytes as an input: consensus takes " +
                                                      std::to_string(input_max_bytes)));
      return promise;
    }
    auto decision = input_proposed(progress_, {command.getSeal().getHeader().getNumber(),
                                               Bytes(input.bytes().begin(), input.bytes().end())});
    if (!decision.ok()) {
      promise.deliver(rejected(decision.refused, decision.detail));
      return promise;
    }
    apply_all<schema::PoolFact>(progress_, decision);
    this->request(journal_, caf::infinite, Append{std::move(decision), 0})
        .then(
            [this, promise](const Receipt&) {
              const auto counting = handling("Receipt");
              crash_here(CrashPoint::block_proposed);
              give_block(promise);
            },
            on_lost("a block that is proposed, to the journal"));
    return promise;
  }

  void give_block(const ReceiptPromise& promise) {
    const auto& bytes = progress_.proposed->input;
    const auto key = sha256(bytes);
    auto& proposed = proposed_[key];
    proposed.bytes = bytes;
    if (promise.pending()) proposed.waiting.push_back(promise);
    give(key, proposed);
  }

  Hash32 propose(const Msg<schema::SharedCommand>& command, const ReceiptPromise& promise) {
    const auto input = sign_input(chain_, ++number_, command, *options_.key);
    const auto key = sha256(input.bytes());
    auto& proposed = proposed_[key];
    proposed.bytes = Bytes(input.bytes().begin(), input.bytes().end());
    if (promise.pending()) proposed.waiting.push_back(promise);
    give(key, proposed);
    return key;
  }

  void give(const Hash32& key, Proposed& proposed) {
    proposed.asking = true;
    proposed.given = this->clock().now();
    this->request(proposer_, caf::infinite, ProposeInput{proposed.bytes})
        .then(
            [this, key](const ProposeAnswer& answer) {
              const auto counting = handling("ProposeAnswer");
              given(key, answer);
            },
            on_lost("an input for consensus"));
  }

  void given(const Hash32& key, const ProposeAnswer& answer) {
    const auto found = proposed_.find(key);
    if (found == proposed_.end()) return;
    found->second.asking = false;
    if (!answer.outcome) {
      if (!board_->stopping && silence_.begins("silent")) {
        logger_.warn("consensus does not answer: what is proposed waits",
                     {{"why", answer.outcome.error().what}});
      }
      return;  // given again by a later tick
    }
    if (silence_.ends()) logger_.info("consensus answers again");
    if (answer.outcome->code == code_settled || answer.outcome->code == code_known) return;
    const auto code = answer.outcome->code;
    deliver(found->second,
            rejected(code > codes_of_reasons ? static_cast<Reason>(code - codes_of_reasons)
                                             : Reason::MALFORMED,
                     answer.outcome->words));
    // A block may have reached others before: it is given again until it is ordered.
    if (!is_proposed_block(key)) proposed_.erase(found);
  }

  [[nodiscard]] bool is_proposed_block(const Hash32& key) const {
    return progress_.proposed && sha256(progress_.proposed->input) == key;
  }

  static void deliver(Proposed& proposed, const Receipt& receipt) {
    for (auto& promise : proposed.waiting) promise.deliver(receipt);
    proposed.waiting.clear();
  }

  // after: the record up to which whoever follows L1 knows what was agreed on. A command says how
  // L1 goes on from there, and on top of something else it may be wrong.
  ReceiptPromise report(const Msg<schema::LockingCommand>& command, Cause after) {
    auto promise = make_response_promise<Receipt>();
    const auto locking = command.read();
    if (after < agreed_seq_) {
      promise.deliver(
          rejected(Reason::NOT_AGREED,
                   "the pool has agreed on something else of L1 meanwhile: what follows "
                   "on that is to be told"));
      return promise;
    }
    if (lacks_something(locking)) {
      promise.deliver(rejected(Reason::NOT_AGREED,
                               "a part of an event is not known, and cannot be reported: the L1 "
                               "endpoint does not have the transaction or the state any more"));
      return promise;
    }
    const auto digest = l1_digest(locking);
    const std::uint64_t finalized =
        locking.isAdvance() ? locking.getAdvance().getFinalized().getNumber() : 0;
    report_ = Report{digest, state_.pool.place, block_of(locking), promise, this->clock().now()};
    const auto mine = state_.pool.reports.find(me_);
    if (mine != state_.pool.reports.end() && mine->second.digest == digest) return promise;
    tell_report(digest, report_->place, finalized, report_->block, &locking);
    return promise;
  }

  void tell_report(const Hash32& digest, std::uint64_t place, std::uint64_t finalized,
                   std::uint64_t block, const schema::LockingCommand::Reader* command) {
    const auto input = Msg<schema::SharedCommand>::build([&](auto root) {
      auto told = root.initPool().initReport();
      told.setPlace(place);
      told.setFinalized(finalized);
      told.setBlock(block);
      told.setDigest(data(digest));
      if (command != nullptr && !state_.pool.offered.contains(digest)) told.setCommand(*command);
    });
    told_report_ = propose(input, {});
  }

  // What became of this member's report, now that a block is durable; seq: the log's end.
  void answer_report(std::uint64_t seq) {
    if (!report_ || state_.pool.place == report_->place) return;
    auto report = std::move(*report_);
    report_.reset();
    if (state_.pool.last_digest == report.digest) {
      report.promise.deliver(accepted(seq));
      return;
    }
    const bool contradicts = state_.pool.last_block == report.block;
    if (contradicts && state_.pool.place == report.place + 1) {
      tell_report(report.digest, report.place, 0, report.block, nullptr);
    }
    report.promise.deliver(
        rejected(Reason::NOT_AGREED,
                 "the pool agreed on something else for L1's block " +
                     std::to_string(state_.pool.last_block) +
                     (contradicts ? " than this node's endpoint shows" : ", which comes before")));
  }

  void refuse_report(Reason reason, const std::string& why) {
    if (!report_) return;
    report_->promise.deliver(rejected(reason, why));
    report_.reset();
  }

  void tick() {
    this->delayed_send(this, tick_every, caf::tick_atom::value);
    const auto now = this->clock().now();
    board_->change<Board::Consensus>(
        [this](Board::Consensus& seen) { seen.waiting = proposed_.size(); });
    for (auto& [key, proposed] : proposed_) {
      if (!proposed.asking && now - proposed.given > propose_again) give(key, proposed);
    }
    if (report_ && now - report_->since > report_patience) {
      std::set<Address> same;
      for (const auto& [signer, each] : state_.pool.reports) {
        if (each.digest == report_->digest) same.insert(signer);
      }
      const auto power = power_of(state_.pool.members, same);
      refuse_report(Reason::NOT_AGREED, "members with " + std::to_string(power) + " of " +
                                            std::to_string(total_power(state_.pool.members)) +
                                            " power report this of L1's block " +
                                            std::to_string(report_->block) +
                                            ": more than two thirds are waited for");
    }
    give_up_outdated();
    announce();
    attest();
    dispute();
    tell_stall();
    tell_away();
    want_change();
  }

  // A block of an epoch that is over is refused whenever consensus orders it, and consensus does
  // not take it at all from a member that has lost its voice: nothing is waited for. Of what is
  // durable alone.
  void give_up_outdated() {
    if (!progress_.proposed || settled_ || !state_.blocks.turns) return;
    const auto block = block_in(progress_.proposed->input);
    if (!block || block->read().getHeader().getEpoch() >= state_.blocks.epoch.number) return;
    const auto key = sha256(progress_.proposed->input);
    auto decision = input_settled(progress_);
    apply_all<schema::PoolFact>(progress_, decision);
    this->request(journal_, caf::infinite, Append{std::move(decision), 0})
        .then(
            [this, key](const Receipt&) {
              const auto counting = handling("Receipt");
              const auto found = proposed_.find(key);
              if (found == proposed_.end()) return;
              deliver(found->second,
                      rejected(Reason::NOT_LEADER, "the epoch of this block is over"));
              proposed_.erase(found);
            },
            on_lost("a block that is given up, to the journal"));
  }

  // Others are told where this member is reached, and that it runs.
  void announce() {
    if (progress_.applied.height == 0 || options_.endpoint.empty() || endpoint_refused_) return;
    if (proposed_.contains(told_ready_)) return;
    const auto word = ready_word(state_, public_key(*options_.key), options_.endpoint);
    if (word) told_ready_ = propose(*word, {});
  }

  // Not each block by itself, where they come fast.
  void attest() {
    const auto now = this->clock().now();
    if (proposed_.contains(told_attested_) || now - attested_at_ < attest_every) return;
    const auto word = attested_word(state_, me_, executed_);
    if (!word) return;
    attested_at_ = now;
    told_attested_ = propose(*word, {});
  }

  // What its engine has by now counts: an earlier outcome may have been mended.
  void dispute() {
    if (!differs_ || proposed_.contains(told_disputed_)) return;
    if (executed_.number >= differs_->number) {
      differs_.reset();
      return;
    }
    const auto word =
        disputed_word(state_, me_, {differs_->number, differs_->got}, differs_->wanted);
    if (!word) return;
    logger_.warn("this node's engine has a block otherwise than it is sealed: the pool is told",
                 {{"block", differs_->number}, {"got", to_hex(differs_->got)}});
    told_disputed_ = propose(*word, {});
  }

  ReceiptPromise revoke_block(std::uint64_t number) {
    auto promise = make_response_promise<Receipt>();
    if (const auto word = revoked_word(state_, me_, number)) {
      propose(*word, promise);
    } else {
      const auto refusal = not_revocable(number);
      promise.deliver(rejected(refusal.refused, refusal.detail));
    }
    return promise;
  }

  // That the leader makes nothing: since it is gone, or though there is something to make.
  void tell_stall() {
    if (settled_ || proposed_.contains(told_stall_)) return;
    const bool stands = stands_ && stands_->block == state_.blocks.head.number;
    for (const auto& leader :
         {gone_, stands ? std::optional(stands_->leader) : std::optional<Address>()}) {
      const auto word = leader ? stall_word(state_, me_, *leader) : std::nullopt;
      if (!word) continue;
      logger_.info("the leader makes nothing, as far as this member sees",
                   {{"leader", to_hex(*leader)},
                    {"block", state_.blocks.head.number},
                    {"why", gone_ == leader ? "no link to it" : "transactions wait"}});
      told_stall_ = propose(*word, {});
      return;
    }
  }

  ReceiptPromise yield_turn() {
    auto promise = make_response_promise<Receipt>();
    if (const auto word = yield_word(state_, me_)) {
      propose(*word, promise);
    } else {
      promise.deliver(accepted(0));
    }
    return promise;
  }

  void tell_away() {
    if (proposed_.contains(told_away_)) return;
    const auto word = away_word(state_.pool, me_, absences_.away(this->clock().now()));
    if (word) told_away_ = propose(*word, {});
  }

  void want_change() {
    if (wanted_ || progress_.applied.height == 0) return;
    const auto& change = options_.change;
    if (change && !past_told_ && is_past(state_.locking, change->read())) {
      logger_.info("pool.rule_change is of a block of L1 that is past, and says nothing any more",
                   {{"block", change->read().getFromBlock()}});
      past_told_ = true;
    }
    const auto word = change_word(state_, me_, change);
    if (word) wanted_ = propose(*word, {});
  }

  Result<Hash32> begin_pool(const ConsensusGenesis& told) {
    const auto genesis = options_.genesis.read();
    if (progress_.applied.height != 0)
      return fail("consensus begins anew, but the log has blocks of it");
    if (told.chain_id != chain_ || told.app_state != app_state_of(options_.genesis)) {
      return fail("consensus was given another genesis than this node");
    }
    // Asked again where nothing was applied since.
    if (begun_) return app_hash(state_.digests);
    auto founding = found(state_, genesis);
    if (!founding) return tl::unexpected(founding.error());
    founding_ = std::move(*founding);
    begun_ = true;
    return app_hash(state_.digests);
  }

  TxnOutcome look_at(const Bytes& input) {
    const auto looked = inputs_.look_at(input);
    if (!looked) return refused_at_door(Reason::MALFORMED, looked.error().what);
    const auto& checked = **looked;
    if (remembered_.contains(checked.key)) return {code_known, {}, "settled already"};
    const auto command = checked.command.read();
    if (!is_heard(state_, command, checked.sender)) {
      return refused_at_door(Reason::NOT_MEMBER,
                             to_hex(checked.sender) + " has no voice in the pool");
    }
    if (const auto formed = well_formed(command); !formed) {
      return refused_at_door(Reason::MALFORMED, formed.error().what);
    }
    if (command.isPenalties() && command.getPenalties().isAccuse()) {
      // Evidence takes a block's place, and says nothing new of a fault that is proven.
      const auto claim = claimed(command.getPenalties().getAccuse());
      if (claim && is_known(state_.faults, *claim)) {
        return refused_at_door(Reason::ALREADY_KNOWN, "the fault is proven already");
      }
    }
    return {};
  }

  static TxnOutcome refused_at_door(Reason reason, std::string words) {
    return {codes_of_reasons + static_cast<std::uint32_t>(reason), {}, std::move(words)};
  }
  static TxnOutcome refused(Reason reason, std::string words) {
    return {code_refused, {static_cast<std::uint8_t>(reason)}, std::move(words)};
  }

  Result<BlockOutcome> settle_ordered(const OrderedBlock& block) {
    // Consensus that began anew asks again for what it did not save.
    if (settled_ && settled_->height == block.height) {
      if (settled_->hash == block.hash) return settled_->outcome;
      return fail("consensus decided height " + std::to_string(block.height) + " twice");
    }
    if (settled_ || block.height != progress_.applied.height + 1) {
      return fail("consensus is at height " + std::to_string(block.height) + ", the log at " +
                  std::to_string(progress_.applied.height));
    }
    if (state_.pool.rules_version > known_rules()) {
      return fail("the pool goes on by rules that this program does not know");
    }
    crash_here(CrashPoint::block_decided);
    const auto before = state_.pool.members;
    const auto place = state_.pool.place;
    Settled out;
    out.height = block.height;
    out.hash = block.hash;
    out.decisions = std::exchange(founding_, {});
    tell_signatures(block);
    for (const auto& [signer, height] : block.voted_twice) {
      logger_.warn("consensus shows that a member voted twice: its key signs in two places",
                   {{"member", to_hex(signer)}, {"height", height}});
      out.decisions.push_back(settle_duplicate_vote(state_, signer, height));
    }
    for (const auto& txn : block.txns) out.outcome.txns.push_back(settle_input(out, txn));
    // What it said of its state is of no use to anybody: the log ends with the height before.
    if (state_.pool.rules_version > known_rules()) {
      board_->change<Board::Consensus>(
          [&](Board::Consensus& seen) { seen.rules_unknown = state_.pool.rules_version; });
      return fail("height " + std::to_string(block.height) + " needs the shared rules of version " +
                  std::to_string(state_.pool.rules_version) + ", this program knows version " +
                  std::to_string(known_rules()));
    }
    if (state_.pool.place != place) agreed_seq_ = not_durable;
    out.outcome.app_hash = app_hash(state_.digests);
    out.outcome.changed = consensus_members(changed_members(before, state_.pool.members));
    settled_ = std::move(out);
    crash_here(CrashPoint::block_settled);
    return settled_->outcome;
  }

  // A block has the signatures under the one before it.
  void tell_signatures(const OrderedBlock& block) {
    absences_.see(state_.pool.members, block.signed_by, this->clock().now());
    board_->change<Board::Consensus>([&](Board::Consensus& seen) {
      if (seen.signatures_from == 0) seen.signatures_from = block.height - 1;
      for (const auto& member : block.signed_by) seen.signatures[member] = block.height - 1;
      for (auto& member : seen.members) {
        const auto last = seen.signatures.find(member.signer);
        if (last != seen.signatures.end()) member.seen = last->second;
      }
    });
  }

  TxnOutcome settle_input(Settled& out, BytesView bytes) {
    const auto looked = inputs_.look_at(bytes);
    if (!looked) return {code_refused, {}, looked.error().what};
    const auto& checked = **looked;
    // Of an earlier life, that this one reads from the others.
    if (checked.sender == me_) number_ = std::max(number_, checked.number);
    auto decision = settle(state_, checked.command.read(), {checked.sender, checked.number});
    TxnOutcome outcome;
    if (!decision.ok()) {
      outcome = refused(decision.refused, decision.detail);
    }
    remember(checked.key);
    inputs_.forget(checked.key);
    if (is_proposed_block(checked.key)) out.settles_block = true;
    if (proposed_.contains(checked.key)) out.ours.emplace_back(checked.key, out.decisions.size());
    meter().facts.fetch_add(decision.facts.size(), std::memory_order_relaxed);
    out.decisions.push_back(std::move(decision));
    return outcome;
  }

  void remember(const Hash32& key) {
    if (!remembered_.insert(key).second) return;
    remembered_in_order_.push_back(key);
    if (remembered_in_order_.size() > most_remembered) {
      remembered_.erase(remembered_in_order_.front());
      remembered_in_order_.pop_front();
    }
  }

  caf::typed_response_promise<BlockApplied> apply_settled() {
    auto promise = make_response_promise<BlockApplied>();
    if (!settled_) {
      promise.deliver(BlockApplied{fail("consensus applies a block that it did not decide")});
      return promise;
    }
    settled_->applying.push_back(promise);
    // Consensus that began anew asks again before the first is answered.
    if (settled_->applying.size() > 1) return promise;
    const AppliedHeight next{settled_->height, settled_->hash, settled_->outcome.app_hash};
    AppendTogether append;
    for (const auto& decision : settled_->decisions) append.decisions.push_back(decision);
    const auto add = [&](Decision decision) {
      apply_all<schema::PoolFact>(progress_, decision);
      append.decisions.push_back(std::move(decision));
    };
    if (settled_->settles_block) add(input_settled(progress_));
    add(block_applied(progress_, next));
    this->request(journal_, caf::infinite, std::move(append))
        .then(
            [this, next](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              crash_here(CrashPoint::block_appended);
              durable_ = {next.height, next.app_hash};
              auto settled = std::move(*settled_);
              settled_.reset();
              tell_applied();
              for (auto& asked : settled.applying) asked.deliver(BlockApplied{needed_from()});
              crash_here(CrashPoint::block_told);
              tell(settled, receipt.read().getAccepted());
            },
            on_lost("a block's facts to the journal"));
    return promise;
  }

  // The first height whose block consensus is to keep: of the log's own, and of the headers that it
  // still wants.
  [[nodiscard]] std::uint64_t needed_from() const {
    const auto height = progress_.applied.height;
    if (options_.keep_heights == 0 || height < options_.keep_heights) return 0;
    const auto first = height - options_.keep_heights + 1;
    return progress_.wanted.empty() ? first : std::min(first, progress_.wanted.front().height);
  }

  // Consensus that begins anew while a block is on its way to the disk would bring it once more.
  void tell_applied() {
    for (auto& promise : asking_) promise.deliver(durable_);
    asking_.clear();
  }

  // Whoever proposed something that the block has; last: the record of the block itself.
  void tell(const Settled& settled, std::uint64_t last) {
    std::vector<std::uint64_t> ends;
    auto end = last - (settled.settles_block ? 2 : 1);
    for (auto each = settled.decisions.rbegin(); each != settled.decisions.rend(); ++each) {
      ends.push_back(end);
      end -= each->facts.size();
    }
    for (const auto& [key, place] : settled.ours) {
      const auto found = proposed_.find(key);
      if (found == proposed_.end()) continue;
      const auto& decision = settled.decisions[place];
      const auto seq = ends[settled.decisions.size() - 1 - place];
      deliver(found->second,
              decision.ok() ? accepted(seq) : rejected(decision.refused, decision.detail));
      proposed_.erase(found);
      if (key == wanted_ && decision.refused == Reason::ALREADY_KNOWN) {
        wanted_.reset();  // another word of this member came before it: once more
      } else if (key == wanted_ && !decision.ok()) {
        logger_.warn("the pool refused the change of rules that pool.rule_change wants",
                     {{"why", decision.detail}});
      }
      if (key == told_ready_ && decision.refused == Reason::TOO_LARGE) {
        endpoint_refused_ = true;
        logger_.warn("the pool does not take where this node is reached: nobody can dial it",
                     {{"endpoint", options_.endpoint}, {"why", decision.detail}});
      }
      // Of a place that is past, answer_report knows more.
      if (key == told_report_ && !decision.ok() && report_ && state_.pool.place == report_->place) {
        refuse_report(decision.refused, decision.detail);
      }
    }
    if (agreed_seq_ == not_durable) agreed_seq_ = last;
    answer_report(last);
    board_->change<Board::Consensus>([&](Board::Consensus& seen) {
      seen.height = settled.height;
      seen.inputs += settled.outcome.txns.size();
      seen.applied_ms = Board::now_ms();
    });
  }

  static Receipt accepted(std::uint64_t seq) {
    return Receipt::build([&](auto receipt) { receipt.setAccepted(seq); });
  }

  std::shared_ptr<Board> board_;
  SharedState state_;
  PoolProgress progress_;
  AppliedBlock durable_;
  PoolSequenceOptions options_;
  Address me_;
  std::string chain_;
  CheckedInputs inputs_{chain_};
  journal_actor journal_;
  proposer_actor proposer_;
  bool begun_ = false;
  std::vector<Decision> founding_;  // durable with the first block
  std::optional<Settled> settled_;
  std::vector<caf::typed_response_promise<AppliedBlock>> asking_;
  std::map<Hash32, Proposed> proposed_;  // by the input's key
  std::uint64_t agreed_seq_ = 0;         // the end of the height at which members agreed last
  std::optional<Report> report_;
  Hash32 told_report_;  // key of the input that has the newest report
  std::set<Hash32> remembered_;
  std::deque<Hash32> remembered_in_order_;
  std::uint64_t number_ = options_.begun_ms << 20;
  bool endpoint_refused_ = false;  // and would be again
  // Keys of the newest inputs that say so.
  Hash32 told_ready_, told_away_, told_attested_, told_disputed_, told_stall_;
  std::optional<Address> gone_;            // the leader to whom there is no link
  std::optional<LeaderStands> stands_;     // and one that made nothing, as it was told last
  OwnBlock executed_;                      // the last block that this node's engine has
  std::optional<DifferingBlock> differs_;  // one that it has otherwise than it is sealed
  Steady::time_point attested_at_;
  std::optional<Hash32> wanted_;  // key of the input with what the settings say of the rules
  bool past_told_ = false;        // that what they want is of a block that is past
  AbsenceWatch absences_;
  Logger logger_{meter().name};
  Episode silence_;
};

}  // namespace

pool_sequence_actor spawn_pool_sequence(caf::actor_system& system,
                                        std::shared_ptr<ActorMeter> meter,
                                        std::shared_ptr<Board> board, SharedState state,
                                        PoolProgress progress, PoolSequenceOptions options,
                                        journal_actor journal, proposer_actor proposer) {
  return spawn_as<PoolSequence>(system, Threading::pooled, std::move(meter), std::move(board),
                                std::move(state), std::move(progress), std::move(options),
                                std::move(journal), std::move(proposer));
}

Bytes app_state_of(const Msg<schema::PoolGenesis>& genesis) {
  const auto text = '"' + to_hex(genesis.bytes()) + '"';
  return Bytes(text.begin(), text.end());
}

std::vector<ConsensusMember> consensus_members(const Members& members) {
  std::vector<ConsensusMember> out;
  for (const auto& [signer, member] : members) out.push_back({member.key, member.power});
  return out;
}

}  // namespace horae
