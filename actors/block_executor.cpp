#include "actors/block_executor.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <map>

#include "actors/block_finder.hpp"
#include "core/crash_points.hpp"
#include "duties/pooled_txn.hpp"
#include "events/record.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// Blocks in hand at a time: each may be as large as an input of consensus, or larger for a node
// alone.
constexpr std::size_t most_in_hand = 16;
constexpr std::size_t executor_slice_records = 1024;
constexpr std::size_t executor_slice_bytes = 4u << 20;
constexpr auto offer_again = std::chrono::seconds(1);

// The engine has executed it.
std::pair<Txn, Address> executed_txn(schema::BlockSealed::Reader block, BytesView raw) {
  auto txn = decode_txn(raw);
  const auto sender = txn ? recover_sender(*txn) : fail(txn.error().what);
  if (!sender) {
    stop("a transaction of block " + std::to_string(block.getHeader().getNumber()) +
         " has no sender: " + sender.error().what);
  }
  return {std::move(*txn), *sender};
}

// A nonce after the block for each sender in it, by the transactions' own signatures.
std::map<Address, std::uint64_t> nonces_after(schema::BlockSealed::Reader block) {
  std::map<Address, std::uint64_t> out;
  for (const auto raw : block.getTxns()) {
    const auto [txn, sender] = executed_txn(block, view(raw));
    auto& nonce = out[sender];
    nonce = std::max(nonce, txn.nonce + 1);
  }
  return out;
}

Msg<schema::MempoolCommand> include_command(schema::BlockSealed::Reader block, bool mine) {
  return Msg<schema::MempoolCommand>::build([&](auto command) {
    auto include = command.initInclude();
    include.setBlock(block.getHeader().getNumber());
    include.setHashes(block.getHashes());
    include.setTime(block.getHeader().getTimestamp());
    include.setEpoch(block.getHeader().getEpoch());
    if (mine) {
      include.setSenders(block.getSenders());
      include.setSkipped(block.getSkipped());
      return;
    }
    const auto senders = nonces_after(block);
    auto list = include.initSenders(static_cast<unsigned>(senders.size()));
    unsigned i = 0;
    for (const auto& [address, nonce] : senders) {
      list[i].setAddress(data(address));
      list[i++].setNonce(nonce);
    }
  });
}

// epoch_before: of the block before it.
Msg<schema::MempoolCommand> return_command(schema::BlockSealed::Reader block,
                                           std::uint64_t epoch_before) {
  return Msg<schema::MempoolCommand>::build([&](auto command) {
    auto returned = command.initReturnTxns();
    returned.setBlock(block.getHeader().getNumber());
    returned.setEpochBefore(epoch_before);
    const auto raws = block.getTxns();
    auto txns = returned.initTxns(raws.size());
    for (unsigned i = 0; i < txns.size(); ++i) {
      const auto [txn, sender] = executed_txn(block, view(raws[i]));
      write(txns[i], txn, sender, view(raws[i]));
    }
  });
}

class BlockExecutor : public Metered<block_executor_actor::base> {
 public:
  BlockExecutor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                std::shared_ptr<Board> board, ExecutorOptions options,
                std::unique_ptr<LogReader> log, engine_actor engine, mempool_actor mempool,
                journal_actor journal)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        mine_(std::move(options.mine)),
        executed_(options.engine_block),
        executed_hash_(options.engine_hash),
        executed_seq_(options.engine_seq),
        included_(options.included_block),
        included_epoch_(options.included_epoch),
        included_at_(options.seq),
        read_(std::min(options.seq, options.engine_at)),
        attested_(options.attested),
        included_seq_(options.seq),
        log_(std::move(log)),
        pool_(std::move(options.pool)),
        on_difference_(std::move(options.on_difference)),
        engine_(std::move(engine)),
        mempool_(std::move(mempool)),
        journal_(std::move(journal)),
        revoked_(std::move(options.revoked)) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    waiting_.clear();
    forgetting_.clear();
    in_hand_.clear();
    pool_ = nullptr;
    on_difference_ = nullptr;
  }

  behavior_type make_behavior() override {
    tell_executed();
    follow();
    return {[this](const BuiltBlock& built) {
              const auto counting = handling("BuiltBlock");
              built_ = built.payload;
            },
            [this](const ForgetBuilt&) {
              const auto counting = handling("ForgetBuilt");
              return forget_built();
            },
            [this](const AwaitBlock& asked) {
              const auto counting = handling("AwaitBlock");
              auto promise = make_response_promise<BlockTaken>();
              waiting_.emplace(asked.number, promise);
              if (asked.number <= included_) {
                tell_taken();
              } else if (resting_) {
                go_on();
              }
              return promise;
            },
            [this](caf::tick_atom) {
              const auto counting = handling("tick");
              ticking_ = false;
              if (resting_) look_further();
            }};
  }

 private:
  struct InHand {
    std::uint64_t seq = 0;
    Msg<schema::BlocksFact> fact;

    [[nodiscard]] schema::BlockSealed::Reader block() const { return fact.read().getBlockSealed(); }
    [[nodiscard]] std::uint64_t number() const { return block().getHeader().getNumber(); }
    [[nodiscard]] std::uint64_t epoch() const { return block().getHeader().getEpoch(); }
  };
  // A block that the engine is brought to, and its record.
  struct At {
    std::uint64_t number = 0;
    Hash32 hash;
    std::uint64_t seq = 0;
  };
  // The block that came out otherwise, and how.
  struct Differs {
    std::uint64_t number = 0;
    std::string what;
  };
  struct Included {
    std::uint64_t number = 0, epoch = 0;
    std::uint64_t seq = 0;  // its record
  };
  // Blocks that the log says are revoked.
  struct Revoking {
    std::uint64_t seq = 0;  // of the record
    std::uint64_t first = 0;
    bool known = false;  // since the start, by which the engine was brought to the log's end
  };

  using AlignPromise = caf::typed_response_promise<AlignAnswer>;

  AlignPromise forget_built() {
    auto promise = make_response_promise<AlignAnswer>();
    built_.reset();
    forgetting_.push_back(promise);
    if (executing_) return promise;
    this->request(engine_, caf::infinite, AlignEngine{executed_, executed_seq_, revoked_})
        .then(
            [this](const AlignAnswer& answer) {
              const auto counting = handling("Aligned");
              tell_forgotten(answer.done);
            },
            on_lost("the executed block to the engine"));
    return promise;
  }
  void tell_forgotten(const Result<void>& outcome) {
    for (auto& promise : forgetting_) promise.deliver(AlignAnswer{outcome});
    forgetting_.clear();
  }

  void follow() {
    this->request(journal_, caf::infinite, Beyond{read_})
        .then(
            [this](const Durable& durable) {
              const auto counting = handling("Durable");
              durable_ = durable.seq;
              go_on();
            },
            on_lost("the block executor's follow"));
  }

  // While a block is not taken, the log may say that it is revoked.
  void look_further() {
    this->request(journal_, caf::infinite, Beyond{0})
        .then(
            [this](const Durable& durable) {
              const auto counting = handling("Durable");
              durable_ = durable.seq;
              if (resting_) go_on();
            },
            on_lost("the block executor's look at the log's end"));
  }

  void go_on() {
    resting_ = false;
    read_on();
    if (in_hand_.empty() && revoking_) return go_back();
    if (in_hand_.empty()) return follow();
    if (in_hand_.back().number() > executed_) return execute();
    include();
  }

  void read_on() {
    while (read_ < durable_ && has_room() && !revoking_) {
      const auto slice = log_->read(read_ + 1, executor_slice_records, executor_slice_bytes);
      if (!slice) stop("the block executor cannot read the log: " + slice.error().what);
      if (slice->empty()) {
        stop("the block executor finds no record " + std::to_string(read_ + 1));
      }
      for (const auto& stored : *slice) {
        if (stored.seq > durable_ || !has_room() || revoking_) break;
        see(stored);
        read_ = stored.seq;
      }
    }
  }

  template <class Stored>
  void see(const Stored& stored) {
    const auto record = decode_record(stored.value);
    if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
    if (record->header.domain != Domain::BLOCKS) return;
    if (record->header.kind == schema::BlocksFact::BLOCKS_REVOKED) {
      const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record->payload));
      return see_revoked(stored.seq, fact.read().getBlocksRevoked());
    }
    if (record->header.kind == schema::BlocksFact::BLOCKS_ATTESTED) {
      const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record->payload));
      attested_ = fact.read().getBlocksAttested().getNumber();
      return judge_difference();
    }
    if (record->header.kind != schema::BlocksFact::BLOCK_SEALED) return;
    InHand found{stored.seq, Msg<schema::BlocksFact>::of(Message::trusted(record->payload))};
    if (is_revoked(revoked_, found.number(), found.epoch())) return;
    // What is included may have come out otherwise on the engine that there is now.
    if (found.number() > std::min(included_, executed_)) in_hand_.push_back(std::move(found));
  }

  // A block that comes out otherwise is waited with until the log has more to say of it.
  [[nodiscard]] bool has_room() const { return differs_ || in_hand_.size() < most_in_hand; }

  // What is not executed yet need not be. All that was read is of the chain of before.
  void see_revoked(std::uint64_t seq, schema::BlocksRevoked::Reader fact) {
    const RevokedBlocks run{fact.getNumber(), fact.getLast(), fact.getRunning()};
    const bool known = std::ranges::find(revoked_, run) != revoked_.end();
    if (!known) revoked_.push_back(run);
    std::erase_if(in_hand_, [&](const InHand& each) { return each.number() >= run.first; });
    if (differs_ && differs_->number >= run.first) differs_.reset();
    revoking_ = Revoking{seq, run.first, known};
    // Who waited for one of them waits for nothing; since a start, nobody does.
    if (known) return;
    for (auto waits = waiting_.lower_bound(run.first); waits != waiting_.end();) {
      waits->second.deliver(BlockTaken{fail("it was revoked"), 0, true});
      waits = waiting_.erase(waits);
    }
  }

  // By what it built, where that is the next block; else from the log, with whatever it lacks.
  void execute() {
    executing_ = true;
    const auto next = std::ranges::find_if(
        in_hand_, [this](const InHand& each) { return each.number() > executed_; });
    const auto built = std::exchange(built_, std::nullopt);
    const auto hash_of = [](const InHand& each) {
      return fixed<Hash32>(each.block().getHeader().getBlockHash());
    };
    if (built && next->number() == executed_ + 1 && built->block.hash == hash_of(*next)) {
      this->request(engine_, caf::infinite, AdoptBlock{*built, next->seq, revoked_})
          .then(
              [this,
               at = At{next->number(), hash_of(*next), next->seq}](const AdoptAnswer& answer) {
                const auto counting = handling("Adopted");
                executed(at, {answer.done});
              },
              on_lost("a sealed block to the engine"));
      return;
    }
    const auto& last = in_hand_.back();
    this->request(engine_, caf::infinite, AlignEngine{last.number(), last.seq, revoked_})
        .then(
            [this, at = At{last.number(), hash_of(last), last.seq}](const AlignAnswer& answer) {
              const auto counting = handling("Aligned");
              executed(at, answer);
            },
            on_lost("a sealed block to the engine"));
  }

  void executed(const At& at, const AlignAnswer& answer) {
    executing_ = false;
    tell_forgotten(answer.done);
    if (!answer.done) {
      if (answer.differs) tell_differs(*answer.differs, answer.done.error().what);
      return rest(answer.done.error());
    }
    differs_.reset();
    if (trouble_.ends()) logger_.info("the engine has taken the sealed block");
    executed_ = at.number;
    executed_hash_ = at.hash;
    executed_seq_ = at.seq;
    tell_executed();
    crash_here(CrashPoint::adopted);
    include();
  }

  // Of what is behind that block, the engine has nothing.
  void tell_differs(const DifferingBlock& block, const std::string& what) {
    differs_ = Differs{block.number, what};
    judge_difference();
    if (pool_) this->send(pool_, BlockDiffers{block});
  }
  // What is attested in the log behind it, or was never to be revoked, stays.
  void judge_difference() {
    if (!differs_) return;
    const auto from = board_->revocable_from.load();
    if (from != 0 && differs_->number >= from && attested_ < differs_->number) return;
    if (on_difference_) on_difference_(differs_->what);
  }

  void tell_executed() {
    if (pool_) this->send(pool_, BlockExecuted{executed_, executed_hash_});
  }

  // The engine first, unless it never had them; then each block's transactions, the last first.
  void go_back() {
    const auto last = revoking_->first - 1;
    board_->revocations.fetch_add(1);
    if (revoking_->known || executed_ <= last) return return_txns();
    executing_ = true;
    this->request(engine_, caf::infinite, AlignEngine{last, revoking_->seq, revoked_})
        .then(
            [this, last](const AlignAnswer& answer) {
              const auto counting = handling("Aligned");
              executing_ = false;
              tell_forgotten(answer.done);
              if (!answer.done) return rest(answer.done.error());
              if (trouble_.ends()) logger_.info("the engine has gone back");
              executed_ = last;
              executed_seq_ = revoking_->seq;
              executed_hash_ = {};  // that it had it was said before
              built_.reset();
              tell_executed();
              crash_here(CrashPoint::gone_back);
              return_txns();
            },
            on_lost("revoked blocks to the engine"));
  }

  void return_txns() {
    if (included_ < revoking_->first) {
      logger_.warn("blocks were revoked, and their transactions wait again",
                   {{"first", revoking_->first}});
      revoking_.reset();
      board_->revocations.fetch_add(1);
      tell_taken();
      return go_on();
    }
    const auto block = block_at(*log_, included_at_);
    if (!block || block->number != included_) {
      stop("the block executor finds no block " + std::to_string(included_) + " at record " +
           std::to_string(included_at_));
    }
    std::uint64_t before_at = 0, epoch_before = 0;
    if (included_ > 1) {
      const auto before = parent_of(*log_, *block);
      if (!before) stop(before.error().what);
      before_at = before->seq;
      epoch_before = before->fact.read().getBlockSealed().getHeader().getEpoch();
    }
    const auto command = return_command(block->fact.read().getBlockSealed(), epoch_before);
    this->request(mempool_, caf::infinite, command, Cause{revoking_->seq})
        .then(
            [this, before_at, epoch_before](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              returned(before_at, epoch_before, receipt.read());
            },
            on_lost("revoked transactions to the mempool"));
  }

  void returned(std::uint64_t before_at, std::uint64_t epoch_before,
                schema::Receipt::Reader receipt) {
    if (receipt.isRejected()) {
      stop(std::string("the mempool refused to take back a block: ") +
           receipt.getRejected().getDetail().cStr());
    }
    crash_here(CrashPoint::returned);
    --included_;
    included_epoch_ = epoch_before;
    included_at_ = before_at;
    included_seq_ = receipt.getAccepted();
    return_txns();
  }

  // Whoever waits may wait for what this is about.
  void rest(const Fault& fault) {
    resting_ = true;
    if (!board_->stopping && trouble_.begins(fault.what)) {
      logger_.warn("the engine does not take a sealed block",
                   {{"block", executed_ + 1}, {"why", fault.what}});
    }
    for (auto& [number, promise] : waiting_) {
      promise.deliver(BlockTaken{tl::unexpected(fault), 0, false});
    }
    waiting_.clear();
    if (std::exchange(ticking_, true)) return;
    this->delayed_send(this, offer_again, caf::tick_atom::value);
  }

  // All that are executed, one behind the other without waiting: the answers come in that order.
  void include() {
    while (!in_hand_.empty() && in_hand_.front().number() <= executed_) {
      if (in_hand_.front().number() <= included_) {
        in_hand_.pop_front();
        continue;
      }
      const auto& next = in_hand_.front();
      const bool mine = mine_.contains(fixed<Address>(next.block().getHeader().getSequencer()));
      ++including_;
      this->request(mempool_, caf::infinite, include_command(next.block(), mine), Cause{next.seq})
          .then(
              [this,
               block = Included{next.number(), next.epoch(), next.seq}](const Receipt& receipt) {
                const auto counting = handling("Receipt");
                included(block, receipt.read());
              },
              on_lost("an inclusion to the mempool"));
      in_hand_.pop_front();
    }
    if (including_ == 0) go_on();
  }

  void included(const Included& block, schema::Receipt::Reader receipt) {
    if (receipt.isRejected()) {
      stop(std::string("the mempool refused a sealed block: ") +
           receipt.getRejected().getDetail().cStr());
    }
    crash_here(CrashPoint::included);
    included_ = block.number;
    included_epoch_ = block.epoch;
    included_at_ = block.seq;
    included_seq_ = receipt.getAccepted();
    tell_taken();
    if (--including_ == 0) go_on();
  }

  void tell_taken() {
    // What is included may be revoked.
    if (revoking_ || is_revoked(revoked_, included_, included_epoch_)) return;
    while (!waiting_.empty() && waiting_.begin()->first <= included_) {
      waiting_.begin()->second.deliver(BlockTaken{{}, included_seq_, false});
      waiting_.erase(waiting_.begin());
    }
  }

  std::shared_ptr<Board> board_;
  std::set<Address> mine_;
  std::uint64_t executed_;  // the last block that the engine has
  Hash32 executed_hash_;
  std::uint64_t executed_seq_;  // the record up to which the log was looked at for it
  std::uint64_t included_;      // the last block that is included
  std::uint64_t included_epoch_;
  std::uint64_t included_at_;  // its record
  std::uint64_t read_;         // the last record looked at
  std::uint64_t attested_;     // up to which block, by what was read
  std::uint64_t durable_ = 0;
  std::uint64_t included_seq_;  // behind which the last inclusion is durable
  std::unique_ptr<LogReader> log_;
  pool_sequence_actor pool_;
  std::function<void(const std::string&)> on_difference_;
  engine_actor engine_;
  mempool_actor mempool_;
  journal_actor journal_;
  std::deque<InHand> in_hand_;  // read and not included, in order
  std::size_t including_ = 0;   // inclusions that the mempool has not answered
  bool executing_ = false;      // the engine is on its way to a block
  bool resting_ = false;        // until it is asked again, since the engine did not take a block
  bool ticking_ = false;        // a tick is on its way
  std::vector<RevokedBlocks> revoked_;  // that it knows of
  std::optional<Revoking> revoking_;    // what the engine and the mempool are to give back
  std::optional<Differs> differs_;
  std::optional<Payload> built_;
  std::vector<AlignPromise> forgetting_;
  std::multimap<std::uint64_t, caf::typed_response_promise<BlockTaken>> waiting_;  // by block
  Logger logger_{meter().name};
  Episode trouble_;
};

}  // namespace

block_executor_actor spawn_block_executor(caf::actor_system& system, Threading threading,
                                          std::shared_ptr<ActorMeter> meter,
                                          std::shared_ptr<Board> board, ExecutorOptions options,
                                          std::unique_ptr<LogReader> log, engine_actor engine,
                                          mempool_actor mempool, journal_actor journal) {
  return spawn_as<BlockExecutor>(system, threading, std::move(meter), std::move(board),
                                 std::move(options), std::move(log), std::move(engine),
                                 std::move(mempool), std::move(journal));
}

}  // namespace horae
