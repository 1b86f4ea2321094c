#include "tools/replay/audit/account.hpp"

#include "events/locking/pool.hpp"
#include "events/world.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

using schema::LockingFact;

// Keeps a sequencer's books from the events that name it.
class Books {
 public:
  explicit Books(U256 sequencer) : sequencer_(sequencer) {}

  void add(const RecordHeader& header, LockingFact::Reader fact) {
    header_ = &header;
    if (fact.isL1Reverted()) return take_back(fact.getL1Reverted().getTo().getNumber());
    if (!is_event(fact)) return;
    const auto position = position_of(fact);
    at_ = Booking{};
    at_.seq = header.seq;
    at_.time_ms = header.time_ms;
    if (const auto seconds = l1_time(fact)) at_.l1_time_ms = *seconds * 1000;
    at_.l1_block = position.getBlock();
    at_.log_index = position.getLogIndex();
    at_.txn = fixed<Hash32>(position.getTxnHash());
    book(fact);
  }
  void add(const RecordHeader& header, schema::PenaltiesFact::Reader fact) {
    header_ = &header;
    at_ = Booking{};
    at_.seq = header.seq;
    at_.time_ms = header.time_ms;
    if (fact.isFaultProven() && read_u256(fact.getFaultProven().getSequencerId()) == sequencer_) {
      note("faultProven", "L2 block " + std::to_string(fact.getFaultProven().getBlock()) + ", " +
                              std::to_string(fact.getFaultProven().getPoints()) + " points");
    } else if (fact.isConsequenceDrawn() &&
               read_u256(fact.getConsequenceDrawn().getSequencerId()) == sequencer_) {
      const auto drawn = fact.getConsequenceDrawn();
      note("consequenceDrawn",
           drawn.getKind() == schema::ConsequenceKind::SKIPPED
               ? "passed over up to epoch " + std::to_string(drawn.getUntilEpoch())
               : "forceUnlock proposed");
    }
  }

  /// Whether the pool knows the sequencer, and has not let it go.
  void set_seen(bool seen) { seen_ = seen; }

  [[nodiscard]] const Balance& balance() const { return balance_; }
  [[nodiscard]] std::vector<Booking>& lines() { return lines_; }

 private:
  // What stands, and what was before it.
  struct Standing {
    Booking booking;
    Balance before;
  };

  [[nodiscard]] bool mine(capnp::Data::Reader id) const { return read_u256(id) == sequencer_; }

  void note(std::string event, std::string detail) {
    at_.event = std::move(event);
    at_.detail = std::move(detail);
    at_.after = balance_;
    lines_.push_back(at_);
  }

  void move(const char* event, const char* from, const char* to, const U256& amount,
            std::string detail = {}) {
    const auto before = balance_;
    at_.event = event;
    at_.detail = std::move(detail);
    at_.from = from;
    at_.to = to;
    at_.amount = amount;
    change(from, amount, false);
    change(to, amount, true);
    finish(before);
  }
  // The balance is set already.
  void finish(const Balance& before) {
    at_.after = balance_;
    lines_.push_back(at_);
    standing_.push_back({at_, before});
    at_.from.clear();
    at_.to.clear();
    at_.amount.reset();
    at_.detail.clear();
  }
  // A balance below zero wraps and so can equal no fold's.
  void change(std::string_view which, const U256& amount, bool more) {
    if (which == "locked") balance_.locked += more ? amount : U256(0) - amount;
    if (which == "reward" && balance_.reward) {
      *balance_.reward += more ? amount : U256(0) - amount;
    }
  }
  void forget_reward(const char* event, const char* detail) {
    const auto before = balance_;
    at_.event = event;
    at_.detail = detail;
    balance_.reward.reset();
    finish(before);
  }
  // The whole reward goes: whatever it was, it is known again.
  void empty_reward(const char* event, const char* to, const U256& amount,
                    std::string detail = {}) {
    const auto before = balance_;
    if (!balance_.reward) balance_.reward = amount;
    move(event, "reward", to, amount, std::move(detail));
    standing_.back().before = before;
  }

  // The reward was claimed before in the same transaction, which RewardsClaimed has told: what
  // UnlockInitiated tells of it is no second payment.
  void begin_exit() {
    at_.event = "unlockInitiated";
    at_.detail = "the lock stays until the exit is claimed; the reward was claimed with this";
    finish(balance_);
  }

  void book(LockingFact::Reader fact) {
    switch (fact.which()) {
      case LockingFact::LOCKED:
        if (!mine(fact.getLocked().getSequencerId())) return;
        return move("locked", "owner", "locked", read_u256(fact.getLocked().getAmount()));
      case LockingFact::RELOCKED:
        return book_relocked(fact.getRelocked());
      case LockingFact::WITHDRAWN:
        if (!mine(fact.getWithdrawn().getSequencerId())) return;
        return move("withdrawn", "locked", "owner", read_u256(fact.getWithdrawn().getAmount()));
      case LockingFact::LOCK_UPDATED: {
        if (!mine(fact.getLockUpdated().getSequencerId())) return;
        const auto amount = read_u256(fact.getLockUpdated().getNewAmount());
        if (amount > balance_.locked) {
          move("lockUpdated", "correction", "locked", amount - balance_.locked);
        } else if (amount < balance_.locked) {
          move("lockUpdated", "locked", "correction", balance_.locked - amount);
        }
        return;
      }
      case LockingFact::REWARDS_CLAIMED: {
        const auto claimed = fact.getRewardsClaimed();
        if (!mine(claimed.getSequencerId())) return;
        return empty_reward("rewardsClaimed", "recipient", read_u256(claimed.getAmount()),
                            "to " + to_hex(view(claimed.getRecipient())));
      }
      case LockingFact::UNLOCK_INITIATED:
        if (!mine(fact.getUnlockInitiated().getSequencerId())) return;
        return begin_exit();
      case LockingFact::UNLOCKED:
        if (!mine(fact.getUnlocked().getSequencerId())) return;
        // Nothing is left to it: known again, where it was not.
        if (!balance_.reward) empty_reward("unlocked", "recipient", 0, "the end of its rewards");
        return move("unlocked", "locked", "owner", read_u256(fact.getUnlocked().getAmount()));
      case LockingFact::REWARD_DISTRIBUTED:
        return book_distributed(fact.getRewardDistributed());
      case LockingFact::NONE:
      case LockingFact::POOL_OPENED:
      case LockingFact::BATCH_SUBMITTED:
      case LockingFact::SIGNER_CHANGED:
      case LockingFact::MIN_LOCK_SET:
      case LockingFact::MAX_LOCK_SET:
      case LockingFact::REWARD_PAYER_SET:
      case LockingFact::REWARD_PER_BLOCK_UPDATED:
      case LockingFact::MPC_UPDATED:
      case LockingFact::EXIT_DELAY_CHANGED:
      case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
      case LockingFact::WHITELIST_SET:
      case LockingFact::REWARD_RECIPIENT_CHANGED:
      case LockingFact::OWNER_CHANGED:
      case LockingFact::PAUSED:
      case LockingFact::UNPAUSED:
      case LockingFact::UPGRADED:
      case LockingFact::L1_ADVANCED:
      case LockingFact::L1_REVERTED:
      case LockingFact::DISCREPANCY_FOUND:
        return;
    }
    stop("a locking fact written by a newer version");
  }

  void book_relocked(schema::Relocked::Reader relocked) {
    if (!mine(relocked.getSequencerId())) return;
    const auto amount = read_u256(relocked.getAmount());
    const auto compounded = read_u256(relocked.getFromReward());
    if (relocked.getSource() == schema::SplitSource::UNKNOWN) {
      move("relocked", "owner", "locked", amount, "how much of it was reward is not known");
      return forget_reward("relocked", "the reward is not known from here on");
    }
    if (compounded > 0) empty_reward("relocked", "locked", compounded, "compounded");
    if (amount > compounded) move("relocked", "owner", "locked", amount - compounded);
  }

  void book_distributed(schema::RewardDistributed::Reader batch) {
    const auto name = "batch " + to_decimal(read_u256(batch.getBatchId()));
    if (batch.getSource() == schema::SplitSource::UNKNOWN) {
      if (read_u256(batch.getAmount()) > 0 && seen_) {
        forget_reward("rewardDistributed", "the parts of the batch are not known");
      }
      return;
    }
    for (const auto credit : batch.getCredits()) {
      if (!mine(credit.getSequencerId())) continue;
      move("rewardDistributed", "payer", "reward", read_u256(credit.getAmount()),
           name + ", " + to_decimal(read_u256(credit.getBlocks())) + " blocks");
    }
  }

  // Newest first, as it did not happen.
  void take_back(std::uint64_t above) {
    while (!standing_.empty() && standing_.back().booking.l1_block > above) {
      auto undone = standing_.back().booking;
      balance_ = standing_.back().before;
      standing_.pop_back();
      undone.detail = "record " + std::to_string(undone.seq) +
                      (undone.detail.empty() ? "" : ", " + undone.detail);
      undone.seq = header_->seq;
      undone.time_ms = header_->time_ms;
      undone.event = "taken back: " + undone.event;
      std::swap(undone.from, undone.to);
      undone.after = balance_;
      lines_.push_back(std::move(undone));
    }
  }

  U256 sequencer_;
  bool seen_ = false;
  const RecordHeader* header_ = nullptr;
  Booking at_;  // the event being booked
  Balance balance_;
  std::vector<Standing> standing_;
  std::vector<Booking> lines_;
};

Balance folded(const World& world, const U256& sequencer) {
  const auto& all = world.shared.locking.current.sequencers;
  const auto found = all.find(sequencer);
  if (found == all.end()) return {};
  return {found->second.amount, found->second.reward};
}

std::string words(const Balance& balance) {
  return to_decimal(balance.locked) + " locked and " +
         (balance.reward ? to_decimal(*balance.reward) : std::string("an unknown amount")) +
         " of reward";
}

// Whether the pool of this state has the sequencer.
bool knows(const World& world, const U256& sequencer) {
  return world.shared.locking.current.sequencers.contains(sequencer);
}

// A number that no record ever names is a slip of whoever asks, not an account of nothing. Looks on
// behind what was asked about.
Outcome<void> somebody(World& world, Walk& walk, const Source& source, const U256& sequencer,
                       Reading& reading) {
  std::string known;
  for (;; walk.pop()) {
    if (knows(world, sequencer)) return {};
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    reading.at((*value)->seq);
    if (const auto done = fold_checked(world, **value); !done) {
      return refuse(done.error().trouble, to_text(done.error()));
    }
  }
  for (const auto& [id, each] : world.shared.locking.current.sequencers) {
    known += (known.empty() ? "" : ", ") + to_decimal(id);
  }
  return refuse(Trouble::not_in_log, "no sequencer " + to_decimal(sequencer) + " up to record " +
                                         std::to_string(source.last()) + ": the pool knows " +
                                         (known.empty() ? "none" : known));
}

}  // namespace

Outcome<Account> account(const Source& source, const U256& sequencer, std::uint64_t from_ms,
                         std::uint64_t to_ms, std::atomic<std::uint64_t>* at) {
  Account out;
  out.sequencer = sequencer;
  out.from_ms = from_ms;
  out.to_ms = to_ms;
  const auto before = before_l1_time(source, from_ms, at);
  if (!before) return tl::unexpected(before.error());
  auto last = Outcome<std::uint64_t>(source.last());
  if (to_ms != UINT64_MAX) last = before_l1_time(source, to_ms, at);
  if (!last) return tl::unexpected(last.error());
  World world;
  Books books(sequencer);
  bool inside = false;
  bool known_once = false;
  Reading reading(at, "booking", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    const auto seq = (*value)->seq;
    reading.at(seq);
    const auto record = decode_record((*value)->value);
    if (seq > *last) break;
    inside = seq > *before;
    const auto& pool = world.shared.locking.current.sequencers;
    const auto known = pool.find(sequencer);
    known_once = known_once || known != pool.end();
    books.set_seen(known != pool.end() && known->second.status != SequencerStatus::unlocked);
    if (const auto done = fold_checked(world, **value); !done) {
      return refuse(done.error().trouble, to_text(done.error()));
    }
    if (record->header.domain == Domain::LOCKING) {
      const auto fact = Msg<LockingFact>::of(Message::trusted(record->payload));
      books.add(record->header, fact.read());
    } else if (record->header.domain == Domain::PENALTIES) {
      const auto fact = Msg<schema::PenaltiesFact>::of(Message::trusted(record->payload));
      books.add(record->header, fact.read());
    }
    if (record->header.domain == Domain::LOCKING && books.balance() != folded(world, sequencer)) {
      out.disagreements.push_back("record " + std::to_string(seq) + ": the bookings give " +
                                  words(books.balance()) + ", the fold " +
                                  words(folded(world, sequencer)));
      if (out.disagreements.size() == 10) break;
    }
    if (inside) {
      out.closed_seq = seq;
    } else {
      out.opened_seq = out.closed_seq = seq;
      out.opening = books.balance();
      books.lines().clear();
    }
  }
  out.closing = books.balance();
  out.bookings = std::move(books.lines());
  out.closed_hash = world.head;
  if (known_once) return out;
  if (auto found = somebody(world, walk, source, sequencer, reading); !found) {
    return tl::unexpected(found.error());
  }
  return out;
}

}  // namespace horae::replay
