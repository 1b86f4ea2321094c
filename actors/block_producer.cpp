#include "actors/block_producer.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <set>

#include "actors/block_sealing.hpp"
#include "core/crash_points.hpp"
#include "core/words.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// What a block is to be made of: what it stands on, as the world says, and what the mempool chose.
struct Proposal {
  Msg<schema::WorldAnswer> answer;
  Msg<schema::ChosenTxns> choice;

  [[nodiscard]] schema::NextBlock::Reader next() const { return answer.read().getNextBlock(); }
  [[nodiscard]] schema::ChosenTxns::Reader chosen() const { return choice.read(); }
};

// Whether the engine executed and left out exactly what it was asked, in the order asked.
bool kept_to(schema::ChosenTxns::Reader asked, const Payload& payload) {
  std::set<Hash32> left_out;
  for (const auto& skip : payload.skipped) left_out.insert(skip.hash);
  std::vector<Hash32> wanted;
  for (const auto txn : asked.getTxns()) {
    const auto hash = fixed<Hash32>(txn.getHash());
    if (left_out.erase(hash) == 0) wanted.push_back(hash);
  }
  return left_out.empty() && wanted == payload.block.txns;
}

class BlockProducer : public Metered<block_producer_actor::base> {
 public:
  BlockProducer(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                std::shared_ptr<Board> board, std::shared_ptr<const Clock> clock,
                ProducerOptions options, world_actor world, engine_actor engine,
                block_executor_actor executor, sequence_actor sequence, mempool_actor mempool)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        clock_(std::move(clock)),
        options_(std::move(options)),
        world_(std::move(world)),
        engine_(std::move(engine)),
        executor_(std::move(executor)),
        sequence_(std::move(sequence)),
        mempool_(std::move(mempool)) {
    for (const auto& key : options_.keys) keys_.emplace(address_of(public_key(*key)), key);
  }

  void on_exit() override { options_.pool = nullptr; }

  behavior_type make_behavior() override {
    return {[this](caf::tick_atom) {
              const auto counting = handling("tick");
              // One that another message came before is not waited for any more.
              if (!std::exchange(waiting_, false)) return;
              at_tick_ = true;
              sealed_ ? await_sealed() : propose();
            },
            [this](const TurnBegins& told) {
              const auto counting = handling("TurnBegins");
              seen_ = std::max(seen_, told.seq);
              if (sealed_ || !std::exchange(waiting_, false)) return;
              at_tick_ = false;
              propose();
            },
            [this](const L1Doubt& doubt) {
              const auto counting = handling("L1Doubt");
              l1_doubt_ = doubt.why;
            }};
  }

 private:
  void propose() {
    const auto question = Msg<schema::WorldQuery>::build([&](auto query) {
      query.setAtLeast(seen_);
      auto signers = query.initNextBlock(static_cast<unsigned>(options_.keys.size()));
      for (unsigned i = 0; i < signers.size(); ++i) {
        signers.set(i, data(address_of(public_key(*options_.keys[i]))));
      }
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this](const Msg<schema::WorldAnswer>& answer) {
              const auto counting = handling("NextBlock");
              consider(answer);
            },
            on_lost("the producer's question"));
  }

  void consider(const Msg<schema::WorldAnswer>& answer) {
    const auto next = answer.read().getNextBlock();
    if (next.hasLeader() && !keys_.contains(fixed<Address>(next.getLeader()))) {
      return watch_leader(answer);
    }
    if (!next.getActive()) {
      if (standing_.begins(next.getStanding().cStr())) {
        logger_.info("no blocks are produced", {{"why", next.getStanding().cStr()}});
      }
      return wait("stopped", next.getStanding().cStr());
    }
    if (standing_.ends()) logger_.info("the sequencer is Active");
    if (const auto why = unready(next); !why.empty()) return wait("waiting", why);
    choose(answer, [this](const Proposal& proposal) { build(proposal); });
  }

  template <class Then>
  void choose(const Msg<schema::WorldAnswer>& answer, const Then& then) {
    const auto next = answer.read().getNextBlock();
    const auto question = Msg<schema::ChooseTxns>::build([&](auto wanted) {
      wanted.setGasLimit(next.getGasLimit());
      wanted.setBaseFee(next.getBaseFee());
      wanted.setMaxBytes(next.getMaxBytes());
    });
    this->request(mempool_, caf::infinite, question)
        .then(
            [this, answer, then](const Msg<schema::ChosenTxns>& choice) {
              const auto counting = handling("ChosenTxns");
              then(Proposal{answer, choice});
            },
            on_lost("a choice to the mempool"));
  }

  // Why nobody could make a block now, whatever it is to hold; empty: somebody could.
  [[nodiscard]] std::string unready(schema::NextBlock::Reader next) const {
    if (!l1_doubt_.empty()) return doubt_words();
    if (next.getMostUnattested() != 0 && next.getUnattested() >= next.getMostUnattested()) {
      return std::to_string(next.getUnattested()) +
             " blocks are not attested yet by members with more than two thirds of the power, and "
             "no more may be" +
             (next.getDispute().size() == 0 ? "" : std::string(": ") + next.getDispute().cStr());
    }
    return next.hasL1Origin() ? "" : "no confirmed L1 block is known yet";
  }

  // Why L1's time allows no block of this time; empty: it does.
  static std::string untimely(schema::NextBlock::Reader next, std::uint64_t now) {
    if (now <= next.getParentTimestamp()) {
      return "the clock says " + time_words(now * 1000) + ", the last block is of " +
             time_words(next.getParentTimestamp() * 1000);
    }
    const auto l1_head = next.getL1Origin().getNumber();
    if (next.getL1Bound() != 0 && l1_head < next.getParentL1Origin()) {
      return "the confirmed head of L1 is block " + std::to_string(l1_head) +
             ", the last block names " + std::to_string(next.getParentL1Origin()) +
             ": L1 went back, and is waited for";
    }
    if (next.getL1Bound() != 0 && now > next.getL1Time() + next.getL1Bound()) {
      return "the clock says " + time_words(now * 1000) + ", the confirmed head of L1 is of " +
             time_words(next.getL1Time() * 1000) + ": more than " +
             duration_words(next.getL1Bound() * 1000) +
             " apart (l1.max_drift_s), so that the clock is wrong, or L1 is behind";
    }
    return {};
  }

  // Another one's turn. What this node could have made for so long, and nobody did, is told.
  void watch_leader(const Msg<schema::WorldAnswer>& answer) {
    const auto next = answer.read().getNextBlock();
    const auto leader = fixed<Address>(next.getLeader());
    if (leader == Address{}) return wait("following", "nobody's turn to make blocks has begun");
    const auto words = to_hex(leader) + " makes the pool's blocks";
    if (!options_.pool || !unready(next).empty() ||
        !untimely(next, clock_->now_ms() / 1000).empty()) {
      due_.reset();
      return wait("following", words);
    }
    choose(answer, [this, leader, words](const Proposal& proposal) {
      const auto number = proposal.next().getNumber();
      const auto now = this->clock().now();
      const bool due = proposal.chosen().getIncludedBlock() + 1 == number &&
                       proposal.chosen().getTxns().size() > 0;
      if (!due) {
        due_.reset();
      } else if (!due_ || due_->number != number || due_->leader != leader) {
        due_ = Due{leader, number, now};
      } else if (now - due_->since >= std::chrono::seconds(options_.stall_limit_s)) {
        due_->since = now;
        return try_block(proposal, words);
      }
      wait("following", words);
    });
  }

  // Whether there is something to make, this node's own engine says: a transaction that no engine
  // takes must not cost a leader its turn, and is dropped here as where it leads.
  void try_block(const Proposal& proposal, const std::string& words) {
    execute(proposal, [this, proposal, words](const Result<Payload>& built) {
      if (built && (!built->complete || built->block.txns.empty())) {
        return drop_all(proposal, *built);
      }
      const auto next = proposal.next();
      if (built) {
        this->send(options_.pool,
                   LeaderStands{fixed<Address>(next.getLeader()), next.getNumber() - 1});
      }
      this->request(executor_, caf::infinite, ForgetBuilt{})
          .then(
              [this, words](const AlignAnswer&) {
                const auto counting = handling("Aligned");
                wait("following", words);
              },
              on_lost("a block that was tried to the executor"));
    });
  }

  void build(const Proposal& proposal) {
    const auto next = proposal.next();
    const auto chosen = proposal.chosen();
    const bool of_another = next.getParentEpoch() != 0 && chosen.getIncludedEpoch() != 0 &&
                            next.getParentEpoch() != chosen.getIncludedEpoch() &&
                            chosen.getIncludedBlock() + 1 == next.getNumber();
    if (of_another || chosen.getIncludedBlock() >= next.getNumber()) {
      return wait("waiting", "the transactions of revoked blocks are taken back");
    }
    if (chosen.getIncludedBlock() + 1 != next.getNumber()) {
      return await_others(std::max(chosen.getIncludedBlock(), next.getNumber() - 1));
    }
    if (chosen.getTxns().size() == 0 && !chosen.getStarved()) {
      return wait("idle", chosen.getWaiting() == 0
                              ? "no transactions wait"
                              : "every waiting transaction lacks one with a nonce before it");
    }
    const auto now = clock_->now_ms() / 1000;
    if (const auto why = untimely(next, now); !why.empty()) return wait("waiting", why);
    if (!at_tick_ && next.getParentTimestamp() >= now - now % options_.block_time_s) {
      return wait("waiting", "this block time has its block");
    }
    began_ns_ = ActorMeter::now_ns();
    show("producing", "the engine executes block " + std::to_string(next.getNumber()));
    execute(proposal, [this, proposal](const Result<Payload>& built) {
      crash_here(CrashPoint::built);
      if (!built) return undo(proposal, built.error().what);
      seal(proposal, *built);
    });
  }

  template <class Then>
  void execute(const Proposal& proposal, const Then& then) {
    const auto next = proposal.next();
    BuildBlock wanted{fixed<Hash32>(next.getParentHash()),
                      {clock_->now_ms() / 1000, next.getGasLimit(), read_u256(next.getBaseFee())},
                      {}};
    for (const auto txn : proposal.chosen().getTxns()) {
      wanted.txns.push_back(
          {fixed<Hash32>(txn.getHash()), copy(txn.getRaw()), fixed<Address>(txn.getSender())});
    }
    this->request(engine_, caf::infinite, std::move(wanted))
        .then(
            [this, then](const BuildAnswer& built) {
              const auto counting = handling("Payload");
              then(built.payload);
            },
            on_lost("a block to the engine"));
  }

  void seal(const Proposal& proposal, const Payload& payload) {
    if (!payload.complete) return drop_all(proposal, payload);
    if (!kept_to(proposal.chosen(), payload)) {
      return undo(proposal, "the engine executed something else than it was asked");
    }
    if (!l1_doubt_.empty()) return undo(proposal, doubt_words());
    if (payload.block.txns.empty() && !payload.skipped.empty()) {
      return drop_all(proposal, payload);
    }
    const auto& key = *keys_.at(fixed<Address>(proposal.next().getSequencer()));
    const auto command =
        seal_command(proposal.next(), proposal.chosen(), payload, options_.chain_id, key);
    crash_here(CrashPoint::signed_);
    this->send(executor_, BuiltBlock{payload});
    this->request(sequence_, caf::infinite, command, Cause{0})
        .then(
            [this, proposal, command](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              if (receipt.read().isRejected()) {
                const auto why = receipt.read().getRejected();
                // L1's head was told while the block was built: one on the new head is due now.
                if (why.getReason() == Reason::STALE_ORIGIN) return build_anew();
                return undo(proposal, why.getDetail().cStr());
              }
              crash_here(CrashPoint::sealed);
              tell_sealed(command.read().getSeal());
              sealed_ = command;
              await_sealed();
            },
            on_lost("a block to the sequence"));
  }

  // A sealed block is a fact, and no other is made before the engine has it.
  void await_sealed() {
    await(sealed_->read().getSeal().getHeader().getNumber(), [this] {
      count(sealed_->read().getSeal());
      sealed_.reset();
      wait("producing", "");
    });
  }

  // A block that came meanwhile, whoever made it.
  void await_others(std::uint64_t number) {
    await(number, [this] { propose(); });
  }

  template <class Then>
  void await(std::uint64_t number, Then then) {
    this->request(executor_, caf::infinite, AwaitBlock{number})
        .then(
            [this, then](const BlockTaken& taken) {
              const auto counting = handling("BlockTaken");
              if (taken.revoked) {
                sealed_.reset();
                return wait("waiting", "the block at hand was revoked");
              }
              if (!taken.done) {
                return wait("waiting", "the engine does not take the sealed block: " +
                                           taken.done.error().what);
              }
              seen_ = std::max(seen_, taken.seq);
              then();
            },
            on_lost("a sealed block to the executor"));
  }

  void count(schema::BlockSealed::Reader block) {
    const auto took = static_cast<double>(ActorMeter::now_ns() - began_ns_) / 1e9;
    const auto timestamp = block.getHeader().getTimestamp();
    board_->change<Board::Production>([&](Board::Production& seen) {
      ++seen.blocks;
      seen.txns += block.getTxns().size();
      seen.gas_used += block.getHeader().getGasUsed();
      seen.skipped += block.getSkipped().size();
      seen.build.add(took);
      if (sealed_at_ != 0) seen.interval.add(static_cast<double>(timestamp - sealed_at_));
    });
    sealed_at_ = timestamp;
  }

  void tell_sealed(schema::BlockSealed::Reader sealed) {
    if (trouble_.ends()) logger_.info("blocks are made again");
    const auto header = Msg<schema::BlockHeader>::copy_of(sealed.getHeader());
    logger_.info("block sealed", {{"number", header.read().getNumber()},
                                  {"txns", sealed.getTxns().size()},
                                  {"skipped", sealed.getSkipped().size()},
                                  {"gas", header.read().getGasUsed()},
                                  {"ms", (ActorMeter::now_ns() - began_ns_) / 1'000'000}});
  }

  // The engine left out everything, or gave up looking for what it cannot execute: what it built is
  // forgotten, the mempool drops what is to blame.
  void drop_all(const Proposal& proposal, const Payload& payload) {
    const auto why = payload.complete
                         ? std::string("the engine left out every transaction")
                         : "the engine cannot execute " + std::to_string(payload.skipped.size()) +
                               " transactions and more: they are dropped first";
    const auto command = Msg<schema::MempoolCommand>::build([&](auto builder) {
      auto list = builder.initDrop(static_cast<unsigned>(payload.skipped.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setHash(data(payload.skipped[i].hash));
        list[i].setReason(payload.skipped[i].reason.c_str());
      }
    });
    this->request(mempool_, caf::infinite, command, Cause{0})
        .then(
            [this, proposal, why](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              if (receipt.read().isAccepted()) seen_ = receipt.read().getAccepted();
              undo(proposal, why);
            },
            on_lost("skipped transactions to the mempool"));
  }

  void undo(const Proposal& proposal, std::string why) {
    const auto number = proposal.next().getNumber();
    board_->change<Board::Production>([](Board::Production& seen) { ++seen.undone; });
    // Whoever stops the node cancels what the engine is asked.
    if (!board_->stopping && trouble_.begins(why)) {
      logger_.warn("a block came to nothing", {{"number", number}, {"why", why}});
    }
    this->request(executor_, caf::infinite, ForgetBuilt{})
        .then(
            [this, why = std::move(why)](const AlignAnswer& answered) {
              const auto counting = handling("Aligned");
              wait("waiting", answered.done ? why : why + "; and " + answered.done.error().what);
            },
            on_lost("a block that came to nothing to the executor"));
  }

  void build_anew() {
    this->request(executor_, caf::infinite, ForgetBuilt{})
        .then(
            [this](const AlignAnswer& answered) {
              const auto counting = handling("Aligned");
              if (!answered.done) return wait("waiting", answered.done.error().what);
              propose();
            },
            on_lost("a block that came to nothing to the executor"));
  }

  [[nodiscard]] std::string doubt_words() const { return "L1 is in doubt: " + l1_doubt_; }

  void wait(const std::string& state, const std::string& reason) {
    show(state, reason);
    tick_again();
  }

  void show(const std::string& state, const std::string& reason) {
    board_->change<Board::Production>([&](Board::Production& seen) {
      seen.state = state;
      seen.reason = reason;
      if (state == "idle") {
        seen.due_since_ms = 0;
      } else if (seen.due_since_ms == 0) {
        seen.due_since_ms = Board::now_ms();
      }
    });
  }

  // The next whole multiple of the block time: a block's time is a whole second, and no two share
  // it.
  void tick_again() {
    const auto period = options_.block_time_s * 1000;
    const auto left = period - clock_->now_ms() % period;
    waiting_ = true;
    this->delayed_send(this, std::chrono::milliseconds(left), caf::tick_atom::value);
  }

  // Since when this node could have made the next block, and another one leads.
  struct Due {
    Address leader;
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point since;
  };

  std::shared_ptr<Board> board_;
  std::shared_ptr<const Clock> clock_;
  ProducerOptions options_;
  std::optional<Due> due_;
  std::map<Address, std::shared_ptr<const SecretKey>> keys_;
  world_actor world_;
  engine_actor engine_;
  block_executor_actor executor_;
  sequence_actor sequence_;
  mempool_actor mempool_;
  std::string l1_doubt_;         // empty: there is none
  bool waiting_ = true;          // for a tick
  bool at_tick_ = false;         // what is done is done since a tick came
  std::uint64_t began_ns_ = 0;   // the block at hand
  std::uint64_t sealed_at_ = 0;  // time of the last block that this process sealed, seconds
  Logger logger_{meter().name};
  Episode trouble_;                                   // blocks that came to nothing
  Episode standing_;                                  // why it may not produce
  std::optional<Msg<schema::BlocksCommand>> sealed_;  // the block at hand, once it is durable
  std::uint64_t seen_ = options_.seen;  // what the world must have folded before it is asked
};

}  // namespace

block_producer_actor spawn_block_producer(caf::actor_system& system,
                                          std::shared_ptr<ActorMeter> meter,
                                          std::shared_ptr<Board> board,
                                          std::shared_ptr<const Clock> clock,
                                          ProducerOptions options, world_actor world,
                                          engine_actor engine, block_executor_actor executor,
                                          sequence_actor sequence, mempool_actor mempool) {
  return spawn_as<BlockProducer>(system, Threading::pooled, std::move(meter), std::move(board),
                                 std::move(clock), std::move(options), std::move(world),
                                 std::move(engine), std::move(executor), std::move(sequence),
                                 std::move(mempool));
}

}  // namespace horae
