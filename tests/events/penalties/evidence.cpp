#include "events/penalties/evidence.hpp"

#include <random>

#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;
using schema::FaultKind;

namespace {

bool is_fault(const Result<ShownFault>& got, std::string_view words) {
  return !got && got.error().what.find(words) != std::string::npos;
}

// The same evidence with one field of its block made otherwise.
template <class Change>
Msg<schema::Evidence> order_with(const Msg<schema::Evidence>& evidence, Change change) {
  return Msg<schema::Evidence>::build([&](auto out) {
    auto block = out.initBrokenOrder().initBlock();
    const auto from = evidence.read().getBrokenOrder().getBlock();
    block.setHeader(from.getHeader());
    block.setTxns(from.getTxns());
    block.setSignature(from.getSignature());
    block.setPayload(from.getPayload());
    change(block);
  });
}

// Each byte of a file, altered in two ways, is refused or shows nothing.
void no_altered_byte_shows(const Bytes& file) {
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const auto flip : {std::uint8_t{0x01}, std::uint8_t{0x80}}) {
      auto altered = file;
      altered[at] ^= flip;
      const auto evidence = decode_evidence(altered);
      BOOST_TEST_INFO("byte " << at << " of " << file.size());
      if (evidence) BOOST_REQUIRE(!check(evidence->read()).has_value());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evidence_)

BOOST_AUTO_TEST_CASE(two_blocks_at_one_height) {
  const auto first = signed_block_of({raw_of(Transfer{})});
  const auto second = signed_block_of({raw_of(Transfer{.value = 2})});
  const auto evidence = evidence_of_two(first.read(), second.read());
  BOOST_REQUIRE(evidence.has_value());
  const auto shown = check(evidence->read());
  BOOST_REQUIRE_MESSAGE(shown, (shown ? "" : shown.error().what));
  BOOST_TEST((shown->kind == FaultKind::TWO_BLOCKS && shown->block == 7u));
  BOOST_TEST((shown->signer == address_of_secret(1) && shown->chain_id == l2_chain_id));
  no_altered_byte_shows(encode_evidence(*evidence));
}

BOOST_AUTO_TEST_CASE(what_is_no_two_blocks) {
  const auto block = signed_block_of({raw_of(Transfer{})});
  const auto none = [&](const Msg<schema::BlockSealed>& other) {
    return !evidence_of_two(block.read(), other.read());
  };
  BOOST_TEST(none(block));
  BOOST_TEST(none(signed_block_of({}, {.number = 8})));
  BOOST_TEST(none(signed_block_of({}, {.signer = 2})));
  BOOST_TEST(none(signed_block_of({}, {.chain_id = 1})));
  BOOST_TEST(none(signed_block_of({}, {.signer = 2, .named = 1})));
  BOOST_TEST(!none(signed_block_of({})));
}

BOOST_AUTO_TEST_CASE(a_block_out_of_its_order) {
  const auto poor = raw_of(Transfer{.from = 10, .tip = gwei(1)});
  const auto rich = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  BOOST_TEST(!evidence_in(signed_block_of({rich, poor}).read()));
  BOOST_TEST(!evidence_in(signed_block_of({}).read()));
  const auto evidence = evidence_in(signed_block_of({poor, rich}).read());
  BOOST_REQUIRE(evidence.has_value());
  BOOST_REQUIRE(evidence->read().isBrokenOrder());
  const auto shown = check(evidence->read());
  BOOST_REQUIRE_MESSAGE(shown, (shown ? "" : shown.error().what));
  BOOST_TEST((shown->kind == FaultKind::BROKEN_ORDER && shown->block == 7u));
  BOOST_TEST(shown->signer == address_of_secret(1));
  BOOST_TEST(shown->detail == "transaction 0 of 2: the ordering rule gives " +
                                  to_hex(keccak256(rich)) + ", the block has " +
                                  to_hex(keccak256(poor)));
  no_altered_byte_shows(encode_evidence(*evidence));
}

BOOST_AUTO_TEST_CASE(a_block_of_before_has_no_payload) {
  const auto poor = raw_of(Transfer{.from = 10, .tip = gwei(1)});
  const auto rich = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  const auto block = signed_block_of({poor, rich}, {.of_before = true});
  const auto evidence = evidence_in(block.read());
  BOOST_REQUIRE(evidence.has_value());
  BOOST_TEST(check(evidence->read()).has_value());
  const auto given = Msg<schema::BlockSealed>::build([&](auto out) {
    const auto signed_part = evidence->read().getBrokenOrder().getBlock();
    out.setHeader(signed_part.getHeader());
    out.setTxns(signed_part.getTxns());
    out.setSignature(signed_part.getSignature());
    out.setPayload(empty_payload().read());
  });
  const auto refused = signed_block(given.read());
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("digest of the payload") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_but_what_was_signed) {
  const auto poor = raw_of(Transfer{.from = 10, .tip = gwei(1)});
  const auto rich = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  const auto evidence = *evidence_in(signed_block_of({poor, rich}).read());
  const auto refused = [&](auto change, std::string_view words) {
    return is_fault(check(order_with(evidence, change).read()), words);
  };
  BOOST_TEST(check(order_with(evidence, [](auto) {}).read()).has_value());
  BOOST_TEST(
      refused([](auto block) { block.initHashes(1).set(0, data(Hash32{})); }, "more than header"));
  BOOST_TEST(refused([](auto block) { block.initSkipped(1); }, "more than header"));
  BOOST_TEST(refused([](auto block) { block.initSenders(1); }, "more than header"));
  BOOST_TEST(refused([](auto block) { block.initTxnSignatures(1); }, "more than header"));
  BOOST_TEST(refused([](auto block) { block.getPayload().setPrevRandao(data(Hash32{{1}})); },
                     "another payload"));
  BOOST_TEST(refused([](auto block) { block.disownPayload(); }, "another payload"));
  BOOST_TEST(
      refused([&](auto block) { block.initTxns(1).set(0, data(poor)); }, "other transactions"));
  BOOST_TEST(refused([](auto block) { block.setSignature({}); }, "signature: wanted 65"));
  BOOST_TEST(refused([](auto block) { block.getHeader().setGasUsed(1); }, "signature"));
  BOOST_TEST(refused([](auto block) { block.getHeader().setSequencer({}); }, "sequencer"));
  BOOST_TEST(refused([](auto block) { block.getHeader().setOrderingRule({}); }, "ordering rule"));
  // The other signature of the same key over the same header.
  BOOST_TEST(refused(
      [](auto block) {
        const auto order = *u256_from_quantity(
            "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        auto twin = *Signature::from(view(block.asReader().getSignature()));
        const auto other = to_word(order - *u256_from_bytes(twin.view().subspan(32, 32)));
        std::copy(other.bytes.begin(), other.bytes.end(), twin.bytes.begin() + 32);
        twin.bytes[64] ^= 1;
        block.setSignature(data(twin));
      },
      "a high s"));
}

BOOST_AUTO_TEST_CASE(a_sandwich_says_more_than_a_broken_order) {
  const auto front = raw_of(Transfer{.from = 10, .nonce = 3, .tip = gwei(1)});
  const auto victim = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  const auto back = raw_of(Transfer{.from = 10, .nonce = 4, .tip = gwei(1)});
  const auto evidence = evidence_in(signed_block_of({front, victim, back}).read());
  BOOST_REQUIRE(evidence.has_value());
  BOOST_REQUIRE(evidence->read().isSandwich());
  const auto shown = check(evidence->read());
  BOOST_REQUIRE_MESSAGE(shown, (shown ? "" : shown.error().what));
  BOOST_TEST((shown->kind == FaultKind::SANDWICH));
  BOOST_TEST(shown->detail.find("around 1 (" + to_hex(keccak256(victim))) != std::string::npos);
  no_altered_byte_shows(encode_evidence(*evidence));
  BOOST_TEST(!evidence_in(signed_block_of({victim, front, back}).read()));
}

BOOST_AUTO_TEST_CASE(blocks_made_by_the_rule_are_never_accused) {
  std::mt19937_64 random(3);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  std::size_t txns = 0, skipped = 0;
  for (int round = 0; round < 60; ++round) {
    Life<Mempool, schema::MempoolFact> pool;
    BOOST_REQUIRE(pool.when(parameters_command(usual_parameters())).ok());
    std::map<std::uint8_t, std::uint64_t> nonces;
    for (int i = 0; i < 24; ++i) {
      const auto from = static_cast<std::uint8_t>(10 + below(6));
      const Transfer transfer{.from = from,
                              .nonce = nonces[from],
                              .max_fee = gwei(1 + below(4)),
                              .tip = gwei(below(2)),
                              .gas = 21000 + below(3) * 100'000,
                              .type = static_cast<std::uint8_t>(below(3))};
      nonces[from] += 1 + below(20) / 19;
      BOOST_REQUIRE(pool.when(admission_of(transfer)).ok());
    }
    const auto base_fee = gwei(below(3));
    const auto gas_limit = 200'000 + below(4'000'000);
    std::vector<Bytes> block;
    std::set<Address> stuck;
    for (const auto* txn : select(pool.state, base_fee, gas_limit)) {
      if (below(12) == 0) stuck.insert(txn->sender);
      if (stuck.contains(txn->sender)) {
        ++skipped;
      } else {
        block.push_back(txn->raw);
      }
    }
    txns += block.size();
    BOOST_TEST_INFO("round " << round);
    BOOST_REQUIRE(!evidence_in(
        signed_block_of(block, {.base_fee = base_fee, .gas_limit = gas_limit}).read()));
  }
  BOOST_TEST((txns > 200 && skipped > 20));
}

BOOST_AUTO_TEST_CASE(wrong_roots_are_for_an_engine) {
  const auto block = signed_block_of({raw_of(Transfer{})});
  const auto evidence = evidence_of_roots(block.read());
  BOOST_TEST(is_fault(check(evidence.read()), "an engine"));
  const auto known = signed_block(evidence.read().getWrongRoots().getBlock());
  BOOST_REQUIRE(known.has_value());
  BOOST_TEST((known->hashes == std::vector{hash_of(Transfer{})} && known->number == 7u));
}

BOOST_AUTO_TEST_CASE(files) {
  const auto evidence = evidence_of_roots(signed_block_of({raw_of(Transfer{})}).read());
  const auto file = encode_evidence(evidence);
  const auto back = decode_evidence(file);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(same_bytes(back->bytes(), evidence.bytes()));
  BOOST_TEST(!decode_evidence({}).has_value());
  BOOST_TEST(!decode_evidence(BytesView(file).first(8)).has_value());
  BOOST_TEST(!decode_evidence(BytesView(file).first(file.size() - 8)).has_value());
  BOOST_TEST(!decode_evidence(BytesView(file).subspan(1)).has_value());
  auto longer = file;
  longer.resize(file.size() + 8);
  BOOST_TEST(!decode_evidence(longer).has_value());
  longer.resize(Message::max_bytes + 16);
  BOOST_TEST(!decode_evidence(longer).has_value());
  BOOST_TEST(is_fault(check(Msg<schema::Evidence>::build([](auto) {}).read()), "no evidence"));
}

BOOST_AUTO_TEST_SUITE_END()
