#include "actors/penalty_monitor.hpp"

#include "actors/journal.hpp"
#include "actors/mentions.hpp"
#include "actors/sequence.hpp"
#include "actors/world.hpp"
#include "duties/service_watch.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/signing.hpp"
#include "tests/fixture/stage.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint64_t second = 1000;

Msg<schema::ObservationsCommand> service_rules() {
  return Msg<schema::ObservationsCommand>::build([](auto command) {
    auto set = command.initSetParameters();
    set.setBlockTimeMs(2 * second);
    set.setLateAfterMs(second);
    set.setBacklogLimitMs(10 * second);
    set.setOutageLimitMs(60 * second);
    set.setWindowMs(3600 * second);
    auto points = set.initPoints(1);
    points[0].setKind(ObservationKind::LATE_BLOCK);
    points[0].setPoints(1);
  });
}
Msg<schema::PenaltiesCommand> fault_rules() {
  return Msg<schema::PenaltiesCommand>::build([](auto command) {
    auto set = command.initSetParameters();
    set.setSkipAt(10);
    set.setSkipEpochs(2);
    auto points = set.initPoints(1);
    points[0].setKind(FaultKind::BROKEN_ORDER);
    points[0].setPoints(10);
  });
}

// What a node decides, one after the other; where it goes is the caller's.
struct NodeLife {
  Deciders deciders;
  Observations observations;

  /// The first decisions, with a time before the chain's and not the fixture's.
  WrittenLog begin() {
    deciders.begin();
    WrittenLog out;
    out.time_ms = (genesis_time - 1) * 1000;
    for (const auto& value : deciders.log.values) {
      const auto record = *decode_record(value);
      Decision decision;
      decision.facts.push_back({record.header.domain, record.header.kind, -1,
                                Message::trusted(record.payload), sha256(record.payload)});
      out.add(decision);
    }
    return out;
  }
  Decision rules() {
    auto decision = decide(observations, service_rules().read());
    apply(observations, Msg<schema::PenaltiesFact>::of(decision.facts.at(0).payload).read());
    return decision;
  }
  Decision admit(const Transfer& transfer) { return deciders(admission_of(transfer)); }
  Decision seal(const std::vector<Transfer>& transfers) {
    Draft draft(deciders.shared.blocks);
    draft.txns.clear();
    draft.skipped.clear();
    for (const auto& transfer : transfers) draft.txns.push_back(raw_of(transfer));
    return deciders(draft.command());
  }
  Decision include(const std::vector<Transfer>& transfers) {
    return deciders(Msg<schema::MempoolCommand>::build([&](auto command) {
      auto include = command.initInclude();
      include.setBlock(deciders.shared.blocks.head.number);
      auto hashes = include.initHashes(static_cast<unsigned>(transfers.size()));
      std::map<std::uint8_t, std::uint64_t> nonces;
      for (unsigned i = 0; i < hashes.size(); ++i) {
        hashes.set(i, data(hash_of(transfers[i])));
        nonces[transfers[i].from] = std::max(nonces[transfers[i].from], transfers[i].nonce + 1);
      }
      auto senders = include.initSenders(static_cast<unsigned>(nonces.size()));
      unsigned next = 0;
      for (const auto& [from, nonce] : nonces) {
        senders[next].setNonce(nonce);
        senders[next++].setAddress(data(address_of_secret(from)));
      }
    }));
  }
};

// The watch beside a world's fold, over records stamped by hand.
struct Watching {
  NodeLife life;
  World world;
  ServiceWatch watch;
  BacklogEpisode episode;
  std::uint64_t now = 0;  // ms since genesis
  WrittenLog log;

  Watching() {
    log = life.begin();
    for (const auto& value : log.values) see(value);
    at(0, life.rules());
  }
  std::uint64_t at(std::uint64_t ms, const Decision& decision, std::uint64_t cause = 0) {
    BOOST_REQUIRE_MESSAGE(decision.ok(), decision.detail);
    now = ms;
    const auto first = log.values.size();
    // The log stamps the next ms.
    log.time_ms = genesis_time * 1000 + ms - decision.facts.size();
    log.add(decision, cause);
    for (auto i = first; i < log.values.size(); ++i) see(log.values[i]);
    return log.values.size();
  }
  void see(const Bytes& value) {
    const auto record = *decode_record(value);
    const auto folded = fold(world, record, Trust::log);
    BOOST_REQUIRE_MESSAGE(folded.has_value(), (folded ? "" : folded.error().what));
    watch.see(record, world.local.mempool);
  }
  std::optional<Noticed> tick(std::uint64_t ms) {
    const auto at_ms = genesis_time * 1000 + ms;
    const auto backlog = watch.backlog(at_ms, world.local.mempool);
    return episode.begins(backlog, at_ms) ? std::optional(backlog->noticed) : std::nullopt;
  }
  /// Kinds and counts of all that is owed.
  [[nodiscard]] std::vector<std::pair<ObservationKind, std::uint32_t>> owed() const {
    std::vector<std::pair<ObservationKind, std::uint32_t>> out;
    for (const auto& noticed : watch.owed()) {
      for (const auto& one : noticed.observations) {
        const auto seen = one.read().getObserve();
        out.emplace_back(seen.getKind(), seen.getCount());
      }
    }
    return out;
  }
  [[nodiscard]] schema::Observed::Reader first() const {
    return watch.owed().front().observations.front().read().getObserve();
  }
};
using Kinds = std::vector<std::pair<ObservationKind, std::uint32_t>>;

constexpr std::uint64_t since(std::uint64_t ms) { return genesis_time * 1000 + ms; }

}  // namespace

BOOST_AUTO_TEST_SUITE(service_watch)

BOOST_AUTO_TEST_CASE(a_block_in_time_is_no_news) {
  Watching w;
  const Transfer transfer;
  w.at(10'000, w.life.admit(transfer));
  w.at(13'000, w.life.seal({transfer}));  // due at 12 s, late from 13 s on
  BOOST_TEST(w.owed().empty());
}

BOOST_AUTO_TEST_CASE(a_block_that_comes_late) {
  Watching w;
  const Transfer transfer;
  w.at(10'000, w.life.admit(transfer));
  const auto seq = w.at(13'001, w.life.seal({transfer}));
  BOOST_TEST((w.owed() == Kinds{{ObservationKind::LATE_BLOCK, 1}}));
  BOOST_TEST(w.watch.owed().front().cause == seq);
  const auto seen = w.first();
  BOOST_TEST((seen.getFromMs() == since(12'000) && seen.getUntilMs() == since(13'001)));
  BOOST_TEST((seen.getBlock() == 1u && fixed<Hash32>(seen.getSubject()) == hash_of(transfer)));
}

BOOST_AUTO_TEST_CASE(slots_that_passed) {
  Watching w;
  const Transfer first{.from = 10}, second_one{.from = 11}, late{.from = 12};
  w.at(10'000, w.life.admit(first));
  w.at(15'000, w.life.admit(second_one));
  w.at(19'500, w.life.admit(late));
  w.at(19'999, w.life.seal({first, second_one, late}));  // since the first was due: 7.999 s
  BOOST_TEST(
      (w.owed() == Kinds{{ObservationKind::LATE_BLOCK, 1}, {ObservationKind::MISSED_SLOT, 3}}));
}

BOOST_AUTO_TEST_CASE(a_slot_is_due_after_the_parent) {
  Watching w;
  const Transfer first{.from = 10}, second_one{.from = 11};
  w.at(10, w.life.admit(first));
  w.at(20, w.life.admit(second_one));
  w.at(2'500, w.life.seal({first}));  // timestamp 1 s
  w.at(2'600, w.life.include({first}));
  w.at(4'000, w.life.seal({second_one}));  // waited 4 s, and came 3 s after its parent's time
  BOOST_TEST(w.owed().empty());
}

BOOST_AUTO_TEST_CASE(nobody_is_blamed_for_a_nonce_gap) {
  Watching w;
  const Transfer later{.nonce = 1}, filler{.nonce = 0};
  w.at(1'000, w.life.admit(later));
  BOOST_TEST(!w.tick(30'000).has_value());
  w.at(30'000, w.life.admit(filler));
  w.at(32'500, w.life.seal({filler, later}));
  BOOST_TEST(w.owed().empty());
  w.at(32'600, w.life.include({filler, later}));
}

BOOST_AUTO_TEST_CASE(nobody_is_blamed_for_what_cannot_pay) {
  Watching w;
  const auto base_fee = next_base_fee(w.life.deciders.shared.blocks);
  const Transfer poor{.max_fee = base_fee - 1, .tip = 1};
  w.at(1'000, w.life.admit(poor));
  BOOST_TEST(!w.tick(30'000).has_value());
  w.at(40'000, w.life.seal({}));  // makes the base fee fall
  w.at(40'001, w.life.include({}));
  BOOST_TEST(!w.tick(50'000).has_value());
  const auto told = w.tick(50'001);
  BOOST_REQUIRE(told.has_value());
  BOOST_TEST((told->observations.front().read().getObserve().getFromMs() == since(40'000)));
}

BOOST_AUTO_TEST_CASE(a_backlog_is_told_once_an_episode) {
  Watching w;
  const Transfer first{.from = 10}, second_one{.from = 11}, third{.from = 12};
  const auto seq = w.at(1'000, w.life.admit(first));
  BOOST_TEST(!w.tick(11'000).has_value());
  const auto told = w.tick(11'001);
  BOOST_REQUIRE(told.has_value());
  BOOST_TEST(told->cause == seq);
  const auto seen = told->observations.front().read().getObserve();
  BOOST_TEST((seen.getKind() == ObservationKind::BACKLOG));
  BOOST_TEST((fixed<Hash32>(seen.getSubject()) == hash_of(first)));
  BOOST_TEST(!w.tick(12'000).has_value());
  // Still one episode: behind this block something waits as long.
  w.at(1'500, w.life.admit(second_one));
  w.at(20'000, w.life.seal({first}));
  w.at(20'001, w.life.include({first}));
  BOOST_TEST(!w.tick(20'100).has_value());
  w.at(21'000, w.life.seal({second_one}));
  w.at(21'001, w.life.include({second_one}));
  w.at(22'000, w.life.admit(third));
  BOOST_TEST(w.tick(32'001).has_value());
}

BOOST_AUTO_TEST_CASE(an_outage_and_a_restart) {
  Watching w;
  const auto start = [&] {
    return w.life.deciders.node(start_node(w.life.deciders.local.node, "t"));
  };
  w.at(100'000, start());
  BOOST_TEST(w.owed().empty());  // no block yet
  const Transfer transfer;
  w.at(100'100, w.life.admit(transfer));
  w.at(101'000, w.life.seal({transfer}));
  w.at(161'000, start());
  BOOST_TEST(w.owed().empty());  // a restart
  w.at(221'001, start());
  BOOST_TEST((w.owed() == Kinds{{ObservationKind::OUTAGE, 1}}));
  BOOST_TEST((w.first().getFromMs() == since(161'000) && w.first().getUntilMs() == since(221'001)));
}

BOOST_AUTO_TEST_CASE(a_round_that_timed_out) {
  Watching w;
  Decision opened, late;
  opened.facts.push_back(make_fact<schema::MpcFact>([](auto fact) {
    auto round = fact.initRoundOpened();
    round.setRound(1);
    write(round.initSlot(), round_slot(2));
    round.setContentHash(data(Hash32{{8}}));
    round.setDigest(data(Hash32{{9}}));
  }));
  late.facts.push_back(make_fact<schema::MpcFact>([](auto fact) {
    auto round = fact.initRoundTimedOut();
    round.setRound(1);
    round.initMissing(1).set(0, data(address(3)));
  }));
  w.at(1'000, opened);
  w.at(31'000, late);
  BOOST_TEST((w.owed() == Kinds{{ObservationKind::ROUND_TIMED_OUT, 1}}));
  BOOST_TEST((w.first().getFromMs() == since(1'000) && w.first().getUntilMs() == since(31'000)));
  BOOST_TEST(std::string(w.first().getDetail().cStr()) ==
             "round 1, no answer from " + to_hex(address(3)));
}

BOOST_AUTO_TEST_CASE(what_the_log_holds_is_owed_no_more) {
  Watching w;
  const Transfer transfer;
  w.at(10'000, w.life.admit(transfer));
  const auto seq = w.at(20'000, w.life.seal({transfer}));
  BOOST_TEST(w.watch.owed().size() == 1u);
  const auto written = decide(w.life.observations, w.watch.owed().front().observations[0].read());
  w.at(20'001, written, seq);
  BOOST_TEST(w.watch.owed().empty());
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

// A journal, a sequence and the monitor over a log on a disk; what a node decides beside them is
// appended as it was decided.
struct Land {
  Directory directory;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  NodeLife life;
  [[nodiscard]] std::filesystem::path log() const { return directory.path / "log"; }
};

class Rig {
 public:
  explicit Rig(Land& land) : ground_(land) {
    auto opened = Environment::open({.directory = land.log(),
                                     .access = Access::rebuildable,
                                     .tables = {"log"},
                                     .map_bytes = std::size_t{1} << 28});
    BOOST_REQUIRE(opened.has_value());
    environment_ = *opened;
    auto writer = std::make_unique<LogWriter>(environment_);
    if (!*writer->last()) begin(*writer);
    log.emplace(environment_);
    JournalPosition position;
    WorldStart led;
    BOOST_REQUIRE(log->scan(1, UINT64_MAX,
                            [&](std::uint64_t, BytesView value) {
                              const auto record = *decode_record(value);
                              BOOST_REQUIRE(fold(led.state, record, Trust::log).has_value());
                              BOOST_REQUIRE(led.hashes.see(led.state, record).has_value());
                              led.service.see(record, led.state.local.mempool);
                              position.pass(record.header, record_hash(record));
                              return true;
                            })
                      .has_value());
    const auto& state = led.state;
    MonitorStart start{state.seq, led.service.newest_blocks(), state.local.observations};
    auto lookups = Lookups::open({land.directory.path / "lookups", "test", "boot"});
    BOOST_REQUIRE(lookups.has_value());
    BOOST_REQUIRE(catch_up(*lookups, *log, state.seq).has_value());
    journal = spawn_journal(stage.system, Threading::pooled, meters, board, std::move(writer),
                            land.clock, position, {});
    sequence = spawn_sequence(stage.system, meters.add("sequence"), state.shared, journal);
    world = spawn_world(stage.system, Threading::pooled, meters.add("world"), board, std::move(led),
                        std::make_unique<LogReader>(environment_),
                        std::make_shared<Lookups>(std::move(*lookups)), journal);
    monitor = spawn_penalty_monitor(
        stage.system, Threading::pooled, meters.add("monitor"), land.clock, second,
        std::move(start), std::make_unique<LogReader>(environment_), world, journal, sequence);
  }
  ~Rig() { crash(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void crash() {
    stage.drop(monitor);
    stage.drop(world);
    stage.drop(sequence);
    stage.drop(journal);
  }
  /// On its way to the disk.
  void tell(const Decision& decision) { stage.ask<Receipt>(journal, Append{decision, 0}); }
  void run() { stage.scheduler.run(); }
  /// The same, and everything that comes of it.
  void at(std::uint64_t ms, const Decision& decision) {
    ground_.clock->ms = since(ms);
    BOOST_REQUIRE_MESSAGE(decision.ok(), decision.detail);
    tell(decision);
    run();
  }
  [[nodiscard]] std::vector<schema::ObservationKind> observed() {
    std::vector<schema::ObservationKind> out;
    each([&](auto fact) {
      if (fact.isObserved()) out.push_back(fact.getObserved().getKind());
    });
    return out;
  }
  [[nodiscard]] std::size_t proven() {
    std::size_t out = 0;
    each([&](auto fact) { out += fact.isFaultProven() ? 1 : 0; });
    return out;
  }
  template <class See>
  void each(See see) {
    BOOST_REQUIRE(
        log->scan(1, UINT64_MAX,
                  [&](std::uint64_t, BytesView value) {
                    const auto record = *decode_record(value);
                    if (record.header.domain != Domain::PENALTIES) return true;
                    see(Msg<schema::PenaltiesFact>::of(Message::trusted(record.payload)).read());
                    return true;
                  })
            .has_value());
  }

  Stage stage;
  Meters meters;
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::optional<LogReader> log;
  journal_actor journal;
  sequence_actor sequence;
  world_actor world;
  penalty_monitor_actor monitor;

 private:
  void begin(LogWriter& writer) {
    auto& life = ground_.life;
    auto first = life.begin();
    first.add(life.rules());
    first.add(settle(life.deciders.shared, fault_rules().read()));
    std::vector<LogEntry> entries;
    for (const auto& value : first.values) {
      entries.push_back({BytesView(value).first(RecordHeader::size),
                         BytesView(value).subspan(RecordHeader::size)});
    }
    BOOST_REQUIRE(writer.append(1, entries).has_value());
  }

  Land& ground_;
  std::shared_ptr<Environment> environment_;
};

using Observed = std::vector<schema::ObservationKind>;
const Observed late_and_missed = {ObservationKind::LATE_BLOCK, ObservationKind::MISSED_SLOT};

}  // namespace

BOOST_AUTO_TEST_SUITE(penalty_monitor)

BOOST_AUTO_TEST_CASE(what_it_sees_is_in_the_log_once) {
  Land ground;
  const Transfer transfer;
  {
    Rig scene(ground);
    scene.at(10'000, ground.life.admit(transfer));
    scene.at(20'000, ground.life.seal({transfer}));
    scene.at(20'001, ground.life.include({transfer}));
    BOOST_TEST((scene.observed() == late_and_missed));
    BOOST_TEST(scene.proven() == 0u);
  }
  Rig again(ground);
  again.run();
  BOOST_TEST((again.observed() == late_and_missed));
}

BOOST_AUTO_TEST_CASE(a_crash_between_seeing_and_writing_neither_loses_nor_doubles) {
  // The crash comes after every possible number of steps.
  bool before = false, after = false;
  for (std::size_t steps = 0; steps < 40; ++steps) {
    BOOST_TEST_INFO("after " << steps << " steps");
    Land ground;
    const Transfer transfer;
    {
      Rig scene(ground);
      scene.at(10'000, ground.life.admit(transfer));
      ground.clock->ms = since(20'000);
      scene.tell(ground.life.seal({transfer}));
      for (std::size_t i = 0; i < steps && scene.stage.scheduler.try_run_once(); ++i) {
      }
      (scene.observed().empty() ? before : after) = true;
      scene.crash();
    }
    // Where the block itself was lost there is nothing to see.
    Rig again(ground);
    again.run();
    const auto seen = again.observed();
    const auto& head = ground.life.deciders.shared.blocks.head.number;
    std::uint64_t sealed = 0;
    BOOST_REQUIRE(again.log
                      ->scan(1, UINT64_MAX,
                             [&](std::uint64_t, BytesView value) {
                               const auto record = *decode_record(value);
                               if (record.header.domain != Domain::BLOCKS) return true;
                               const auto fact =
                                   Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
                               if (fact.read().isBlockSealed()) ++sealed;
                               return true;
                             })
                      .has_value());
    BOOST_REQUIRE((seen == (sealed == head ? late_and_missed : Observed{})));
  }
  BOOST_TEST((before && after));
}

BOOST_AUTO_TEST_CASE(a_backlog_after_a_crash_is_the_same_episode) {
  Land ground;
  const Transfer transfer;
  {
    Rig scene(ground);
    scene.at(10'000, ground.life.admit(transfer));
    ground.clock->ms = since(30'000);
    caf::anon_send(scene.monitor, caf::tick_atom::value);
    scene.run();
    BOOST_TEST((scene.observed() == Observed{ObservationKind::BACKLOG}));
  }
  Rig again(ground);
  ground.clock->ms = since(40'000);
  caf::anon_send(again.monitor, caf::tick_atom::value);
  again.run();
  BOOST_TEST((again.observed() == Observed{ObservationKind::BACKLOG}));
}

BOOST_AUTO_TEST_CASE(what_the_leader_refused_is_written_down_as_often_as_it_is_told) {
  Land ground;
  {
    Rig scene(ground);
    for (const std::uint64_t at : {10'000, 11'000}) {
      ground.clock->ms = since(at);
      caf::anon_send(scene.monitor, ForwardsRefused{3, hash(7), "wrongChain: no"});
      scene.run();
    }
    BOOST_TEST((scene.observed() ==
                Observed{ObservationKind::FORWARD_REFUSED, ObservationKind::FORWARD_REFUSED}));
    scene.each([](auto fact) {
      if (!fact.isObserved()) return;
      BOOST_TEST(fact.getObserved().getCount() == 3u);
      BOOST_TEST((fixed<Hash32>(fact.getObserved().getSubject()) == hash(7)));
    });
  }
  Rig again(ground);
  again.run();
  BOOST_TEST(again.observed().size() == 2u);
}

// A block comes between the look and its record: what is behind it waited as long already.
BOOST_AUTO_TEST_CASE(a_block_in_between_does_not_make_two_episodes_of_one) {
  Land ground;
  const Transfer first{.from = 10}, second_one{.from = 11};
  Rig scene(ground);
  scene.at(10'000, ground.life.admit(first));
  scene.at(10'001, ground.life.admit(second_one));
  ground.clock->ms = since(30'000);
  caf::anon_send(scene.monitor, caf::tick_atom::value);
  // The monitor has looked, and what it noticed is not at the journal yet.
  while (scene.stage.scheduler.prioritize(scene.monitor)) scene.stage.scheduler.run_once();
  ground.clock->ms = since(30'005);
  scene.tell(ground.life.seal({first}));
  scene.tell(ground.life.include({first}));
  scene.run();
  const auto count = [&] {
    const auto seen = scene.observed();
    return std::ranges::count(seen, ObservationKind::BACKLOG);
  };
  BOOST_TEST(count() == 1);
  for (std::uint64_t s = 31; s < 36; ++s) {
    ground.clock->ms = since(s * 1000);
    scene.stage.scheduler.advance_time(std::chrono::milliseconds(1000));
    scene.run();
  }
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(it_accuses_whoever_breaks_the_order) {
  Land ground;
  const Transfer poor{.from = 10, .tip = gwei(1)}, rich{.from = 11, .tip = gwei(2)};
  {
    Rig scene(ground);
    scene.at(10'000, ground.life.admit(poor));
    scene.at(10'001, ground.life.admit(rich));
    scene.at(11'000, ground.life.seal({poor, rich}));
    BOOST_TEST(scene.proven() == 1u);
  }
  // Looked at again at the next start, and counted once.
  Rig again(ground);
  again.run();
  BOOST_TEST(again.proven() == 1u);
}

BOOST_AUTO_TEST_CASE(an_accusation_that_a_crash_kept_back_comes_at_the_next_start) {
  Land ground;
  const Transfer poor{.from = 10, .tip = gwei(1)}, rich{.from = 11, .tip = gwei(2)};
  {
    Rig scene(ground);
    scene.at(10'000, ground.life.admit(poor));
    scene.at(10'001, ground.life.admit(rich));
    scene.stage.drop(scene.monitor);
    scene.at(11'000, ground.life.seal({poor, rich}));
    BOOST_TEST(scene.proven() == 0u);
  }
  Rig again(ground);
  again.run();
  BOOST_TEST(again.proven() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
