#include "events/pool/pool.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "events/pool/input.hpp"
#include "events/pool/members.hpp"
#include "tests/events/pool/agreed.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(a_pool_is_founded_once) {
  Agreed agreed;
  BOOST_TEST(agreed.state.pool.members.size() == 4u);
  BOOST_TEST(agreed.state.blocks.open);
  BOOST_TEST(agreed.state.rewards.open);
  const auto again = [&](const Msg<schema::PoolGenesis>& genesis) {
    return agreed(1, Msg<schema::SharedCommand>::build(
                         [&](auto root) { root.initPool().setFound(genesis.read()); }));
  };
  BOOST_TEST(again(genesis_of({10, 10, 10, 10})).ok());
  BOOST_TEST(refusal(again(genesis_of({10, 10, 10}))) == "fork");
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(who_cannot_found_a_pool_is_told_why) {
  const auto refused = [](auto change) {
    auto genesis = genesis_of({10, 10});
    capnp::MallocMessageBuilder copy;
    copy.setRoot(genesis.read());
    auto root = copy.getRoot<schema::PoolGenesis>();
    change(root);
    SharedState state;
    const auto founding = found(state, root.asReader());
    return founding ? std::string() : founding.error().what;
  };
  BOOST_TEST(refused([](auto) {}) == "");
  const auto wants = [](const std::string& said, std::string_view words) {
    BOOST_TEST(said.find(words) != std::string::npos, said);
  };
  wants(refused([](auto root) { root.initMembers(0); }), "without members");
  wants(refused([](auto root) { root.getMembers()[0].setPower(0); }), "without power");
  wants(refused([](auto root) { root.getMembers()[0].setPower(UINT64_MAX); }), "more power");
  wants(refused([](auto root) { root.setLeader(data(address(9))); }), "no member");
  wants(refused([](auto root) { root.setL1Step(0); }), "multiple of 0");
  wants(refused([](auto root) { root.setName(""); }), "characters");
  wants(refused([](auto root) { root.getMembers()[0].setPublicKey(data(PublicKey{{1}})); }),
        "not its own");
  wants(refused([](auto root) { root.getMembers().setWithCaveats(1, root.getMembers()[0]); }),
        "twice");
  wants(refused([](auto root) { root.initRules(1); }), "without a command");
  wants(refused([](auto root) { root.initRules(0); }), "opens the chain");
  wants(refused([](auto root) { root.initRules(1)[0].setBlocks(open_chain().read()); }),
        "bounds the chain's time");
}

BOOST_AUTO_TEST_CASE(more_than_two_thirds_make_a_report_a_fact) {
  Agreed agreed;
  const auto open = timed_opening();
  BOOST_TEST(agreed.report(1, open).facts.size() == 1u);
  BOOST_TEST(agreed.report(1, open).facts.empty());  // once is enough
  BOOST_TEST(agreed.report(2, open).ok());
  BOOST_TEST(!agreed.state.locking.is_open());
  BOOST_TEST(agreed.report(3, open).facts.size() >= 3u);
  BOOST_TEST(agreed.state.locking.is_open());
  BOOST_TEST(agreed.state.pool.place == 1u);
  BOOST_TEST(agreed.state.pool.offered.empty());
  // The last one comes late, and says nothing new.
  const auto late = agreed(4, report_command(0, open.read()));
  BOOST_TEST(late.ok());
  BOOST_TEST(late.facts.empty());
  BOOST_TEST(refusal(agreed(4, report_command(7, open.read()))) == "notAgreed");
  BOOST_TEST(refusal(agreed(5, report_command(1, open.read()))) == "notMember");
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(power_counts_and_not_heads) {
  Agreed agreed({70, 10, 10, 10});
  const auto open = timed_opening();
  for (std::uint8_t member = 2; member <= 4; ++member) BOOST_TEST(agreed.report(member, open).ok());
  BOOST_TEST(!agreed.state.locking.is_open());
  BOOST_TEST(agreed.report(1, open).ok());
  BOOST_TEST(agreed.state.locking.is_open());
  BOOST_TEST(!is_quorum(2, 3));
  BOOST_TEST(is_quorum(3, 4));
  BOOST_TEST(!is_quorum(UINT64_MAX / 3 * 2, UINT64_MAX));
}

BOOST_AUTO_TEST_CASE(nobody_says_alone_what_l1_says_or_a_rule_is) {
  Agreed agreed;
  const auto take = [&](auto fill) {
    return refusal(agreed(1, Msg<schema::SharedCommand>::build(fill)));
  };
  const auto open = timed_opening();
  BOOST_TEST(take([&](auto root) { root.setLocking(open.read()); }) == "notAgreed");
  BOOST_TEST(take([](auto root) { root.initBlocks().initSetEpochLength().setBlocks(5); }) ==
             "byGenesis");
  BOOST_TEST(take([](auto root) { root.initRewards().initOpen(); }) == "byGenesis");
  BOOST_TEST(take([](auto root) { root.initPenalties().initSetParameters(); }) == "byGenesis");
  BOOST_TEST(take([](auto root) { root.initMpc().initCreateKey(); }) == "byGenesis");
  BOOST_TEST(take([](auto root) {
               root.initBlocks().initSeal().initHeader().setSequencer(data(address_of_secret(2)));
             }) == "notLeader");
  BOOST_TEST(take([](auto) {}) == "malformed");
}

BOOST_AUTO_TEST_CASE(a_head_is_final_when_two_thirds_hold_it_to_be) {
  Agreed agreed;
  agreed.all(timed_opening());
  agreed.all(advance_to(40, 0), 20);
  BOOST_TEST(!agreed.state.locking.finalized.has_value());
  agreed.all(advance_to(48, 0), 39);
  BOOST_TEST((agreed.state.locking.confirmed_head->number == 48));
  agreed.report(1, advance_to(56, 0), 48);
  agreed.report(2, advance_to(56, 0), 40);
  agreed.report(3, advance_to(56, 0), 55);
  BOOST_REQUIRE(agreed.state.locking.finalized.has_value());
  BOOST_TEST(agreed.state.locking.finalized->number == 40u);
  BOOST_TEST(agreed.state.pool.heads.size() == 3u);
  // Endpoints that forget a finality take nothing back.
  agreed.all(advance_to(64, 0), 0);
  BOOST_TEST(agreed.state.locking.finalized->number == 40u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(provenance_is_outside_of_what_members_compare) {
  const auto event = [](schema::SplitSource source) {
    return Scene::block(20, {[source](auto fact, auto position) {
                          auto relocked = fact.initRelocked();
                          relocked.setSource(source);
                          relocked.setPosition(position);
                        }});
  };
  const auto calldata = event(schema::SplitSource::CALLDATA);
  BOOST_TEST(
      (l1_digest(calldata.read()) == l1_digest(event(schema::SplitSource::TOKEN_TRANSFER).read())));
  BOOST_TEST(!lacks_something(calldata.read()));
  BOOST_TEST(lacks_something(event(schema::SplitSource::UNKNOWN).read()));
  BOOST_TEST(!lacks_something(timed_opening().read()));
  BOOST_TEST(lacks_something(open_pool().read()));
  const auto timeless = [](auto fill) { return lacks_something(Scene::command(fill).read()); };
  BOOST_TEST(timeless([](auto root) { root.initAdvance().initConfirmed().setNumber(40); }));
  BOOST_TEST(timeless([](auto root) { root.initRevert().initTo().setNumber(40); }));
  BOOST_TEST((l1_digest(advance_to(40, 3).read()) == l1_digest(advance_to(40, 0).read())));
  BOOST_TEST((l1_digest(advance_to(40, 0).read()) != l1_digest(advance_to(41, 0).read())));
}

BOOST_AUTO_TEST_CASE(who_differs_is_named_until_it_agrees) {
  Agreed agreed;
  agreed.all(timed_opening());
  const auto lie = Scene::command([&](auto root) {
    auto advanced = root.initAdvance();
    advanced.getConfirmed().setNumber(40);
    advanced.getConfirmed().setHash(data(hash(99)));
    advanced.setTimestamp(Scene::time(40));
  });
  // Before the others agree, and after they did.
  agreed.report(4, lie);
  agreed.all(advance_to(40, 0));
  const auto liar = address_of_secret(4);
  BOOST_TEST(agreed.state.pool.differing.at(liar).places == 1u);
  agreed.all(advance_to(48, 0));
  const auto late = Scene::command([&](auto root) {
    auto advanced = root.initAdvance();
    advanced.getConfirmed().setNumber(48);
    advanced.getConfirmed().setHash(data(hash(98)));
    advanced.setTimestamp(Scene::time(48));
  });
  agreed(4, report_command(agreed.state.pool.place - 1, late.read()));
  agreed(4, report_command(agreed.state.pool.place - 1, late.read()));
  BOOST_TEST(agreed.state.pool.differing.at(liar).places == 2u);
  BOOST_TEST(agreed.state.pool.differing.at(liar).since == 1u);
  // Being slower is no difference.
  agreed(3, report_command(agreed.state.pool.place - 1, advance_to(56, 0).read()));
  BOOST_TEST(agreed.state.pool.differing.size() == 1u);
  agreed.report(4, advance_to(56, 0));
  agreed.all(advance_to(56, 0));
  BOOST_TEST(agreed.state.pool.differing.empty());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(the_same_difference_is_told_once_however_often_it_is_ordered) {
  Agreed agreed;
  agreed.all(timed_opening());
  const auto differs_late = [&](std::uint64_t head) {
    agreed.all(advance_to(head, 0));
    const auto lie = Scene::command([&](auto root) {
      auto advanced = root.initAdvance();
      advanced.getConfirmed().setNumber(head);
      advanced.getConfirmed().setHash(data(hash(99)));
      advanced.setTimestamp(Scene::time(40));
    });
    const auto late = report_command(agreed.state.pool.place - 1, lie.read());
    BOOST_TEST(agreed(4, late).facts.size() == 1u);
    BOOST_TEST(agreed(4, late).facts.empty());
  };
  differs_late(40);
  agreed.all(advance_to(48, 0));  // of which the fourth says nothing
  differs_late(56);
  BOOST_TEST(agreed.state.pool.differing.at(address_of_secret(4)).places == 2u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(who_thinks_better_of_it_is_counted_once) {
  Agreed agreed;
  agreed.all(timed_opening());
  agreed.report(1, advance_to(48, 0));
  agreed.report(2, advance_to(48, 0));
  agreed.report(1, advance_to(40, 0));
  agreed.report(3, advance_to(40, 0));
  BOOST_TEST(agreed.state.pool.offered.size() == 2u);
  agreed.report(2, advance_to(40, 0));
  BOOST_TEST(agreed.state.locking.confirmed_head->number == 40u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(members_follow_the_locking_pool) {
  Agreed agreed;
  agreed.all(timed_opening());
  const auto power = [&](std::uint8_t member) {
    const auto found = agreed.state.pool.members.find(address_of_secret(member));
    return found == agreed.state.pool.members.end() ? 0 : found->second.power;
  };
  agreed.all(Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000)),
                               locked_by_secret(2, 5, metis(30000), metis(50000))}));
  BOOST_TEST(power(1) == 20000u);
  BOOST_TEST(power(2) == 10u);  // L1 does not know its key yet
  BOOST_TEST(power(5) == 0u);   // it has not said that its node runs
  const auto ready = [&](std::uint8_t member) {
    return agreed(member, Msg<schema::SharedCommand>::build([&](auto root) {
                    auto told = root.initPool().initBeReady();
                    told.setPublicKey(data(public_key(secret(member))));
                    told.setEndpoint("id@host:1");
                  }));
  };
  BOOST_TEST(refusal(ready(6)) == "notActive");
  BOOST_TEST(ready(5).ok());
  BOOST_TEST(ready(5).facts.empty());
  agreed.all(Scene::block(21, {unlock_of_secret(1, 1, 21)}));
  BOOST_TEST(power(1) == 0u);
  BOOST_TEST(power(5) == 30000u);
  BOOST_TEST(agreed.state.pool.members.at(address_of_secret(5)).endpoint == "id@host:1");
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(strangers_are_not_heard) {
  Agreed agreed;
  const auto close = Msg<schema::SharedCommand>::build(
      [](auto root) { root.initRewards().initClose().setTimestamp(1); });
  BOOST_TEST(refusal(agreed(5, close)) == "notMember");
  BOOST_TEST(refusal(agreed(1, close)) != "notMember");
}

BOOST_AUTO_TEST_CASE(what_consensus_is_told_of_members_is_what_changed) {
  Members before, after;
  before[address(1)] = before[address(2)] = before[address(3)] = {PublicKey{}, 10, "here"};
  after = before;
  after.erase(address(1));
  after[address(2)].power = 11;
  after[address(3)].endpoint = "there";
  after[address(4)] = {PublicKey{}, 5, ""};
  const auto changed = changed_members(before, after);
  BOOST_TEST(changed.size() == 3u);
  BOOST_TEST(changed.at(address(1)).power == 0u);
  BOOST_TEST(changed.at(address(2)).power == 11u);
  BOOST_TEST(changed.at(address(4)).power == 5u);
}

BOOST_AUTO_TEST_CASE(nobody_left_is_no_change) {
  Agreed agreed({10});
  agreed.all(timed_opening());
  agreed.all(Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000))}));
  agreed.all(Scene::block(21, {unlock_of_secret(1, 1, 21)}));
  BOOST_TEST(agreed.state.pool.members.at(address_of_secret(1)).power == 20000u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(a_return_of_l1_is_agreed_on_too) {
  Agreed agreed;
  agreed.all(timed_opening());
  agreed.all(Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000))}));
  agreed.all(advance_to(40, 0));
  agreed.all(Scene::command([](auto root) {
    root.initRevert().setTimestamp(Scene::time(19));
    auto to = root.getRevert().initTo();
    to.setNumber(19);
    to.setHash(data(Scene::block_hash(19)));
  }));
  BOOST_TEST(agreed.state.pool.heads.empty());
  BOOST_TEST(agreed.state.locking.current.sequencers.empty());
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(power_that_l1_takes_back_is_that_of_before) {
  Agreed agreed;
  agreed.all(timed_opening());
  agreed.all(Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000)),
                               locked_by_secret(2, 5, metis(30000), metis(50000))}));
  BOOST_TEST(agreed(5, Msg<schema::SharedCommand>::build([](auto root) {
                      auto told = root.initPool().initBeReady();
                      told.setPublicKey(data(public_key(secret(5))));
                    }))
                 .ok());
  agreed.all(Scene::block(21, {unlock_of_secret(1, 1, 21)}));
  BOOST_TEST(agreed.state.pool.members.contains(address_of_secret(5)));
  BOOST_TEST(!agreed.state.pool.members.contains(address_of_secret(1)));
  agreed.report(5, Scene::command([](auto root) {
                  root.initRevert().setTimestamp(Scene::time(19));
                  root.getRevert().initTo().setNumber(19);
                  root.getRevert().getTo().setHash(data(Scene::block_hash(19)));
                }));
  BOOST_TEST(agreed.state.pool.members.size() == 4u);
  BOOST_TEST(agreed.state.pool.members.at(address_of_secret(1)).power == 10u);
  agreed.check_replay();
}

BOOST_AUTO_TEST_CASE(an_input_is_its_senders_alone) {
  const auto command = report_command(0, timed_opening().read());
  const auto input = sign_input("chain", 7, command, secret(1));
  const auto checked = check_input("chain", input.bytes());
  BOOST_REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().what));
  BOOST_TEST((checked->sender == address_of_secret(1)));
  BOOST_TEST(std::ranges::equal(checked->command.bytes(), command.bytes()));
  BOOST_TEST((checked->key == sha256(input.bytes())));
  BOOST_TEST(!check_input("other", input.bytes()).has_value());
  // Every byte counts.
  for (std::size_t i = 0; i < input.bytes().size(); ++i) {
    Bytes changed(input.bytes().begin(), input.bytes().end());
    changed[i] ^= 1;
    const auto refused = check_input("chain", changed);
    BOOST_TEST(!(refused.has_value() && refused->sender == address_of_secret(1)), "byte " << i);
  }
  BOOST_TEST(!check_input("chain", BytesView()).has_value());
  BOOST_TEST(!check_input("chain", Bytes(input_max_bytes + 8)).has_value());
}

BOOST_AUTO_TEST_CASE(states_come_back_from_their_messages) {
  Agreed agreed;
  agreed.all(timed_opening());
  agreed.report(4, advance_to(48, 0));
  agreed.all(advance_to(40, 0), 20);
  agreed.report(1, advance_to(48, 0), 3);
  const auto message = state_message(agreed.state.pool);
  const auto again = restore(Msg<schema::PoolAgreement>::of(message).read());
  BOOST_TEST(std::ranges::equal(state_message(again).bytes(), message.bytes()));
  PoolProgress progress;
  apply_all<schema::PoolFact>(progress, block_applied(progress, {3, hash(1), hash(2)}));
  BOOST_TEST(progress.applied.height == 3u);
  apply_all<schema::PoolFact>(progress, input_proposed(progress, {7, {1, 2, 3}}));
  BOOST_TEST(progress.proposed->block == 7u);
  BOOST_TEST(refusal(input_proposed(progress, {8, {1}})) == "notNext");
  BOOST_TEST(refusal(block_applied(progress, {3, hash(1), hash(2)})) == "notNext");
  const auto local = state_message(progress);
  BOOST_TEST(std::ranges::equal(
      state_message(restore(Msg<schema::PoolProgress>::of(local).read())).bytes(), local.bytes()));
  apply_all<schema::PoolFact>(progress, input_settled(progress));
  BOOST_TEST(!progress.proposed.has_value());
  BOOST_TEST(refusal(input_settled(progress)) == "notNext");
}

BOOST_AUTO_TEST_CASE(the_header_after_a_change_is_kept_with_its_signatures) {
  PoolProgress progress;
  const auto commit = as_bytes("header and signatures");
  const auto apply_height = [&](std::uint64_t height, std::uint8_t state) {
    const auto decision = block_applied(progress, {height, Hash32{{9}}, Hash32{{state}}});
    BOOST_REQUIRE_MESSAGE(decision.ok(), decision.detail);
    apply_all<schema::PoolFact>(progress, decision);
  };
  const auto keep = [&](std::uint64_t height) {
    const auto decision = block_signed(progress, height, commit);
    apply_all<schema::PoolFact>(progress, decision);
    return refusal(decision);
  };
  const auto wants = [&](const std::vector<WantedHeader>& wanted) {
    BOOST_TEST((progress.wanted == std::deque(wanted.begin(), wanted.end())));
    const auto message = state_message(progress);
    const auto again = restore(Msg<schema::PoolProgress>::of(message).read());
    BOOST_TEST((again.wanted == progress.wanted));
  };
  apply_height(1, 1);
  wants({{2, Hash32{{1}}}});
  BOOST_TEST(keep(2) == "notNext");  // it is not applied yet
  apply_height(2, 1);                // nothing changed
  wants({{2, Hash32{{1}}}});
  apply_height(3, 2);
  apply_height(4, 3);
  apply_height(5, 3);
  wants({{2, Hash32{{1}}}, {4, Hash32{{2}}}, {5, Hash32{{3}}}});
  BOOST_TEST(keep(3) == "notNext");  // it carries what the one before carries
  BOOST_TEST(keep(4) == "none");     // what consensus has no more is given up with it
  wants({{5, Hash32{{3}}}});
  BOOST_TEST(keep(4) == "notNext");  // twice
  BOOST_TEST(keep(2) == "notNext");  // out of order
  BOOST_TEST(keep(5) == "none");
  wants({});
}

BOOST_AUTO_TEST_CASE(no_more_headers_are_wanted_than_a_state_should_hold) {
  PoolProgress progress;
  for (std::uint64_t height = 1; height <= PoolProgress::most_wanted + 2; ++height) {
    Hash32 state;
    std::memcpy(state.bytes.data(), &height, sizeof height);
    apply_all<schema::PoolFact>(progress, block_applied(progress, {height, Hash32{}, state}));
  }
  BOOST_TEST(progress.wanted.size() == PoolProgress::most_wanted);
  BOOST_TEST(progress.wanted.front().height == 4u);
  BOOST_TEST(refusal(block_signed(progress, 3, {})) == "notNext");
}

BOOST_AUTO_TEST_SUITE_END()
