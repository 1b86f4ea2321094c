#pragma once

#include "tests/fixture/pool_genesis.hpp"
#include "tests/sim/l1_forks.hpp"

// What no honest member's node gives to consensus.
namespace horae::test {

/// Somebody without a voice.
inline const KnownKey& stranger() { return known_key(30); }

/// L1 as it is not, near to what the pool knows: at most so many blocks beyond that. by: locks
/// METIS.
inline Msg<schema::LockingCommand> invented(Dice& dice, const Locking& locking,
                                            std::uint64_t beyond, const Address& by) {
  const auto last = locking.last_known().value_or(L1Point{L1View::first_block, {}});
  const L1Point fake{last.number + dice.below(beyond), hash(dice.random())};
  return Scene::command([&](auto root) {
    switch (dice.below(3)) {
      case 0: {
        auto advanced = root.initAdvance();
        advanced.initConfirmed().setNumber(fake.number);
        advanced.getConfirmed().setHash(data(fake.hash));
        return advanced.setTimestamp(Scene::time(fake.number));
      }
      case 1: {
        auto reverted = root.initRevert();
        reverted.initTo().setNumber(last.number > 3 ? last.number - dice.below(4) : 0);
        reverted.getTo().setHash(data(fake.hash));
        return reverted.setTimestamp(Scene::time(last.number));
      }
      default: {
        auto observed = root.initObserve();
        observed.initBlock().setNumber(last.number + 1);
        observed.getBlock().setHash(data(fake.hash));
        observed.setParentHash(data(last.hash));
        observed.setTimestamp(Scene::time(last.number + 1));
        auto lock = observed.initEvents(1)[0].initLocked();
        lock.initPosition().setBlock(last.number + 1);
        lock.getPosition().setBlockHash(data(fake.hash));
        lock.getPosition().setTimestamp(Scene::time(last.number + 1));
        lock.setSigner(data(by));
        lock.setAmount(data(to_word(metis(100'000))));
      }
    }
  });
}

/// What a member says that lies, in this state.
inline Msg<schema::SharedCommand> lie(Dice& dice, const SharedState& state, std::uint64_t beyond,
                                      const Address& member) {
  const auto& pool = state.pool;
  if (!pool.offered.empty() && dice.one_in(2)) {
    // What others say, with a finality that is none, and half of the command or another's digest.
    const auto& [digest, command] = *pool.offered.begin();
    return Msg<schema::SharedCommand>::build([&](auto root) {
      auto told = root.initPool().initReport();
      told.setPlace(pool.place);
      told.setFinalized(dice.one_in(2) ? UINT64_MAX : block_of(command.read()));
      told.setBlock(dice.one_in(2) ? block_of(command.read()) : dice.below(100));
      told.setDigest(data(dice.one_in(4) ? hash(dice.random()) : digest));
    });
  }
  const auto& chain = state.blocks;
  if (chain.attestation && dice.one_in(3)) {
    const auto number = chain.attestation->attested + dice.below(4);
    return Msg<schema::SharedCommand>::build([&](auto root) {
      if (dice.one_in(4)) {
        root.initPool().initRevoke().setNumber(number);
        root.getPool().getRevoke().setHash(
            data(unattested_hash(chain, number).value_or(Hash32{{1}})));
        return;
      }
      root.initPool().initAttest().setNumber(number);
      root.getPool().getAttest().setHash(data(hash(dice.random())));
      root.getPool().getAttest().setSealed(
          data(unattested_hash(chain, number).value_or(Hash32{{1}})));
    });
  }
  const auto place = pool.place + dice.below(3) - (pool.place > 0 ? 1 : 0);
  return report_command(place, invented(dice, state.locking, beyond, member).read(),
                        dice.below(200));
}

/// What nobody may say, whoever it is.
inline Msg<schema::SharedCommand> presumptuous(Dice& dice, const Locking& locking,
                                               std::uint64_t beyond) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    switch (dice.below(4)) {
      case 0:
        return root.setLocking(invented(dice, locking, beyond, stranger().address).read());
      case 1:
        return root.initBlocks().initSetEpochLength().setBlocks(1);
      case 2:
        return root.initPool().setFound(genesis_of({5}).read());
      default:
        return;
    }
  });
}

}  // namespace horae::test
