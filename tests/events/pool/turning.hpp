#pragma once

#include "events/turns.hpp"
#include "tests/events/pool/agreed.hpp"

namespace horae::test {

/// The sequencer's signer becomes another of secret(to).
inline Scene::Event signer_change_of_secret(std::uint64_t id, std::uint8_t from, std::uint8_t to,
                                            std::uint64_t nonce) {
  return [=](schema::LockingFact::Builder fact, schema::L1Position::Reader position) {
    auto event = fact.initSignerChanged();
    event.setPosition(position);
    event.setSequencerId(data(to_word(id)));
    event.setOldSigner(data(known_key(from).address));
    event.setNewSigner(data(known_key(to).address));
    event.setPubkey(data(known_key(to).key));
    event.setNonce(data(to_word(nonce)));
  };
}

/// A pool whose members take turns; each has locked what its power is, by L1.
struct Turning : Agreed {
  std::uint64_t l1_head = 0;  // agreed on

  explicit Turning(const std::vector<std::uint64_t>& powers = {20, 20, 20, 20},
                   const TurnsOf& turns = {3, 2}, std::uint32_t attests = 0)
      : Agreed(genesis_of(powers, 8, attests, turns)) {
    agree(timed_opening());
    std::vector<Scene::Event> locks;
    for (std::uint8_t key = 1; key <= powers.size(); ++key) {
      locked_ += metis(powers[key - 1u]);
      locks.push_back(locked_by_secret(key, key, metis(powers[key - 1u]), locked_));
    }
    observe(20, std::move(locks));
    advance(40);
  }

  // All who have a voice say the same.
  void agree(const Msg<schema::LockingCommand>& command) {
    const auto place = state.pool.place;
    for (std::uint8_t member = 1; state.pool.place == place; ++member) {
      BOOST_REQUIRE_MESSAGE(member < 20, "this is no news to the pool");
      if (!state.pool.members.contains(address_of_secret(member))) continue;
      const auto said = report(member, command);
      BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
    }
  }
  void observe(std::uint64_t block, std::vector<Scene::Event> events) {
    agree(Scene::block(block, std::move(events)));
  }
  void advance(std::uint64_t head) {
    agree(advance_to(head, 0));
    l1_head = head;
  }
  /// Its node runs, and it locks with the next block.
  void join(std::uint8_t key, std::uint64_t id, std::uint64_t power) {
    locked_ += metis(power);
    observe(l1_head + 1, {locked_by_secret(id, key, metis(power), locked_)});
    ready(key);
    advance(l1_head + 8);
  }
  void leave(std::uint8_t key, std::uint64_t id) {
    observe(l1_head + 1, {unlock_of_secret(id, key, l1_head + 1)});
    advance(l1_head + 8);
  }
  void ready(std::uint8_t key) {
    const auto told = Msg<schema::SharedCommand>::build([&](auto root) {
      auto ready = root.initPool().initBeReady();
      ready.setPublicKey(data(known_key(key).key));
      ready.setEndpoint("id@host:1");
    });
    const auto said = (*this)(key, told);
    BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
  }

  [[nodiscard]] const Epoch& epoch() const { return state.blocks.epoch; }
  /// Whose turn it is: the number of its secret; 0: nobody's.
  [[nodiscard]] std::uint8_t leader() const {
    const auto now = leader_of(state);
    if (!now) return 0;
    std::uint8_t out = 1;
    while (address_of_secret(out) != *now) ++out;
    return out;
  }
  /// of_epoch: none: the one that it is of.
  [[nodiscard]] Msg<schema::SharedCommand> block(std::uint8_t by,
                                                 std::optional<std::uint64_t> of_epoch = {},
                                                 std::uint8_t salt = 0) const {
    Draft draft(state.blocks);
    draft.signer = by;
    draft.txns.clear();
    draft.before_signing = [&](Draft::Header header) {
      header.setSequencer(data(address_of_secret(by)));
      if (of_epoch) header.setEpoch(*of_epoch);
      header.setStateRoot(data(Hash32{{salt}}));
      header.getL1Origin().setNumber(l1_head);
      header.getL1Origin().setHash(data(Scene::block_hash(l1_head)));
    };
    const auto seal = draft.command();
    return Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(seal.read()); });
  }
  Decision seal(std::uint8_t by, std::optional<std::uint64_t> of_epoch = {}) {
    return (*this)(by, block(by, of_epoch));
  }
  /// Whoever leads makes so many.
  void seal_blocks(unsigned count) {
    for (; count > 0; --count) {
      const auto sealed = seal(leader());
      BOOST_REQUIRE_MESSAGE(sealed.ok(), sealed.detail);
    }
  }
  /// Who leads so many epochs, from the running one on, all of whose blocks are made.
  std::vector<int> turns(unsigned count) {
    std::vector<int> out;
    for (; count > 0; --count) {
      out.push_back(leader());
      seal_blocks(static_cast<unsigned>(epoch().end_block - state.blocks.head.number));
    }
    return out;
  }
  Decision stall(std::uint8_t member, std::uint64_t of_epoch, std::uint64_t block) {
    return (*this)(member, Msg<schema::SharedCommand>::build([&](auto root) {
                     auto said = root.initPool().initReportStall();
                     said.setEpoch(of_epoch);
                     said.setBlock(block);
                   }));
  }
  Decision stall(std::uint8_t member) {
    return stall(member, epoch().number, state.blocks.head.number);
  }
  /// Others say that the leader makes nothing, until it is replaced.
  void replace() {
    const auto running = epoch().number;
    const auto silent = leader();
    for (std::uint8_t member = 1; epoch().number == running; ++member) {
      if (member == silent || !state.pool.members.contains(address_of_secret(member))) continue;
      const auto said = stall(member);
      BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
    }
  }
  Decision yield(std::uint8_t member, std::uint64_t of_epoch) {
    return (*this)(member, Msg<schema::SharedCommand>::build([&](auto root) {
                     root.initPool().initYieldTurn().setEpoch(of_epoch);
                   }));
  }
  [[nodiscard]] std::int64_t credit(std::uint64_t id) const {
    const auto known = state.blocks.credits.find(id);
    return known == state.blocks.credits.end() ? 0 : known->second;
  }
  Decision accuse(const Msg<schema::SharedCommand>& one, const Msg<schema::SharedCommand>& other) {
    const auto evidence =
        evidence_of_two(one.read().getBlocks().getSeal(), other.read().getBlocks().getSeal());
    BOOST_REQUIRE(evidence.has_value());
    return (*this)(1, Msg<schema::SharedCommand>::build(
                          [&](auto root) { root.initPenalties().setAccuse(evidence->read()); }));
  }

 private:
  U256 locked_ = 0;
};

}  // namespace horae::test
