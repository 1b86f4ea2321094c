#include "actors/block_executor.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <map>

#include "core/crash_points.hpp"
#include "core/eth/txn.hpp"
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

// A nonce after the block for each sender in it, by the transactions' own signatures.
std::map<Address, std::uint64_t> nonces_after(schema::BlockSealed::Reader block) {
  std::map<Address, std::uint64_t> out;
  for (const auto raw : block.getTxns()) {
    const auto txn = decode_txn(view(raw));
    const auto sender = txn ? recover_sender(*txn) : fail(txn.error().what);
    // The engine has executed it.
    if (!sender) {
      stop("a transaction of block " + std::to_string(block.getHeader().getNumber()) +
           " has no sender: " + sender.error().what);
    }
    auto& nonce = out[*sender];
    nonce = std::max(nonce, txn->nonce + 1);
  }
  return out;
}

Msg<schema::MempoolCommand> include_command(schema::BlockSealed::Reader block, bool mine) {
  return Msg<schema::MempoolCommand>::build([&](auto command) {
    auto include = command.initInclude();
    include.setBlock(block.getHeader().getNumber());
    include.setHashes(block.getHashes());
    include.setTime(block.getHeader().getTimestamp());
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
        included_(options.included_block),
        read_(options.seq),
        included_seq_(options.seq),
        log_(std::move(log)),
        pool_(std::move(options.pool)),
        engine_(std::move(engine)),
        mempool_(std::move(mempool)),
        journal_(std::move(journal)) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    waiting_.clear();
    forgetting_.clear();
    in_hand_.clear();
    pool_ = nullptr;
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
              if (resting_) go_on();
            }};
  }

 private:
  struct InHand {
    std::uint64_t seq = 0;
    Msg<schema::BlocksFact> fact;

    [[nodiscard]] schema::BlockSealed::Reader block() const { return fact.read().getBlockSealed(); }
    [[nodiscard]] std::uint64_t number() const { return block().getHeader().getNumber(); }
  };

  using AlignPromise = caf::typed_response_promise<AlignAnswer>;

  AlignPromise forget_built() {
    auto promise = make_response_promise<AlignAnswer>();
    built_.reset();
    forgetting_.push_back(promise);
    if (executing_) return promise;
    this->request(engine_, caf::infinite, AlignEngine{executed_})
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

  void go_on() {
    resting_ = false;
    read_on();
    if (in_hand_.empty()) return follow();
    if (in_hand_.back().number() > executed_) return execute();
    include();
  }

  void read_on() {
    while (read_ < durable_ && in_hand_.size() < most_in_hand) {
      const auto slice = log_->read(read_ + 1, executor_slice_records, executor_slice_bytes);
      if (!slice) stop("the block executor cannot read the log: " + slice.error().what);
      if (slice->empty()) {
        stop("the block executor finds no record " + std::to_string(read_ + 1));
      }
      for (const auto& stored : *slice) {
        if (stored.seq > durable_ || in_hand_.size() == most_in_hand) break;
        see(stored);
        read_ = stored.seq;
      }
    }
  }

  template <class Stored>
  void see(const Stored& stored) {
    const auto record = decode_record(stored.value);
    if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
    if (record->header.domain != Domain::BLOCKS ||
        record->header.kind != schema::BlocksFact::BLOCK_SEALED) {
      return;
    }
    InHand found{stored.seq, Msg<schema::BlocksFact>::of(Message::trusted(record->payload))};
    if (found.number() > included_) in_hand_.push_back(std::move(found));
  }

  // By what it built, where that is the next block; else from the log, with whatever it lacks.
  void execute() {
    executing_ = true;
    const auto next = std::ranges::find_if(
        in_hand_, [this](const InHand& each) { return each.number() > executed_; });
    const auto built = std::exchange(built_, std::nullopt);
    if (built && next->number() == executed_ + 1 &&
        built->block.hash == fixed<Hash32>(next->block().getHeader().getBlockHash())) {
      this->request(engine_, caf::infinite, AdoptBlock{*built})
          .then(
              [this, number = next->number()](const AdoptAnswer& answer) {
                const auto counting = handling("Adopted");
                executed(number, answer.done);
              },
              on_lost("a sealed block to the engine"));
      return;
    }
    const auto last = in_hand_.back().number();
    this->request(engine_, caf::infinite, AlignEngine{last})
        .then(
            [this, last](const AlignAnswer& answer) {
              const auto counting = handling("Aligned");
              executed(last, answer.done);
            },
            on_lost("a sealed block to the engine"));
  }

  void executed(std::uint64_t number, const Result<void>& outcome) {
    executing_ = false;
    tell_forgotten(outcome);
    if (!outcome) return rest(outcome.error());
    if (trouble_.ends()) logger_.info("the engine has taken the sealed block");
    executed_ = number;
    tell_executed();
    crash_here(CrashPoint::adopted);
    include();
  }

  void tell_executed() {
    if (pool_) this->send(pool_, BlockExecuted{executed_});
  }

  // Whoever waits may wait for what this is about.
  void rest(const Fault& fault) {
    resting_ = true;
    if (!board_->stopping && trouble_.begins(fault.what)) {
      logger_.warn("the engine does not take a sealed block",
                   {{"block", executed_ + 1}, {"why", fault.what}});
    }
    for (auto& [number, promise] : waiting_) {
      promise.deliver(BlockTaken{tl::unexpected(fault), 0});
    }
    waiting_.clear();
    if (std::exchange(ticking_, true)) return;
    this->delayed_send(this, offer_again, caf::tick_atom::value);
  }

  // All that are executed, one behind the other without waiting: the answers come in that order.
  void include() {
    while (!in_hand_.empty() && in_hand_.front().number() <= executed_) {
      const auto& next = in_hand_.front();
      const bool mine = mine_.contains(fixed<Address>(next.block().getHeader().getSequencer()));
      ++including_;
      this->request(mempool_, caf::infinite, include_command(next.block(), mine), Cause{next.seq})
          .then(
              [this, number = next.number()](const Receipt& receipt) {
                const auto counting = handling("Receipt");
                included(number, receipt.read());
              },
              on_lost("an inclusion to the mempool"));
      in_hand_.pop_front();
    }
  }

  void included(std::uint64_t number, schema::Receipt::Reader receipt) {
    if (receipt.isRejected()) {
      stop(std::string("the mempool refused a sealed block: ") +
           receipt.getRejected().getDetail().cStr());
    }
    crash_here(CrashPoint::included);
    included_ = number;
    included_seq_ = receipt.getAccepted();
    tell_taken();
    if (--including_ == 0) go_on();
  }

  void tell_taken() {
    while (!waiting_.empty() && waiting_.begin()->first <= included_) {
      waiting_.begin()->second.deliver(BlockTaken{{}, included_seq_});
      waiting_.erase(waiting_.begin());
    }
  }

  std::shared_ptr<Board> board_;
  std::set<Address> mine_;
  std::uint64_t executed_, included_;  // the last block that the engine has, and that is included
  std::uint64_t read_;                 // the last record looked at
  std::uint64_t durable_ = 0;
  std::uint64_t included_seq_;  // behind which the last inclusion is durable
  std::unique_ptr<LogReader> log_;
  pool_sequence_actor pool_;
  engine_actor engine_;
  mempool_actor mempool_;
  journal_actor journal_;
  std::deque<InHand> in_hand_;  // read and not included, in order
  std::size_t including_ = 0;   // inclusions that the mempool has not answered
  bool executing_ = false;      // the engine is on its way to a block
  bool resting_ = false;        // until it is asked again, since the engine did not take a block
  bool ticking_ = false;        // a tick is on its way
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
