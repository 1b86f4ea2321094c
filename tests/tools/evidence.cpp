#include "tools/replay/audit/evidence.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <random>

#include "events/penalties/statement.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/print.hpp"
#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/reexecute.hpp"
#include "tools/replay/audit/statement.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace fs = std::filesystem;

namespace {

Bytes bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
void write(const fs::path& file, const Bytes& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

// Two nodes of one sequencer that were one up to block 1.
void diverged(LogScene& one, LogScene& other) {
  for (auto* scene : {&one, &other}) {
    scene->open();
    for (std::uint8_t sender = 1; sender <= 5; ++sender) scene->submit(sender, 0, sender);
    const auto proposal = scene->propose();
    scene->seal(proposal);
    scene->include(proposal);
  }
  one.submit(1, 1, 9);
  other.submit(2, 1, 9);
  for (auto* scene : {&one, &other}) {
    const auto proposal = scene->propose();
    scene->seal(proposal);
    scene->include(proposal);
  }
}

PooledTxn pooled(const Transfer& transfer) {
  PooledTxn out;
  out.nonce = transfer.nonce;
  out.sender = address_of_secret(transfer.from);
  out.raw = raw_of(transfer);
  out.hash = hash_of(transfer);
  return out;
}

// A log whose only block has one sender around another.
void sandwiched(LogScene& scene) {
  scene.open();
  LogScene::Proposal proposal;
  proposal.txns = {pooled({.from = 10, .nonce = 0, .tip = gwei(1)}),
                   pooled({.from = 11, .tip = gwei(2)}),
                   pooled({.from = 10, .nonce = 1, .tip = gwei(1)})};
  scene.commit(LogScene::unasked(scene.seal_command(proposal)));
}

// A log of blocks as an engine executed them.
struct Executed {
  ScriptedEngine engine;
  Deciders deciders;

  Executed() {
    fund(engine);
    deciders.begin();
    deciders(Msg<schema::BlocksCommand>::build([](auto command) { command.initSetSealRules(); }));
    for (std::uint64_t nonce = 0; nonce < 3; ++nonce) seal({.from = 10, .nonce = nonce});
  }
  static void fund(ScriptedEngine& which) {
    which.fund(address_of_secret(10), gwei(1'000'000'000));
  }
  void seal(const Transfer& transfer) {
    const auto& chain = deciders.shared.blocks;
    const auto payload = engine.build(
        chain.head.hash, {chain.head.timestamp + 1, chain.gas_limit, next_base_fee(chain)},
        {{hash_of(transfer), raw_of(transfer)}});
    BOOST_REQUIRE_MESSAGE(payload, (payload ? "" : payload.error().what));
    BOOST_REQUIRE(payload->skipped.empty());
    BOOST_REQUIRE(engine.adopt(*payload).has_value());
    Draft draft(chain);
    draft.txns = {raw_of(transfer)};
    draft.skipped.clear();
    draft.before_signing = [&](Draft::Header out) {
      out.setGasUsed(payload->block.gas_used);
      out.setBlockHash(data(payload->block.hash));
      out.setStateRoot(data(payload->block.state_root));
      out.setTxnsRoot(data(payload->block.txns_root));
      out.setReceiptsRoot(data(payload->block.receipts_root));
    };
    BOOST_REQUIRE(deciders(draft.command()).ok());
  }
  [[nodiscard]] std::vector<Msg<schema::BlockSealed>> blocks() const {
    std::vector<Msg<schema::BlockSealed>> out;
    for (const auto& value : deciders.log.values) {
      const auto record = *decode_record(value);
      if (record.header.domain != Domain::BLOCKS) continue;
      const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
      if (!fact.read().isBlockSealed()) continue;
      out.push_back(Msg<schema::BlockSealed>::copy_of(fact.read().getBlockSealed()));
    }
    return out;
  }
};

Exit code_of(const Outcome<ShownFault>& outcome) {
  return outcome ? Exit::ok : outcome.error().exit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evidence_tools)

BOOST_AUTO_TEST_CASE(two_logs_that_diverged) {
  const Directory one_directory, other_directory, work;
  LogScene one, other;
  diverged(one, other);
  LogScene::write(one_directory.path, one.values);
  LogScene::write(other_directory.path, other.values);
  const auto both = "'" + one_directory.path.string() + "' '" + other_directory.path.string() + "'";
  const auto file = work.path / "two.hevid";
  const auto found = run("evidence " + both + " -o '" + file.string() + "'");
  BOOST_TEST(found.code == 0);
  BOOST_TEST(found.out.find("twoBlocks: block 2 of chain 10880, signer " +
                            to_hex(address_of_secret(1))) != std::string::npos);
  const auto shown = run("check-evidence '" + file.string() + "'");
  BOOST_TEST(shown.code == 0);
  BOOST_TEST(shown.out.find("shown: twoBlocks: block 2") == 0u);
  const auto json =
      boost::json::parse(run("check-evidence --json '" + file.string() + "'").out).as_object();
  BOOST_TEST(json.at("shown").as_bool());
  BOOST_TEST(json.at("kind").as_string() == "twoBlocks");
  BOOST_TEST(json.at("block").to_number<int>() == 2);
  // Byte by byte in here; a few by the binary.
  const auto bytes = bytes_of(file);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto altered = bytes;
    altered[at] ^= 0x10;
    const auto evidence = decode_evidence(altered);
    BOOST_TEST_INFO("byte " << at);
    if (evidence) BOOST_REQUIRE((code_of(judge(*evidence, nullptr)) == Exit::mismatch));
  }
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{9}, bytes.size() / 2, bytes.size() - 1}) {
    auto altered = bytes;
    altered[at] ^= 0x10;
    write(work.path / "altered", altered);
    const auto code = run("check-evidence '" + (work.path / "altered").string() + "'").code;
    BOOST_TEST_INFO("byte " << at);
    BOOST_TEST((code == 5 || code == 10));
  }
}

BOOST_AUTO_TEST_CASE(logs_that_agree) {
  const Directory one_directory, other_directory;
  LogScene one, other;
  diverged(one, other);
  LogScene::write(one_directory.path, one.values);
  // The other stopped earlier.
  std::vector<Bytes> fewer(one.values.begin(), one.values.end() - 3);
  LogScene::write(other_directory.path, fewer);
  const auto ran =
      run("evidence '" + one_directory.path.string() + "' '" + other_directory.path.string() + "'");
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(ran.out.find("no evidence of a fault") != std::string::npos);
  BOOST_TEST(run("evidence '" + one_directory.path.string() + "'").code == 0);
}

BOOST_AUTO_TEST_CASE(a_sandwich_in_a_log) {
  const Directory directory, work;
  LogScene scene;
  sandwiched(scene);
  LogScene::write(directory.path, scene.values);
  const auto file = work.path / "one.hevid";
  const auto ran =
      run("evidence --json '" + directory.path.string() + "' -o '" + file.string() + "'");
  BOOST_TEST(ran.code == 0);
  const auto json = boost::json::parse(ran.out);
  BOOST_TEST(json.at("found").at("kind").as_string() == "sandwich");
  BOOST_TEST(json.at("found").at("record").to_number<std::size_t>() == scene.values.size());
  BOOST_TEST(run("check-evidence '" + file.string() + "'").code == 0);
}

BOOST_AUTO_TEST_CASE(exit_codes) {
  const Directory work;
  BOOST_TEST(run("check-evidence").code == 2);
  BOOST_TEST(run("check-evidence '" + (work.path / "none").string() + "'").code == 3);
  BOOST_TEST(run("check-evidence '" + work.path.string() + "'").code == 5);
  write(work.path / "empty", {});
  BOOST_TEST(run("check-evidence '" + (work.path / "empty").string() + "'").code == 5);
  write(work.path / "roots",
        encode_evidence(evidence_of_roots(signed_block_of({raw_of(Transfer{})}).read())));
  BOOST_TEST(run("check-evidence '" + (work.path / "roots").string() + "'").code == 9);
  BOOST_TEST(run("check-evidence --engine nowhere '" + (work.path / "roots").string() + "'").code ==
             2);
  for (const std::string dialect : {"anvil", "geth"}) {
    BOOST_TEST(run("check-evidence --engine http://127.0.0.1:1 --engine-dialect " + dialect + " '" +
                   (work.path / "roots").string() + "'")
                   .code == 7);
  }
  BOOST_TEST(run("check-evidence --engine http://127.0.0.1:1 --engine-dialect besu '" +
                 (work.path / "roots").string() + "'")
                 .code == 2);
  BOOST_TEST(
      run("check-evidence --engine-dialect geth '" + (work.path / "roots").string() + "'").code ==
      2);
  BOOST_TEST(run("evidence '" + (work.path / "none").string() + "'").code == 3);
  BOOST_TEST(run("verify").code == 2);
  BOOST_TEST(run("penalties").code == 2);
  BOOST_TEST(run("rewards").code == 2);
  BOOST_TEST(run("verify --datadir '" + work.path.string() + "' --evidence x").code == 2);
  BOOST_TEST(run("penalties --sequencer x --datadir '" + work.path.string() + "'").code == 3);
}

BOOST_AUTO_TEST_CASE(wrong_roots_take_an_engine) {
  Executed chain;
  const auto blocks = chain.blocks();
  const auto& last = blocks.back();
  const auto evidence = evidence_of_roots(last.read());
  BOOST_TEST((code_of(judge(evidence, nullptr)) == Exit::precondition));
  // Its head is the block itself.
  BOOST_TEST((code_of(judge(evidence, &chain.engine)) == Exit::precondition));
  BOOST_REQUIRE(chain.engine.rewind(2).has_value());
  // Nothing wrong with it.
  BOOST_TEST((code_of(judge(evidence, &chain.engine)) == Exit::mismatch));
  BOOST_TEST(chain.engine.head()->number == 2u);
  // An engine that sees it otherwise.
  chain.engine.distort = [](Payload& payload) { payload.block.receipts_root = Hash32{{9}}; };
  const auto shown = judge(evidence, &chain.engine);
  BOOST_REQUIRE_MESSAGE(shown, (shown ? "" : shown.error().what));
  BOOST_TEST((shown->kind == schema::FaultKind::WRONG_ROOTS && shown->block == 3u));
  BOOST_TEST(shown->detail.find("receipts root: signed ") == 0u);
  BOOST_TEST(chain.engine.head()->number == 2u);
  chain.engine.build_fault = "tired";
  BOOST_TEST((code_of(judge(evidence, &chain.engine)) == Exit::unreachable));
  // And what was not signed so is nobody's fault.
  const auto forged = Msg<schema::Evidence>::build([&](auto out) {
    out.setWrongRoots(evidence.read().getWrongRoots());
    out.getWrongRoots().getBlock().getHeader().setStateRoot(data(Hash32{{1}}));
  });
  BOOST_TEST((code_of(judge(forged, &chain.engine)) == Exit::mismatch));
}

BOOST_AUTO_TEST_CASE(every_block_is_executed_once_more) {
  Executed chain;
  const Directory directory;
  LogScene::write(directory.path, chain.deciders.log.values);
  const auto source = Source::open(directory.path);
  BOOST_REQUIRE(source.has_value());
  ScriptedEngine fresh;
  Executed::fund(fresh);
  const auto done = reexecute(*source, fresh, nullptr);
  BOOST_REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
  BOOST_TEST((done->blocks == 3u && !done->finding));
  // It is no fresh one any more.
  const auto again = reexecute(*source, fresh, nullptr);
  BOOST_TEST((!again && again.error().exit() == Exit::precondition));

  ScriptedEngine other;
  Executed::fund(other);
  other.distort = [](Payload& payload) {
    if (payload.block.number == 2) payload.block.receipts_root = Hash32{{9}};
  };
  const auto differs = reexecute(*source, other, nullptr);
  BOOST_REQUIRE(differs.has_value());
  BOOST_REQUIRE(differs->finding.has_value());
  BOOST_TEST(differs->finding->what == "block 2, receipts root");
  BOOST_TEST((differs->finding->trouble == Trouble::engine_differs));
  BOOST_REQUIRE(differs->evidence.has_value());
  BOOST_TEST(differs->evidence->read().getWrongRoots().getBlock().getHeader().getNumber() == 2u);
}

BOOST_AUTO_TEST_CASE(an_engine_is_given_what_was_signed_and_held_to_it) {
  Executed chain;
  const Directory directory;
  LogScene::write(directory.path, chain.deciders.log.values);
  const auto source = Source::open(directory.path);
  BOOST_REQUIRE(source.has_value());
  using Distort = std::function<void(Payload&)>;
  const auto executed = [&](Distort distort) {
    ScriptedEngine fresh;
    Executed::fund(fresh);
    fresh.distort = std::move(distort);
    return reexecute(*source, fresh, nullptr);
  };
  // The engine's own doing is nobody's fault.
  for (const auto& [words, distort] : std::vector<std::pair<std::string, Distort>>{
           {"fee recipient", [](Payload& out) { out.block.fee_recipient = account(1); }},
           {"prevRandao", [](Payload& out) { out.block.prev_randao = Hash32{{1}}; }},
           {"beacon root", [](Payload& out) { out.block.beacon_root = Hash32{{1}}; }},
           {"extra data", [](Payload& out) { out.block.extra_data = {1}; }}}) {
    const auto unfit = executed(distort);
    BOOST_TEST_CONTEXT(words) {
      BOOST_REQUIRE(!unfit.has_value());
      BOOST_TEST((unfit.error().trouble == Trouble::engine_unfit));
      BOOST_TEST(unfit.error().what.find("made block 1 with another " + words) !=
                 std::string::npos);
    }
  }
  const auto other_logs = executed([](Payload& out) { out.block.logs_bloom.bytes[0] = 1; });
  BOOST_REQUIRE((other_logs && other_logs->finding));
  BOOST_TEST(other_logs->finding->what == "block 1, logs bloom");
  // What an engine cannot commit, building shows.
  ScriptedEngine choosy;
  Executed::fund(choosy);
  choosy.refuses[hash_of({.from = 10})] = "it smells";
  const auto refused = reexecute(*source, choosy, nullptr);
  BOOST_REQUIRE((refused && refused->finding));
  BOOST_TEST(refused->finding->what == "block 1, transaction " + to_hex(hash_of({.from = 10})));
  BOOST_TEST(refused->finding->got == "left out by the engine: it smells");
}

BOOST_AUTO_TEST_CASE(the_statement_tells_each_fault_with_its_record) {
  LogScene scene;
  scene.open();
  auto& faults = scene.world.shared.faults;
  auto& seen = scene.world.local.observations;
  scene.commit(decide(faults, Msg<schema::PenaltiesCommand>::build([](auto command) {
                                auto set = command.initSetParameters();
                                set.setSkipAt(5);
                                set.setSkipEpochs(2);
                                auto points = set.initPoints(1);
                                points[0].setKind(schema::FaultKind::SANDWICH);
                                points[0].setPoints(5);
                              }).read(),
                      Accused{}));
  scene.commit(decide(seen, Msg<schema::ObservationsCommand>::build([](auto command) {
                              auto set = command.initSetParameters();
                              set.setBlockTimeMs(1000);
                              set.setWindowMs(UINT64_MAX);
                              auto points = set.initPoints(1);
                              points[0].setKind(schema::ObservationKind::MISSED_SLOT);
                              points[0].setPoints(2);
                            }).read()));
  const auto evidence =
      *evidence_in(signed_block_of({raw_of(Transfer{.from = 10, .nonce = 3, .tip = gwei(1)}),
                                    raw_of(Transfer{.from = 11, .tip = gwei(2)}),
                                    raw_of(Transfer{.from = 10, .nonce = 4, .tip = gwei(1)})})
                       .read());
  const auto last =
      scene.commit(decide(faults, accusation(evidence).read(), Accused{1, 6, l2_chain_id}));
  const auto observed =
      scene.commit(decide(seen, Msg<schema::ObservationsCommand>::build([](auto command) {
                                  auto one = command.initObserve();
                                  one.setKind(schema::ObservationKind::MISSED_SLOT);
                                  one.setCount(3);
                                  one.setUntilMs(1);
                                  one.setDetail("three slots");
                                }).read()));
  const Directory directory;
  LogScene::write(directory.path, scene.values);
  const auto source = Source::open(directory.path);
  const auto statement = penalty_statement(*source, {}, nullptr);
  BOOST_REQUIRE_MESSAGE(statement, (statement ? "" : statement.error().what));
  const auto json = statement->json();
  const auto& fault = json.at("faults").at(0);
  BOOST_TEST(fault.at("record").to_number<std::uint64_t>() == last - 1);
  BOOST_TEST(fault.at("kind").as_string() == "sandwich");
  BOOST_TEST(fault.at("sequencer").as_string() == "1");
  BOOST_TEST(fault.at("points").to_number<int>() == 5);
  const auto& consequence = fault.at("consequences").at(0);
  BOOST_TEST(consequence.at("record").to_number<std::uint64_t>() == last);
  BOOST_TEST(consequence.at("kind").as_string() == "skipped");
  BOOST_TEST(consequence.at("untilEpoch").to_number<int>() == 8);
  const auto& service = json.at("service");
  BOOST_TEST(service.at("score").to_number<int>() == 6);
  BOOST_TEST(service.at("observations").at(0).at("record").to_number<std::uint64_t>() == observed);
  const auto text = statement->text();
  for (const auto* part : {"passed over by the schedule up to epoch 8", "three slots",
                           "sequencer 1: 5 points", "no slashing"}) {
    BOOST_TEST(text.find(part) != std::string::npos, "does not say: " << part);
  }
  const auto of_two = penalty_statement(*source, U256(2), nullptr)->json();
  BOOST_TEST((of_two.at("faults").as_array().empty() && of_two.at("service").is_null()));
  const auto ran = run("penalties --json --datadir '" + directory.path.string() + "'");
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(boost::json::parse(ran.out) == boost::json::value(json));
  const auto rewards = run("rewards --json --datadir '" + directory.path.string() + "'");
  BOOST_TEST(rewards.code == 0);
  BOOST_TEST(boost::json::parse(rewards.out).at("lines").as_array().empty());
}

BOOST_AUTO_TEST_SUITE_END()
