#include "events/world.hpp"

#include "events/json.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// Facts of every domain, a decision of several among them.
Deciders a_life() {
  Deciders out;
  out.begin();
  const Offer first{.nonce = 0}, second{.nonce = 0, .max_fee = 200, .tip = 20};
  BOOST_REQUIRE(out(submit_command(first)).ok());
  BOOST_REQUIRE(out(submit_command(second)).facts.size() == 2u);
  Draft draft(out.shared.blocks);
  draft.txns = {raw_of(second)};
  draft.skipped.clear();
  const auto sealed = out(draft.command());
  BOOST_REQUIRE_MESSAGE(sealed.facts.size() == 1u, sealed.detail);
  BOOST_REQUIRE(
      out(include_of(1, {hash_of(second)}, {{account(1), 1}}), out.log.values.size()).ok());
  BOOST_REQUIRE(out(Scene::block(61, {unlock_of_secret(1, 1, 61)})).ok());
  return out;
}

Result<void> fold_value(World& world, const Bytes& value, Trust trust = Trust::bytes) {
  const auto record = decode_record(value);
  if (!record) return tl::unexpected(record.error());
  return fold(world, *record, trust);
}

// The world after the first count records.
World folded(const std::vector<Bytes>& values, std::size_t count, Trust trust = Trust::bytes) {
  World out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto done = fold_value(out, values[i], trust);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
  }
  return out;
}

// What folding record 5 says when its header was changed, and that nothing came of it.
std::string refusal(const std::function<void(RecordHeader&)>& change, Trust trust) {
  const auto life = a_life();
  auto world = folded(life.log.values, 4);
  const auto before = state_hashes(world);
  auto header = decode_record(life.log.values[4])->header;
  change(header);
  auto value = life.log.values[4];
  const auto bytes = encode(header);
  std::copy(bytes.begin(), bytes.end(), value.begin());
  const auto done = fold_value(world, value, trust);
  BOOST_TEST((world.seq == 4 && state_hashes(world) == before));
  return done ? "" : done.error().what;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(world)

BOOST_AUTO_TEST_CASE(the_fold_of_the_log_is_the_deciders_state) {
  const auto life = a_life();
  for (const auto trust : {Trust::bytes, Trust::log}) {
    const auto world = folded(life.log.values, life.log.values.size(), trust);
    BOOST_TEST((state_hashes(world) == life.hashes()));
    BOOST_TEST((world.head == life.log.head && world.seq == life.log.values.size()));
    BOOST_TEST((world.time_ms == life.log.time_ms && world.settled));
  }
}

BOOST_AUTO_TEST_CASE(every_fact_changes_its_states_hash_and_no_other) {
  const auto life = a_life();
  World world;
  auto before = state_hashes(world);
  for (const auto& value : life.log.values) {
    BOOST_REQUIRE(fold_value(world, value).has_value());
    const auto after = state_hashes(world);
    const auto header = decode_record(value)->header;
    const bool shared = is_shared(header.domain, header.kind);
    BOOST_TEST((after.shared != before.shared) == shared);
    BOOST_TEST((after.local != before.local) == !shared);
    BOOST_TEST(world.settled == !header.more);
    before = after;
  }
}

BOOST_AUTO_TEST_CASE(the_way_to_a_shared_state_is_in_its_hash) {
  const auto advanced_over = [](const std::vector<std::uint64_t>& heads) {
    Deciders out;
    out.begin();
    for (const auto head : heads) BOOST_REQUIRE(out(advance_to(head, 30)).facts.size() == 1u);
    return out;
  };
  const auto one = advanced_over({61, 62}), other = advanced_over({62});
  BOOST_TEST(same_bytes(state_message(one.shared.locking).bytes(),
                        state_message(other.shared.locking).bytes()));
  BOOST_TEST((state_hash(one.shared) != state_hash(other.shared)));
}

BOOST_AUTO_TEST_CASE(what_does_not_follow_is_refused) {
  for (const auto trust : {Trust::bytes, Trust::log}) {
    using Header = RecordHeader;
    BOOST_TEST((refusal([](Header& h) { h.seq = 6; }, trust) == "seq: wanted 5, got 6"));
    BOOST_TEST((refusal([](Header& h) { h.seq = 4; }, trust) == "seq: wanted 5, got 4"));
    BOOST_TEST(refusal([](Header& h) { h.prev.bytes[31] ^= 1; }, trust).starts_with("prev"));
    BOOST_TEST(refusal([](Header& h) { h.time_ms = 1; }, trust).starts_with("time"));
    BOOST_TEST(refusal([](Header& h) { h.cause = 5; }, trust).starts_with("cause"));
    BOOST_TEST(refusal([](Header& h) { h.kind = 2; }, trust).starts_with("kind"));
    BOOST_TEST(refusal([](Header& h) { h.kind = 0; }, trust).starts_with("kind"));
    BOOST_TEST(!refusal([](Header& h) { h.domain = Domain::NONE; }, trust).empty());
    BOOST_TEST(!refusal([](Header& h) { h.domain = static_cast<Domain>(99); }, trust).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_strangers_payload_is_walked) {
  const auto life = a_life();
  for (std::size_t at = 0; at < life.log.values.size(); ++at) {
    auto world = folded(life.log.values, at);
    auto longer = life.log.values[at];
    longer.insert(longer.end(), 8, 0);
    BOOST_TEST(!fold_value(world, longer).has_value());
    auto wild = life.log.values[at];
    wild[RecordHeader::size + 3] = 0x7f;
    BOOST_TEST(!fold_value(world, wild).has_value());
    BOOST_TEST(world.seq == at);
  }
}

BOOST_AUTO_TEST_CASE(of_a_pool_that_there_is_none_of_the_json_says_nothing) {
  World world;
  const auto alone = to_json(world);
  BOOST_TEST(alone.at("pool").at("genesis").is_null());
  BOOST_TEST(alone.at("consensus").at("proposed").is_null());
  world.local.progress.proposed = ProposedInput{7, Bytes(8, 1)};
  BOOST_TEST(to_json(world).at("consensus").at("proposed").at("block").as_uint64() == 7u);
}

BOOST_AUTO_TEST_CASE(the_json_of_a_state_says_where_and_what) {
  const auto life = a_life();
  const auto world = folded(life.log.values, life.log.values.size());
  const auto json = to_json(world);
  BOOST_TEST(json.at("seq").as_uint64() == world.seq);
  BOOST_TEST((json.at("stateHash").at("shared").as_string() == to_hex(life.hashes().shared)));
  BOOST_TEST((json.at("stateHash").at("local").as_string() == to_hex(life.hashes().local)));
  BOOST_TEST(json.at("blocks").at("head").at("number").as_uint64() == 1u);
  BOOST_TEST(json.at("mempool").at("count").as_uint64() == 0u);
  for (const auto& value : life.log.values) {
    const auto record = decode_record(value);
    const auto fact = fact_json(record->header.domain, Message::trusted(record->payload));
    BOOST_TEST(fact.as_object().size() == 1u);
    BOOST_TEST(!domain_name(record->header.domain).empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
