#include <malloc.h>

#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(json_rpc)

BOOST_AUTO_TEST_CASE(what_is_no_json_is_a_parse_error) {
  Door door;
  HttpPeer peer(door.server->port());
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("nonsense"), std::string("{} {}"),
        std::string("\xff\xfe"), std::string(R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId)"),
        std::string("{'a':1}"), std::string("\0", 1), deep}) {
    BOOST_TEST_CONTEXT(body) {
      const auto reply = peer.post(body);
      BOOST_TEST(reply.status == 200);
      BOOST_TEST(code_of(reply.body) == -32700);
      BOOST_TEST(json::parse(reply.body).at("id").is_null());
    }
  }
  BOOST_TEST(peer.post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_invalid) {
  Door door;
  for (const auto* body :
       {"{}", "1", "null", "\"eth_chainId\"", "[]", R"({"id":1,"method":"eth_chainId"})",
        R"({"jsonrpc":"1.0","id":1,"method":"eth_chainId"})",
        R"({"jsonrpc":2.0,"id":1,"method":"eth_chainId"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"method":7})",
        R"({"jsonrpc":"2.0","id":{},"method":"eth_chainId"})",
        R"({"jsonrpc":"2.0","id":[1],"method":"eth_chainId"})",
        R"({"jsonrpc":"2.0","id":true,"method":"eth_chainId"})"}) {
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(code_of(door.ask(body)) == -32600); }
  }
}

BOOST_AUTO_TEST_CASE(an_id_comes_back_as_it_was) {
  Door door;
  for (const auto* id : {"0", "-7", "18446744073709551615", "\"a\\\"b\"", "\"\"", "null"}) {
    const auto answer =
        door.ask(R"({"jsonrpc":"2.0","method":"eth_chainId","id":)" + std::string(id) + "}");
    BOOST_TEST(answer == R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":"0x2a80"})");
  }
  BOOST_TEST(
      json::parse(door.ask(R"({"jsonrpc":"2.0","method":"eth_chainId","id":1.5})")).at("id") ==
      1.5);
}

BOOST_AUTO_TEST_CASE(unknown_methods_are_exactly_that) {
  Door door;
  for (const auto* method : {"eth_fillTransaction",
                             "eth_sendTransaction",
                             "eth_sign",
                             "eth_signTransaction",
                             "eth_newFilter",
                             "eth_newBlockFilter",
                             "eth_getFilterChanges",
                             "eth_uninstallFilter",
                             "eth_subscribe",
                             "anvil_setBalance",
                             "anvil_impersonateAccount",
                             "evm_mine",
                             "evm_revert",
                             "debug_traceTransaction",
                             "personal_unlockAccount",
                             "engine_newPayloadV4",
                             "txpool_content",
                             "eth_chainid",
                             "",
                             "eth_chainId ",
                             "hardhat_reset",
                             "eth_simulateV1"}) {
    BOOST_TEST_CONTEXT(method) {
      const auto answer = door.call(method, {an_account});
      BOOST_TEST(answer.at("error") ==
                 (json::value{{"code", -32601},
                              {"message", "the method " + std::string(method) +
                                              " does not exist/is not available"}}));
    }
  }
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_its_order_and_its_calls_do_not_wait_for_each_other) {
  Door door;
  std::string batch = "[";
  for (int i = 0; i < 100; ++i) {
    batch += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
             R"(,"method":"eth_sendRawTransaction","params":["0x)" + (i < 16 ? "0" : "") +
             std::string(1, "0123456789abcdef"[i / 16 % 16]) +
             std::string(i < 16 ? 0 : 1, "0123456789abcdef"[i % 16]) + R"("]},)";
  }
  // The backend answers none before it owes all.
  door.backend.gather(100);
  const auto answers = json::parse(door.ask(batch + good + "]")).as_array();
  BOOST_REQUIRE(answers.size() == 101u);
  for (std::size_t i = 0; i < 100; ++i) BOOST_TEST(answers[i].at("id") == i);
  BOOST_TEST(answers[100].at("result") == "0x2a80");
  BOOST_TEST(door.backend.submitted == 100);
}

BOOST_AUTO_TEST_CASE(a_batch_may_hold_bad_calls_and_notifications) {
  Door door;
  const auto answers =
      json::parse(door.ask(R"([1,{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0",)"
                           R"("id":"x","method":"nope"},)" +
                           good + ",[]]"))
          .as_array();
  BOOST_REQUIRE(answers.size() == 4u);
  BOOST_TEST(answers[0].at("error").at("code") == -32600);
  BOOST_TEST(answers[1].at("error").at("code") == -32601);
  BOOST_TEST(answers[1].at("id") == "x");
  BOOST_TEST(answers[2].at("result") == "0x2a80");
  BOOST_TEST(answers[3].at("error").at("code") == -32600);
}

BOOST_AUTO_TEST_CASE(a_batch_is_as_long_as_the_settings_allow) {
  FakeBackend backend;
  const rpc::JsonRpcServer two(rpc::methods(backend), Limits{.rpc_batch_calls = 2});
  std::string answer;
  const auto ask = [&](const std::string& batch) {
    two.handle(batch, [&](std::string said) { answer = std::move(said); });
  };
  ask("[" + good + "," + good + "]");
  BOOST_TEST(answer == "[" + good_answer + "," + good_answer + "]");
  ask("[" + good + "," + good + "," + good + "]");
  BOOST_TEST(code_of(answer) == -32600);
  BOOST_TEST(answer.find("at most 2 calls") != std::string::npos, answer);
}

BOOST_AUTO_TEST_CASE(the_gas_of_a_call_is_cut_to_what_the_settings_allow) {
  FakeBackend backend;
  const auto methods = rpc::methods(backend, Limits{.rpc_call_gas = 30'000});
  methods.at("eth_call")({json::object{{"gas", "0xffffff"}}, "latest"}, [](rpc::Answer) {});
  const auto reads = backend.take_reads();
  BOOST_REQUIRE(reads.size() == 1u);
  BOOST_TEST(json::serialize(reads.front().params).find("\"0x7530\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(notifications_are_done_and_not_answered) {
  Door door;
  HttpPeer peer(door.server->port());
  const std::string silent =
      R"({"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x01"]})";
  const auto reply = peer.post(silent);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == "");
  BOOST_TEST(peer.post("[" + silent + "," + silent + "]").body == "");
  BOOST_TEST(peer.post(R"({"jsonrpc":"2.0","method":"nope"})").body == "");
  BOOST_TEST(door.backend.submitted == 3);
}

BOOST_AUTO_TEST_CASE(a_batch_may_have_a_thousand_calls_and_no_more) {
  Door door;
  const auto batch = [](int size) {
    std::string out = "[" + good;
    for (int i = 1; i < size; ++i) out += "," + good;
    return out + "]";
  };
  BOOST_TEST(json::parse(door.ask(batch(1000))).as_array().size() == 1000u);
  BOOST_TEST(code_of(door.ask(batch(1001))) == -32600);
}

BOOST_AUTO_TEST_CASE(a_batch_answers_with_25_mebibytes_at_most) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) {
    return json::value(std::string(10u << 20, 'x'));
  };
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  const auto answers = json::parse(door.ask("[" + gas + "," + gas + "," + gas + "]")).as_array();
  BOOST_TEST(answers.at(1).as_object().contains("result"));
  BOOST_TEST(answers.at(2).at("error").at("code") == -32003);
  BOOST_TEST(answers.at(2).at("id") == 5);
}

BOOST_AUTO_TEST_CASE(a_batch_lets_go_of_what_is_too_large_at_once) {
  Door door;
  // The engine finds the memory that the process has taken as it answers, call by call.
  const auto held_bytes = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
  std::size_t most = 0;
  const auto before = held_bytes();
  door.backend.engine = [&](const auto&, const auto&) {
    most = std::max(most, held_bytes());
    return json::value(std::string(2u << 20, 'x'));
  };
  std::string batch;
  for (int i = 0; i < 100; ++i) {
    batch += (i == 0 ? "[" : ",") + std::string(R"({"jsonrpc":"2.0","id":)") + std::to_string(i) +
             R"(,"method":"eth_gasPrice"})";
  }
  batch += R"(,{"jsonrpc":"2.0","id":100,"method":"eth_sendRawTransaction","params":["0x01"]})";
  batch += R"(,{"jsonrpc":"2.0","method":"eth_gasPrice"}])";
  // So many are under way at once that most answers come after the limit.
  door.backend.gather(Limits{}.rpc_batch_under_way);
  const auto answers = json::parse(door.ask(batch)).as_array();
  BOOST_TEST(most < before + 2 * (std::size_t{Limits{}.rpc_batch_answer_kib} << 10));
  BOOST_REQUIRE(answers.size() == 101u);
  for (std::size_t i = 0; i < answers.size(); ++i) BOOST_TEST(answers[i].at("id") == i);
  BOOST_TEST(answers[11].as_object().contains("result"));
  for (std::size_t i = 12; i < 100; ++i) BOOST_TEST(answers[i].at("error").at("code") == -32003);
  // A transaction that was taken is told so all the same; what had not begun was never asked.
  BOOST_TEST(answers[100].at("result") == text(to_hex(keccak256(Bytes{1}))));
  BOOST_TEST(door.backend.take_reads().size() < 40u);
}

BOOST_AUTO_TEST_CASE(sixteen_calls_of_a_batch_are_under_way_at_once) {
  Door door;
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  std::string batch = "[" + gas;
  for (int i = 1; i < 1000; ++i) batch += "," + (i % 2 == 0 ? gas : good);
  // Answers nothing, for the batch alone never owes as many.
  door.backend.gather(Limits{}.rpc_batch_under_way + 1);
  HttpPeer peer(door.server->port());
  peer.send(HttpPeer::request(batch + "]"));
  std::size_t asked = 0;
  while (asked < Limits{}.rpc_batch_under_way) {
    asked += door.backend.take_reads().size();
    std::this_thread::yield();
  }
  // Served by the same thread after the batch has begun.
  BOOST_TEST(door.ask(good) == good_answer);
  BOOST_TEST(asked + door.backend.take_reads().size() == Limits{}.rpc_batch_under_way);
  BOOST_TEST(door.result("eth_gasPrice") == "0x1");
  const auto answers = json::parse(peer.read().body).as_array();
  BOOST_REQUIRE(answers.size() == 1000u);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    BOOST_TEST(answers[i].at("result") == (i % 2 == 0 ? "0x1" : "0x2a80"));
  }
}

BOOST_AUTO_TEST_CASE(a_backend_that_lets_go_is_not_asked_for_the_rest_of_a_batch) {
  Door door;
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  std::string batch = "[" + gas;
  for (int i = 1; i < 100; ++i) batch += "," + gas;
  door.backend.gather(Limits{}.rpc_batch_under_way + 1);
  HttpPeer peer(door.server->port());
  peer.send(HttpPeer::request(batch + "]"));
  std::size_t asked = 0;
  while (asked < Limits{}.rpc_batch_under_way) {
    asked += door.backend.take_reads().size();
    std::this_thread::yield();
  }
  door.backend.forget();
  const auto answers = json::parse(peer.read().body).as_array();
  BOOST_REQUIRE(answers.size() == 100u);
  for (const auto& answer : answers) BOOST_TEST(answer.at("error").at("code") == -32603);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_call_that_the_backend_forgets_is_an_internal_error) {
  Door door;
  door.backend.gather(2);
  HttpPeer peer(door.server->port());
  peer.send(
      HttpPeer::request("[" + good + R"(,{"jsonrpc":"2.0","id":2,"method":"eth_gasPrice"}])"));
  while (door.backend.take_reads().empty()) std::this_thread::yield();
  door.backend.forget();
  const auto answers = json::parse(peer.read().body);
  BOOST_TEST(answers.at(0).at("result") == "0x2a80");
  BOOST_TEST(answers.at(1).at("error").at("code") == -32603);
}

BOOST_AUTO_TEST_CASE(a_batch_sees_what_it_sent_before) {
  std::vector<rpc::Reply> sent;
  int asked = 0;
  const rpc::Methods methods{
      {"eth_sendRawTransaction",
       [&](const boost::json::array&, const rpc::Reply& reply) { sent.push_back(reply); }},
      {"ask", [&](const boost::json::array&, const rpc::Reply& reply) { reply(++asked); }}};
  const rpc::JsonRpcServer server(methods);
  const auto one = [](int id, const std::string& method) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + "\"}";
  };
  const std::string send = "eth_sendRawTransaction";
  std::string answer;
  server.handle("[" + one(0, "ask") + "," + one(1, send) + "," + one(2, "ask") + "," +
                    one(3, send) + "," + one(4, "ask") + "]",
                [&](const std::string& text) { answer = text; });
  // Both are on their way, in one lane; what comes behind them waits.
  BOOST_REQUIRE(sent.size() == 2u);
  BOOST_TEST(sent[0].lane() != 0u);
  BOOST_TEST(sent[0].lane() == sent[1].lane());
  BOOST_TEST(asked == 1);
  sent[1]("0x02");
  BOOST_TEST(asked == 1);
  sent[0]("0x01");
  BOOST_TEST(asked == 3);
  BOOST_TEST(boost::json::parse(answer).as_array().size() == 5u);
  // Another batch has another lane, and a single call none.
  server.handle("[" + one(1, send) + "]", [](const std::string&) {});
  server.handle(one(1, send), [](const std::string&) {});
  BOOST_TEST(sent[2].lane() != sent[0].lane());
  BOOST_TEST(sent[3].lane() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
