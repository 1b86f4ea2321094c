#include "actors/mpc_round_manager.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "core/crash_points.hpp"
#include "core/crypto/secp256k1.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// Sent to itself when a round's time may be over.
struct RoundDue {
  std::uint64_t round = 0;
};

}  // namespace
}  // namespace horae

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::RoundDue)

namespace horae {
namespace {

class MemberActor : public Metered<member_actor::base> {
 public:
  MemberActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
              std::shared_ptr<MemberPort> member)
      : Metered(config, std::move(counted)), member_(std::move(member)) {}

  behavior_type make_behavior() override {
    return {[this](const SignDigest& wanted) {
      const auto counting = handling("SignDigest");
      return SignAnswer{member_->sign(wanted.digest)};
    }};
  }

 private:
  std::shared_ptr<MemberPort> member_;
};

std::string refusal_of(const Receipt& receipt) {
  return receipt.read().getRejected().getDetail().cStr();
}

using RoundManagerBase = round_manager_actor::extend<caf::reacts_to<RoundDue>>::base;

class RoundManager : public Deciding<RoundManagerBase> {
 public:
  RoundManager(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
               std::shared_ptr<const Clock> clock, MpcRounds rounds, const Mpc& keys,
               std::map<Address, member_actor> members, world_actor world, journal_actor journal,
               mpc_sequence_actor sequence)
      : Deciding(config, std::move(counted), std::move(journal)),
        clock_(std::move(clock)),
        rounds_(std::move(rounds)),
        members_(std::move(members)),
        world_(std::move(world)),
        sequence_(std::move(sequence)) {
    for (const auto& [round, opened] : rounds_.open) {
      const auto slot = to_slot(opened.read().getSlot());
      left_open_.emplace_back(round, keys.keys.at(slot.purpose).members);
    }
  }

  behavior_type make_behavior() override {
    // What the members answered before a crash is lost with it.
    for (const auto& [round, members] : left_open_) {
      note(decide_time_out(round, members), 0, [](const Receipt&) {});
    }
    return {
        [this](const Msg<schema::OpenRound>& wanted) {
          const auto counting = handling("OpenRound");
          const auto asker = ++askers_so_far_;
          const auto& answer =
              askers_.emplace(asker, make_response_promise<Answer>()).first->second;
          ask_world(wanted, asker);
          return answer;
        },
        [this](const RoundDue& due) {
          const auto counting = handling("RoundDue");
          look_at_the_clock(due.round);
        },
    };
  }

  void on_exit() override { askers_.clear(); }

 private:
  using Answer = caf::typed_response_promise<SignAnswer>;
  using Asker = std::uint64_t;  // 1, 2, 3 … in this life
  // A round of this life: what is signed, and who waits for it.
  struct Live {
    Msg<schema::OpenRound> wanted;
    std::vector<Asker> waiting;
    std::vector<Address> members;
    std::uint64_t opened_seq = 0;
    bool answered = false;  // by the member: the deadline no longer matters
  };

  // What asked for the round may be in the log for a moment only: the world must have got there.
  void ask_world(const Msg<schema::OpenRound>& wanted, Asker asker) {
    note({}, 0, [this, wanted, asker](const Receipt& receipt) {
      ask_world(wanted, asker, receipt.read().getAccepted());
    });
  }

  void ask_world(const Msg<schema::OpenRound>& wanted, Asker asker, std::uint64_t at_least) {
    const auto question = Msg<schema::WorldQuery>::build([&](auto query) {
      query.setAtLeast(at_least);
      query.setSlot(wanted.read().getSlot());
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this, wanted, asker](const Msg<schema::WorldAnswer>& said) {
              const auto counting = handling("Slot");
              open(wanted, asker, said.read().getSlot());
            },
            on_lost("a slot to the world"));
  }

  void open(const Msg<schema::OpenRound>& wanted, Asker asker, schema::KnownSlot::Reader known) {
    const auto keys = restore(known.getKeys());
    if (const auto why = unfit(wanted.read(), keys); !why.empty()) return fail_with(asker, why);
    std::optional<Msg<schema::Content>> expected;
    if (known.hasContent()) expected = Msg<schema::Content>::copy_of(known.getContent());
    const auto command =
        Msg<schema::RoundsCommand>::build([&](auto out) { out.setOpen(wanted.read()); });
    auto decision = decide(rounds_, command.read(), keys, expected);
    if (!decision.ok()) {
      // A refusal speaks of what may not be durable yet: it leaves through the journal.
      return note(std::move(decision), 0,
                  [this, asker](const Receipt& receipt) { fail_with(asker, refusal_of(receipt)); });
    }
    if (decision.facts.empty()) return join(wanted.read(), asker);
    const auto round = rounds_.rounds + 1;
    const auto purpose = to_slot(wanted.read().getSlot()).purpose;
    live_.emplace(round, Live{wanted, {asker}, keys.keys.at(purpose).members});
    note(std::move(decision), 0, [this, round](const Receipt& receipt) {
      live_.at(round).opened_seq = receipt.read().getAccepted();
      crash_here(CrashPoint::round_opened);
      look_at_the_clock(round);
      if (live_.contains(round)) ask_member(round);
    });
  }

  // What this node cannot do whatever the rules say.
  std::string unfit(schema::OpenRound::Reader wanted, const Mpc& keys) const {
    if (wanted.getDeadlineMs() <= clock_->now_ms()) return "the round's deadline is over";
    const auto key = keys.keys.find(wanted.getSlot().getPurpose());
    if (key == keys.keys.end()) return {};  // the rules say so
    if (key->second.members.size() > 1) {
      return "the key has " + std::to_string(key->second.members.size()) +
             " members: rounds between several nodes are not built yet";
    }
    if (!members_.contains(key->second.address)) {
      return "this node does not hold the key " + to_hex(key->second.address);
    }
    return {};
  }

  void join(schema::OpenRound::Reader wanted, Asker asker) {
    const auto slot = to_slot(wanted.getSlot());
    const auto round = std::ranges::find_if(live_, [&](const auto& entry) {
      return rounds_.open.contains(entry.first) &&
             to_slot(entry.second.wanted.read().getSlot()) == slot;
    });
    if (round == live_.end()) stop("an open round of " + to_text(slot) + " that nobody runs");
    round->second.waiting.push_back(asker);
  }

  void ask_member(std::uint64_t round) {
    const auto opened = rounds_.open.at(round).read();
    const auto& member = members_.at(to_slot(opened.getSlot()).key);
    this->request(member, caf::infinite, SignDigest{fixed<Hash32>(opened.getDigest())})
        .then(
            [this, round](const SignAnswer& answer) {
              const auto counting = handling("SignAnswer");
              // Too late: the round has timed out, and its asker was told so.
              if (!live_.contains(round)) return;
              if (!answer.signature) return give_up(round, answer.signature.error().what);
              tell(round, *answer.signature);
            },
            on_lost("a digest to a member"));
  }

  // Of one member: its signature is the key's.
  void tell(std::uint64_t round, const Signature& signature) {
    if (const auto finish = decide_finish(round, signature); !finish.ok()) {
      return give_up(round, "the member's answer: " + finish.detail);
    }
    auto& live = live_.at(round);
    live.answered = true;
    const auto wanted = live.wanted.read();
    const auto command = Msg<schema::MpcCommand>::build([&](auto out) {
      auto outcome = out.initSign();
      outcome.setSlot(wanted.getSlot());
      outcome.setContent(wanted.getContent());
      outcome.setAttempt(wanted.getAttempt());
      outcome.setSignature(data(signature));
    });
    this->request(sequence_, caf::infinite, command, Cause{live.opened_seq})
        .then(
            [this, round, signature, command](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              if (receipt.read().isRejected()) {
                // The log goes on while a round runs: the signature must not leave this node.
                return time_out(round, {}, "the sequence refused it: " + refusal_of(receipt));
              }
              crash_here(CrashPoint::slot_signed);
              note(decide_finish(round, signature), receipt.read().getAccepted(),
                   [this, round, signature](const Receipt&) {
                     logger_.info("a signing round is finished",
                                  {{"round", round}, {"slot", slot_of(round)}});
                     answer_all(round, SignAnswer{signature});
                   });
            },
            on_lost("a signature to the sequence"));
  }

  void look_at_the_clock(std::uint64_t round) {
    const auto live = live_.find(round);
    if (live == live_.end() || live->second.answered) return;
    const auto now = clock_->now_ms();
    const auto deadline = live->second.wanted.read().getDeadlineMs();
    if (now >= deadline) return give_up(round, "no answer before the round's deadline");
    // The clock may be set, and a timer may be early: it is looked at again. No timer outlives its
    // round for long.
    const auto left = std::min<std::uint64_t>(deadline - now, 1000);
    this->delayed_send(this, std::chrono::milliseconds(left), RoundDue{round});
  }

  void give_up(std::uint64_t round, const std::string& why) {
    time_out(round, live_.at(round).members, why);
  }

  std::string slot_of(std::uint64_t round) const {
    return to_text(to_slot(live_.at(round).wanted.read().getSlot()));
  }

  void time_out(std::uint64_t round, const std::vector<Address>& missing, const std::string& why) {
    // What `missing` came from may end with the round.
    const auto decision = decide_time_out(round, missing);
    // Whoever waits is told once that is durable; nothing else happens in this round.
    const auto slot = slot_of(round);
    auto waiting = std::move(live_.at(round).waiting);
    live_.erase(round);
    note(decision, 0, [this, waiting = std::move(waiting), slot, round, why](const Receipt&) {
      logger_.warn("a signing round came to nothing",
                   {{"round", round}, {"slot", slot}, {"why", why}});
      for (const auto asker : waiting) {
        fail_with(asker, "round " + std::to_string(round) + ": " + why);
      }
    });
  }

  Decision decide_time_out(std::uint64_t round, const std::vector<Address>& missing) const {
    return decide(rounds_, Msg<schema::RoundsCommand>::build([&](auto out) {
                             auto timed_out = out.initTimeOut();
                             timed_out.setRound(round);
                             auto list =
                                 timed_out.initMissing(static_cast<unsigned>(missing.size()));
                             for (unsigned i = 0; i < list.size(); ++i) {
                               list.set(i, data(missing[i]));
                             }
                           }).read(),
                  {}, std::nullopt);
  }

  Decision decide_finish(std::uint64_t round, const Signature& signature) const {
    return decide(rounds_, Msg<schema::RoundsCommand>::build([&](auto out) {
                             auto finished = out.initFinish();
                             finished.setRound(round);
                             finished.setSignature(data(signature));
                           }).read(),
                  {}, std::nullopt);
  }

  // Applies at once, and goes on when it is durable.
  template <class Then>
  void note(Decision decision, Cause cause, Then then) {
    apply_all<schema::MpcFact>(rounds_, decision);
    append(std::move(decision), cause, "a round to the journal", std::move(then));
  }

  void answer_all(std::uint64_t round, const SignAnswer& answer) {
    const auto live = live_.extract(round);
    for (const auto asker : live.mapped().waiting) tell_asker(asker, answer);
  }
  void fail_with(Asker asker, std::string why) {
    tell_asker(asker, SignAnswer{fail(std::move(why))});
  }
  void tell_asker(Asker asker, const SignAnswer& answer) {
    askers_.extract(asker).mapped().deliver(answer);
  }

  std::shared_ptr<const Clock> clock_;
  MpcRounds rounds_;
  std::vector<std::pair<std::uint64_t, std::vector<Address>>> left_open_;  // rounds, by whom
  std::map<Address, member_actor> members_;
  world_actor world_;
  mpc_sequence_actor sequence_;
  Logger logger_{meter().name};
  std::map<std::uint64_t, Live> live_;
  // A promise keeps this actor alive: all stand here, so that they go with it.
  std::map<Asker, Answer> askers_;
  Asker askers_so_far_ = 0;
};

}  // namespace

member_actor spawn_member(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<MemberPort> member) {
  return spawn_as<MemberActor>(system, threading, std::move(meter), std::move(member));
}

round_manager_actor spawn_round_manager(caf::actor_system& system,
                                        std::shared_ptr<ActorMeter> meter,
                                        std::shared_ptr<const Clock> clock, MpcRounds rounds,
                                        const Mpc& keys, std::map<Address, member_actor> members,
                                        world_actor world, journal_actor journal,
                                        mpc_sequence_actor sequence) {
  return spawn_as<RoundManager>(system, Threading::pooled, std::move(meter), std::move(clock),
                                std::move(rounds), keys, std::move(members), std::move(world),
                                std::move(journal), std::move(sequence));
}

}  // namespace horae
