#include "events/locking/locking.hpp"

#include "events/shared.hpp"
#include "tests/events/locking/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

const U256 rpb(761000000000000);
using Events = std::vector<Scene::Event>;

/// A pool with sequencers 1 and 2 of 20,000 and 30,000 METIS, keys 1 and 2.
Scene two_sequencers() {
  Scene scene;
  BOOST_REQUIRE(scene.open().ok());
  BOOST_REQUIRE(scene
                    .observe(20, {locked(1, 1, metis(20000), metis(20000)),
                                  owner_changed(1, address(11)), recipient_changed(1, address(21))})
                    .ok());
  BOOST_REQUIRE(scene
                    .observe(21, {locked(2, 2, metis(30000), metis(50000)),
                                  owner_changed(2, address(12)), recipient_changed(2, address(22))})
                    .ok());
  BOOST_TEST(scene.discrepancies() == 0u);
  return scene;
}

template <class Set>
Scene::Event event(Set set) {
  return [=](schema::LockingFact::Builder fact, schema::L1Position::Reader position) {
    set(fact).setPosition(position);
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(locking)

BOOST_AUTO_TEST_CASE(before_the_opening_nothing_is_known) {
  Scene scene;
  BOOST_TEST((scene.observe(20, Events{}).refused == Reason::NOT_OPEN));
  BOOST_TEST((scene.advance(20, 10).refused == Reason::NOT_OPEN));
  BOOST_TEST((scene.revert(20).refused == Reason::NOT_OPEN));
  BOOST_TEST((scene.when(Scene::command([](auto) {})).refused == Reason::WRONG_CONTENT));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(an_opening_sets_the_parameters_once) {
  Scene scene;
  BOOST_TEST(scene.open().facts.size() == 1u);
  BOOST_TEST(scene.state.current.batch.id == 1);
  BOOST_TEST(scene.state.current.batch.number == 10);
  BOOST_TEST(scene.state.current.max_lock == metis(100000));
  BOOST_TEST(scene.state.current.signer_update_throttle == 1);
  const auto again = scene.open();
  BOOST_TEST((again.ok() && again.facts.empty()));
  const auto other = scene.when(Scene::command([](auto root) { root.initOpen().setBlock(11); }));
  BOOST_TEST((other.refused == Reason::FORK));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_lock_makes_a_sequencer) {
  const auto scene = two_sequencers();
  const auto& one = scene.sequencer(1);
  BOOST_TEST(one.amount == metis(20000));
  BOOST_TEST((one.reward == U256(0)));
  BOOST_TEST(one.nonce == 1);
  BOOST_TEST(one.activation_batch == 1);
  BOOST_TEST(one.updated_batch == 1);
  BOOST_TEST((one.owner == address(11)));
  BOOST_TEST((one.reward_recipient == address(21)));
  BOOST_TEST((one.signer == signer(1)));
  BOOST_TEST((one.pubkey == pubkey(1)));
  BOOST_TEST((one.status == SequencerStatus::active));
  BOOST_TEST(status_name(one.status) == "active");
  BOOST_TEST(scene.state.current.total_locked == metis(50000));
  BOOST_TEST(by_signer(scene.state, signer(2)) == &scene.sequencer(2));
  BOOST_TEST(by_signer(scene.state, signer(3)) == nullptr);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_relock_may_contain_the_reward) {
  auto scene = two_sequencers();
  scene.observe(30, {batch_submitted(2), distributed(2, 1, 10, rpb, {{1, 100}, {2, 50}})});
  scene.observe(31, {relocked(1, metis(5), metis(50005), 0), lock_updated(1, 2, metis(20005))});
  BOOST_TEST((scene.sequencer(1).reward == rpb * 100));
  const U256 total = metis(50005) + rpb * 100, amount = metis(20005) + rpb * 100;
  scene.observe(32, {relocked(1, rpb * 100, total, rpb * 100), lock_updated(1, 3, amount)});
  BOOST_TEST(scene.sequencer(1).amount == amount);
  BOOST_TEST((scene.sequencer(1).reward == U256(0)));
  BOOST_TEST(scene.sequencer(1).nonce == 3);
  BOOST_TEST(scene.state.current.total_locked == total);
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.observe(33, {relocked(2, 1, total + 1, 0, schema::SplitSource::UNKNOWN)});
  BOOST_TEST(!scene.sequencer(2).reward.has_value());
  BOOST_TEST(to_json(scene.state).at("sequencers").at(1).at("reward").is_null());
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_withdrawal_has_no_total_and_sets_the_batch) {
  auto scene = two_sequencers();
  scene.observe(30, {batch_submitted(2), distributed(2, 1, 10, rpb, {})});
  scene.observe(31, {withdrawn(2, metis(1000)), lock_updated(2, 2, metis(29000))});
  BOOST_TEST(scene.state.current.total_locked == metis(49000));
  BOOST_TEST(scene.sequencer(2).updated_batch == 2);
  BOOST_TEST(scene.sequencer(2).amount == metis(29000));
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_batch_credits_and_its_numbers_have_256_bits) {
  auto scene = two_sequencers();
  const U256 far = U256(1) << 200;
  scene.observe(30,
                {batch_submitted(2),
                 distributed(2, 1, far, rpb, {{1, 3}, {2, 0}, {1, 4}}),  // one twice, one with 0
                 batch_submitted(3), distributed(3, far + 1, far + 2, rpb, {{2, 9}})});
  BOOST_TEST((scene.sequencer(1).reward == rpb * 7));
  BOOST_TEST((scene.sequencer(2).reward == rpb * 9));
  BOOST_TEST(scene.state.current.batch.id == 3);
  BOOST_TEST(scene.state.current.batch.number == 30);
  BOOST_TEST(scene.state.current.batch.end_epoch == far + 2);
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(an_unknown_split_hides_rewards_until_the_contract_says_them) {
  auto scene = two_sequencers();
  const auto unknown = schema::SplitSource::UNKNOWN;
  scene.observe(30, {distributed(2, 1, 10, rpb, {}, unknown)});
  BOOST_TEST((scene.sequencer(1).reward == U256(0)));  // nothing was handed out
  scene.observe(31, {distributed(3, 11, 20, rpb, {{1, 5}}, unknown)});
  BOOST_TEST(!scene.sequencer(1).reward.has_value());
  BOOST_TEST(!scene.sequencer(2).reward.has_value());
  scene.observe(32, {distributed(4, 21, 30, rpb, {{1, 5}})});
  BOOST_TEST(!scene.sequencer(1).reward.has_value());  // nothing known plus something known
  scene.observe(33, {claimed(1, address(21), rpb * 10, rpb * 10)});
  BOOST_TEST((scene.sequencer(1).reward == U256(0)));
  scene.observe(34, {distributed(5, 31, 40, rpb, {{1, 5}})});
  BOOST_TEST((scene.sequencer(1).reward == rpb * 5));
  BOOST_TEST(!scene.sequencer(2).reward.has_value());
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(an_exit_runs_from_unlock_to_claim) {
  auto scene = two_sequencers();
  const auto start = Scene::time(40), claim = start + 21 * 86400;
  scene.observe(30, {distributed(2, 1, 10, rpb, {{1, 100}})});
  scene.observe(40, {claimed(1, address(21), rpb * 100, rpb * 100),
                     unlock_initiated(1, 1, 2, 2, start, claim, rpb * 100)});
  BOOST_TEST((scene.sequencer(1).status == SequencerStatus::inactive));
  BOOST_TEST(scene.sequencer(1).deactivation_batch == 2);
  BOOST_TEST(scene.sequencer(1).unlock_claim_time == claim);
  BOOST_TEST(scene.state.current.total_rewards_liquidated == rpb * 100);
  scene.observe(41, {distributed(3, 11, 20, rpb, {{1, 7}})});  // still credited
  BOOST_TEST((scene.sequencer(1).reward == rpb * 7));
  const std::uint64_t late = 40 + 21 * 86400 / 12;
  scene.observe(late, {claimed(1, address(21), rpb * 7, rpb * 107),
                       unlocked(1, address(11), metis(20000), metis(30000))});
  const auto& gone = scene.sequencer(1);
  BOOST_TEST((gone.status == SequencerStatus::unlocked));
  BOOST_TEST(gone.nonce == 3);
  BOOST_TEST(gone.amount == 0);
  BOOST_TEST(scene.state.current.total_locked == metis(30000));
  BOOST_TEST(by_signer(scene.state, signer(1)) == nullptr);
  BOOST_TEST(scene.state.current.signers.at(signer(1)) == retired_signer());
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_key_change_retires_the_old_key) {
  auto scene = two_sequencers();
  scene.observe(30, {distributed(2, 1, 10, rpb, {})});
  scene.observe(31, {signer_changed(1, 1, 5, 2)});
  BOOST_TEST((scene.sequencer(1).signer == signer(5)));
  BOOST_TEST((scene.sequencer(1).pubkey == pubkey(5)));
  BOOST_TEST(scene.sequencer(1).updated_batch == 2);
  BOOST_TEST(by_signer(scene.state, signer(1)) == nullptr);
  BOOST_TEST(by_signer(scene.state, signer(5)) == &scene.sequencer(1));
  BOOST_TEST(standing(scene.state, signer(1)).status ==
             "no signer in the locking pool any more: it was replaced, or its sequencer left");
  BOOST_TEST(standing(scene.state, signer(9)).status == "no signer in the locking pool");
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(governance_sets_parameters) {
  auto scene = two_sequencers();
  const auto set = [](auto value, auto builder) {
    builder.setValue(data(word(U256(value))));
    return builder;
  };
  const auto change = [](auto from, auto to, auto builder) {
    builder.setPrevious(data(word(U256(from))));
    builder.setValue(data(word(U256(to))));
    return builder;
  };
  const auto name = [](const Address& who, auto builder) {
    builder.setAddress(data(who));
    return builder;
  };
  scene.observe(
      30, {event([&](auto fact) { return set(1, fact.initMinLockSet()); }),
           event([&](auto fact) { return set(2, fact.initMaxLockSet()); }),
           event([&](auto fact) { return set(3, fact.initSignerUpdateThrottleSet()); }),
           event([&](auto fact) { return name(address(4), fact.initRewardPayerSet()); }),
           event([&](auto fact) { return name(address(5), fact.initMpcUpdated()); }),
           event([&](auto fact) { return change(rpb, 6, fact.initRewardPerBlockUpdated()); }),
           event([&](auto fact) { return change(21 * 86400, 7, fact.initExitDelayChanged()); }),
           event([&](auto fact) { return name(address(8), fact.initPaused()); }),
           whitelisted(address(9), true), whitelisted(address(10), true),
           whitelisted(address(9), false), event([](auto fact) {
             auto upgraded = fact.initUpgraded();
             upgraded.setProxy(data(address(0xa0)));
             upgraded.setImplementation(data(address(0xb0)));
             return upgraded;
           })});
  const auto& pool = scene.state.current;
  BOOST_TEST(pool.min_lock == 1);
  BOOST_TEST(pool.max_lock == 2);
  BOOST_TEST(pool.signer_update_throttle == 3);
  BOOST_TEST((pool.reward_payer == address(4)));
  BOOST_TEST((pool.mpc == address(5)));
  BOOST_TEST(pool.reward_per_block == 6);
  BOOST_TEST(pool.exit_delay_period == 7);
  BOOST_TEST(pool.paused);
  BOOST_TEST((pool.whitelist == std::set<Address>{address(10)}));
  BOOST_TEST((pool.implementations.at(address(0xa0)) == address(0xb0)));
  BOOST_TEST(scene.discrepancies() == 0u);
  scene.observe(31, {event([&](auto fact) { return name(address(8), fact.initUnpaused()); })});
  BOOST_TEST(!scene.state.current.paused);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_log_that_disagrees_is_folded_and_found) {
  auto scene = two_sequencers();
  const auto wrong_nonce = scene.observe(30, {lock_updated(1, 7, metis(20000))});
  BOOST_REQUIRE(wrong_nonce.facts.size() == 2u);
  BOOST_TEST(wrong_nonce.facts[1].after == 0);
  const auto found =
      Msg<schema::LockingFact>::of(wrong_nonce.facts[1].payload).read().getDiscrepancyFound();
  BOOST_TEST(std::string(found.getWhat()) == "sequencer 1 nonce");
  BOOST_TEST(std::string(found.getFolded()) == "2");
  BOOST_TEST(std::string(found.getLogged()) == "7");
  BOOST_TEST(scene.sequencer(1).nonce == 7);

  const auto one_found = [&](std::uint64_t number, Events events) {
    const auto decision = scene.observe(number, std::move(events));
    BOOST_TEST(decision.ok());
    BOOST_TEST(decision.facts.size() == 2u);
  };
  one_found(31, {locked(3, 3, metis(1), metis(9))});     // total
  one_found(32, {batch_submitted(9)});                   // batch id
  one_found(33, {distributed(2, 5, 10, rpb, {})});       // startEpoch
  one_found(34, {distributed(3, 11, 11, rpb, {})});      // endEpoch
  one_found(35, {distributed(4, 12, 20, rpb + 1, {})});  // reward per block
  one_found(36, {distributed(5, 21, 30, rpb, {{1, 2}}, schema::SplitSource::CALLDATA, 1)});  // sum
  one_found(37, {claimed(1, address(21), 5, 5)});  // reward
  one_found(38, {signer_changed(1, 9, 4, 8)});     // old signer
  one_found(39, {withdrawn(77, 1)});               // no such sequencer
  one_found(40, {owner_changed(78, address(1))});
  one_found(41, {event([](auto fact) {
              auto change = fact.initExitDelayChanged();
              change.setPrevious(data(word(1)));
              change.setValue(data(word(2)));
              return change;
            })});
  BOOST_TEST(scene.discrepancies() == 12u);
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_block_folded_before_changes_nothing) {
  auto scene = two_sequencers();
  const auto again = scene.observe(20, {locked(1, 1, metis(20000), metis(20000))});
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST((scene.observe(20, Events{}, 1).refused == Reason::FORK));
  scene.advance(25, 21);
  BOOST_TEST(scene.observe(21, Events{}).ok());  // the last block of the base is known, too
  BOOST_TEST((scene.observe(20, Events{}).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST((scene.observe(21, Events{}, 1).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST((scene.observe(24, Events{}).refused == Reason::FORK));  // seen, had no events
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_block_follows_what_is_known) {
  auto scene = two_sequencers();
  BOOST_TEST((scene.observe(22, Events{}, 1).refused == Reason::FORK));
  BOOST_TEST((scene.observe(19, Events{}).refused == Reason::FORK));
  BOOST_TEST(scene.observe(22, {whitelisted(address(1), true)}).ok());
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_command_with_foreign_facts_is_refused) {
  auto scene = two_sequencers();
  const auto own = scene.observe(30, {[](auto fact, auto) { fact.initL1Advanced(); }});
  BOOST_TEST((own.refused == Reason::WRONG_CONTENT));
  const auto elsewhere = scene.observe(30, {[](auto fact, auto position) {
                                         auto set = fact.initWhitelistSet();
                                         set.setPosition(position);
                                         set.getPosition().setBlock(31);
                                       }});
  BOOST_TEST((elsewhere.refused == Reason::WRONG_CONTENT));
  const auto unordered =
      scene.observe(30, {whitelisted(address(1), true), [](auto fact, auto position) {
                           auto set = fact.initWhitelistSet();
                           set.setPosition(position);
                           set.getPosition().setLogIndex(0);
                         }});
  BOOST_TEST((unordered.refused == Reason::WRONG_CONTENT));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(an_advance_moves_finalized_facts_into_the_base) {
  auto scene = two_sequencers();
  BOOST_TEST(scene.state.pending.size() == 6u);
  BOOST_TEST(scene.advance(25, 20).facts.size() == 1u);
  BOOST_TEST(scene.state.pending.size() == 3u);
  BOOST_TEST(scene.state.base.sequencers.size() == 1u);
  BOOST_TEST((scene.state.confirmed_head == L1Point{25, Scene::block_hash(25)}));
  BOOST_TEST((scene.state.finalized == L1Point{20, Scene::block_hash(20)}));
  BOOST_TEST(scene.advance(25, 20).facts.empty());
  BOOST_TEST((scene.advance(24, 20).refused == Reason::FORK));
  BOOST_TEST((scene.advance(25, 20, 1).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST((scene.advance(26, 19).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST((scene.advance(26, 27).refused == Reason::WRONG_CONTENT));
  BOOST_TEST((scene.advance(30, 21, 1).refused == Reason::FORK));
  BOOST_TEST(scene.advance(26, 26).ok());
  BOOST_TEST(scene.state.pending.empty());
  BOOST_TEST((scene.state.base == scene.state.current));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_revert_takes_back_what_is_above) {
  auto scene = two_sequencers();
  scene.advance(22, 0);  // an endpoint that knows no finalized block
  BOOST_TEST(!scene.state.finalized.has_value());
  const auto before = scene.state.current;
  scene.observe(23, {lock_updated(1, 9, metis(1)), whitelisted(address(1), true)});
  BOOST_TEST(scene.discrepancies() == 2u);
  BOOST_TEST(scene.revert(22).facts.size() == 1u);
  BOOST_TEST((scene.state.current == before));  // findings are gone, too
  BOOST_TEST(scene.revert(22).facts.empty());   // once is enough
  BOOST_TEST((scene.revert(21, 1).refused == Reason::FORK));
  BOOST_TEST(scene.revert(20).ok());
  BOOST_TEST((scene.state.confirmed_head == L1Point{20, Scene::block_hash(20)}));
  BOOST_TEST(scene.state.current.sequencers.size() == 1u);
  // The other branch, of the same heights.
  BOOST_TEST(scene
                 .when(Scene::block(21, {locked(2, 7, metis(40000), metis(60000))}, 1,
                                    Scene::block_hash(20)))
                 .ok());
  BOOST_TEST((scene.sequencer(2).signer == signer(7)));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(no_revert_goes_below_finalized) {
  auto scene = two_sequencers();
  scene.advance(25, 20);
  BOOST_TEST((scene.revert(19).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST((scene.revert(20, 1).refused == Reason::BELOW_FINALIZED));
  BOOST_TEST(scene.revert(20).ok());
  BOOST_TEST(scene.state.current.sequencers.size() == 1u);
  BOOST_TEST((scene.state.base == scene.state.current));
  scene.replays();
}

BOOST_AUTO_TEST_CASE(a_return_to_the_opening_begins_anew) {
  auto scene = two_sequencers();
  const auto whole = scene.state.current;
  scene.advance(25, 20);
  const auto opened = scene.state.opened.read().getBlock();
  BOOST_TEST(scene.revert(opened).ok());
  BOOST_TEST(scene.state.current.sequencers.empty());
  BOOST_TEST((scene.state.base == scene.state.current));
  BOOST_TEST((!scene.state.finalized && !scene.state.base_block));
  BOOST_TEST(scene.state.confirmed_head->number == opened);
  // What was read before is read again.
  auto again = two_sequencers();
  for (const auto& pending : again.state.pending) apply(scene.state, *pending.fact);
  BOOST_TEST((scene.state.current == whole));
}

BOOST_AUTO_TEST_CASE(the_json_has_the_contracts_names) {
  auto scene = two_sequencers();
  const auto json = to_json(scene.state);
  BOOST_TEST(json.at("sequencers").as_array().size() == 2u);
  const auto& one = json.at("sequencers").at(0).as_object();
  for (const auto* name : {"id", "owner", "signer", "pubkey", "amount", "reward", "status", "nonce",
                           "activationBatch", "updatedBatch", "deactivationBatch",
                           "deactivationTime", "unlockClaimTime", "rewardRecipient"}) {
    BOOST_TEST(one.contains(name), name);
  }
  BOOST_TEST((one.at("amount") == "20000000000000000000000"));
  BOOST_TEST(one.at("status").to_number<int>() == 2);
  BOOST_TEST((one.at("owner").as_string() == to_hex(address(11))));
  BOOST_TEST((json.at("totalLocked") == "50000000000000000000000"));
  BOOST_TEST((json.at("totalRewardsLiquidated") == "0"));
  BOOST_TEST((json.at("curBatchState").at("number") == "10"));
  BOOST_TEST((json.at("parameters").at("exitDelayPeriod") == "1814400"));
  BOOST_TEST((json.at("parameters").at("paused") == false));
}

BOOST_AUTO_TEST_SUITE_END()
