#include "actors/door.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "core/eth/txn.hpp"
#include "duties/pooled_txn.hpp"
#include "events/json.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

Reason reason_of(TxnRefusal refusal) {
  switch (refusal) {
    case TxnRefusal::malformed:
      return Reason::MALFORMED;
    case TxnRefusal::unsupported_type:
      return Reason::UNSUPPORTED_TYPE;
    case TxnRefusal::bad_signature:
      return Reason::BAD_SIGNATURE;
  }
  stop("an unknown refusal of a transaction");
}

class Door : public Metered<door_actor::base> {
 public:
  Door(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
       std::shared_ptr<Admission> admission, std::uint64_t chain_id, accounts_actor accounts,
       mempool_actor mempool)
      : Metered(config, std::move(counted)),
        admission_(std::move(admission)),
        chain_id_(chain_id),
        accounts_(std::move(accounts)),
        mempool_(std::move(mempool)) {}

  behavior_type make_behavior() override {
    give_way();
    return {[this](const SubmitRaw& submitted) {
      const auto counting = handling("SubmitRaw");
      submit(submitted);
    }};
  }

 private:
  struct Decoded {
    Txn txn;
    Address sender;
    SubmitRaw submitted;
  };

  void submit(const SubmitRaw& submitted) {
    const auto say = [&](Reason reason, std::string detail, const Hash32& hash = {}) {
      tell(logger_, hash, nullptr, reason, detail);
      admission_->count(reason);
      answer(submitted, hash, reason, std::move(detail));
    };
    if (const auto* closed = admission_->closed.load()) return say(closed->reason, closed->why);
    if (auto why = oversized(submitted.raw)) return say(Reason::TOO_LARGE, std::move(*why));
    auto txn = decode_txn(submitted.raw);
    if (!txn) return say(reason_of(txn.error().kind), txn.error().what);
    if (!txn->chain_id || *txn->chain_id != chain_id_) {
      return say(Reason::WRONG_CHAIN,
                 (txn->chain_id ? "chain id " + std::to_string(*txn->chain_id)
                                : std::string("no chain id (EIP-155)")) +
                     ", this chain is " + std::to_string(chain_id_),
                 txn->hash);
    }
    // Before the recovery, which is what a transaction costs here.
    if (!begin()) return say(Reason::BUSY, "too many transactions at once, try again", txn->hash);
    const auto from = recover_sender(*txn);
    if (!from) {
      admission_->in_flight.fetch_sub(1);
      return say(Reason::BAD_SIGNATURE, from.error().what, txn->hash);
    }
    look_up(std::make_shared<Decoded>(Decoded{std::move(*txn), *from, submitted}));
  }

  // Takes one of the places, or says that there is none.
  [[nodiscard]] bool begin() {
    if (admission_->in_flight.fetch_add(1) < admission_->limit) return true;
    admission_->in_flight.fetch_sub(1);
    return false;
  }

  void look_up(const std::shared_ptr<const Decoded>& decoded) {
    this->request(accounts_, caf::infinite, AccountOf{decoded->sender})
        .then(
            [this, decoded](const AccountAnswer& answer) {
              const auto counting = handling("AccountAnswer");
              if (!answer.account) {
                return finish(*decoded, Reason::BUSY,
                              "the engine does not answer: " + answer.account.error().what);
              }
              ask_mempool(decoded, *answer.account, answer.block);
            },
            on_lost("a look-up of an account"));
  }

  void ask_mempool(std::shared_ptr<const Decoded> decoded, const EngineAccount& account,
                   std::uint64_t block) {
    const auto command = Msg<schema::MempoolCommand>::build([&](auto builder) {
      auto submission = builder.initSubmit();
      submission.setIntrinsicGas(intrinsic_gas(decoded->txn));
      write(submission.initTxn(), decoded->txn, decoded->sender, decoded->submitted.raw);
      auto seen = submission.initAccount();
      seen.setNonce(account.nonce);
      seen.setBlock(block);
      seen.setBalance(data(to_word(account.balance)));
    });
    this->request(mempool_, caf::infinite, command, Cause{0})
        .then(
            [this, decoded](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              const auto read = receipt.read();
              if (read.isRejected()) {
                return finish(*decoded, read.getRejected().getReason(),
                              read.getRejected().getDetail().cStr());
              }
              finish(*decoded, Reason::NONE, {}, read.getAccepted());
            },
            on_lost("a transaction to the mempool"));
  }

  // Strangers decide how many there are.
  void tell(const Logger& logger, const Hash32& hash, const Address* by, Reason reason,
            const std::string& detail) {
    if (!logger.heard(Level::debug)) return;
    const auto left_out = limiter_.pass(ActorMeter::now_ns());
    if (!left_out) return;
    if (*left_out > 0) logger_.debug("lines are left out", {{"lines", *left_out}});
    const auto from = by == nullptr ? std::string() : to_hex(*by);
    if (reason == Reason::NONE) {
      logger.debug("transaction admitted", {{"hash", to_hex(hash)}, {"sender", from}});
    } else {
      logger.debug("transaction refused", {{"hash", to_hex(hash)},
                                           {"sender", from},
                                           {"reason", reason_name(reason)},
                                           {"detail", detail}});
    }
  }

  void finish(const Decoded& decoded, Reason reason, std::string detail, std::uint64_t seq = 0) {
    tell(mempool_logger_, decoded.txn.hash, &decoded.sender, reason, detail);
    admission_->in_flight.fetch_sub(1);
    admission_->count(reason);
    answer(decoded.submitted, decoded.txn.hash, reason, std::move(detail), seq);
  }

  void answer(const SubmitRaw& submitted, const Hash32& hash, Reason reason, std::string detail,
              std::uint64_t seq = 0) {
    this->send(submitted.client,
               SubmitAnswer{submitted.ticket, hash, reason, std::move(detail), seq});
  }

  std::shared_ptr<Admission> admission_;
  Logger logger_{meter().name};
  // What the mempool decided, told once it is durable.
  Logger mempool_logger_{"mempool"};
  RateLimiter limiter_{200};
  std::uint64_t chain_id_;
  accounts_actor accounts_;
  mempool_actor mempool_;
};

}  // namespace

door_actor spawn_door(caf::actor_system& system, Threading threading,
                      std::shared_ptr<ActorMeter> meter, std::shared_ptr<Admission> admission,
                      std::uint64_t chain_id, accounts_actor accounts, mempool_actor mempool) {
  return spawn_as<Door>(system, threading, std::move(meter), std::move(admission), chain_id,
                        std::move(accounts), std::move(mempool));
}

}  // namespace horae
