#pragma once

#include <deque>
#include <map>
#include <set>

#include "tests/fixture/deciders.hpp"
#include "tests/sim/dice.hpp"

// L1 as the members of a pool see it: a chain that goes back, and the locking pool's events on it.
namespace horae::test {

/// What the locking pool has of its sequencers at the end of a block.
struct LockedSequencers {
  struct Each {
    std::uint8_t key = 0;
    std::uint64_t metis = 0, nonce = 1;
    bool active = true;
    std::uint64_t left = 0;  // in which block it unlocked
  };
  std::vector<Each> each;  // ids from 1
  std::uint64_t total = 0;

  [[nodiscard]] const Each* of(std::uint8_t key) const {
    const auto found = std::ranges::find(each, key, &Each::key);
    return found == each.end() ? nullptr : &*found;
  }
};

/// Something that happens in the locking pool.
struct ForkEvent {
  enum Kind { locks, unlocks, relocks } kind = locks;
  std::uint64_t id = 0;
  std::uint8_t key = 0;
  std::uint64_t metis_moved = 0, total = 0;
  bool keeps_call = true;  // what an endpoint still has of a relock: its call, or the token's log

  /// lacking: as an endpoint tells it that has neither.
  [[nodiscard]] Scene::Event fact(std::uint64_t block, bool lacking) const {
    switch (kind) {
      case locks:
        return locked_by_secret(id, key, metis(metis_moved), metis(total));
      case unlocks:
        return unlock_of_secret(id, key, block);
      case relocks:
        return relocked(id, metis(metis_moved), metis(total), 0,
                        lacking      ? schema::SplitSource::UNKNOWN
                        : keeps_call ? schema::SplitSource::CALLDATA
                                     : schema::SplitSource::TOKEN_TRANSFER);
    }
    stop("an event of no kind");
  }
};

struct ForkBlock {
  L1Point at;
  Hash32 parent;
  LockedSequencers after;
  std::vector<ForkEvent> events;

  /// Before each event there is room for the token's.
  static std::uint32_t log_index(std::size_t event) {
    return static_cast<std::uint32_t>(2 * event + 1);
  }
  /// Of an event's transaction, which has no other.
  [[nodiscard]] Hash32 txn_hash(std::size_t event) const {
    return sha256({at.hash.view(), to_word(event).view()});
  }
  [[nodiscard]] Msg<schema::LockingCommand> observed(bool lacking) const {
    return Scene::command([&](auto root) {
      auto observe = root.initObserve();
      observe.setTimestamp(Scene::time(at.number));
      observe.initBlock().setNumber(at.number);
      observe.getBlock().setHash(data(at.hash));
      observe.setParentHash(data(parent));
      auto list = observe.initEvents(static_cast<unsigned>(events.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        events[i].fact(at.number, lacking)(list[i],
                                           *Msg<schema::L1Position>::build([&](auto position) {
                                             position.setBlock(at.number);
                                             position.setLogIndex(log_index(i));
                                             position.setTimestamp(Scene::time(at.number));
                                             position.setBlockHash(data(at.hash));
                                             position.setTxnHash(data(txn_hash(i)));
                                           }));
      }
    });
  }
};
/// What one endpoint shows: blocks from first_block on, each linked to the one before.
struct L1View {
  static constexpr std::uint64_t first_block = 10;  // that of the opening

  std::vector<const ForkBlock*> chain;
  std::uint64_t finalized = 0;  // 0: none
  bool lacks = false;

  [[nodiscard]] std::uint64_t latest() const { return first_block + chain.size() - 1; }
  [[nodiscard]] const ForkBlock* block(std::uint64_t number) const {
    return number < first_block || number > latest() ? nullptr : chain[number - first_block];
  }
};

class ForkingL1 {
 public:
  L1View now;
  std::uint64_t final_depth = 4;      // so far below the latest block nothing goes back
  std::map<L1Point, ForkBlock> ever;  // every block that there ever was
  std::set<std::uint8_t> liars;       // keys
  std::set<std::uint8_t> stays;       // keys whose sequencers do not unlock

  /// powers: of the genesis, by key from 1.
  ForkingL1(Dice& dice, std::vector<std::uint64_t> powers)
      : dice_(dice), powers_(std::move(powers)) {
    ForkBlock first;
    first.at = {L1View::first_block, Scene::block_hash(L1View::first_block)};
    first.parent = Scene::block_hash(L1View::first_block - 1);
    add(std::move(first));
  }

  /// Whether there ever was such a block. Those before the first have no salt.
  [[nodiscard]] bool had(const L1Point& block) const {
    return block.number < L1View::first_block ? block.hash == Scene::block_hash(block.number)
                                              : ever.contains(block);
  }
  void grow() {
    auto next = after(*now.chain.back());
    for (auto events = dice_.one_in(4) ? 1 + dice_.below(2) : 0; events > 0; --events) happen(next);
    add(std::move(next));
  }
  /// One in which the sequencer of this key locks.
  void grow_with_lock(std::uint8_t key) {
    auto next = after(*now.chain.back());
    happen(next, key);
    add(std::move(next));
  }
  /// Other blocks in place of the last ones, and one more. What is final stays.
  void fork(std::uint64_t blocks) {
    const auto keep = std::max(now.finalized, L1View::first_block);
    const auto goal = now.latest() + 1;
    for (; blocks > 0 && now.latest() > keep; --blocks) now.chain.pop_back();
    while (now.latest() < goal) grow();
  }
  /// What an endpoint shows that lies: blocks that there never were in place of the last ones.
  [[nodiscard]] L1View invented(std::uint64_t blocks) {
    auto out = now;
    blocks = std::min<std::uint64_t>(blocks, out.chain.size() - 1);
    out.chain.resize(out.chain.size() - blocks);
    for (; blocks > 0; --blocks) {
      auto next = after(*out.chain.back());
      if (dice_.one_in(2)) happen(next);
      out.chain.push_back(&inventions_.emplace_back(std::move(next)));
    }
    if (dice_.one_in(4)) out.finalized = out.latest();
    return out;
  }

 private:
  ForkBlock after(const ForkBlock& last) {
    ForkBlock next;
    next.at = {last.at.number + 1, Scene::block_hash(last.at.number + 1, ++salts_)};
    next.parent = last.at.hash;
    next.after = last.after;
    return next;
  }
  void add(ForkBlock block) {
    const auto at = block.at;
    now.chain.push_back(&ever.emplace(at, std::move(block)).first->second);
    if (now.latest() > L1View::first_block + final_depth) {
      now.finalized = std::max(now.finalized, now.latest() - final_depth);
    }
  }

  void happen(ForkBlock& block) {
    happen(block, static_cast<std::uint8_t>(1 + dice_.below(powers_.size() + 2)));
  }
  void happen(ForkBlock& block, std::uint8_t key) {
    const auto* known = block.after.of(key);
    auto wanted = block.after;
    ForkEvent event;
    event.key = key;
    event.id = known == nullptr ? wanted.each.size() + 1
                                : static_cast<std::size_t>(known - block.after.each.data()) + 1;
    if (known == nullptr) {
      event.metis_moved = 20'000 + 1'000 * dice_.below(81);
      wanted.each.push_back({key, event.metis_moved});
    } else if (known->active && !stays.contains(key) && dice_.one_in(3)) {
      event.kind = ForkEvent::unlocks;
      wanted.each[event.id - 1].active = false;
      wanted.each[event.id - 1].nonce = 2;
      wanted.each[event.id - 1].left = block.at.number;
    } else if (known->active && known->metis < 100'000) {
      event.kind = ForkEvent::relocks;
      event.metis_moved = 1'000;
      event.keeps_call = dice_.one_in(2);
      wanted.each[event.id - 1].metis += event.metis_moved;
    } else {
      return;
    }
    event.total = wanted.total += event.metis_moved;
    if (!bounds_liars(wanted)) return;
    block.after = std::move(wanted);
    block.events.push_back(event);
  }

  // Whoever lies has less than a third of the power, whether or not those who joined have a voice.
  [[nodiscard]] bool bounds_liars(const LockedSequencers& pool) const {
    std::uint64_t lying = 0, honest = 0;
    const auto count = [&](std::uint8_t key, std::uint64_t power) {
      (liars.contains(key) ? lying : honest) += power;
    };
    for (std::uint8_t key = 1; key <= powers_.size(); ++key) {
      const auto* locked = pool.of(key);
      count(key, locked == nullptr ? powers_[key - 1u] : locked->active ? locked->metis : 0);
    }
    return lying * 2 < honest;
  }

  Dice& dice_;
  std::vector<std::uint64_t> powers_;
  std::uint64_t salts_ = 0;
  std::deque<ForkBlock> inventions_;
};

}  // namespace horae::test
