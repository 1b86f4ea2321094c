#include "events/pool/disputes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/events/pool/turning.hpp"
#include "tests/fixture/print.hpp"

// Blocks that do not come out as they are sealed: who says so, what the pool makes of it, and who
// is at fault.

using namespace horae;
using namespace horae::test;

namespace {

const Hash32 other{{9}};

std::vector<std::uint8_t> keys(std::initializer_list<int> list) {
  std::vector<std::uint8_t> out;
  for (const int key : list) out.push_back(static_cast<std::uint8_t>(key));
  return out;
}

/// Four of the same power who take turns of three blocks, of which at most eight stand unattested.
struct Disputing : Turning {
  explicit Disputing(std::uint32_t most = 8) : Turning({20, 20, 20, 20}, {3, 2}, most) {}

  Decision attest(std::uint8_t member, std::uint64_t block, const Hash32& hash) {
    return (*this)(member, Msg<schema::SharedCommand>::build([&](auto root) {
                     auto said = root.initPool().initAttest();
                     said.setNumber(block);
                     said.setHash(data(hash));
                     if (hash != sealed(block)) said.setSealed(data(sealed(block)));
                   }));
  }
  Decision attest(std::uint8_t member, std::uint64_t block) {
    return attest(member, block, unattested_hash(state.blocks, block).value_or(Hash32{}));
  }
  Decision revoke(std::uint8_t member, std::uint64_t block, const Hash32& sealed) {
    return (*this)(member, Msg<schema::SharedCommand>::build([&](auto root) {
                     auto said = root.initPool().initRevoke();
                     said.setNumber(block);
                     said.setHash(data(sealed));
                   }));
  }
  /// What a snapshot has of it is all of it.
  void check_restore() const {
    const auto chain = state_message(state.blocks);
    const auto chain_again = restore(Msg<schema::BlocksState>::read(chain.bytes()), true);
    BOOST_TEST(std::ranges::equal(state_message(chain_again).bytes(), chain.bytes()));
    const auto agreed = state_message(state.pool);
    const auto agreed_again = restore(Msg<schema::PoolAgreement>::read(agreed.bytes()));
    BOOST_TEST(std::ranges::equal(state_message(agreed_again).bytes(), agreed.bytes()));
  }
  [[nodiscard]] Hash32 sealed(std::uint64_t block) const {
    return unattested_hash(state.blocks, block).value_or(Hash32{});
  }
  /// All but this one, in their order.
  static std::vector<std::uint8_t> without(std::uint8_t one) {
    std::vector<std::uint8_t> out;
    for (std::uint8_t key = 1; key <= 4; ++key) {
      if (key != one) out.push_back(key);
    }
    return out;
  }
  /// Of the sequencer with this secret, which has the same id.
  [[nodiscard]] bool has_fault(FaultKind kind, std::uint64_t block, std::uint8_t key) const {
    return state.faults.known.contains({kind, block, address_of_secret(key)});
  }
  [[nodiscard]] std::uint64_t credited() const {
    std::uint64_t out = 0;
    for (const auto& [of, epoch] : state.rewards.epochs) {
      for (const auto& [id, blocks] : epoch.blocks) out += blocks.produced;
    }
    return out;
  }
};

std::size_t count(const Decision& decision, Domain domain, std::uint16_t kind) {
  return static_cast<std::size_t>(std::ranges::count_if(decision.facts, [&](const Fact& fact) {
    return fact.domain == domain && fact.kind == kind;
  }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disputes)

BOOST_AUTO_TEST_CASE(a_block_that_two_thirds_have_otherwise_is_revoked_and_its_leader_replaced) {
  Disputing pool;
  const auto bad = pool.leader();
  pool.seal_blocks(2);
  const auto first = pool.state.blocks.head;
  const auto others = Disputing::without(bad);
  BOOST_TEST(pool.attest(others[0], 2, other).facts.size() == 1u);
  BOOST_TEST(pool.attest(others[0], 2, other).facts.empty());
  BOOST_TEST(pool.attest(others[1], 2, other).facts.size() == 1u);
  BOOST_TEST(safe_block(pool.state.blocks) == 0u);
  const auto said = pool.attest(others[2], 2, other);
  BOOST_TEST(said.ok());
  BOOST_TEST(count(said, Domain::BLOCKS, schema::BlocksFact::BLOCKS_ATTESTED) == 1u);
  BOOST_TEST(count(said, Domain::BLOCKS, schema::BlocksFact::BLOCKS_REVOKED) == 1u);
  BOOST_TEST(count(said, Domain::POOL, schema::PoolFact::LEADER_REPLACED) == 1u);

  // The chain ends with block 1, which alone is paid.
  const auto& chain = pool.state.blocks;
  BOOST_TEST(chain.head.number == 1u);
  BOOST_TEST((chain.head.hash != first.hash));
  BOOST_TEST(safe_block(chain) == 1u);
  BOOST_TEST(chain.attestation->unattested.empty());
  BOOST_TEST((chain.revoked == std::vector<RevokedBlocks>{{2, 2, 1}}));
  BOOST_TEST(pool.credited() == 1u);
  // Of the two blocks one is charged.
  BOOST_TEST(pool.credit(bad) == -60);
  for (const auto key : others) BOOST_TEST(pool.credit(key) == 20);
  // Whoever made it is at fault, passed over, and another one goes on.
  BOOST_TEST(pool.has_fault(FaultKind::WRONG_ROOTS, 2, bad));
  BOOST_TEST(!pool.has_fault(FaultKind::LEADER_REPLACED, 1, bad));
  BOOST_TEST(pool.leader() != bad);
  BOOST_TEST((pool.epoch().why == schema::EpochCause::LEADER_REPLACED));
  BOOST_TEST(pool.epoch().start_block == 2u);
  BOOST_TEST(pool.state.pool.disputes.empty());
  pool.seal_blocks(3);
  for (const auto key : others) BOOST_TEST(pool.attest(key, 4).ok());
  BOOST_TEST(safe_block(chain) == 4u);
  BOOST_TEST(pool.credited() == 4u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(blocks_of_later_epochs_go_with_the_first) {
  Disputing pool;
  const auto bad = pool.leader();
  pool.seal_blocks(1);
  const auto before = pool.state.blocks.credits;
  pool.seal_blocks(6);
  BOOST_TEST(pool.epoch().number == 3u);
  BOOST_TEST(pool.state.blocks.attestation->earlier_epochs.size() == 2u);
  BOOST_TEST(pool.attest(bad, 2, Hash32{{7}}).ok());
  pool.check_restore();
  for (const auto key : Disputing::without(bad)) BOOST_TEST(pool.attest(key, 2, other).ok());
  const auto& chain = pool.state.blocks;
  BOOST_TEST(chain.head.number == 1u);
  BOOST_TEST((chain.credits == before));
  BOOST_TEST(chain.attestation->earlier_epochs.empty());
  BOOST_TEST((chain.revoked == std::vector<RevokedBlocks>{{2, 7, 3}}));
  BOOST_TEST(is_revoked(chain.revoked, 7, 3));
  BOOST_TEST(!is_revoked(chain.revoked, 7, 4));
  BOOST_TEST(!is_revoked(chain.revoked, 1, 1));
  BOOST_TEST(pool.epoch().number == 4u);
  BOOST_TEST(pool.leader() != bad);
  pool.check_restore();
  pool.check_replay();
}

// What was attested of a block that is revoked says nothing of the one that takes its place.
BOOST_AUTO_TEST_CASE(a_word_for_a_revoked_block_is_none_for_the_next_of_its_number) {
  Disputing pool;
  const auto bad = pool.leader();
  const auto others = Disputing::without(bad);
  pool.seal_blocks(3);
  BOOST_TEST(pool.attest(bad, 3).ok());
  for (const auto key : others) BOOST_TEST(pool.attest(key, 1, other).ok());
  BOOST_TEST(pool.state.blocks.head.number == 0u);
  pool.seal_blocks(3);
  BOOST_TEST(pool.attest(others[0], 3).ok());
  BOOST_TEST(pool.attest(others[1], 3).ok());
  BOOST_TEST(safe_block(pool.state.blocks) == 0u);
  BOOST_TEST(pool.attest(bad, 3).facts.size() > 1u);
  BOOST_TEST(safe_block(pool.state.blocks) == 3u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(blocks_are_paid_once_they_are_attested) {
  Disputing pool;
  pool.seal_blocks(4);
  BOOST_TEST(pool.credited() == 0u);
  for (const std::uint8_t key : keys({1, 2})) BOOST_TEST(pool.attest(key, 4).ok());
  const auto said = pool.attest(3, 2);
  BOOST_TEST(count(said, Domain::REWARDS, schema::RewardsFact::BLOCK_CREDITED) == 2u);
  BOOST_TEST(pool.credited() == 2u);
  BOOST_TEST(pool.attest(3, 4).ok());
  BOOST_TEST(pool.credited() == 4u);
  BOOST_TEST(pool.state.rewards.epochs.at(2).blocks.begin()->second.allotted == 1u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(who_says_otherwise_than_two_thirds_attest_is_at_fault) {
  Disputing pool;
  pool.seal_blocks(2);
  BOOST_TEST(pool.attest(4, 1, other).ok());
  for (const std::uint8_t key : keys({1, 2, 3})) BOOST_TEST(pool.attest(key, 2).ok());
  BOOST_TEST(safe_block(pool.state.blocks) == 2u);
  BOOST_TEST(pool.has_fault(FaultKind::WRONG_ATTESTATION, 1, 4));
  BOOST_TEST(pool.state.faults.standings.at(4).score == 10u);
  // Once; and once its engine is mended it has a voice like the others.
  pool.seal_blocks(1);
  BOOST_TEST(pool.attest(4, 3).ok());
  for (const std::uint8_t key : keys({1, 2})) BOOST_TEST(pool.attest(key, 3).ok());
  BOOST_TEST(pool.state.pool.disputes.empty());
  BOOST_TEST(pool.state.faults.standings.at(4).score == 10u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(without_two_thirds_for_any_hash_no_block_is_made_until_operators_decide) {
  Disputing pool(4);
  const auto bad = pool.leader();
  const auto others = Disputing::without(bad);
  pool.seal_blocks(2);
  BOOST_TEST(pool.attest(bad, 2).ok());
  BOOST_TEST(pool.attest(others[0], 2).ok());
  BOOST_TEST(pool.attest(others[1], 1, other).ok());
  BOOST_TEST(pool.attest(others[2], 1, Hash32{{8}}).ok());
  pool.seal_blocks(2);
  BOOST_TEST(refusal(pool.seal(pool.leader())) == "notAttested");
  const auto words = dispute_words(pool.state.pool, 1);
  BOOST_TEST((words.find("20 of 80 power have 0x09") != std::string::npos));
  BOOST_TEST((words.find("20 of 80 power have 0x08") != std::string::npos));

  const auto sealed = pool.sealed(1);
  BOOST_TEST(refusal(pool.revoke(others[0], 1, other)) == "wrongContent");
  BOOST_TEST(refusal(pool.revoke(9, 1, sealed)) == "notMember");
  BOOST_TEST(refusal(pool.revoke(others[0], 9, sealed)) == "notOpen");
  BOOST_TEST(pool.revoke(others[0], 1, sealed).ok());
  BOOST_TEST(pool.revoke(others[1], 1, sealed).ok());
  BOOST_TEST(pool.state.blocks.head.number == 4u);
  BOOST_TEST(pool.revoke(others[2], 1, sealed).ok());
  BOOST_TEST(pool.state.blocks.head.number == 0u);
  BOOST_TEST(pool.leader() != bad);
  // Nobody has shown what it is instead.
  BOOST_TEST(pool.state.faults.known.empty());
  pool.seal_blocks(1);
  pool.check_replay();
}

// Its engine was given another one, by which the block is not as it is sealed.
BOOST_AUTO_TEST_CASE(a_member_may_say_otherwise_of_what_it_attested) {
  Disputing pool;
  const auto bad = pool.leader();
  const auto others = Disputing::without(bad);
  pool.seal_blocks(2);
  const auto first = pool.number + 1;
  BOOST_TEST(pool.attest(bad, 2).ok());
  BOOST_TEST(pool.attest(others[0], 2, other).ok());
  BOOST_TEST(pool.attest(others[1], 2, other).ok());
  BOOST_TEST(pool.attest(bad, 2, other).ok());
  BOOST_TEST(pool.state.blocks.head.number == 1u);
  BOOST_TEST(pool.has_fault(FaultKind::WRONG_ROOTS, 2, bad));

  // Its older word, repeated by somebody, does not bring it back to what it thought before.
  pool.seal_blocks(2);
  BOOST_TEST(pool.attest(bad, 3).ok());
  const auto again = Msg<schema::SharedCommand>::build([&](auto root) {
    root.initPool().initAttest().setNumber(2);
    root.getPool().getAttest().setHash(data(pool.sealed(2)));
  });
  BOOST_TEST(pool.attest(bad, 2, other).ok());
  BOOST_TEST(pool.state.pool.attested.at(address_of_secret(bad)) == 1u);
  BOOST_TEST(refusal(settle(pool.state, again.read(), {address_of_secret(bad), first})) ==
             "alreadyKnown");
  BOOST_TEST(pool.attest(bad, 3).ok());
  BOOST_TEST(pool.state.pool.disputes.empty());
  pool.check_replay();
}

// On its way still when another block has that number.
BOOST_AUTO_TEST_CASE(a_dispute_says_nothing_of_the_block_that_takes_its_place) {
  Disputing pool;
  const auto bad = pool.leader();
  pool.seal_blocks(2);
  const auto late = Msg<schema::SharedCommand>::build([&](auto root) {
    root.initPool().initAttest().setNumber(1);
    root.getPool().getAttest().setHash(data(other));
    root.getPool().getAttest().setSealed(data(Hash32{{5}}));
  });
  const auto attested = Msg<schema::SharedCommand>::build([&](auto root) {
    root.initPool().initAttest().setNumber(1);
    root.getPool().getAttest().setHash(data(Hash32{{5}}));
  });
  BOOST_TEST(refusal(pool(2, late)) == "wrongContent");
  BOOST_TEST(refusal(pool(3, attested)) == "wrongContent");
  BOOST_TEST(pool.state.pool.disputes.empty());
  BOOST_TEST(pool.leader() == bad);
}

// Where the leader of a revoked block does not lead any more, who leads then has done nothing.
BOOST_AUTO_TEST_CASE(who_leads_when_anothers_block_is_revoked_is_not_passed_over) {
  Disputing pool;
  const auto bad = pool.leader();
  pool.seal_blocks(4);
  const auto innocent = pool.leader();
  BOOST_TEST(innocent != bad);
  for (const auto key : Disputing::without(bad)) BOOST_TEST(pool.attest(key, 1, other).ok());
  for (const auto& each : pool.epoch().shares) {
    BOOST_TEST(each.passed_over == (each.signer == address_of_secret(bad)));
  }
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(an_older_word_and_one_on_what_is_attested_say_nothing) {
  Disputing pool;
  pool.seal_blocks(2);
  const auto newest = pool.attest(2, 2, other);
  BOOST_TEST(newest.ok());
  const auto said = Msg<schema::SharedCommand>::build([&](auto root) {
    root.initPool().initAttest().setNumber(1);
    root.getPool().getAttest().setHash(data(Hash32{{7}}));
  });
  // Of block 1 it says that it is as it is sealed by what it says of block 2.
  BOOST_TEST(settle(pool.state, said.read(), {address_of_secret(2), 1}).facts.empty());
  BOOST_TEST(refusal(settle(pool.state, Msg<schema::SharedCommand>::build([&](auto root) {
                                          root.initPool().initAttest().setNumber(2);
                                          root.getPool().getAttest().setHash(data(Hash32{{7}}));
                                        }).read(),
                            {address_of_secret(2), 1})) == "alreadyKnown");
  pool.check_replay();
}

// Each word is a fact in all logs: a member has so many against a block, whatever it says between.
BOOST_AUTO_TEST_CASE(a_member_that_changes_its_mind_without_end_is_not_heard) {
  Disputing pool;
  pool.seal_blocks(3);
  for (std::uint8_t i = 0; i < 16; ++i) {
    BOOST_TEST(pool.attest(2, 1, Hash32{{7, i}}).ok());
    BOOST_TEST(pool.attest(2, 1).ok());
    BOOST_TEST(pool.revoke(2, 1, pool.sealed(1)).ok());
    pool.check_restore();
  }
  BOOST_TEST(refusal(pool.attest(2, 1, Hash32{{8}})) == "notAgreed");
  BOOST_TEST(pool.revoke(2, 1, pool.sealed(1)).ok());  // it says so already
  BOOST_TEST(pool.attest(2, 1).ok());
  BOOST_TEST(refusal(pool.revoke(2, 1, pool.sealed(1))) == "notAgreed");
  BOOST_TEST(pool.attest(3, 1, Hash32{{8}}).ok());
  // Of a later block it is heard again, and once that is said, of the earlier one no more.
  BOOST_TEST(pool.attest(2, 2, Hash32{{8}}).ok());
  for (std::uint8_t i = 0; i < 31; ++i) BOOST_TEST(pool.attest(2, 1, Hash32{{9, i}}).ok());
  BOOST_TEST(refusal(pool.attest(2, 1, Hash32{{8}})) == "notAgreed");
  pool.check_restore();
  pool.check_replay();
}

// Who stands against a block that is revoked begins anew with the one that takes its place.
BOOST_AUTO_TEST_CASE(what_was_said_of_a_revoked_block_is_not_counted) {
  Disputing pool;
  pool.seal_blocks(1);
  for (const auto key : pool.without(pool.leader())) pool.revoke(key, 1, pool.sealed(1));
  BOOST_TEST(pool.state.blocks.head.number == 0u);
  BOOST_TEST(pool.state.pool.contradictions.empty());
  pool.check_replay();
}

// The fault of a leader that made nothing costs what the rules say.
BOOST_AUTO_TEST_CASE(who_was_replaced_for_making_nothing_is_at_fault) {
  Disputing pool;
  pool.seal_blocks(1);
  const auto silent = pool.leader();
  pool.replace();
  BOOST_TEST(pool.has_fault(FaultKind::LEADER_REPLACED, 1, silent));
  BOOST_TEST(pool.state.faults.standings.at(silent).score == 1u);
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(what_may_be_revoked_stays_so) {
  Disputing pool;
  const auto set = [](std::uint32_t most, bool revocable) {
    return Msg<schema::SharedCommand>::build([&](auto root) {
      root.initBlocks().initSetAttestation().setMost(most);
      root.getBlocks().getSetAttestation().setRevocable(revocable);
    });
  };
  BOOST_TEST(refusal(settle_rule(pool.state, set(5, false).read())) == "wrongContent");
  BOOST_TEST(settle_rule(pool.state, set(5, true).read()).facts.size() == 1u);
  BOOST_TEST(pool.state.blocks.attestation->most == 5u);
  BOOST_TEST(pool.state.blocks.attestation->revocable_from == 1u);
}

BOOST_AUTO_TEST_CASE(blocks_are_revocable_where_members_take_turns) {
  Turning pool({20, 20, 20, 20}, {0, 0});
  const auto asked = Msg<schema::SharedCommand>::build([](auto root) {
    root.initBlocks().initSetAttestation().setMost(3);
    root.getBlocks().getSetAttestation().setRevocable(true);
  });
  BOOST_TEST(refusal(settle_rule(pool.state, asked.read())) == "wrongContent");
}

BOOST_AUTO_TEST_SUITE_END()
