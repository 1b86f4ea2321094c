#pragma once

#include <boost/test/unit_test.hpp>

#include "core/hash.hpp"
#include "events/json.hpp"
#include "events/locking/locking.hpp"

// Given facts, when a command, then facts or a refusal: the pool as a test tells it.
namespace horae::test {

inline Address address(std::uint8_t n) {
  Address out;
  out.bytes.fill(n);
  return out;
}
inline Hash32 hash(std::uint64_t n) { return to_word(U256(n)); }
inline Bytes pubkey(std::uint8_t n) { return Bytes(64, n); }
/// The address that a public key of 64 bytes n belongs to.
inline Address signer(std::uint8_t n) {
  return *Address::from(keccak256(pubkey(n)).view().last(Address::size));
}
inline U256 metis(std::uint64_t n) { return U256(n) * U256("1000000000000000000"); }

class Scene {
 public:
  Locking state;
  std::vector<Fact> life;

  /// What a command leads to; every fact goes through its bytes and into the life.
  Decision when(const Msg<schema::LockingCommand>& command) {
    const auto parsed = Msg<schema::LockingCommand>::parse(command.bytes());
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().what));
    auto decision = decide(state, **parsed);
    BOOST_TEST((decision.ok() || decision.facts.empty()));
    for (const auto& fact : decision.facts) {
      BOOST_TEST((fact.domain == Domain::LOCKING));
      const auto payload = Msg<schema::LockingFact>::parse(fact.payload.bytes());
      BOOST_REQUIRE_MESSAGE(payload, (payload ? "" : payload.error().what));
      BOOST_TEST(static_cast<std::uint16_t>((*payload).read().which()) == fact.kind);
      BOOST_TEST((sha256(fact.payload.bytes()) == fact.digest));
      apply(state, **payload);
      life.push_back(fact);
    }
    return decision;
  }
  /// The facts so far, folded from nothing, are the state.
  void replays() const {
    Locking again;
    for (const auto& fact : life) apply(again, Msg<schema::LockingFact>::of(fact.payload).read());
    BOOST_TEST((std::ranges::equal(state_message(again).bytes(), state_message(state).bytes())));
    BOOST_TEST((again.current == state.current));
    const auto parsed = Msg<schema::LockingState>::parse(state_message(state).bytes());
    BOOST_TEST(parsed.has_value());
  }

  Decision open() {
    return when(command([](auto root) {
      auto opened = root.initOpen();
      opened.setBlock(10);
      opened.setLockingPool(data(address(0xa0)));
      opened.setLockingInfo(data(address(0xa1)));
      opened.setManager(data(Address{}));
      opened.setEscrow(data(address(0xa1)));
      opened.setBridge(data(address(0xa2)));
      opened.setL1Token(data(address(0xa3)));
      opened.setL2Token(data(address(0xa4)));
      opened.setMpcAddress(data(Address{}));
      opened.setRewardPayer(data(Address{}));
      opened.setL2ChainId(data(to_word(1088)));
      auto batch = opened.initCurBatchState();
      batch.setId(data(to_word(1)));
      batch.setNumber(data(to_word(10)));
      batch.setStartEpoch(data(to_word(0)));
      batch.setEndEpoch(data(to_word(0)));
      opened.setMinLock(data(to_word(metis(20000))));
      opened.setMaxLock(data(to_word(metis(100000))));
      opened.setExitDelayPeriod(data(to_word(21 * 86400)));
      opened.setRewardPerBlock(data(to_word(761000000000000)));
      opened.setSignerUpdateThrottle(data(to_word(1)));
    }));
  }

  template <class Fill>
  static Msg<schema::LockingCommand> command(Fill fill) {
    return Msg<schema::LockingCommand>::build(fill);
  }

  /// One event of a block: fill gets the fact's builder and the position's setter.
  using Event = std::function<void(schema::LockingFact::Builder, schema::L1Position::Reader)>;

  static Msg<schema::LockingCommand> block(std::uint64_t number, std::vector<Event> events,
                                           std::uint64_t hash_salt = 0,
                                           std::optional<Hash32> parent = {}) {
    return command([&](auto root) {
      auto observe = root.initObserve();
      observe.setTimestamp(time(number));
      observe.initBlock().setNumber(number);
      observe.getBlock().setHash(data(block_hash(number, hash_salt)));
      observe.setParentHash(data(parent.value_or(block_hash(number - 1, hash_salt))));
      auto list = observe.initEvents(static_cast<unsigned>(events.size()));
      for (unsigned i = 0; i < events.size(); ++i) {
        const auto position = Msg<schema::L1Position>::build([&](auto at) {
          at.setBlock(number);
          at.setLogIndex(i);
          at.setTimestamp(time(number));
          at.setBlockHash(data(block_hash(number, hash_salt)));
          at.setTxnHash(data(hash(900 + number)));
        });
        events[i](list[i], *position);
      }
    });
  }
  Decision observe(std::uint64_t number, std::vector<Event> events, std::uint64_t salt = 0) {
    return when(block(number, std::move(events), salt));
  }
  Decision advance(std::uint64_t confirmed, std::uint64_t finalized, std::uint64_t salt = 0) {
    return when(command([&](auto root) {
      auto advanced = root.initAdvance();
      advanced.initConfirmed().setNumber(confirmed);
      advanced.getConfirmed().setHash(data(block_hash(confirmed, salt)));
      advanced.initFinalized().setNumber(finalized);
      if (finalized > 0) advanced.getFinalized().setHash(data(block_hash(finalized, salt)));
      advanced.setTimestamp(time(confirmed));
    }));
  }
  Decision revert(std::uint64_t to, std::uint64_t salt = 0) {
    return when(command([&](auto root) {
      auto reverted = root.initRevert();
      reverted.setTimestamp(time(to));
      auto target = reverted.initTo();
      target.setNumber(to);
      target.setHash(data(block_hash(to, salt)));
    }));
  }

  static std::uint64_t time(std::uint64_t number) { return 1700000000 + 12 * number; }
  static Hash32 block_hash(std::uint64_t number, std::uint64_t salt = 0) {
    return hash(number + (salt << 32));
  }

  [[nodiscard]] const SequencerView& sequencer(std::uint64_t id) const {
    const auto found = state.current.sequencers.find(U256(id));
    BOOST_REQUIRE((found != state.current.sequencers.end()));
    return found->second;
  }
  [[nodiscard]] std::uint64_t discrepancies() const { return state.current.discrepancies; }
};

// The events, with what a test wants to vary.

inline auto word(const U256& value) { return to_word(value); }

inline Scene::Event locked(std::uint64_t id, std::uint8_t key, const U256& amount,
                           const U256& total, std::uint64_t batch = 1) {
  return [=](auto fact, auto position) {
    auto event = fact.initLocked();
    event.setPosition(position);
    event.setSigner(data(signer(key)));
    event.setPubkey(horae::data(pubkey(key)));
    event.setSequencerId(data(word(id)));
    event.setNonce(data(word(1)));
    event.setActivationBatch(data(word(batch)));
    event.setAmount(data(word(amount)));
    event.setTotal(data(word(total)));
  };
}
inline Scene::Event owner_changed(std::uint64_t id, const Address& owner) {
  return [=](auto fact, auto position) {
    auto event = fact.initOwnerChanged();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setAddress(data(owner));
  };
}
inline Scene::Event recipient_changed(std::uint64_t id, const Address& recipient) {
  return [=](auto fact, auto position) {
    auto event = fact.initRewardRecipientChanged();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setAddress(data(recipient));
  };
}
inline Scene::Event relocked(std::uint64_t id, const U256& amount, const U256& total,
                             const U256& from_reward,
                             schema::SplitSource source = schema::SplitSource::CALLDATA) {
  return [=](auto fact, auto position) {
    auto event = fact.initRelocked();
    event.setSource(source);
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setFromReward(data(word(from_reward)));
    event.setAmount(data(word(amount)));
    event.setTotal(data(word(total)));
  };
}
inline Scene::Event withdrawn(std::uint64_t id, const U256& amount) {
  return [=](auto fact, auto position) {
    auto event = fact.initWithdrawn();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setAmount(data(word(amount)));
  };
}
inline Scene::Event lock_updated(std::uint64_t id, std::uint64_t nonce, const U256& amount) {
  return [=](auto fact, auto position) {
    auto event = fact.initLockUpdated();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setNonce(data(word(nonce)));
    event.setNewAmount(data(word(amount)));
  };
}
inline Scene::Event claimed(std::uint64_t id, const Address& recipient, const U256& amount,
                            const U256& total) {
  return [=](auto fact, auto position) {
    auto event = fact.initRewardsClaimed();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setRecipient(data(recipient));
    event.setAmount(data(word(amount)));
    event.setTotalAmount(data(word(total)));
  };
}
inline Scene::Event unlock_initiated(std::uint64_t id, std::uint8_t key, std::uint64_t nonce,
                                     std::uint64_t batch, std::uint64_t time, std::uint64_t claim,
                                     const U256& reward) {
  return [=](auto fact, auto position) {
    auto event = fact.initUnlockInitiated();
    event.setPosition(position);
    event.setSigner(data(signer(key)));
    event.setSequencerId(data(word(id)));
    event.setNonce(data(word(nonce)));
    event.setDeactivationBatch(data(word(batch)));
    event.setDeactivationTime(data(word(time)));
    event.setUnlockClaimTime(data(word(claim)));
    event.setReward(data(word(reward)));
  };
}
inline Scene::Event unlocked(std::uint64_t id, const Address& owner, const U256& amount,
                             const U256& total) {
  return [=](auto fact, auto position) {
    auto event = fact.initUnlocked();
    event.setPosition(position);
    event.setOwner(data(owner));
    event.setSequencerId(data(word(id)));
    event.setAmount(data(word(amount)));
    event.setTotal(data(word(total)));
  };
}
inline Scene::Event batch_submitted(const U256& id) {
  return [=](auto fact, auto position) {
    auto event = fact.initBatchSubmitted();
    event.setPosition(position);
    event.setBatchId(data(word(id)));
  };
}
struct TestCredit {
  U256 id, blocks;
};
inline Scene::Event distributed(const U256& batch, const U256& start, const U256& end,
                                const U256& rpb, std::vector<TestCredit> credits,
                                schema::SplitSource source = schema::SplitSource::CALLDATA,
                                const U256& extra = 0) {
  return [=](auto fact, auto position) {
    auto event = fact.initRewardDistributed();
    event.setSource(source);
    event.setPosition(position);
    const bool known = source != schema::SplitSource::UNKNOWN;
    auto list = event.initCredits(known ? static_cast<unsigned>(credits.size()) : 0u);
    U256 sum = 0;
    for (unsigned i = 0; i < credits.size(); ++i) {
      const U256 amount = credits[i].blocks * rpb;
      sum += amount;
      if (!known) continue;
      list[i].setSequencerId(data(word(credits[i].id)));
      list[i].setBlocks(data(word(credits[i].blocks)));
      list[i].setAmount(data(word(amount)));
    }
    event.setBatchId(data(word(batch)));
    event.setStartEpoch(data(word(start)));
    event.setEndEpoch(data(word(end)));
    event.setAmount(data(word(sum + extra)));
    event.setRpb(data(word(rpb)));
  };
}
inline Scene::Event signer_changed(std::uint64_t id, std::uint8_t from, std::uint8_t to,
                                   std::uint64_t nonce) {
  return [=](auto fact, auto position) {
    auto event = fact.initSignerChanged();
    event.setPosition(position);
    event.setSequencerId(data(word(id)));
    event.setOldSigner(data(signer(from)));
    event.setNewSigner(data(signer(to)));
    event.setPubkey(horae::data(pubkey(to)));
    event.setNonce(data(word(nonce)));
  };
}
inline Scene::Event whitelisted(const Address& user, bool allowed) {
  return [=](auto fact, auto position) {
    auto event = fact.initWhitelistSet();
    event.setAllowed(allowed);
    event.setPosition(position);
    event.setUser(data(user));
  };
}

}  // namespace horae::test
