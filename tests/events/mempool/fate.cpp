#include "events/mempool/fate.hpp"

#include "core/eth/rlp.hpp"
#include "core/eth/txn.hpp"
#include "events/json.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// What the log tells of a hash, as the lookups would find it.
boost::json::value fate_of(const Deciders& node, const Hash32& hash) {
  Fate out(hash);
  for (const auto& value : node.log.values) {
    const auto record = decode_record(value);
    const auto names = hashes_named(*record);
    if (std::ranges::find(names, hash) != names.end()) out.add(*record);
  }
  return out.json();
}
std::string status(const boost::json::value& fate) { return fate.at("status").as_string().c_str(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(fate)

BOOST_AUTO_TEST_CASE(what_was_never_named_has_no_fate) {
  Deciders node;
  node.begin();
  BOOST_TEST(fate_of(node, Hash32{{1}}).is_null());
}

BOOST_AUTO_TEST_CASE(a_life_from_pending_to_included) {
  Deciders node;
  node.begin();
  const Offer offer;
  node(submit_command(offer));
  BOOST_TEST(status(fate_of(node, hash_of(offer))) == "pending");
  Draft draft(node.shared.blocks);
  draft.txns = {raw_of(offer)};
  BOOST_REQUIRE(node(draft.command()).ok());
  BOOST_TEST(status(fate_of(node, hash_of(offer))) == "sealed");
  BOOST_TEST(fate_of(node, node.shared.blocks.head.hash).is_null());
  node(include_of(1, {hash_of(offer)}, {{account(1), 1}}));
  const auto told = fate_of(node, hash_of(offer));
  BOOST_TEST(status(told) == "included");
  BOOST_TEST(told.at("block").as_uint64() == 1u);
  BOOST_TEST((told.at("hash").as_string() == to_hex(hash_of(offer))));
  const auto& history = told.at("history").as_array();
  BOOST_REQUIRE(history.size() == 3u);
  BOOST_TEST((history[0].at("fact").as_string() == "txnAdmitted"));
  BOOST_TEST((history[1].at("fact").as_string() == "blockSealed"));
  BOOST_TEST((history[2].at("fact").as_string() == "txnsIncluded"));
}

BOOST_AUTO_TEST_CASE(a_replaced_one_names_its_successor) {
  Deciders node;
  node.begin();
  const Offer old, newcomer{.max_fee = 200, .tip = 20};
  node(submit_command(old));
  node(submit_command(newcomer));
  const auto told = fate_of(node, hash_of(old));
  BOOST_TEST(status(told) == "replaced");
  BOOST_TEST((told.at("by").as_string() == to_hex(hash_of(newcomer))));
  BOOST_TEST(status(fate_of(node, hash_of(newcomer))) == "pending");
}

BOOST_AUTO_TEST_CASE(a_dropped_one_keeps_its_reason_until_it_comes_again) {
  Deciders node;
  node.begin();
  const Offer offer;
  node(submit_command(offer));
  node(drop_of({{hash_of(offer), "cannot pay"}}));
  const auto told = fate_of(node, hash_of(offer));
  BOOST_TEST(status(told) == "dropped");
  BOOST_TEST((told.at("reason").as_string() == "engineSkipped"));
  BOOST_TEST((told.at("detail").as_string() == "cannot pay"));
  node(submit_command(offer));
  const auto again = fate_of(node, hash_of(offer));
  BOOST_TEST(status(again) == "pending");
  BOOST_TEST(!again.as_object().contains("reason"));
  BOOST_TEST(again.at("history").as_array().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_skipped_one_goes_on_waiting) {
  Deciders node;
  node.begin();
  const Offer offer, other{.sender = 2};
  node(submit_command(offer));
  Draft draft(node.shared.blocks);
  draft.txns = {raw_of(other)};
  draft.skipped = {hash_of(offer)};
  BOOST_REQUIRE(node(draft.command()).ok());
  const auto told = fate_of(node, hash_of(offer));
  BOOST_TEST(status(told) == "pending");
  BOOST_TEST((told.at("history").as_array().back().at("fact").as_string() == "skipped"));
}

BOOST_AUTO_TEST_CASE(a_waiting_one_is_shown_as_clients_want_it) {
  for (const std::uint8_t type : Bytes{0, 1, 2}) {
    Txn fields;
    fields.type = type;
    fields.chain_id = l2_chain_id;
    fields.nonce = 5;
    fields.gas_limit = 50000;
    fields.max_fee = 30;
    fields.max_priority_fee = type == 2 ? 2 : 30;
    fields.value = 7;
    fields.to = account(9);
    fields.data = {0xab};
    if (type != 0) {
      Bytes entry;
      rlp::put(entry, account(3));
      const auto keys = rlp::list(Hash32{{2}}, Hash32{{3}});
      entry.insert(entry.end(), keys.begin(), keys.end());
      fields.access_list = rlp::list_of(rlp::list_of(entry));
    }
    PooledTxn txn;
    txn.raw = *sign_txn(fields, secret(1));
    txn.hash = keccak256(txn.raw);
    txn.sender = address_of_secret(1);
    const auto json = pooled_json(txn);
    const auto text = [&](const char* key) { return std::string(json.at(key).as_string()); };
    BOOST_TEST(text("hash") == to_hex(txn.hash));
    BOOST_TEST(text("from") == to_hex(txn.sender));
    BOOST_TEST(text("to") == to_hex(account(9)));
    BOOST_TEST((text("nonce") == "0x5" && text("gas") == "0xc350" && text("value") == "0x7"));
    BOOST_TEST((text("input") == "0xab" && text("chainId") == "0x2a80"));
    BOOST_TEST((json.at("blockHash").is_null() && json.at("blockNumber").is_null()));
    BOOST_TEST(json.contains("maxFeePerGas") == (type == 2));
    if (type == 0) {
      BOOST_TEST((text("v") == "0x5523" || text("v") == "0x5524"));
      BOOST_TEST(!json.contains("accessList"));
    } else {
      BOOST_TEST(text("yParity") == text("v"));
      const auto& list = json.at("accessList").as_array();
      BOOST_REQUIRE(list.size() == 1u);
      BOOST_TEST((list[0].at("address").as_string() == to_hex(account(3))));
      const auto& keys = list[0].at("storageKeys").as_array();
      BOOST_REQUIRE(keys.size() == 2u);
      BOOST_TEST((keys[1].as_string() == to_hex(Hash32{{3}})));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
