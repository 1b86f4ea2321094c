#include "events/mpc/mpc.hpp"

#include <random>

#include "tests/fixture/print.hpp"
#include "tests/fixture/signing.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Expected = std::optional<Msg<schema::Content>>;
using Shared = Life<Mpc, schema::MpcFact>;
using Local = Life<MpcRounds, schema::MpcFact>;

const Expected nothing;

bool round_refused(const Decision& decision, Reason reason, std::string_view words) {
  const bool as_wanted = decision.refused == reason && decision.facts.empty() &&
                         decision.detail.find(words) != std::string::npos;
  if (!as_wanted) BOOST_TEST_MESSAGE("it says: " << decision.detail);
  return as_wanted;
}
bool harmless(const Decision& decision) { return decision.ok() && decision.facts.empty(); }
bool one_fact(const Decision& decision) { return decision.ok() && decision.facts.size() == 1; }

Shared with_key() {
  Shared shared;
  BOOST_REQUIRE(one_fact(shared.when(KeyDraft{}.command(), nothing)));
  return shared;
}

Msg<schema::RoundsCommand> open_command(const Msg<schema::OpenRound>& wanted) {
  return Msg<schema::RoundsCommand>::build([&](auto command) { command.setOpen(wanted.read()); });
}
Msg<schema::RoundsCommand> open_command(const SlotName& slot, const Msg<schema::Content>& content,
                                        std::uint64_t nonce = 0) {
  return open_command(open_round(slot, content, attempt_of(nonce), 5000));
}
Msg<schema::RoundsCommand> finish_command(std::uint64_t round, const Signature& signature) {
  return Msg<schema::RoundsCommand>::build([&](auto command) {
    command.initFinish().setRound(round);
    command.getFinish().setSignature(data(signature));
  });
}
Msg<schema::RoundsCommand> time_out_command(std::uint64_t round) {
  return Msg<schema::RoundsCommand>::build([&](auto command) {
    command.initTimeOut().setRound(round);
    command.getTimeOut().initMissing(1).set(0, data(address_of_secret(7)));
  });
}

// The same signature with s on the other side of the group's order.
Signature high_s(Signature signature) {
  const auto order =
      *u256_from_quantity("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  const U256 s = *u256_from_bytes(signature.view().subspan(32, 32));
  const auto other = to_word(order - s);
  std::copy(other.bytes.begin(), other.bytes.end(), signature.bytes.begin() + 32);
  signature.bytes[64] ^= 1;
  return signature;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mpc)

BOOST_AUTO_TEST_CASE(a_key_follows_another_when_the_pool_has_changed_to_it) {
  const auto successor = [](std::uint8_t key, MpcPurpose purpose = MpcPurpose::REWARD_SUBMIT) {
    const auto draft =
        KeyDraft{.purpose = purpose, .key = key, .members = {address_of_secret(key)}};
    return Msg<schema::MpcCommand>::build(
        [&](auto command) { command.setSucceedKey(draft.command().read().getCreateKey()); });
  };
  Shared none;
  BOOST_TEST(round_refused(none.when(successor(8), nothing, address_of_secret(8)),
                           Reason::WRONG_KEY, "no key that one could follow"));
  auto shared = with_key();
  BOOST_TEST(round_refused(shared.when(successor(8), nothing, address_of_secret(7)),
                           Reason::NOT_DUE, "no UpdateMpc has named it yet"));
  BOOST_TEST(harmless(shared.when(successor(7), nothing, address_of_secret(8))));
  BOOST_TEST(one_fact(shared.when(successor(8), nothing, address_of_secret(8))));
  BOOST_TEST((shared.state.keys.at(MpcPurpose::REWARD_SUBMIT).address == address_of_secret(8)));
  // What the old one signs is nothing any more; the pool may change back.
  BOOST_TEST(key_of(shared.state, round_slot(2)) == nullptr);
  BOOST_TEST(one_fact(shared.when(successor(7), nothing, address_of_secret(7))));
  // No contract names the others, and a purpose's key serves no other purpose.
  const KeyDraft blobs{
      .purpose = MpcPurpose::BLOB_SUBMIT, .key = 9, .members = {address_of_secret(9)}};
  BOOST_TEST(one_fact(shared.when(blobs.command(), nothing)));
  BOOST_TEST(round_refused(
      shared.when(successor(8, MpcPurpose::BLOB_SUBMIT), nothing, address_of_secret(8)),
      Reason::NOT_DUE, "no contract says"));
  BOOST_TEST(round_refused(shared.when(successor(9), nothing, address_of_secret(9)),
                           Reason::WRONG_KEY, "is the key for blobSubmit"));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_purpose_has_one_key_and_a_key_one_purpose) {
  auto shared = with_key();
  BOOST_TEST(harmless(shared.when(KeyDraft{}.command(), nothing)));
  BOOST_TEST(round_refused(shared.when(KeyDraft{.key = 8}.command(), nothing), Reason::WRONG_KEY,
                           "rewardSubmit has another key"));
  BOOST_TEST(round_refused(shared.when(KeyDraft{.l1_chain_id = 1}.command(), nothing),
                           Reason::WRONG_KEY, "another key"));
  BOOST_TEST(round_refused(shared.when(KeyDraft{.purpose = MpcPurpose::COMMON}.command(), nothing),
                           Reason::WRONG_KEY, "is the key for rewardSubmit"));
  BOOST_TEST(one_fact(
      shared.when(KeyDraft{.purpose = MpcPurpose::BLOB_SUBMIT, .key = 8}.command(), nothing)));
  const auto& key = shared.state.keys.at(MpcPurpose::REWARD_SUBMIT);
  BOOST_TEST(key.address == address_of_secret(7));
  BOOST_TEST((key.threshold == 1 && key.l1_chain_id == signing_chain_id));
  BOOST_TEST((key.members == std::vector{address_of_secret(7)}));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_key_says_what_it_is) {
  Shared shared;
  const auto low = Address{{1}};
  const auto high = Address{{2}};
  const auto when = [&](const KeyDraft& draft) { return shared.when(draft.command(), nothing); };
  BOOST_TEST(
      round_refused(when({.address = low}), Reason::WRONG_KEY, "not the public key's address"));
  BOOST_TEST(round_refused(when({.l1_chain_id = 0}), Reason::WRONG_CHAIN, "no L1 chain"));
  BOOST_TEST(round_refused(when({.members = {high, low}}), Reason::MALFORMED, "do not ascend"));
  BOOST_TEST(round_refused(when({.members = {low, low}}), Reason::MALFORMED, "do not ascend"));
  BOOST_TEST(round_refused(when({.threshold = 0}), Reason::MALFORMED, "threshold of 0"));
  BOOST_TEST(round_refused(when({.threshold = 3, .members = {low, high}}), Reason::MALFORMED,
                           "threshold of 3 with 2 members"));
  BOOST_TEST(round_refused(when({.members = {}}), Reason::MALFORMED, "with 0 members"));
  BOOST_TEST(round_refused(shared.when(Msg<schema::MpcCommand>::build([](auto) {}), nothing),
                           Reason::MALFORMED, "empty"));
  BOOST_TEST(round_refused(shared.when(Msg<schema::MpcCommand>::build([](auto command) {
                                         command.initCreateKey().setAddress(data(Address{{1}}));
                                       }),
                                       nothing),
                           Reason::MALFORMED, "64 bytes"));
  BOOST_TEST(one_fact(when({.threshold = 2, .members = {low, high}})));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_transaction_is_content_and_attempt) {
  const auto content = content_of(3);
  const auto attempt = attempt_of(9, 70);
  const auto txn = to_txn(signing_chain_id, content.read(), attempt.read());
  BOOST_TEST((txn.type == 2 && txn.chain_id == signing_chain_id && txn.nonce == 9));
  BOOST_TEST((txn.gas_limit == 500'000 && txn.max_fee == 70 && txn.max_priority_fee == 2));
  BOOST_TEST((txn.to == Address{{0xaa}} && txn.value == 0 && txn.data == Bytes(40, 3)));
  // What the chain reads is what was signed.
  const auto raw = sign_txn(txn, secret(7));
  BOOST_REQUIRE(raw.has_value());
  const auto decoded = decode_txn(*raw);
  BOOST_REQUIRE(decoded.has_value());
  BOOST_TEST(signing_hash(*decoded) == test::digest_of(content, attempt));
  BOOST_TEST(*recover_sender(*decoded) == address_of_secret(7));
}

BOOST_AUTO_TEST_CASE(a_slot_is_signed_with_one_content_and_any_attempt) {
  auto shared = with_key();
  const Expected first = content_of(1);
  const Expected second = content_of(2);
  const auto slot = round_slot(2);
  BOOST_TEST(one_fact(shared.when(sign_command(slot, *first, attempt_of(0)), first)));
  // Delivered twice it is harmless; with other fees it is another transaction of the same content.
  BOOST_TEST(harmless(shared.when(sign_command(slot, *first, attempt_of(0)), first)));
  BOOST_TEST(one_fact(shared.when(sign_command(slot, *first, attempt_of(0, 120)), first)));
  BOOST_TEST(one_fact(shared.when(sign_command(slot, *first, attempt_of(1)), first)));
  BOOST_TEST(harmless(shared.when(sign_command(slot, *first, attempt_of(0)), first)));
  // Whatever this log composes now: the slot has its content.
  BOOST_TEST(round_refused(shared.when(sign_command(slot, *second, attempt_of(0)), second),
                           Reason::SLOT_TAKEN, "has another content"));
  // The batch composed anew is another slot.
  BOOST_TEST(one_fact(shared.when(sign_command(round_slot(2, 2), *second, attempt_of(2)), second)));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(only_what_this_log_composes_is_taken_for_signed) {
  auto shared = with_key();
  const Expected expected = content_of(1);
  const auto command = sign_command(round_slot(2), content_of(1), attempt_of(0));
  BOOST_TEST(round_refused(shared.when(command, nothing), Reason::WRONG_CONTENT,
                           "this log composes nothing"));
  BOOST_TEST(round_refused(shared.when(command, Expected(content_of(2))), Reason::WRONG_CONTENT,
                           "composes another content"));
  auto other = round_slot(2);
  other.key = address_of_secret(8);
  BOOST_TEST(round_refused(shared.when(sign_command(other, *expected, attempt_of(0)), expected),
                           Reason::WRONG_KEY, "is not the key for rewardSubmit"));
  other = round_slot(2);
  other.purpose = MpcPurpose::COMMON;
  BOOST_TEST(round_refused(shared.when(sign_command(other, *expected, attempt_of(0)), expected),
                           Reason::WRONG_KEY, "is not the key for common"));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_signature_is_the_keys_over_exactly_this) {
  auto shared = with_key();
  const Expected expected = content_of(1);
  const auto slot = round_slot(2);
  const auto attempt = attempt_of(0);
  const auto good = sign(test::digest_of(*expected, attempt), secret(7));
  const auto with = [&](const Signature& signature) {
    return shared.when(sign_command(slot, *expected, attempt, signature), expected);
  };
  BOOST_TEST(round_refused(shared.when(sign_command(slot, *expected, attempt, 8), expected),
                           Reason::WRONG_SIGNER, "and not by " + to_hex(slot.key)));
  BOOST_TEST(round_refused(with(high_s(good)), Reason::BAD_SIGNATURE, "high s"));
  BOOST_TEST(round_refused(with(Signature{}), Reason::BAD_SIGNATURE, "the signature"));
  BOOST_TEST(!with(sign(test::digest_of(*expected, attempt_of(1)), secret(7))).ok());
  BOOST_TEST(round_refused(shared.when(Msg<schema::MpcCommand>::build([&](auto command) {
                                         write(command.initSign().initSlot(), slot);
                                       }),
                                       expected),
                           Reason::MALFORMED, "the content is to no address"));
  BOOST_TEST(one_fact(with(good)));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_slot_has_no_signatures_without_end) {
  auto shared = with_key();
  const Expected content = content_of(1);
  const auto slot = round_slot(2);
  BOOST_REQUIRE(one_fact(shared.when(sign_command(slot, *content, attempt_of(0)), content)));
  auto full = shared.state;
  for (std::uint64_t i = 1; i < Mpc::most_outcomes; ++i) {
    full.outcomes[slot].insert(to_word(U256(i)));
  }
  const auto next = sign_command(slot, *content, attempt_of(1));
  BOOST_TEST(round_refused(decide(full, next.read(), content), Reason::TOO_LARGE, "1024"));
  const auto again = sign_command(slot, *content, attempt_of(0));
  BOOST_TEST(harmless(decide(full, again.read(), content)));
}

BOOST_AUTO_TEST_CASE(forgetting_lets_no_second_content_in) {
  SlotTable table;
  const auto first = content_hash(content_of(1));
  const auto second = content_hash(content_of(2));
  for (std::uint64_t batch = 2; batch < 2 + kept_slots; ++batch)
    table.bind(round_slot(batch), first);
  BOOST_TEST((table.contents.size() == kept_slots && table.oldest.empty()));
  table.bind(round_slot(2 + kept_slots), first);
  BOOST_TEST(table.contents.size() == kept_slots);
  BOOST_TEST(table.refusal(round_slot(2), first)->find("too old") != std::string::npos);
  BOOST_TEST(table.refusal(round_slot(2, 9), second).has_value());
  BOOST_TEST(table.refusal(round_slot(1), first).has_value());
  BOOST_TEST((!table.refusal(round_slot(3), first) && table.refusal(round_slot(3), second)));
  // Another purpose has batches of its own.
  auto blob = round_slot(1);
  blob.purpose = MpcPurpose::BLOB_SUBMIT;
  BOOST_TEST(!table.refusal(blob, second).has_value());
  table.bind(blob, second);
  BOOST_TEST(table.contents.size() == kept_slots + 1);
  // The newest batch is never forgotten, however often it is composed.
  SlotTable often;
  for (std::uint32_t composition = 1; composition <= kept_slots + 10; ++composition) {
    often.bind(round_slot(5, composition), first);
  }
  BOOST_TEST(often.refusal(round_slot(5, 1), second).has_value());
  BOOST_TEST(!often.refusal(round_slot(5, 1), first).has_value());
  often.bind(round_slot(6), first);
  BOOST_TEST((often.contents.size() == 1 && often.refusal(round_slot(5, 1), first)));
}

BOOST_AUTO_TEST_CASE(a_long_life_forgets_alike_in_life_and_in_replay) {
  auto shared = with_key();
  const Expected content = content_of(1);
  for (std::uint64_t batch = 1; batch <= kept_slots + 5; ++batch) {
    BOOST_REQUIRE(one_fact(
        shared.when(sign_command(round_slot(batch), *content, attempt_of(batch)), content)));
  }
  BOOST_TEST(
      round_refused(shared.when(sign_command(round_slot(5), *content, attempt_of(5)), content),
                    Reason::SLOT_TAKEN, "too old"));
  BOOST_TEST((shared.state.outcomes.size() == kept_slots));
  shared.replays();
}

BOOST_AUTO_TEST_CASE(a_round_binds_its_slot) {
  const auto keys = with_key().state;
  const Expected first = content_of(1);
  const Expected second = content_of(2);
  const auto slot = round_slot(2);
  Local local;
  const auto opened = local.when(open_command(slot, *first), keys, first);
  BOOST_REQUIRE(one_fact(opened));
  const auto fact = Msg<schema::MpcFact>::of(opened.facts[0].payload).read().getRoundOpened();
  BOOST_TEST(
      (fact.getRound() == 1 && fact.getDeadlineMs() == 5000 && to_slot(fact.getSlot()) == slot));
  BOOST_TEST(fixed<Hash32>(fact.getContentHash()) == content_hash(*first));
  BOOST_TEST(fixed<Hash32>(fact.getDigest()) == test::digest_of(*first, attempt_of(0)));

  BOOST_TEST(harmless(local.when(open_command(slot, *first), keys, first)));
  BOOST_TEST(round_refused(local.when(open_command(slot, *first, 1), keys, first), Reason::BUSY,
                           "under way with another attempt"));
  BOOST_TEST(round_refused(local.when(open_command(slot, *second), keys, second),
                           Reason::SLOT_TAKEN, "another content"));
  // Another slot has a round beside it.
  BOOST_TEST(one_fact(local.when(open_command(round_slot(3), *second), keys, second)));

  BOOST_TEST(one_fact(local.when(time_out_command(1), keys, nothing)));
  BOOST_TEST((local.state.timed_out == 1 && local.state.open.size() == 1));
  BOOST_TEST(round_refused(local.when(open_command(slot, *second), keys, second),
                           Reason::SLOT_TAKEN, "another content"));
  BOOST_TEST(one_fact(local.when(open_command(slot, *first, 1), keys, first)));
  BOOST_TEST(local.state.rounds == 3u);
  local.replays();
}

BOOST_AUTO_TEST_CASE(a_round_is_for_what_this_log_composes_and_what_nobody_signed_otherwise) {
  auto shared = with_key();
  const Expected first = content_of(1);
  const Expected second = content_of(2);
  Local local;
  const auto ask = [&](const Msg<schema::RoundsCommand>& command, const Expected& expected) {
    return local.when(command, shared.state, expected);
  };
  BOOST_TEST(round_refused(ask(open_command(round_slot(2), *first), nothing), Reason::WRONG_CONTENT,
                           "composes nothing"));
  BOOST_TEST(round_refused(ask(open_command(round_slot(2), *first), second), Reason::WRONG_CONTENT,
                           "composes another content"));
  auto other = round_slot(2);
  other.key = address_of_secret(8);
  BOOST_TEST(
      round_refused(ask(open_command(other, *first), first), Reason::WRONG_KEY, "is not the key"));
  BOOST_REQUIRE(one_fact(shared.when(sign_command(round_slot(2), *first, attempt_of(0)), first)));
  BOOST_TEST(round_refused(ask(open_command(round_slot(2), *second), second), Reason::SLOT_TAKEN,
                           "another content"));
  BOOST_TEST(round_refused(ask(open_command(round_slot(3), *first, UINT64_MAX), first),
                           Reason::MALFORMED, "no account gets there"));
  BOOST_TEST(round_refused(
      ask(open_command(open_round(round_slot(3), *first, attempt_of(0, 1), 1)), first),
      Reason::MALFORMED, "priority fee above"));
  BOOST_TEST(round_refused(ask(Msg<schema::RoundsCommand>::build([](auto) {}), nothing),
                           Reason::MALFORMED, "empty"));
  BOOST_TEST(local.facts.empty());
}

BOOST_AUTO_TEST_CASE(a_round_ends_once) {
  const auto keys = with_key().state;
  const Expected content = content_of(1);
  const auto digest = test::digest_of(*content, attempt_of(0));
  Local local;
  BOOST_REQUIRE(one_fact(local.when(open_command(round_slot(2), *content), keys, content)));
  const auto finish = [&](std::uint64_t round, const Signature& signature) {
    return local.when(finish_command(round, signature), keys, nothing);
  };
  const auto good = sign(digest, secret(7));
  BOOST_TEST(round_refused(finish(1, sign(digest, secret(8))), Reason::WRONG_SIGNER, "signed by"));
  BOOST_TEST(round_refused(finish(1, high_s(good)), Reason::BAD_SIGNATURE, "high s"));
  BOOST_TEST(round_refused(finish(2, good), Reason::NOT_OPEN, "round 2"));
  BOOST_TEST(one_fact(finish(1, good)));
  BOOST_TEST(round_refused(finish(1, good), Reason::NOT_OPEN, "round 1"));
  BOOST_TEST(
      round_refused(local.when(time_out_command(1), keys, nothing), Reason::NOT_OPEN, "round 1"));
  BOOST_TEST((local.state.open.empty() && local.state.timed_out == 0));
  local.replays();
}

BOOST_AUTO_TEST_CASE(a_log_that_contradicts_itself_stops) {
  const StopsThrow stops;
  auto shared = with_key();
  const Expected content = content_of(1);
  Local local;
  local.when(open_command(round_slot(2), *content), shared.state, content);
  const auto opened = Msg<schema::MpcFact>::of(local.facts[0].payload);
  const auto created = Msg<schema::MpcFact>::of(shared.facts[0].payload);
  BOOST_CHECK_THROW(apply(local.state, opened.read()), std::logic_error);
  BOOST_CHECK_THROW(apply(local.state, created.read()), std::logic_error);
  BOOST_CHECK_THROW(apply(shared.state, created.read()), std::logic_error);
  BOOST_CHECK_THROW(apply(shared.state, opened.read()), std::logic_error);
  BOOST_CHECK_THROW(apply(local.state, Msg<schema::MpcFact>::build([](auto fact) {
                                         fact.initRoundFinished().setRound(7);
                                       }).read()),
                    std::logic_error);
}

// Whatever is asked for, in whatever order: no slot is ever signed or bound with two contents.
BOOST_AUTO_TEST_CASE(random_slots_have_one_content_each) {
  std::mt19937 random(20240607);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  auto shared = with_key();
  Local local;
  std::map<SlotName, Hash32> bound, signed_with;
  for (int step = 0; step < 1500; ++step) {
    const auto slot = round_slot(2 + pick(6) + static_cast<unsigned>(step) / 4, 1 + pick(2));
    const Expected content = content_of(static_cast<std::uint8_t>(pick(3)));
    const Expected expected = pick(8) == 0 ? nothing : content;
    const auto hash = content_hash(*content);
    switch (pick(3)) {
      case 0: {
        const auto out = local.when(open_command(slot, *content, pick(3)), shared.state, expected);
        if (!out.facts.empty()) {
          BOOST_REQUIRE((bound.emplace(slot, hash).first->second == hash));
          BOOST_REQUIRE((!signed_with.contains(slot) || signed_with.at(slot) == hash));
        }
        break;
      }
      case 1: {
        const auto out = shared.when(sign_command(slot, *content, attempt_of(pick(3))), expected);
        if (!out.facts.empty()) {
          BOOST_REQUIRE((signed_with.emplace(slot, hash).first->second == hash));
        }
        break;
      }
      default:
        if (local.state.open.empty()) break;
        local.when(time_out_command(local.state.open.begin()->first), shared.state, nothing);
    }
  }
  BOOST_TEST((bound.size() > kept_slots / 2 && signed_with.size() > kept_slots / 2));
  shared.replays();
  local.replays();
}

BOOST_AUTO_TEST_SUITE_END()
