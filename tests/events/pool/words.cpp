#include <boost/test/unit_test.hpp>

#include "events/pool/absences.hpp"
#include "events/pool/rule_changes.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/events/pool/agreed.hpp"
#include "tests/fixture/print.hpp"

// What members say that an older word must not undo, or that is theirs to agree on: the rules to
// come, who is away, who differs; and a block that was under way meanwhile.

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(pool_words)

namespace {

Msg<schema::LockingCommand> other_head(std::uint64_t number, std::uint8_t salt) {
  return Scene::command([&](auto root) {
    auto advanced = root.initAdvance();
    advanced.getConfirmed().setNumber(number);
    advanced.getConfirmed().setHash(data(hash(salt)));
    advanced.setTimestamp(Scene::time(number));
  });
}

Msg<schema::SharedCommand> ready_at(std::uint8_t member, const char* endpoint) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto ready = root.initPool().initBeReady();
    ready.setPublicKey(data(public_key(secret(member))));
    ready.setEndpoint(endpoint);
  });
}

Msg<schema::SharedCommand> longer_epochs(std::uint64_t blocks) {
  return Msg<schema::SharedCommand>::build(
      [&](auto root) { root.initBlocks().initSetEpochLength().setBlocks(blocks); });
}

Msg<schema::SharedCommand> change(std::uint64_t from_block,
                                  const std::vector<Msg<schema::SharedCommand>>& rules,
                                  std::uint32_t needs = known_rules()) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto wanted = root.initPool().initChangeRules();
    wanted.setFromBlock(from_block);
    wanted.setNeeds(needs);
    auto list = wanted.initRules(static_cast<unsigned>(rules.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, data(rules[i].bytes()));
  });
}

Msg<schema::SharedCommand> away(const std::vector<std::uint8_t>& members) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto signers =
        root.initPool().initTellAbsent().initSigners(static_cast<unsigned>(members.size()));
    for (unsigned i = 0; i < signers.size(); ++i) {
      signers.set(i, data(address_of_secret(members[i])));
    }
  });
}

bool has(const Decision& decision, schema::PoolFact::Which kind) {
  return std::ranges::any_of(decision.facts, [&](const Fact& fact) {
    return fact.domain == Domain::POOL && fact.kind == kind;
  });
}

// A pool of four whose first leads and is Active, at an agreed head of L1.
Agreed with_leader(std::uint64_t head) {
  Agreed out;
  out.all(timed_opening());
  out.all(Scene::block(20, {locked_by_secret(1, 1, metis(10), metis(10))}));
  out.all(advance_to(head, 0));
  return out;
}

Msg<schema::SharedCommand> block_on(const Blocks& chain, std::uint64_t head, std::size_t txns) {
  Draft draft(chain);
  draft.txns.resize(txns);
  draft.before_signing = [&](Draft::Header header) {
    header.getL1Origin().setNumber(head);
    header.getL1Origin().setHash(data(Scene::block_hash(head)));
  };
  const auto seal = draft.command();
  return Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(seal.read()); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_older_word_of_a_sender_says_nothing) {
  Agreed agreed;
  agreed.all(timed_opening());
  const auto old_report = report_command(1, advance_to(40, 0).read());
  BOOST_TEST(agreed.said(1, 100, old_report).ok());
  BOOST_TEST(agreed.said(1, 101, report_command(1, advance_to(48, 0).read())).ok());
  // Whoever proposes a block has both, and may order the first once more.
  BOOST_TEST(refusal(agreed.said(1, 100, old_report)) == "alreadyKnown");
  BOOST_TEST(refusal(agreed.said(1, 101, old_report)) == "alreadyKnown");
  BOOST_TEST((agreed.state.pool.reports.at(address_of_secret(1)).digest ==
              l1_digest(advance_to(48, 0).read())));
  BOOST_TEST(agreed.said(2, 7, ready_at(2, "id@old:1")).ok());
  BOOST_TEST(agreed.said(2, 9, ready_at(2, "id@new:1")).ok());
  BOOST_TEST(refusal(agreed.said(2, 7, ready_at(2, "id@old:1"))) == "alreadyKnown");
  BOOST_TEST(agreed.state.pool.members.at(address_of_secret(2)).endpoint == "id@new:1");
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(a_member_that_goes_to_and_fro_is_heard_only_to_agree) {
  Agreed agreed;
  agreed.all(timed_opening());
  const auto one = advance_to(40, 0), other = advance_to(48, 0);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    if (agreed.report(1, i % 2 == 0 ? one : other).ok()) ++taken;
  }
  BOOST_TEST(taken == 33u + 33u);  // what it stands by already is no news, and no refusal
  BOOST_TEST(refusal(agreed.report(1, other)) == "notAgreed");
  // The others agree on what it does not stand by: it joins them.
  BOOST_TEST(agreed.report(2, other).ok());
  BOOST_TEST(agreed.report(1, other).facts.size() == 1u);
  BOOST_TEST(refusal(agreed.report(1, one)) == "notAgreed");
  BOOST_TEST(agreed.report(3, other).ok());
  BOOST_TEST(agreed.state.pool.place == 2u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(two_thirds_change_a_rule_from_a_block_of_l1_on) {
  auto agreed = with_leader(40);
  const auto wanted = change(56, {longer_epochs(77)});
  BOOST_TEST(agreed(1, wanted).facts.size() == 1u);
  BOOST_TEST(agreed(1, wanted).facts.empty());
  BOOST_TEST(agreed(2, wanted).ok());
  BOOST_TEST(agreed.state.pool.coming.empty());
  BOOST_TEST(has(agreed(3, wanted), schema::PoolFact::RULES_AGREED));
  BOOST_TEST(agreed.state.pool.coming.size() == 1u);
  BOOST_TEST(agreed.state.pool.wished.empty());
  BOOST_TEST(agreed(4, wanted).facts.empty());  // it is agreed on already
  agreed.all(advance_to(48, 0));
  BOOST_TEST(agreed.state.blocks.epoch_length != 77u);
  agreed.all(advance_to(60, 0));
  BOOST_TEST(agreed.state.blocks.epoch_length == 77u);
  BOOST_TEST(agreed.state.pool.coming.empty());
  BOOST_TEST(agreed.state.pool.rules_version == known_rules());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(a_change_that_nobody_can_want_is_refused) {
  auto agreed = with_leader(40);
  const auto refused = [&](const Msg<schema::SharedCommand>& command) {
    return refusal(agreed(1, command));
  };
  BOOST_TEST(refused(change(40, {longer_epochs(77)})) == "wrongContent");  // agreed on already
  BOOST_TEST(refused(change(56, {})) == "wrongContent");                   // changes nothing
  BOOST_TEST(refused(change(56, {longer_epochs(77)}, 0)) == "wrongContent");
  BOOST_TEST(refusal(agreed(9, change(56, {longer_epochs(77)}))) == "notMember");
  // Its word may be taken back, and an older one does not come again.
  BOOST_TEST(agreed.said(1, 500, change(56, {longer_epochs(77)})).ok());
  BOOST_TEST(agreed.said(1, 501, change(0, {})).ok());
  BOOST_TEST(agreed.state.pool.wished.empty());
  BOOST_TEST(refusal(agreed.said(1, 500, change(56, {longer_epochs(77)}))) == "alreadyKnown");
  agreed.number = 600;
  // What has passed before enough wanted it is forgotten.
  BOOST_TEST(agreed(2, change(56, {longer_epochs(77)})).ok());
  agreed.all(advance_to(56, 0));
  BOOST_TEST(agreed.state.pool.wished.empty());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(of_a_change_with_one_bad_rule_nothing_is_set) {
  auto agreed = with_leader(40);
  const auto bad = change(56, {longer_epochs(77), longer_epochs(0)});
  for (std::uint8_t member = 1; member <= 3; ++member) BOOST_TEST(agreed(member, bad).ok());
  const auto reports_nothing = change(56, {report_command(9, advance_to(99, 0).read())});
  for (std::uint8_t member = 1; member <= 3; ++member) {
    BOOST_TEST(agreed(member, reports_nothing).ok());
  }
  const auto before = agreed.state.blocks.epoch_length;
  agreed.all(advance_to(60, 0));
  BOOST_TEST(agreed.state.blocks.epoch_length == before);
  BOOST_TEST(agreed.state.pool.coming.empty());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(rules_that_are_not_known_are_not_judged) {
  auto agreed = with_leader(40);
  const auto newer = change(56, {longer_epochs(77)}, known_rules() + 1);
  for (std::uint8_t member = 1; member <= 3; ++member) BOOST_TEST(agreed(member, newer).ok());
  const auto before = agreed.state.blocks.epoch_length;
  agreed.all(advance_to(56, 0));
  BOOST_TEST(agreed.state.pool.rules_version == known_rules() + 1);
  BOOST_TEST(agreed.state.blocks.epoch_length == before);
}

BOOST_AUTO_TEST_CASE(whom_two_thirds_hold_to_be_away_loses_its_voice_until_it_says_that_it_runs) {
  auto agreed = with_leader(40);
  BOOST_TEST(agreed(1, away({4, 9})).facts.size() == 1u);
  BOOST_TEST(agreed(1, away({4})).facts.empty());  // the ninth has no voice
  BOOST_TEST(agreed(2, away({4, 2})).ok());
  BOOST_TEST(agreed.state.pool.members.size() == 4u);
  // One of them has seen it meanwhile.
  BOOST_TEST(agreed(2, away({})).ok());
  BOOST_TEST(agreed(3, away({4})).ok());
  BOOST_TEST(agreed.state.pool.members.size() == 4u);
  const auto last = agreed(2, away({4}));
  BOOST_TEST(has(last, schema::PoolFact::MEMBER_LOST));
  BOOST_TEST(has(last, schema::PoolFact::MEMBERS_CHANGED));
  BOOST_TEST(agreed.state.pool.members.size() == 3u);
  BOOST_TEST(agreed.state.pool.absences.empty());
  // What L1 says does not bring it back; its own word does, with the next head.
  agreed.all(advance_to(48, 0));
  BOOST_TEST(agreed.state.pool.members.size() == 3u);
  BOOST_TEST(refusal(agreed(4, away({1}))) == "notMember");
  const auto ready = ready_at(4, "id@host:1");
  BOOST_TEST(is_heard(agreed.state, ready.read(), address_of_secret(4)));
  BOOST_TEST(agreed(4, ready).ok());
  agreed.all(advance_to(56, 0));
  BOOST_TEST(agreed.state.pool.members.size() == 4u);
  BOOST_TEST(agreed.state.pool.lost.empty());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(who_differs_for_long_is_at_fault) {
  auto agreed = with_leader(40);
  agreed.all(Scene::block(44, {locked_by_secret(2, 4, metis(10), metis(20))}));
  std::uint64_t head = 48;
  for (; agreed.state.faults.known.empty() && head < 400; head += 8) {
    BOOST_TEST(agreed.report(4, other_head(head, 99)).ok());
    agreed.all(advance_to(head, 0));
  }
  BOOST_TEST(head == 48u + 16 * 8);
  const auto& [kind, place, signer] = *agreed.state.faults.known.begin();
  BOOST_TEST(schema_name(kind) == "l1Reports");
  BOOST_TEST((signer == address_of_secret(4)));
  BOOST_TEST(place + 1 == agreed.state.pool.place);
  BOOST_TEST(agreed.state.faults.standings.at(2).score == 10u);
  // The second time it is passed over.
  for (int i = 0; i < 16; ++i, head += 8) {
    agreed.all(advance_to(head, 0));
    agreed(4, report_command(agreed.state.pool.place - 1, other_head(head, 99).read()));
  }
  BOOST_TEST(agreed.state.faults.standings.at(2).score == 20u);
  BOOST_TEST(agreed.state.faults.standings.at(2).skipped_until > 0u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(a_block_that_was_under_way_may_name_an_older_head) {
  auto agreed = with_leader(40);
  const auto under_way = block_on(agreed.state.blocks, 40, 1);
  agreed.all(advance_to(48, 0), 48);  // which is final at once
  const auto sealed = agreed(1, under_way);
  BOOST_TEST(sealed.ok(), sealed.detail);
  BOOST_TEST(agreed.state.blocks.head.number == 1u);
  BOOST_TEST(agreed.state.blocks.head.l1_origin == 40u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(a_block_that_the_pool_refused_is_no_fault_beside_the_one_in_its_place) {
  auto agreed = with_leader(40);
  const auto refused_one = block_on(agreed.state.blocks, 40, 1);
  // L1 goes back behind the head that the block names.
  agreed.all(Scene::command([](auto root) {
    auto revert = root.initRevert();
    revert.getTo().setNumber(39);
    revert.getTo().setHash(data(Scene::block_hash(39)));
    revert.setTimestamp(Scene::time(39));
  }));
  agreed.all(other_head(48, 77));
  const auto refused = agreed(1, refused_one);
  BOOST_TEST(refusal(refused) == "staleOrigin");
  BOOST_TEST(refused.facts.size() == 1u);
  BOOST_TEST(agreed(1, refused_one).facts.empty());  // ordered once more
  BOOST_TEST(agreed.state.blocks.refused.size() == 1u);
  // What its leader could have known before it signed is no such thing.
  Draft wrong(agreed.state.blocks);
  wrong.before_signing = [&](Draft::Header header) {
    header.getL1Origin().setNumber(48);
    header.getL1Origin().setHash(data(hash(77)));
    header.setGasLimit(1);
  };
  const auto seal = wrong.command();
  const auto careless =
      Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(seal.read()); });
  BOOST_TEST(refusal(agreed(1, careless)) == "wrongContent");
  BOOST_TEST(agreed.state.blocks.refused.size() == 1u);
  const auto accuse = [&](const Msg<schema::SharedCommand>& one,
                          const Msg<schema::SharedCommand>& other) {
    const auto evidence =
        evidence_of_two(one.read().getBlocks().getSeal(), other.read().getBlocks().getSeal());
    return agreed(2, Msg<schema::SharedCommand>::build(
                         [&](auto root) { root.initPenalties().setAccuse(evidence->read()); }));
  };
  BOOST_TEST(refusal(accuse(refused_one, careless)) == "notProven");
  const auto another = block_on(agreed.state.blocks, 40, 0);
  BOOST_TEST(accuse(another, careless).ok());
  BOOST_TEST(agreed.state.faults.known.size() == 1u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(what_members_said_comes_back_from_the_state) {
  auto agreed = with_leader(40);
  agreed(1, change(56, {longer_epochs(77)}));
  for (std::uint8_t member = 1; member <= 3; ++member) {
    agreed(member, change(64, {longer_epochs(78)}));
  }
  agreed(2, change(56, {longer_epochs(79)}));
  agreed(1, away({4, 3}));
  agreed(2, away({4}));
  agreed(3, away({4}));
  const auto message = state_message(agreed.state.pool);
  const auto again = restore(Msg<schema::PoolAgreement>::of(message).read());
  BOOST_TEST(std::ranges::equal(state_message(again).bytes(), message.bytes()));
  BOOST_TEST(again.wished.size() == 1u);
  BOOST_TEST(again.coming.size() == 1u);
  BOOST_TEST(again.absences.size() == 1u);
  BOOST_TEST(again.lost.size() == 1u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_SUITE_END()
