#include "edges/l1_send.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/http/server.hpp"
#include "tests/edges/l1_sending.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

struct Sending {
  SendingChain chain;
  L1Sender l1{chain.endpoint()};
  L1Intent intent{account_of(payer), target(), {1, 2, 3}, 0};

  template <class T>
  static T must(L1Result<T> result) {
    BOOST_REQUIRE_MESSAGE(result, (result ? "" : result.error().what));
    return std::move(*result);
  }
  L1Sending send(const Bytes& raw) {
    auto said = must(l1.send_raw(raw));
    BOOST_TEST_MESSAGE(said.words);
    return said;
  }
};

/// An endpoint that answers each method with what a test gave it, and knows no other.
class CannedEndpoint {
 public:
  std::map<std::string, json::object> answers;  // {"result": …} or {"error": …}

  [[nodiscard]] L1Sender sender() const {
    return L1Sender(*Endpoint::parse("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  static json::object error(int code, std::string_view message, json::value data = nullptr) {
    return {{"error", {{"code", code}, {"message", message}, {"data", std::move(data)}}}};
  }

 private:
  std::string answer(const std::string& body) {
    const auto asked = json::parse(body);
    const auto known = answers.find(std::string(asked.at("method").as_string()));
    auto out = known != answers.end() ? known->second : error(-32601, "method not found");
    out["jsonrpc"] = "2.0";
    out["id"] = asked.at("id");
    return json::serialize(out);
  }
  std::unique_ptr<rpc::HttpServer> server_ = *rpc::HttpServer::start(
      {}, [this](const std::string& body, auto respond) { respond(answer(body)); });
};

bool has(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(l1_send)

BOOST_AUTO_TEST_CASE(accounts_fees_and_blocks) {
  Sending on;
  BOOST_TEST(on.must(on.l1.nonce(account_of(payer))) == 0u);
  BOOST_TEST(on.must(on.l1.balance(account_of(payer))) == ether(10));
  on.chain.base_fee(in_gwei(7));
  BOOST_TEST(on.must(on.l1.fees()).base_fee == in_gwei(7));
  const auto head = on.must(on.l1.head());
  BOOST_TEST(head == 2u);
  const auto hash = on.must(on.l1.block_hash(head));
  BOOST_REQUIRE(hash.has_value());
  BOOST_TEST(to_hex(*hash) == std::string(on.chain.block("latest").at("hash").as_string()));
  BOOST_TEST(!on.must(on.l1.block_hash(head + 1)).has_value());
}

BOOST_AUTO_TEST_CASE(a_trial_and_its_gas) {
  Sending on;
  BOOST_TEST(on.must(on.l1.trial(on.intent)).ok);
  const auto gas = on.must(on.l1.estimate_gas(on.intent));
  BOOST_TEST((gas > 40'000 && gas < 50'000));
  on.chain.shut(true);
  const auto refused = on.must(on.l1.trial(on.intent));
  BOOST_TEST(!refused.ok);
  BOOST_TEST(refused.words == "the door is shut");
  const auto no_gas = on.l1.estimate_gas(on.intent);
  BOOST_REQUIRE(!no_gas);
  BOOST_TEST((no_gas.error().kind == L1Fault::refused));
  BOOST_TEST(no_gas.error().what == "the door is shut");
}

BOOST_AUTO_TEST_CASE(a_transaction_is_sent_mined_and_known) {
  Sending on;
  const auto raw = raw_transfer(payer, 0, in_gwei(5), 1);
  const auto hash = keccak256(raw);
  BOOST_TEST(!on.must(on.l1.knows(hash)));
  BOOST_TEST((on.send(raw).kind == L1Sending::taken));
  BOOST_TEST((on.send(raw).kind == L1Sending::already_known));
  BOOST_TEST(on.must(on.l1.knows(hash)));
  BOOST_TEST(!on.must(on.l1.outcome(hash)).has_value());
  on.chain.mine();
  const auto outcome = on.must(on.l1.outcome(hash));
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(outcome->success);
  BOOST_TEST(outcome->block == on.must(on.l1.head()));
  BOOST_TEST((outcome->block_hash == on.must(on.l1.block_hash(outcome->block))));
  BOOST_TEST((outcome->gas_used > 21'000 && outcome->gas_price > 0));
  BOOST_TEST(on.chain.calls() == 1u);
  BOOST_TEST(on.must(on.l1.nonce(account_of(payer))) == 1u);
}

BOOST_AUTO_TEST_CASE(why_bytes_are_not_taken) {
  Sending on;
  on.send(raw_transfer(payer, 0, in_gwei(5), 2));
  BOOST_TEST((on.send(raw_transfer(payer, 0, in_gwei(4), 2)).kind == L1Sending::underpriced));
  on.chain.mine();
  BOOST_TEST((on.send(raw_transfer(payer, 0, in_gwei(9), 2)).kind == L1Sending::nonce_too_low));
  BOOST_TEST((on.send(raw_transfer(41, 0, in_gwei(9), 2)).kind == L1Sending::no_funds));
  const auto gas = on.send(raw_transfer(payer, 1, in_gwei(9), 2, 20'000));
  BOOST_TEST((gas.kind == L1Sending::refused));
  BOOST_TEST(!gas.words.empty());
  BOOST_TEST((on.send({1, 2, 3}).kind == L1Sending::refused));
}

BOOST_AUTO_TEST_CASE(a_revert_has_words) {
  Sending on;
  const auto raw = raw_transfer(payer, 0, in_gwei(5), 1);
  on.send(raw);
  on.chain.shut(true);
  on.chain.mine();
  const auto outcome = on.must(on.l1.outcome(keccak256(raw)));
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(!outcome->success);
  BOOST_TEST(on.must(on.l1.why_reverted(keccak256(raw), on.intent, *outcome)) ==
             "the door is shut");
}

BOOST_AUTO_TEST_CASE(clients_carry_a_revert_in_their_own_ways) {
  CannedEndpoint canned;
  auto l1 = canned.sender();
  const auto returned =
      to_hex(BytesView(AbiWriter().bytes(as_bytes("invalid batch id")).call("Error(string)")));
  const auto error = [](int code, std::string_view message, json::value data = nullptr) {
    return CannedEndpoint::error(code, message, std::move(data));
  };
  for (const auto& answer : std::vector<json::object>{
           error(3, "execution reverted", json::string(returned)),
           error(-32015, "VM execution error.", json::string("Reverted " + returned)),
           error(-32000, "reverted", json::object{{"data", returned}}),
           error(-32603, "Error: VM Exception while processing: reverted with reason string",
                 json::object{{"message", "…"}, {"data", json::object{{"data", returned}}}})}) {
    canned.answers["eth_call"] = answer;
    const auto trial = l1.trial({});
    BOOST_REQUIRE(trial.has_value());
    BOOST_TEST(!trial->ok);
    BOOST_TEST(trial->words == "invalid batch id");
  }
  canned.answers["eth_call"] = error(-32000, "out of gas");
  BOOST_TEST(l1.trial({})->words == "out of gas");
  // What says nothing of the call is a fault.
  canned.answers["eth_call"] = error(-32000, "header not found");
  BOOST_TEST((l1.trial({}).error().kind == L1Fault::refused));
  canned.answers["eth_call"] = error(-32005, "rate limit exceeded");
  BOOST_TEST((l1.trial({}).error().kind == L1Fault::rate_limited));
}

BOOST_AUTO_TEST_CASE(an_endpoint_without_traces_is_asked_for_the_state_before) {
  CannedEndpoint canned;
  L1Outcome in_block_7;
  in_block_7.block = 7;
  auto l1 = canned.sender();
  canned.answers["eth_call"] = CannedEndpoint::error(3, "execution reverted", "0x2f0edabe");
  BOOST_TEST(*l1.why_reverted({}, {}, in_block_7) == "NoSuchSeq()");
  canned.answers["eth_call"] = {{"result", "0x"}};
  BOOST_TEST(has(*l1.why_reverted({}, {}, in_block_7), "cannot be had"));
  canned.answers["debug_traceTransaction"] = {{"result", {{"error", "out of gas"}}}};
  BOOST_TEST(*l1.why_reverted({}, {}, in_block_7) == "out of gas");
  canned.answers["debug_traceTransaction"] = {
      {"result", {{"error", "execution reverted"}, {"output", "0xc4946571"}}}};
  BOOST_TEST(*l1.why_reverted({}, {}, in_block_7) == "SeqNotActive()");
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_suggests_no_priority_fee) {
  CannedEndpoint canned;
  auto l1 = canned.sender();
  canned.answers["eth_getBlockByNumber"] = {{"result", {{"baseFeePerGas", "0x64"}}}};
  canned.answers["eth_gasPrice"] = {{"result", "0x6e"}};
  BOOST_TEST(l1.fees()->priority_fee == 10);
  canned.answers["eth_gasPrice"] = {{"result", "0x1"}};
  BOOST_TEST(l1.fees()->priority_fee == 0);
  canned.answers["eth_maxPriorityFeePerGas"] = {{"result", "0x3"}};
  BOOST_TEST(l1.fees()->priority_fee == 3);
  // Before EIP-1559 there is no base fee, and nothing is sent.
  canned.answers["eth_getBlockByNumber"] = {{"result", json::object{}}};
  BOOST_TEST(!l1.fees().has_value());
}

BOOST_AUTO_TEST_CASE(answers_that_make_no_sense_are_faults) {
  CannedEndpoint canned;
  auto l1 = canned.sender();
  for (const auto* nonsense : {"nonsense", "0xzz", ""}) {
    for (const auto* method :
         {"eth_getTransactionCount", "eth_getBalance", "eth_estimateGas", "eth_blockNumber",
          "eth_getTransactionReceipt", "eth_getBlockByNumber", "eth_maxPriorityFeePerGas"}) {
      canned.answers[method] = {{"result", nonsense}};
    }
    BOOST_TEST((l1.nonce({}).error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.balance({}).error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.estimate_gas({}).error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.head().error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.outcome({}).error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.block_hash(1).error().kind == L1Fault::unreachable));
    BOOST_TEST((l1.fees().error().kind == L1Fault::unreachable));
  }
  // A receipt that has no block yet is none.
  canned.answers["eth_getTransactionReceipt"] = {{"result", {{"blockHash", nullptr}}}};
  BOOST_TEST(!l1.outcome({})->has_value());
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_not_there) {
  L1Sender nobody(*Endpoint::parse("http://127.0.0.1:1"));
  const auto none = nobody.send_raw(Bytes{1});
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error().kind == L1Fault::unreachable));
  nobody.cancel();
  BOOST_TEST((nobody.head().error().kind == L1Fault::cancelled));
}

BOOST_AUTO_TEST_CASE(clients_say_the_same_in_other_words) {
  using Kind = L1Sending::Kind;
  for (const auto& [words, kind] : std::vector<std::pair<std::string_view, Kind>>{
           {"already known", Kind::already_known},                 // geth, reth
           {"AlreadyKnown", Kind::already_known},                  // Nethermind
           {"Known transaction", Kind::already_known},             // Besu
           {"transaction already imported", Kind::already_known},  // anvil
           {"nonce too low: next nonce 5, tx nonce 4", Kind::nonce_too_low},
           {"OldNonce, Current nonce: 5, nonce of rejected tx: 4", Kind::nonce_too_low},
           {"replacement transaction underpriced", Kind::underpriced},
           {"transaction underpriced: gas tip cap 0, minimum needed 1", Kind::underpriced},
           {"max fee per gas less than block base fee", Kind::underpriced},
           {"FeeTooLow, MaxFeePerGas too low.", Kind::underpriced},
           {"ReplacementNotAllowed", Kind::underpriced},
           {"could not replace existing tx", Kind::underpriced},  // Erigon
           {"insufficient funds for gas * price + value", Kind::no_funds},
           {"InsufficientFunds, Account balance: 0", Kind::no_funds},
           {"Upfront cost exceeds account balance", Kind::no_funds},  // Besu
           {"intrinsic gas too low", Kind::refused},
           {"exceeds block gas limit", Kind::refused},
           {"", Kind::refused}}) {
    BOOST_TEST_CONTEXT(words) { BOOST_TEST((kind_of_refusal(words) == kind)); }
  }
}

BOOST_AUTO_TEST_CASE(reverts_in_words) {
  const auto bytes = [](std::string_view hex) { return *from_hex(hex); };
  const auto selector = [](std::string_view signature) {
    const auto four = abi_selector(signature);
    return Bytes(four.begin(), four.end());
  };
  BOOST_TEST(revert_words({}) == "reverted without a reason");
  BOOST_TEST(revert_words(AbiWriter().bytes(as_bytes("invalid batch id")).call("Error(string)")) ==
             "invalid batch id");
  BOOST_TEST(revert_words(AbiWriter().number(0x11).call("Panic(uint256)")) ==
             "panic 0x11, arithmetic overflow");
  // The selectors of the contracts' own errors, as they were seen.
  BOOST_TEST(revert_words(bytes("0x4e1fb3bc")) == "OwnedSequencer()");
  BOOST_TEST(revert_words(bytes("0x2f0edabe")) == "NoSuchSeq()");
  BOOST_TEST(revert_words(bytes("0xb5013d2b")) == "SignerExisted()");
  BOOST_TEST(revert_words(bytes("0xe99d5ac5")) == "NullAddress()");
  BOOST_TEST(revert_words(bytes("0xc4946571")) == "SeqNotActive()");
  BOOST_TEST(revert_words(bytes("0xa91da8ff")) == "NotSeqOwner()");
  BOOST_TEST(revert_words(bytes("0x6b95264b")) == "NotSeqSigner()");
  BOOST_TEST(revert_words(bytes("0xc4fc1dcc")) == "NoRewardRecipient()");
  BOOST_TEST(revert_words(bytes("0x584a7938")) == "NotWhitelisted()");
  BOOST_TEST(revert_words(bytes("0x12345678")) == "reverted with 0x12345678");
  BOOST_TEST(revert_words(bytes("0x12")) == "reverted with 0x12");
  // Broken or hostile: never more than printable words, and not many.
  BOOST_TEST(has(revert_words(selector("Error(string)")), "reverted with 0x08c379a0"));
  BOOST_TEST(revert_words(AbiWriter().bytes(Bytes{'a', 0x1b, 0xff}).call("Error(string)")) ==
             "a??");
  BOOST_TEST(revert_words(AbiWriter().bytes(Bytes(5000, 'x')).call("Error(string)")).size() < 400u);
}

BOOST_AUTO_TEST_SUITE_END()
