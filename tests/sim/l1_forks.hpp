#pragma once

#include <map>
#include <set>

#include "tests/fixture/deciders.hpp"
#include "tests/sim/dice.hpp"

// L1 as the members of a pool see it: a chain that goes back, and the locking pool's events on it.
namespace horae::test {

/// A key that everybody knows, with what is made of it.
struct KnownKey {
  PublicKey key;
  Address address;
};
inline const KnownKey& known_key(std::uint8_t n) {
  static const auto keys = [] {
    std::vector<KnownKey> out(33);
    for (std::uint8_t i = 1; i < out.size(); ++i) {
      out[i].key = public_key(secret(i));
      out[i].address = address_of(out[i].key);
    }
    return out;
  }();
  return keys.at(n);
}

/// What the locking pool has of its sequencers at the end of a block.
struct LockedSequencers {
  struct Each {
    std::uint8_t key = 0;
    std::uint64_t metis = 0, nonce = 1;
    bool active = true;
  };
  std::vector<Each> each;  // ids from 1
  std::uint64_t total = 0;

  [[nodiscard]] const Each* of(std::uint8_t key) const {
    const auto found = std::ranges::find(each, key, &Each::key);
    return found == each.end() ? nullptr : &*found;
  }
};

struct ForkBlock {
  L1Point at;
  Hash32 parent;
  LockedSequencers after;
  std::vector<Scene::Event> events;
  std::vector<Scene::Event> hidden;  // the same as an endpoint tells them that lacks something

  [[nodiscard]] Msg<schema::LockingCommand> observed(bool lacking) const {
    return Scene::command([&](auto root) {
      auto observe = root.initObserve();
      observe.setTimestamp(Scene::time(at.number));
      observe.initBlock().setNumber(at.number);
      observe.getBlock().setHash(data(at.hash));
      observe.setParentHash(data(parent));
      const auto& told = lacking ? hidden : events;
      auto list = observe.initEvents(static_cast<unsigned>(told.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        told[i](list[i], *Msg<schema::L1Position>::build([&](auto position) {
                  position.setBlock(at.number);
                  position.setLogIndex(i);
                  position.setTimestamp(Scene::time(at.number));
                  position.setBlockHash(data(at.hash));
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

  /// powers: of the genesis, by key from 1.
  ForkingL1(Dice& dice, std::vector<std::uint64_t> powers)
      : dice_(dice), powers_(std::move(powers)) {
    ForkBlock first;
    first.at = {L1View::first_block, Scene::block_hash(L1View::first_block)};
    add(std::move(first));
  }

  void grow() {
    const auto& last = *now.chain.back();
    ForkBlock next;
    next.at = {last.at.number + 1, Scene::block_hash(last.at.number + 1, ++salts_)};
    next.parent = last.at.hash;
    next.after = last.after;
    for (auto events = dice_.one_in(4) ? 1 + dice_.below(2) : 0; events > 0; --events) happen(next);
    add(std::move(next));
    if (now.latest() > L1View::first_block + final_depth) {
      now.finalized = std::max(now.finalized, now.latest() - final_depth);
    }
  }
  /// Other blocks in place of the last ones, and one more. What is final stays.
  void fork(std::uint64_t blocks) {
    const auto keep = std::max(now.finalized, L1View::first_block);
    const auto goal = now.latest() + 1;
    for (; blocks > 0 && now.latest() > keep; --blocks) now.chain.pop_back();
    while (now.latest() < goal) grow();
  }

 private:
  void add(ForkBlock block) {
    const auto at = block.at;
    now.chain.push_back(&ever.emplace(at, std::move(block)).first->second);
  }

  void happen(ForkBlock& block) {
    auto& pool = block.after;
    const auto key = static_cast<std::uint8_t>(1 + dice_.below(powers_.size() + 2));
    const auto* known = pool.of(key);
    auto wanted = pool;
    if (known == nullptr) {
      const auto metis_locked = 20'000 + 1'000 * dice_.below(81);
      wanted.each.push_back({key, metis_locked});
      wanted.total += metis_locked;
      if (!bounds_liars(wanted)) return;
      tell(block, locks(wanted.each.size(), key, metis_locked, wanted.total));
    } else if (known->active && dice_.one_in(3)) {
      const auto id = static_cast<std::size_t>(known - pool.each.data());
      wanted.each[id].active = false;
      wanted.each[id].nonce = 2;
      if (!bounds_liars(wanted)) return;
      tell(block, unlocks(id + 1, key, block.at.number));
    } else if (known->active && known->metis < 100'000) {
      const auto id = static_cast<std::size_t>(known - pool.each.data());
      wanted.each[id].metis += 1'000;
      wanted.total += 1'000;
      if (!bounds_liars(wanted)) return;
      const auto source =
          dice_.one_in(2) ? schema::SplitSource::CALLDATA : schema::SplitSource::TOKEN_TRANSFER;
      block.events.push_back(relocked(id + 1, metis(1'000), metis(wanted.total), 0, source));
      block.hidden.push_back(
          relocked(id + 1, metis(1'000), metis(wanted.total), 0, schema::SplitSource::UNKNOWN));
    } else {
      return;
    }
    pool = std::move(wanted);
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

  static void tell(ForkBlock& block, const Scene::Event& event) {
    block.events.push_back(event);
    block.hidden.push_back(event);
  }
  static Scene::Event locks(std::uint64_t id, std::uint8_t key, std::uint64_t amount,
                            std::uint64_t total) {
    return [=](schema::LockingFact::Builder fact, schema::L1Position::Reader position) {
      auto event = fact.initLocked();
      event.setPosition(position);
      event.setSigner(data(known_key(key).address));
      event.setPubkey(data(known_key(key).key));
      event.setSequencerId(data(to_word(id)));
      event.setNonce(data(to_word(1)));
      event.setActivationBatch(data(to_word(1)));
      event.setAmount(data(to_word(metis(amount))));
      event.setTotal(data(to_word(metis(total))));
    };
  }
  static Scene::Event unlocks(std::uint64_t id, std::uint8_t key, std::uint64_t block) {
    return [=](schema::LockingFact::Builder fact, schema::L1Position::Reader position) {
      auto event = fact.initUnlockInitiated();
      event.setPosition(position);
      event.setSigner(data(known_key(key).address));
      event.setSequencerId(data(to_word(id)));
      event.setNonce(data(to_word(2)));
      event.setDeactivationBatch(data(to_word(1)));
      event.setDeactivationTime(data(to_word(Scene::time(block))));
      event.setUnlockClaimTime(data(to_word(Scene::time(block) + 21 * 86400)));
      event.setReward(data(to_word(0)));
    };
  }

  Dice& dice_;
  std::vector<std::uint64_t> powers_;
  std::uint64_t salts_ = 0;
};

}  // namespace horae::test
