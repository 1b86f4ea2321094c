#include "events/blocks/blocks.hpp"

#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/chain.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Header = Draft::Header;
using Body = Draft::Body;

bool block_refused(const Decision& decision, Reason reason, std::string_view words) {
  return decision.refused == reason && decision.facts.empty() &&
         decision.detail.find(words) != std::string::npos;
}
bool contradicts(const Decision& decision, std::string_view words) {
  return block_refused(decision, Reason::WRONG_CONTENT, words);
}

Msg<schema::BlocksCommand> seal_rules(bool signs_txns) {
  return Msg<schema::BlocksCommand>::build(
      [&](auto command) { command.initSetSealRules().setSignsTxns(signs_txns); });
}

// The same signature with s on the other side of the group's order.
Signature malleable_twin(Signature signature) {
  const auto order =
      *u256_from_quantity("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  const auto s = *u256_from_bytes(signature.view().subspan(32, 32));
  const auto other = to_word(order - s);
  std::copy(other.bytes.begin(), other.bytes.end(), signature.bytes.begin() + 32);
  signature.bytes[64] ^= 1;
  return signature;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(blocks)

BOOST_AUTO_TEST_CASE(a_chain_opens_once) {
  Life<Blocks, schema::BlocksFact> chain;
  BOOST_TEST(block_refused(chain.when(Draft(chain.state).command(), active_at(100)),
                           Reason::NOT_OPEN, "no first block"));
  BOOST_TEST(block_refused(chain.when(seal_rules(true), active_at(100)), Reason::NOT_OPEN,
                           "no first block"));
  BOOST_TEST(block_refused(chain.when(Msg<schema::BlocksCommand>::build([](auto) {}), active_at(1)),
                           Reason::MALFORMED, "empty"));
  BOOST_TEST(chain.when(open_chain(), active_at(100)).facts.size() == 1u);
  BOOST_TEST(chain.state.head.hash == genesis_hash);
  BOOST_TEST((chain.state.head.number == 0 && chain.state.head.timestamp == genesis_time));
  const auto again = chain.when(open_chain(), active_at(100));
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST(block_refused(chain.when(open_chain(Hash32{{1}}), active_at(100)), Reason::WRONG_CHAIN,
                           "another chain"));
  chain.replays();
}

BOOST_AUTO_TEST_CASE(blocks_follow_one_another) {
  Chain chain;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto decision = chain.seal(Draft(chain.state));
    BOOST_REQUIRE_MESSAGE(decision.facts.size() == 1u, decision.detail);
    BOOST_TEST((chain.state.head.number == number && chain.state.txns == 2 * number));
    BOOST_TEST((chain.state.head.gas_used == 42000 && chain.state.head.l1_origin == 50));
  }
  BOOST_TEST((chain.state.head.base_fee < 1'000'000'000 && chain.state.head.base_fee > 0));
}

BOOST_AUTO_TEST_CASE(the_same_block_twice_is_harmless) {
  Chain chain;
  const auto command = Draft(chain.state).command();
  BOOST_TEST(chain.when(command, active_at(100)).facts.size() == 1u);
  // Even when the sequencer is no longer what it was.
  const auto again = chain.when(command, SequencerStanding{});
  BOOST_TEST((again.ok() && again.facts.empty()));
}

BOOST_AUTO_TEST_CASE(what_does_not_follow_the_head_is_refused) {
  Chain chain;
  const auto first = Draft(chain.state).command();
  BOOST_TEST(block_refused(chain.seal_with([](Header out) { out.setNumber(2); }), Reason::NOT_NEXT,
                           "block 2"));
  BOOST_TEST(block_refused(chain.seal_with([](Header out) { out.setNumber(0); }), Reason::NOT_NEXT,
                           "block 0"));
  BOOST_TEST(
      block_refused(chain.seal_with([](Header out) { out.setParentHash(data(Hash32{{1}})); }),
                    Reason::NOT_NEXT, "block 1"));
  BOOST_TEST(chain.seal(Draft(chain.state)).ok());
  // A second block at a height that is taken.
  Chain other;
  Draft rival(other.state);
  rival.before_signing = [](Header out) { out.setBlockHash(data(Hash32{{1}})); };
  BOOST_TEST(
      block_refused(chain.when(rival.command(), active_at(100)), Reason::NOT_NEXT, "block 1"));
}

BOOST_AUTO_TEST_CASE(only_an_active_sequencer_seals) {
  Chain chain;
  const Draft draft(chain.state);
  BOOST_TEST(block_refused(chain.seal(draft, {false, 1, "inactive in the locking pool", 100}),
                           Reason::NOT_ACTIVE, "inactive in the locking pool"));
  BOOST_TEST(block_refused(chain.seal(draft, {false, 0, "no signer", {}}), Reason::NOT_ACTIVE,
                           "no signer"));
  BOOST_TEST(contradicts(chain.seal(draft, {true, 1, "active", {}}), "L1 origin"));
  BOOST_TEST(contradicts(chain.seal(draft, active_at(49)), "L1 origin"));
  BOOST_TEST(chain.seal(draft, active_at(50)).ok());
}

BOOST_AUTO_TEST_CASE(l1_bounds_origin_and_time) {
  Chain chain;
  const auto bound = [](std::uint64_t seconds) {
    return Msg<schema::BlocksCommand>::build(
        [&](auto command) { command.initSetL1Bound().setSeconds(seconds); });
  };
  BOOST_TEST(
      block_refused(chain.when(bound(0), active_at(50)), Reason::WRONG_CONTENT, "no seconds"));
  BOOST_TEST(chain.when(bound(100), active_at(50)).facts.size() == 1u);
  BOOST_TEST(chain.when(bound(100), active_at(50)).facts.empty());
  const Draft draft(chain.state);
  auto time = std::uint64_t{0};
  Hash32 origin;
  auto seen = draft;
  seen.before_signing = [&](Header out) {
    time = out.asReader().getTimestamp();
    origin = fixed<Hash32>(out.asReader().getL1Origin().getHash());
  };
  (void)seen.command();
  const auto standing = [&](std::uint64_t head, const Hash32& hash, std::uint64_t head_time) {
    auto out = active_at(head);
    out.confirmed_l1_hash = hash;
    out.confirmed_l1_time = head_time;
    return out;
  };
  // Another block of L1 than the head that is known, whichever.
  BOOST_TEST(block_refused(chain.seal(draft, standing(51, origin, time)), Reason::STALE_ORIGIN,
                           "is not the confirmed head"));
  BOOST_TEST(block_refused(chain.seal(draft, standing(50, Hash32{{9}}, time)), Reason::STALE_ORIGIN,
                           "is not the confirmed head"));
  // The clock is ahead; or the log does not know L1's time.
  BOOST_TEST(contradicts(chain.seal(draft, standing(50, origin, time - 101)),
                         "more than 100 s after the confirmed L1 head's"));
  BOOST_TEST(contradicts(chain.seal(draft, standing(50, origin, 0)), "more than 100 s after"));
  BOOST_TEST(chain.seal(draft, standing(50, origin, time - 100)).ok());
  // L1 went back below the parent's origin.
  Draft next(chain.state);
  next.before_signing = [&](Header out) { out.getL1Origin().setNumber(49); };
  BOOST_TEST(contradicts(chain.seal(next, standing(49, origin, time)), "older than the parent's"));
  chain.replays();
}

BOOST_AUTO_TEST_CASE(a_header_keeps_the_chains_rules) {
  Chain chain;
  using Change = std::function<void(Header)>;
  for (const auto& [words, change] : std::vector<std::pair<std::string, Change>>{
           {"chain id", [](Header out) { out.setChainId(1); }},
           {"gas limit", [](Header out) { out.setGasLimit(block_gas_limit + 1); }},
           {"ordering rule", [](Header out) { out.setOrderingRule(schema::OrderingRule::NONE); }},
           {"base fee", [](Header out) { out.setBaseFee(data(to_word(1'000'000'000))); }},
           {"timestamp", [](Header out) { out.setTimestamp(genesis_time); }},
           {"digest of the transactions", [](Header out) { out.setTxnsDigest(data(Hash32{{1}})); }},
           {"digest of the skipped",
            [](Header out) { out.setSkippedDigest(data(Hash32{{1}})); }}}) {
    BOOST_TEST_CONTEXT(words) { BOOST_TEST(contradicts(chain.seal_with(change), words)); }
  }
  BOOST_TEST(chain.state.head.number == 0u);
}

BOOST_AUTO_TEST_CASE(a_body_keeps_its_headers_word) {
  Chain chain;
  using Change = std::function<void(Body)>;
  for (const auto& [words, change] : std::vector<std::pair<std::string, Change>>{
           {"number of hashes", [](Body out) { out.initHashes(1); }},
           {"hash of transaction 1", [](Body out) { out.getHashes().set(1, data(Hash32{{1}})); }},
           {"hash of transaction 0",
            [](Body out) {
              out.getTxns().set(0, data(Bytes{1, 2, 4}));
            }},
           {"digest of the skipped",
            [](Body out) { out.getSkipped()[0].setHash(data(Hash32{{8}})); }},
           {"digest of the skipped", [](Body out) { out.initSkipped(0); }},
           {"digest of the transactions", [](Body out) {
              const Bytes other{9};
              out.getTxns().set(1, data(other));
              out.getHashes().set(1, data(keccak256(other)));
            }}}) {
    BOOST_TEST_CONTEXT(words) { BOOST_TEST(contradicts(chain.seal_but(change), words)); }
  }
}

BOOST_AUTO_TEST_CASE(only_the_sequencers_own_low_signature_counts) {
  Chain chain;
  const auto wrong = [](const Decision& decision) {
    return block_refused(decision, Reason::WRONG_SIGNER, "not signed by");
  };
  Draft foreign(chain.state);
  foreign.signer = 2;
  BOOST_TEST(wrong(chain.seal(foreign)));
  BOOST_TEST(wrong(chain.seal_but([](Body out) {
    const auto signature = *Signature::from(view(out.getSignature().asReader()));
    BOOST_REQUIRE(is_low_s(signature));
    out.setSignature(data(malleable_twin(signature)));
  })));
  BOOST_TEST(wrong(chain.seal_but([](Body out) { out.setSignature(data(Bytes(64, 1))); })));
  BOOST_TEST(wrong(chain.seal_but([](Body out) { out.setSignature(data(Bytes{})); })));
  BOOST_TEST(wrong(chain.seal_but([](Body out) { out.setSignature(data(Bytes(65, 0))); })));
  // Signed by the sequencer, but not this header.
  BOOST_TEST(wrong(chain.seal_but([](Body out) { out.getHeader().setGasUsed(1); })));
  BOOST_TEST(wrong(chain.seal_but([](Body out) { out.getHeader().setPoolPosition(9); })));
  BOOST_TEST(chain.seal(Draft(chain.state)).ok());
}

BOOST_AUTO_TEST_CASE(seal_rules_ask_for_epoch_and_payload) {
  Chain chain;
  BOOST_TEST(chain.when(seal_rules(false), active_at(100)).facts.size() == 1u);
  BOOST_TEST(chain.when(seal_rules(false), active_at(100)).facts.empty());
  using Change = std::function<void(Body)>;
  for (const auto& [words, change] : std::vector<std::pair<std::string, Change>>{
           {"no payload", [](Body out) { out.disownPayload(); }},
           {"fee recipient", [](Body out) { out.getPayload().setFeeRecipient({}); }},
           {"prevRandao", [](Body out) { out.getPayload().setPrevRandao({}); }},
           {"beacon root", [](Body out) { out.getPayload().setBeaconRoot({}); }},
           {"logs bloom", [](Body out) { out.getPayload().setLogsBloom(data(Bytes(255))); }},
           {"digest of the payload", [](Body out) { out.getPayload().initRequests(1); }},
           {"digest of the payload",
            [](Body out) { out.getPayload().setPrevRandao(data(Hash32{{1}})); }},
           {"does not ask for", [](Body out) { out.initTxnSignatures(2); }}}) {
    BOOST_TEST_CONTEXT(words) { BOOST_TEST(contradicts(chain.seal_but(change), words)); }
  }
  BOOST_TEST(contradicts(chain.seal_with([](Header out) { out.setPayloadDigest({}); }),
                         "digest of the payload"));
  BOOST_TEST(contradicts(chain.seal_with([](Header out) { out.setEpoch(1); }),
                         "epoch 1, it is of epoch 0"));
  BOOST_TEST(chain.seal(Draft(chain.state)).ok());
}

BOOST_AUTO_TEST_CASE(a_block_names_the_epoch_that_it_begins_or_belongs_to) {
  Chain chain;
  chain.when(seal_rules(false), active_at(100));
  chain.when(Msg<schema::BlocksCommand>::build(
                 [](auto command) { command.initSetEpochLength().setBlocks(2); }),
             active_at(100));
  const std::vector<std::uint64_t> epochs{1, 1, 2, 2};
  for (const auto epoch : epochs) {
    BOOST_TEST(contradicts(chain.seal_with([&](Header out) { out.setEpoch(epoch - 1); }), "epoch"));
    BOOST_TEST(contradicts(chain.seal_with([&](Header out) { out.setEpoch(epoch + 1); }), "epoch"));
    BOOST_TEST(chain.seal_with([&](Header out) { out.setEpoch(epoch); }).ok());
    BOOST_TEST(chain.state.epoch.number == epoch);
  }
  // Another sequencer begins an epoch of its own.
  Draft other(chain.state);
  other.signer = 2;
  other.before_signing = [](Header out) { out.setSequencer(data(address_of_secret(2))); };
  chain.seal(Draft(chain.state));  // block 5, the first of epoch 3
  auto standing = active_at(100);
  standing.id = 2;
  BOOST_TEST(contradicts(chain.seal(other, standing), "epoch 3, it is of epoch 4"));
  other.before_signing = [](Header out) {
    out.setSequencer(data(address_of_secret(2)));
    out.setEpoch(4);
  };
  BOOST_TEST(chain.seal(other, standing).ok());
}

BOOST_AUTO_TEST_CASE(seal_rules_ask_for_each_transactions_signature) {
  Chain chain;
  chain.when(seal_rules(true), active_at(100));
  const auto unsigned_ = [&](std::function<void(Body)> change, std::string_view words) {
    return contradicts(chain.seal_but(std::move(change)), words);
  };
  BOOST_TEST(
      unsigned_([](Body out) { out.disownTxnSignatures(); }, "0 signatures of 2 transactions"));
  BOOST_TEST(
      unsigned_([](Body out) { out.initTxnSignatures(3); }, "3 signatures of 2 transactions"));
  BOOST_TEST(unsigned_([](Body out) { out.getTxnSignatures().set(1, data(Bytes(64))); },
                       "signature of transaction 1"));
  BOOST_TEST(unsigned_(
      [](Body out) {
        const auto foreign = sign(fixed<Hash32>(out.asReader().getHashes()[0]), secret(2));
        out.getTxnSignatures().set(0, data(foreign));
      },
      "signature of transaction 0"));
  BOOST_TEST(unsigned_(
      [](Body out) {
        const auto own = *Signature::from(view(out.asReader().getTxnSignatures()[1]));
        out.getTxnSignatures().set(1, data(malleable_twin(own)));
      },
      "signature of transaction 1"));
  BOOST_TEST(chain.seal(Draft(chain.state)).ok());
  // One without transactions has none to sign.
  Draft empty(chain.state);
  empty.txns.clear();
  empty.after_signing = [](Body out) { out.disownTxnSignatures(); };
  BOOST_TEST(chain.seal(empty).ok());
  // They are not asked for any more.
  BOOST_TEST(chain.when(seal_rules(false), active_at(100)).facts.size() == 1u);
  BOOST_TEST(chain.seal(Draft(chain.state)).ok());
}

// A signature of each transaction is looked at where the block is its sequencer's, and not before.
BOOST_AUTO_TEST_CASE(of_a_block_by_somebody_else_no_more_is_said) {
  const std::vector<Bytes> txns{{1, 2, 3}};
  const auto own = word_of(signed_block_of(txns).read());
  BOOST_TEST((own.wrong.empty() && own.signer == address_of_secret(1)));
  BOOST_TEST(own.unsigned_txn == "0 signatures of 1 transactions");
  const auto other = word_of(signed_block_of(txns, {.signer = 2, .named = 1}).read());
  BOOST_TEST((other.wrong.empty() && other.signer == address_of_secret(2)));
  BOOST_TEST((other.unsigned_txn.empty() && other.no_payload.empty()));
}

BOOST_AUTO_TEST_CASE(a_fact_that_surprises_stops) {
  const StopsThrow stops;
  Chain chain;
  const auto sealed = chain.seal(Draft(chain.state)).facts.at(0);
  const auto fact = Msg<schema::BlocksFact>::of(sealed.payload);
  auto broken = chain.state;
  BOOST_CHECK_THROW(apply(broken, *fact), std::logic_error);
  // A chain that opens again would forget its head.
  const auto opened = Msg<schema::BlocksFact>::of(chain.facts.at(0).payload);
  BOOST_CHECK_THROW(apply(broken, *opened), std::logic_error);
  Blocks unopened;
  BOOST_CHECK_THROW(apply(unopened, *fact), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
