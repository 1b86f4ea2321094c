#include "core/eth/txn.hpp"
#include "node/rpc/refusals.hpp"
#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(own_methods)

BOOST_AUTO_TEST_CASE(the_node_answers_for_itself) {
  Door door;
  BOOST_TEST(door.result("eth_chainId") == "0x2a80");
  BOOST_TEST(door.result("net_version") == "10880");
  BOOST_TEST(door.result("web3_clientVersion") == "Horae/v" HORAE_VERSION);
  BOOST_TEST(door.result("eth_accounts") == json::array());
  BOOST_TEST(door.result("eth_syncing") == false);
  BOOST_TEST(door.result("net_listening") == true);
  BOOST_TEST(door.result("eth_blockNumber") == "0xa");
  door.backend.head = 11;
  BOOST_TEST(door.result("eth_blockNumber") == "0xb");
  BOOST_TEST(door.result("horae_status").at("seq") == 7);
  BOOST_TEST(door.result("horae_sequencers") == json::array({"one"}));
  BOOST_TEST(door.result("horae_pool").at("height") == 9);
  BOOST_TEST(door.code("horae_pool", {1}) == -32602);
  BOOST_TEST(door.result("horae_transaction", {a_hash}).at("hash") == text(a_hash));
  BOOST_TEST(door.code("horae_transaction", {"0x12"}) == -32602);
  BOOST_TEST(door.result("net_peerCount") == "0x0");
  BOOST_TEST(door.result("web3_sha3", {"0x616263"}) == text(to_hex(keccak256(as_bytes("abc")))));
  BOOST_TEST(door.code("web3_sha3", {"abc"}) == -32602);
  BOOST_TEST(door.code("web3_sha3") == -32602);
  BOOST_TEST(door.code("eth_chainId", {1}) == -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_transaction_gives_its_hash) {
  Door door;
  BOOST_TEST(door.result("eth_sendRawTransaction", {"0x0102"}) ==
             text(to_hex(keccak256(Bytes{1, 2}))));
  for (const json::value& param :
       {json::value(1), json::value("0102"), json::value("0x1"), json::value("0xzz"), json::value(),
        json::value(json::array())}) {
    BOOST_TEST(door.code("eth_sendRawTransaction", {param}) == -32602);
  }
  BOOST_TEST(door.code("eth_sendRawTransaction") == -32602);
  BOOST_TEST(door.code("eth_sendRawTransaction", {"0x01", "0x02"}) == -32602);
  BOOST_TEST(door.backend.submitted == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_may_have_128_kibibytes_and_no_more) {
  Door door;
  const auto limit = 2 * max_txn_bytes;
  door.result("eth_sendRawTransaction", {"0x" + std::string(limit, '0')});
  const auto answer = door.call("eth_sendRawTransaction", {"0x" + std::string(limit + 2, '0')});
  BOOST_TEST(answer.at("error").at("code") == -32000);
  BOOST_TEST(answer.at("error").at("data").at("reason") == "tooLarge");
  BOOST_TEST(door.backend.submitted == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_speaks_in_geths_words_and_ours) {
  Door door;
  using schema::Reason;
  const std::pair<Reason, std::string> refusals[] = {
      {Reason::NONCE_TOO_LOW, "nonce too low"},
      {Reason::ALREADY_KNOWN, "already known"},
      {Reason::INSUFFICIENT_FUNDS, "insufficient funds for gas * price + value"},
      {Reason::UNDERPRICED, "replacement transaction underpriced"},
      {Reason::INTRINSIC_GAS, "intrinsic gas too low"},
      {Reason::FEE_TOO_LOW, "max fee per gas less than block base fee"},
      {Reason::GAS_LIMIT, "exceeds block gas limit"},
      {Reason::WRONG_CHAIN, "invalid chain id for signer"},
      {Reason::POOL_FULL, "txpool is full"},
  };
  door.backend.refusal = {{}, Reason::GAS_LIMIT, "gas limit 16777217, at most 16777216"};
  BOOST_TEST(
      std::string_view(
          door.call("eth_sendRawTransaction", {"0x01"}).at("error").at("message").as_string())
          .starts_with("transaction gas limit too high"));
  for (const auto& [reason, words] : refusals) {
    door.backend.refusal = {{}, reason, "the account is at 5"};
    const auto error = door.call("eth_sendRawTransaction", {"0x01"}).at("error");
    BOOST_TEST(error.at("code") == -32000);
    BOOST_TEST(error.at("message") == text(words + ": the account is at 5"));
    BOOST_TEST(error.at("data").at("reason") == text(rpc::reason_name(reason)));
  }
  BOOST_TEST(rpc::reason_name(Reason::NONCE_TOO_LOW) == "nonceTooLow");
  BOOST_TEST(rpc::refusal({{}, Reason::FEE_TOO_LOW, "priority fee 2 above 1"})
                 .message.starts_with("max priority fee per gas higher than max fee per gas"));
}

BOOST_AUTO_TEST_CASE(what_too_few_members_have_is_not_acknowledged) {
  Door door;
  door.backend.refusal.lacking = rpc::TooFewCopies{1, 2, "no other member is linked to this node"};
  const auto error = door.call("eth_sendRawTransaction", {"0x0102"}).at("error");
  const auto hash = to_hex(keccak256(Bytes{1, 2}));
  BOOST_TEST(error.at("code") == -32000);
  BOOST_TEST(error.at("message") ==
             text("transaction " + hash +
                  " is in this node's log, and 1 of the 2 members have it that acknowledge.copies "
                  "asks for: it may still be executed; sent again it is answered once enough "
                  "members have it (no other member is linked to this node)"));
  BOOST_TEST(
      error.at("data") ==
      (json::object{{"reason", "tooFewCopies"}, {"hash", hash}, {"copies", 1}, {"wanted", 2}}));
}

BOOST_AUTO_TEST_CASE(a_statement_is_of_all_or_of_a_part) {
  Door door;
  for (const std::string name : {"rewards", "penalties"}) {
    const auto method = "horae_" + name;
    BOOST_TEST(door.result(method).at(name) == (json::array{0, 0}));
    const json::object part{{"sequencer", "3"}, {"fromSeq", 5}, {"toSeq", "9"}};
    BOOST_TEST(door.result(method, {part}).at(name) == (json::array{5, 9, 3}));
    BOOST_TEST(door.code(method, {json::object{{"from", 5}}}) == -32602);
    BOOST_TEST(door.code(method, {json::object{{"fromSeq", "five"}}}) == -32602);
    BOOST_TEST(door.code(method, {"0x5"}) == -32602);
    BOOST_TEST(door.code(method, {part, part}) == -32602);
  }
}

BOOST_AUTO_TEST_CASE(evidence_gets_its_record_or_a_reason) {
  Door door;
  BOOST_TEST(door.result("horae_submitEvidence", {"0x010203"}).at("seq") == 3);
  BOOST_TEST(door.code("horae_submitEvidence", {"0x1"}) == -32602);
  BOOST_TEST(door.code("horae_submitEvidence") == -32602);
  door.backend.verdict = {0, schema::Reason::NOT_PROVEN, "both are the same block"};
  const auto error = door.call("horae_submitEvidence", {"0x01"}).at("error");
  BOOST_TEST(error.at("code") == -32000);
  BOOST_TEST(error.at("message") == "refused: both are the same block");
  BOOST_TEST(error.at("data").at("reason") == "notProven");
}

BOOST_AUTO_TEST_SUITE_END()
