#include "node/health/health.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>

#include "node/health/checks.hpp"
#include "node/health/pool_json.hpp"
#include "node/health/words.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(health)

namespace {

constexpr std::uint64_t now = 1'795'356'385'000;  // 2026-11-22 14:06:25 UTC

// A sequencer in the middle of its work, with nothing to do.
Situation at_rest() {
  Situation out;
  out.now_ms = now;
  out.rpc_open = true;
  out.beat_ms = now - 500;
  out.engine_head = out.sealed_head = 36;
  out.start.state = "done";
  out.start.replayed = true;
  out.start.sequencing = true;
  out.start.block_time_s = 1;
  out.production.state = "idle";
  out.production.reason = "no transactions wait";
  out.production.since_ms = now - 10'000;
  out.l1.state = "following";
  out.l1.since_ms = now - 60'000;
  out.l1.head = 59;
  out.l1.next = 60;
  out.l1.confirmed = 55;
  out.room.state = "ample";
  out.committed.head = 36;
  out.committed.head_time = now / 1000 - 2;
  return out;
}

// The same as the leader of a pool of four.
void in_a_pool(Situation& seen) {
  auto& pool = seen.consensus;
  pool.name = "here";
  pool.state = "ordering";
  pool.since_ms = now - 600'000;
  pool.height = 120;
  pool.signer.state = "signing";
  pool.signer.since_ms = now - 600'000;
  pool.peers = {"a", "b", "c"};
  for (std::uint8_t i = 1; i <= 4; ++i) {
    Address signer;
    signer.bytes.back() = i;
    pool.members.push_back({signer, 20'000, "", "", 119, 0});
  }
  pool.me = pool.leader = pool.members.front().signer;
  pool.signatures_from = 1;
}

struct Row {
  const char* what;
  std::function<void(Situation&)> change;
  const char* state;
  const char* words;
  bool ready, synced;
};

void starting(Situation& seen, const char* state, const char* what) {
  seen.start.state = state;
  seen.start.what = what;
  seen.start.since_ms = now - 10'000;
  seen.rpc_open = false;
  seen.beat_ms = 0;
  seen.l1 = {};
  seen.production = {};
}

const std::vector<Row> rows{
    {"nothing to do", [](auto&) {}, "idle", "ready, nothing to do: no transactions wait", true,
     true},
    {"the first moment",
     [](auto& seen) {
       starting(seen, "starting", "");
       seen.start.replayed = false;
     },
     "starting", "starting", false, false},
    {"reading the log",
     [](auto& seen) {
       starting(seen, "replaying", "replaying the log: record");
       seen.start.replayed = false;
       seen.start.done = 5'000'000;
       seen.start.total = 10'000'000;
     },
     "replaying", "replaying the log: record 5,000,000 of 10,000,000, 500,000 a second, 10 s left",
     false, false},
    {"reading it from a snapshot on: what came before is not counted to the rate",
     [](auto& seen) {
       starting(seen, "replaying", "replaying the log: record");
       seen.start.replayed = false;
       seen.start.from = 4'000'000;
       seen.start.done = 5'000'000;
       seen.start.total = 10'000'000;
     },
     "replaying", "replaying the log: record 5,000,000 of 10,000,000, 100,000 a second, 50 s left",
     false, false},
    {"before the first record nobody can tell what is left",
     [](auto& seen) {
       starting(seen, "replaying", "replaying the log: record");
       seen.start.replayed = false;
       seen.start.total = 10'000'000;
     },
     "replaying", "replaying the log: record 0 of 10,000,000", false, false},
    {"the lookups",
     [](auto& seen) {
       starting(seen, "indexing", "entering the log into the lookups: record");
       seen.start.done = 100;
       seen.start.total = 200;
     },
     "indexing", "entering the log into the lookups: record 100 of 200, 10 a second, 10 s left",
     false, false},
    {"the engine",
     [](auto& seen) {
       starting(seen, "executing", "executing logged blocks on the engine: block");
       seen.start.done = 2'500;
       seen.start.total = 36'000;
     },
     "executing",
     "executing logged blocks on the engine: block 2,500 of 36,000, 250 a second, 2 min left",
     false, false},
    {"L1 from its beginning",
     [](auto& seen) {
       seen.production.state = "stopped";
       seen.production.reason = "there is no signer";
       seen.l1.state = "backfilling";
       seen.l1.since_ms = now - 10'000;
       seen.l1.first = 1'000;
       seen.l1.next = 2'000;
       seen.l1.head = 4'000;
       seen.l1.confirmed.reset();
     },
     "backfilling", "back-filling L1: block 2,000 of 4,000, 100 a second, 20 s left", false, false},
    {"L1 not yet looked at",
     [](auto& seen) {
       seen.production.state = "waiting";
       seen.l1 = {};
     },
     "backfilling", "L1 has not been looked at yet", false, false},
    {"blocks",
     [](auto& seen) {
       seen.production.state = "producing";
       seen.committed.waiting = 1'234;
       seen.committed.unserved_since_ms = now - 1'000;
     },
     "producing", "producing: block 36 is sealed, 2.0 s ago, 1,234 transactions wait", true, true},
    {"an engine that lost blocks while the node runs",
     [](auto& seen) {
       seen.catch_up = {now - 10'000, 1'000, 2'000, 4'000};
       seen.engine_head = 2'000;
       seen.sealed_head = 4'000;
     },
     "executing",
     "the engine has lost blocks and executes the logged ones: block 2,000 of 4,000, 100 a second, "
     "20 s left",
     false, false},
    {"between two blocks the clock may be what is waited for",
     [](auto& seen) {
       seen.production = {};
       seen.production.state = "waiting";
       seen.production.reason = "the clock is not past the last block's time";
       seen.production.since_ms = now - 900;
       seen.production.blocks = 3;
     },
     "producing", "producing: block 36 is sealed, 2.0 s ago", true, true},
    {"not in the pool",
     [](auto& seen) {
       seen.production.state = "stopped";
       seen.production.reason = "sequencer 0xab is not in the pool";
     },
     "waiting", "not producing because sequencer 0xab is not in the pool", true, true},
    {"verification behind the start",
     [](auto& seen) {
       seen.verified = 1'000;
       seen.to_verify = 61'000;
       seen.verified_a_second = 500;
     },
     "verifying",
     "verifying the log behind the start: record 1,000 of 61,000, 500 a second, 2 min left", true,
     true},
    {"it is done", [](auto& seen) { seen.verified = seen.to_verify = 61'000; }, "idle",
     "ready, nothing to do: no transactions wait", true, true},
    {"only following L1",
     [](auto& seen) {
       seen.start.sequencing = false;
       seen.production = {};
       seen.rpc_open = false;
     },
     "synced", "synced: the log tells of L1 up to block 55", true, true},
    {"no block although transactions wait",
     [](auto& seen) {
       seen.production.state = "waiting";
       seen.production.reason = "the engine does not answer";
       seen.production.since_ms = now - 60'000;
       seen.production.due_since_ms = now - 60'000;
       seen.committed.waiting = 7;
       seen.committed.unserved_since_ms = now - 60'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:05:25 UTC because no block is sealed although 7 transactions wait: "
     "the engine does not answer",
     true, true},
    {"what waited while no node ran, or could not go into a block, has not waited for one",
     [](auto& seen) {
       seen.production.state = "waiting";
       seen.production.reason = "the engine is brought to the log's head";
       seen.production.due_since_ms = now - 1'000;
       seen.committed.waiting = 7;
       seen.committed.unserved_since_ms = now - 3'600'000;
     },
     "waiting", "not producing because the engine is brought to the log's head", true, true},
    {"with a slow block time that is nothing",
     [](auto& seen) {
       seen.start.block_time_s = 60;
       seen.production.state = "producing";
       seen.production.due_since_ms = now - 60'000;
       seen.committed.waiting = 7;
       seen.committed.unserved_since_ms = now - 60'000;
     },
     "producing", "producing: block 36 is sealed, 2.0 s ago, 7 transactions wait", true, true},
    {"transactions that lack one before them wait by right",
     [](auto& seen) {
       seen.production.reason = "every waiting transaction lacks one with a nonce before it";
       seen.committed.waiting = 7;
       seen.committed.unserved_since_ms = now - 600'000;
     },
     "idle", "ready, nothing to do: every waiting transaction lacks one with a nonce before it",
     true, true},
    {"an engine that is gone, though nobody asks for it",
     [](auto& seen) {
       seen.engine.state = "silent";
       seen.engine.reason = "connection refused";
       seen.engine.since_ms = now - 10'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:06:15 UTC because the engine does not answer: connection refused",
     false, false},
    {"an actor",
     [](auto& seen) {
       seen.busy = {{"engine", "BuildBlock", 7'500}, {"world", "Durable", 2}};
     },
     "stuck",
     "stuck since 2026-11-22 14:06:17 UTC because the actor engine has had BuildBlock in hand for "
     "7.5 s",
     false, true},
    {"one that works for some seconds is not",
     [](auto& seen) {
       seen.busy = {{"engine", "BuildBlock", 4'900}};
     },
     "idle", "ready, nothing to do: no transactions wait", true, true},
    {"nor is one that waits for an endpoint by its nature",
     [](auto& seen) {
       seen.busy = {{"L1 listener", "step", 25'000}};
     },
     "idle", "ready, nothing to do: no transactions wait", true, true},
    {"no room",
     [](auto& seen) {
       seen.room.state = "closed";
       seen.room.reason = "the disk is 97 % full";
       seen.room.since_ms = now - 1'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:06:24 UTC because the log has no room, and takes no transactions: "
     "the disk is 97 % full",
     false, true},
    {"L1 away for long, while blocks go on",
     [](auto& seen) {
       seen.production.state = "producing";
       seen.l1.state = "unreachable";
       seen.l1.reason = "connection refused";
       seen.l1.since_ms = now - 120'000;
     },
     "stuck", "stuck since 2026-11-22 14:04:25 UTC because L1 is unreachable: connection refused",
     false, false},
    {"L1 in doubt",
     [](auto& seen) {
       seen.production.state = "waiting";
       seen.l1.state = "doubtful";
       seen.l1.reason = "block 61 shows no logs";
       seen.l1.since_ms = now - 1'000;
     },
     "stuck", "stuck since 2026-11-22 14:06:24 UTC because L1 is doubtful: block 61 shows no logs",
     false, false},
    {"the contracts and the log differ",
     [](auto& seen) {
       seen.production.state = "waiting";
       seen.l1.state = "differs";
       seen.l1.reason = "sequencers(2).status is 1 in the contracts and 2 in the log";
       seen.l1.since_ms = now - 1'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:06:24 UTC because the contracts and the log differ: "
     "sequencers(2).status is 1 in the contracts and 2 in the log",
     false, false},
    {"L1 away for a moment",
     [](auto& seen) {
       seen.production.state = "producing";
       seen.l1.state = "unreachable";
       seen.l1.since_ms = now - 2'000;
     },
     "producing", "producing: block 36 is sealed, 2.0 s ago", false, false},
    {"a member of a pool", [](auto& seen) { in_a_pool(seen); }, "idle",
     "ready, nothing to do: no transactions wait", true, true},
    {"one that does not lead",
     [](auto& seen) {
       in_a_pool(seen);
       seen.production.state = "following";
       seen.production.reason = "0x02 makes the pool's blocks";
     },
     "synced",
     "synced: the log tells of L1 up to block 55, the engine has block 36; 0x02 makes the pool's "
     "blocks",
     true, true},
    {"its engine lacks a block",
     [](auto& seen) {
       in_a_pool(seen);
       seen.production.state = "following";
       seen.production.reason = "0x02 makes the pool's blocks";
       seen.engine_head = 35;
     },
     "synced",
     "synced: the log tells of L1 up to block 55, the engine has block 35; 0x02 makes the pool's "
     "blocks",
     false, false},
    {"what it saw of L1 is about to be agreed on",
     [](auto& seen) {
       in_a_pool(seen);
       seen.l1.state = "waiting for the pool";
       seen.l1.reason = "members with 40000 of 80000 power report this";
       seen.l1.since_ms = now - 2'000;
     },
     "idle", "ready, nothing to do: no transactions wait", true, true},
    {"it is not, for long",
     [](auto& seen) {
       in_a_pool(seen);
       seen.l1.state = "waiting for the pool";
       seen.l1.reason = "members with 40000 of 80000 power report this";
       seen.l1.since_ms = now - 60'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:05:25 UTC because L1 is waiting for the pool: members with 40000 "
     "of "
     "80000 power report this",
     false, false},
    {"L1 from its beginning, block by block with the pool",
     [](auto& seen) {
       in_a_pool(seen);
       seen.l1.state = "waiting for the pool";
       seen.l1.since_ms = now - 2'000;
       seen.l1.next = 5;
     },
     "backfilling", "the pool has not agreed yet on what this node saw of L1", false, false},
    {"one that is behind",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.catching_up = true;
     },
     "behind", "this member is behind its pool, at height 120, and catches up", false, false},
    {"a pool that stands still",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.state = "still";
       seen.consensus.reason = "consensus stands still";
       seen.consensus.since_ms = now - 1'000;
     },
     "stuck", "stuck since 2026-11-22 14:06:24 UTC because consensus stands still", false, true},
    {"a CometBFT that does not answer",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.state = "silent";
       seen.consensus.reason = "CometBFT does not tell its height";
       seen.consensus.since_ms = now - 10'000;
     },
     "stuck", "stuck since 2026-11-22 14:06:15 UTC because CometBFT does not tell its height",
     false, true},
    {"one that was started again a moment ago",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.state = "silent";
       seen.consensus.since_ms = now - 3'000;
     },
     "idle", "ready, nothing to do: no transactions wait", false, true},
    {"a member that has transactions and no link to the leader",
     [](auto& seen) {
       in_a_pool(seen);
       seen.forwarding.waiting = 7;
       seen.forwarding.stuck_since_ms = now - 60'000;
       seen.forwarding.why = "h:3: Connection refused";
     },
     "stuck",
     "stuck since 2026-11-22 14:05:25 UTC because 7 transactions wait here, and the member that "
     "makes the blocks, 0x0000000000000000000000000000000000000001, is not reached: h:3: "
     "Connection refused: they are handed over once it is",
     false, true},
    {"one whose link broke a moment ago, and one without transactions",
     [](auto& seen) {
       in_a_pool(seen);
       seen.forwarding.waiting = 7;
       seen.forwarding.stuck_since_ms = now - 3'000;
     },
     "idle", "ready, nothing to do: no transactions wait", true, true},
    {"one whose acknowledgements want more members than are linked",
     [](auto& seen) {
       in_a_pool(seen);
       seen.copies.wanted = 3;
       seen.copies.linked = 1;
     },
     "idle", "ready, nothing to do: no transactions wait", false, true},
    {"a member whom nobody is connected to",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.peers.clear();
       seen.consensus.alone_since_ms = now - 60'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:05:25 UTC because no other member's consensus is connected: see "
     "that pool.peers names them, that they run, and that they reach this node's pool.listen",
     false, true},
    {"the only one of its pool",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.members.resize(1);
       seen.consensus.alone_since_ms = now - 60'000;
     },
     "idle", "ready, nothing to do: no transactions wait", true, true},
    {"a signer that has stopped",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.signer.state = "stopped";
       seen.consensus.signer.reason = "another machine has the key";
       seen.consensus.signer.since_ms = now - 1'000;
     },
     "stuck",
     "stuck since 2026-11-22 14:06:24 UTC because this node's signer has stopped: another machine "
     "has the key; see that no other machine has the key, and then say so by `horae pool "
     "release-signer` (docs/pool.md)",
     false, true},
    {"a signer that waits goes on by itself",
     [](auto& seen) {
       in_a_pool(seen);
       seen.consensus.signer.state = "waiting";
     },
     "idle", "ready, nothing to do: no transactions wait", false, true},
    {"the end",
     [](auto& seen) {
       seen.stopping = true;
       seen.busy = {{"engine", "BuildBlock", 7'500}};
     },
     "stopping", "stopping", false, false},
};

const horae::Check& named(const std::vector<horae::Check>& checks, std::string_view name) {
  const auto found = std::ranges::find(checks, name, &horae::Check::name);
  BOOST_REQUIRE(found != checks.end());
  return *found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_situation_has_its_word) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.what) {
      auto seen = at_rest();
      row.change(seen);
      const auto health = health_of(seen);
      BOOST_TEST(health.state == row.state);
      BOOST_TEST(health.words == row.words);
      BOOST_TEST(all_ok(readiness(seen)) == row.ready);
      BOOST_TEST(is_synced(seen) == row.synced);
      BOOST_TEST(all_ok(liveness(seen)));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_state_comes_about_and_is_a_known_word) {
  std::set<std::string_view> met;
  for (const auto& row : rows) met.insert(row.state);
  for (const auto state : health_states) BOOST_TEST(met.erase(state) == 1u, state);
  BOOST_TEST(met.empty());
}

BOOST_AUTO_TEST_CASE(what_else_should_be_known_stands_beside_it) {
  auto seen = at_rest();
  seen.production.state = "producing";
  seen.verified = 10;
  seen.to_verify = 20;
  seen.l1.state = "rate limited";
  seen.l1.since_ms = now - 1'000;
  seen.engine.peers = 2;
  seen.engine.pool_closed = false;
  seen.room.state = "scarce";
  seen.room.reason = "the map is 81 % full";
  seen.sending.state = "stalled";
  seen.sending.reason = "the reward payer's allowance is used up";
  seen.busy = {{"L1 listener", "step", 7'000}};
  const auto health = health_of(seen);
  BOOST_TEST(health.state == "producing");
  const std::vector<std::string> wanted{
      "verifying the log behind the start: record 10 of 20",
      "L1 is rate limited since 2026-11-22 14:06:24 UTC",
      "L1 has not answered for 7.0 s",
      "the engine has peers (2), and should have none: --maxpeers=0 --nodiscover",
      "the engine takes transactions that are sent to it directly, and no block will have them: "
      "--txpool.pricelimit=4611686018427387904",
      "room is scarce: the map is 81 % full",
      "submissions to L1 are stalled: the reward payer's allowance is used up"};
  BOOST_TEST(health.besides == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_to_be_known_of_a_pool_stands_beside_it) {
  auto seen = at_rest();
  in_a_pool(seen);
  auto& pool = seen.consensus;
  pool.signer = {"waiting", "there is no record", now - 1'000, 0, 12, 100};
  pool.members[0].differing = 2;
  pool.members[1].seen = 99;
  pool.members[2].differing = 3;
  pool.members[3].power = 60'000;
  const std::vector<std::string> wanted{
      "this node's signer waits, and signs nothing: there is no record; it goes on by itself after "
      "100 blocks in a row without its key, of which 12 are over, or by your word (`horae pool "
      "release-signer`)",
      "what this node's endpoint shows of L1 is not what the pool agreed on, in 2 reports in a "
      "row, "
      "and does not count: use another endpoint (l1.endpoint)",
      "the member 0x0000000000000000000000000000000000000002 is away: none of the last 20 blocks "
      "has its signature",
      "the member 0x0000000000000000000000000000000000000003 reports L1 otherwise than the pool, 3 "
      "times in a row",
      "one member has a third of the pool's power or more: without it nothing is agreed on"};
  BOOST_TEST(health_of(seen).besides == wanted, boost::test_tools::per_element());
  starting(seen, "starting", "catching up with the pool");
  BOOST_TEST(health_of(seen).words == "catching up with the pool");
  BOOST_TEST(health_of(seen).besides.front() == wanted.front());
}

BOOST_AUTO_TEST_CASE(a_member_is_away_by_the_blocks_without_its_signature) {
  Situation seen;
  in_a_pool(seen);
  auto& pool = seen.consensus;
  auto& member = pool.members.back();
  const auto away_from = [&](std::uint64_t least) {
    member.seen = 119 - least + 1;
    BOOST_TEST(!is_away(pool, member));
    member.seen = 119 - least;
    BOOST_TEST(missed_blocks(pool, member) == least);
    BOOST_TEST(is_away(pool, member));
  };
  // Whether it is connected is not known, it is, it is not.
  away_from(20);
  member.endpoint = "c@host:1";
  away_from(20);
  member.endpoint = "d@host:1";
  away_from(5);
  // What was before this process began is not known.
  pool.signatures_from = 119;
  BOOST_TEST(missed_blocks(pool, member) == 1u);
  pool.signatures_from = 0;
  BOOST_TEST(!is_away(pool, member));
  pool.signatures_from = 1;
  BOOST_TEST(missed_blocks(pool, pool.members.front()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_main_loop_that_stands_still_or_an_actor_that_is_dead_is_not_alive) {
  auto seen = at_rest();
  seen.beat_ms = now - 31'000;
  BOOST_TEST(!named(liveness(seen), "loop").ok);
  BOOST_TEST(named(liveness(seen), "loop").words == "the main loop has not turned for 31 s");
  seen = at_rest();
  seen.busy = {{"L1 listener", "step", 3'600'000}, {"mempool", "Include", 180'000}};
  BOOST_TEST(!named(liveness(seen), "actors").ok);
  seen.busy.back().for_ms = 179'000;
  BOOST_TEST(named(liveness(seen), "actors").ok);
}

BOOST_AUTO_TEST_CASE(each_check_fails_for_its_own_reason) {
  const auto failing = [](const std::function<void(Situation&)>& change) {
    auto seen = at_rest();
    change(seen);
    std::vector<std::string_view> out;
    for (const auto& check : readiness(seen)) {
      if (!check.ok) out.push_back(check.name);
    }
    return out;
  };
  using Names = std::vector<std::string_view>;
  const auto is = [&](const std::function<void(Situation&)>& change, const Names& names) {
    BOOST_TEST(failing(change) == names, boost::test_tools::per_element());
  };
  is([](auto&) {}, {});
  is([](auto& seen) { seen.l1.state = "unreachable"; }, {"l1"});
  is([](auto& seen) { seen.engine.state = "silent"; }, {"engine"});
  is([](auto& seen) { seen.engine_head = 35; }, {"engine"});
  is([](auto& seen) { seen.rpc_open = false; }, {"rpc"});
  is([](auto& seen) { seen.room.state = "closed"; }, {"room"});
  is([](auto& seen) { seen.busy = {{"committer", "Commit", 6'000}}; }, {"journal", "actors"});
  is([](auto& seen) { seen.busy = {{"world", "Durable", 6'000}}; }, {"actors"});
  is([](auto& seen) { in_a_pool(seen); }, {});
  is(
      [](auto& seen) {
        in_a_pool(seen);
        seen.consensus.state = "starting";
      },
      {"pool"});
  is(
      [](auto& seen) {
        in_a_pool(seen);
        seen.consensus.members.front().differing = 3;
      },
      {"pool"});
  is([](auto& seen) { seen.stopping = true; }, {"running"});
  is([](auto& seen) { starting(seen, "executing", ""); }, {"l1", "engine", "rpc", "journal"});
}

BOOST_AUTO_TEST_CASE(a_state_keeps_the_time_when_it_came) {
  Board board;
  board.change<Board::L1>([](auto& l1) { l1.state = "unreachable"; });
  const auto since = board.get<Board::L1>().since_ms;
  BOOST_TEST(since > 0u);
  board.change<Board::L1>([](auto& l1) {
    l1.since_ms = 1;
    l1.reason = "another reason";
  });
  BOOST_TEST(board.get<Board::L1>().since_ms == since);
}

BOOST_AUTO_TEST_CASE(a_meter_that_is_busy_is_seen) {
  const Board board;
  Meters meters;
  const auto meter = meters.add("engine");
  meters.add("idle");
  {
    const Handling handling(*meter, "BuildBlock");
    const auto seen = look(board, meters);
    BOOST_REQUIRE(seen.busy.size() == 1u);
    BOOST_TEST(seen.busy[0].actor == "engine");
    BOOST_TEST(seen.busy[0].message == "BuildBlock");
  }
  BOOST_TEST(look(board, meters).busy.empty());
}

BOOST_AUTO_TEST_CASE(as_json) {
  auto seen = at_rest();
  rows[2].change(seen);
  const auto json = to_json(health_of(seen));
  BOOST_TEST(json.at("state").as_string() == "replaying");
  BOOST_TEST(json.at("progress").at("done").as_uint64() == 5'000'000u);
  BOOST_TEST(json.at("progress").at("secondsLeft").as_uint64() == 10u);
  BOOST_TEST(json.at("besides").as_array().empty());
  BOOST_TEST(!to_json(health_of(at_rest())).contains("progress"));
}

BOOST_AUTO_TEST_CASE(words_for_waiting_transactions) {
  BOOST_TEST(waiting_words(1) == "1 transaction waits");
  BOOST_TEST(waiting_words(1'234) == "1,234 transactions wait");
}

BOOST_AUTO_TEST_SUITE_END()
