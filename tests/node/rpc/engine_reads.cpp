#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(engine_reads)

BOOST_AUTO_TEST_CASE(block_tags_are_the_sealed_head) {
  Door door;
  for (const auto* tag : {"latest", "pending", "0xa", "0x0a"}) {
    BOOST_TEST(door.asked("eth_getBalance", {an_account, tag}).params ==
               (json::array{an_account, "0xa"}));
  }
  for (const auto* tag : {"safe", "finalized"}) {
    BOOST_TEST(door.asked("eth_getBalance", {an_account, tag}).params ==
               (json::array{an_account, "0x8"}));
  }
  BOOST_TEST(door.asked("eth_getBalance", {an_account}).params == (json::array{an_account, "0xa"}));
  BOOST_TEST(door.asked("eth_getBalance", {an_account, nullptr}).params ==
             (json::array{an_account, "0xa"}));
  BOOST_TEST(door.asked("eth_getCode", {an_account, "earliest"}).params ==
             (json::array{an_account, "0x0"}));
  BOOST_TEST(door.asked("eth_getStorageAt", {an_account, "0x0", {{"blockNumber", "0x3"}}}).params ==
             (json::array{an_account, "0x0", "0x3"}));
  BOOST_TEST(door.asked("eth_feeHistory", {"10", "latest", {20}}).params ==
             (json::array{"0xa", "0xa", {20}}));
  BOOST_TEST(door.asked("eth_feeHistory", {5000, "latest"}).params ==
             (json::array{"0x400", "0xa"}));
}

BOOST_AUTO_TEST_CASE(state_above_the_sealed_head_is_an_error) {
  Door door;
  for (const json::value& block : {json::value("0xb"), json::value("0xffffffffffffffff"),
                                   json::value{{"blockNumber", "0xb"}}}) {
    const auto answer = door.call("eth_getBalance", {an_account, block});
    BOOST_TEST(answer.at("error").at("code") == -32000);
    BOOST_TEST(answer.at("error").at("message") == "block not found");
  }
  BOOST_TEST(door.code("eth_call", {json::object(), "0xb"}) == -32000);
  BOOST_TEST(door.code("eth_feeHistory", {"0x1", "0xb", json::array()}) == -32000);
  BOOST_TEST(door.code("eth_getTransactionCount", {an_account, "0xb"}) == -32000);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(state_at_a_hash_is_looked_up_first) {
  Door door;
  const auto serve = [&](const json::value& block) {
    door.backend.engine = [block](const std::string& method, const auto&) {
      return method == "eth_getBlockByHash" ? block : json::value("0x1");
    };
  };
  serve({{"number", "0x4"}});
  for (const json::value& block : {json::value(a_hash), json::value{{"blockHash", a_hash}}}) {
    BOOST_TEST(door.asked("eth_getBalance", {an_account, block}).params ==
               (json::array{an_account, "0x4"}));
  }
  for (const json::value& block : {json::value(), json::value{{"number", "0xb"}},
                                   json::value{{"number", nullptr}}, json::value(7)}) {
    serve(block);
    BOOST_TEST(door.code("eth_getBalance", {an_account, a_hash}) == -32000);
    BOOST_TEST(door.result("eth_getBlockTransactionCountByHash", {a_hash}).is_null());
    BOOST_TEST(door.result("eth_getBlockReceipts", {a_hash}).is_null());
  }
}

BOOST_AUTO_TEST_CASE(blocks_above_the_sealed_head_are_null) {
  Door door;
  for (const auto* method : {"eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber"}) {
    BOOST_TEST(door.result(method, {"0xb"}).is_null());
  }
  BOOST_TEST(door.result("eth_getBlockByNumber", {"0xb", true}).is_null());
  BOOST_TEST(door.result("eth_getTransactionByBlockNumberAndIndex", {"0xb", "0x0"}).is_null());
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(what_geth_has_not_looked_through_is_told_by_the_log) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) -> rpc::Answer {
    return tl::unexpected(rpc::Error{-32000, "transaction indexing is in progress", nullptr});
  };
  for (const auto* method : {"eth_getTransactionByHash", "eth_getTransactionReceipt"}) {
    BOOST_TEST_CONTEXT(method) {
      door.backend.in_block = std::nullopt;
      BOOST_TEST(door.result(method, {a_hash}).is_null());
      door.backend.in_block = 11;  // sealed, and not adopted
      BOOST_TEST(door.result(method, {a_hash}).is_null());
      door.backend.in_block = 10;
      BOOST_TEST(door.code(method, {a_hash}) == -32000);
    }
  }
  door.backend.waiting[a_hash] = {{"hash", a_hash}};
  BOOST_TEST(door.result("eth_getTransactionByHash", {a_hash}).at("hash") == text(a_hash));
  BOOST_TEST(door.code("eth_getTransactionReceipt", {"0x12"}) == -32602);
  BOOST_TEST(door.code("eth_getTransactionReceipt", json::array()) == -32602);
}

BOOST_AUTO_TEST_CASE(what_the_engine_says_of_an_unsealed_block_is_never_seen) {
  Door door;
  const auto serve = [&](const json::value& result) {
    door.backend.engine = [result](const auto&, const auto&) { return result; };
  };
  const std::pair<std::string, json::array> reads[] = {
      {"eth_getBlockByHash", {a_hash, false}},
      {"eth_getTransactionByBlockHashAndIndex", {a_hash, "0x0"}},
      {"eth_getTransactionReceipt", {a_hash}},
      {"eth_getTransactionByHash", {a_hash}},
  };
  for (const auto& [method, params] : reads) {
    BOOST_TEST_CONTEXT(method) {
      const auto* key = method == "eth_getBlockByHash" ? "number" : "blockNumber";
      const json::value sealed{{key, "0xa"}};
      serve(sealed);
      BOOST_TEST(door.result(method, params) == sealed);
      for (const json::value& hidden :
           {json::value{{key, "0xb"}}, json::value{{key, nullptr}}, json::value(json::object())}) {
        serve(hidden);
        BOOST_TEST(door.result(method, params).is_null());
      }
    }
  }
  serve(json::array{{{"blockNumber", "0xb"}}});
  BOOST_TEST(door.result("eth_getBlockReceipts", {"0xa"}).is_null());
  serve(json::array());
  BOOST_TEST(door.result("eth_getBlockReceipts", {"0xa"}) == json::array());
}

BOOST_AUTO_TEST_CASE(a_waiting_transaction_is_the_mempools) {
  Door door;
  const json::value waiting{{"hash", a_hash}, {"blockNumber", nullptr}};
  door.backend.waiting[a_hash] = waiting;
  for (const json::value& engines : {json::value(), json::value{{"blockNumber", "0xb"}}}) {
    door.backend.engine = [engines](const auto&, const auto&) { return engines; };
    BOOST_TEST(door.result("eth_getTransactionByHash", {a_hash}) == waiting);
  }
}

BOOST_AUTO_TEST_CASE(a_transaction_sealed_between_two_looks_is_found) {
  Door door;
  int looks = 0;
  door.backend.engine = [&](const auto&, const auto&) {
    return ++looks == 1 ? json::value() : json::value{{"blockNumber", "0xa"}};
  };
  BOOST_TEST(door.result("eth_getTransactionByHash", {a_hash}).at("blockNumber") == "0xa");
}

BOOST_AUTO_TEST_CASE(the_pending_nonce_is_the_mempools) {
  Door door;
  BOOST_TEST(door.result("eth_getTransactionCount", {an_account, "pending"}) == "0x9");
  BOOST_TEST(door.backend.take_reads().empty());
  BOOST_TEST(door.result("eth_getTransactionCount", {an_account, "latest"}) == "0x1");
  const std::string idle = "0x" + std::string(40, '0');
  BOOST_TEST(door.asked("eth_getTransactionCount", {idle, "pending"}).params ==
             (json::array{idle, "0xa"}));
}

BOOST_AUTO_TEST_CASE(logs_end_at_the_sealed_head) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) {
    return json::value(json::array{{{"blockNumber", "0x9"}},
                                   {{"blockNumber", "0xa"}},
                                   {{"blockNumber", "0xb"}},
                                   {{"blockNumber", nullptr}}});
  };
  const auto range = [&](const json::object& filter) {
    const auto asked = door.asked("eth_getLogs", {filter}).params.at(0).as_object();
    return json::array{asked.at("fromBlock"), asked.at("toBlock")};
  };
  BOOST_TEST(door.result("eth_getLogs", {json::object()}).as_array().size() == 2u);
  BOOST_TEST(range({}) == (json::array{"0xa", "0xa"}));
  BOOST_TEST(range({{"fromBlock", "0x1"}, {"toBlock", "0xa"}}) == (json::array{"0x1", "0xa"}));
  BOOST_TEST(range({{"fromBlock", "earliest"}, {"toBlock", "pending"}}) ==
             (json::array{"0x0", "0xa"}));
  const auto by_hash = door.asked("eth_getLogs", {{{"blockHash", a_hash}, {"topics", {nullptr}}}});
  BOOST_TEST(by_hash.params == (json::array{{{"blockHash", a_hash}, {"topics", {nullptr}}}}));
  door.backend.take_reads();
  // Nobody takes what was cut off for what is not there.
  for (const auto* from : {"0x1", "0xb"}) {
    BOOST_TEST(door.call("eth_getLogs", {{{"fromBlock", from}, {"toBlock", "0xc"}}}).at("error") ==
               (json::value{{"code", -32602},
                            {"message", "block range extends beyond current head block"}}));
  }
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", "0xb"}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", "0x5"}, {"toBlock", "0x4"}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", "0x5"}, {"blockHash", a_hash}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", a_hash}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {"latest"}) == -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(keys_of_a_proof_may_be_short) {
  Door door;
  const auto word = "0x" + std::string(62, '0') + "aa";
  const json::array keys{"0x0", "0x00aa", text(word)};
  door.backend.engine = [&](const auto&, const json::array& params) {
    json::array slots;
    for (const auto& key : params.at(1).as_array()) slots.push_back(json::object{{"key", key}});
    return json::value{{"storageProof", slots}};
  };
  const auto proof = door.result("eth_getProof", {an_account, keys});
  const auto zero = "0x" + std::string(64, '0');
  BOOST_TEST(door.backend.take_reads().at(0).params ==
             (json::array{an_account, {text(zero), text(word), text(word)}, "0xa"}));
  BOOST_TEST(proof ==
             (json::value{
                 {"storageProof", {{{"key", "0x0"}}, {{"key", "0xaa"}}, {{"key", text(word)}}}}}));
}

BOOST_AUTO_TEST_CASE(no_block_has_uncles) {
  Door door;
  BOOST_TEST(door.asked("eth_getUncleCountByBlockNumber", {"latest"}).params ==
             (json::array{"0xa"}));
  BOOST_TEST(door.result("eth_getUncleCountByBlockNumber", {"0xb"}).is_null());
  BOOST_TEST(door.result("eth_getUncleByBlockNumberAndIndex", {"0xb", "0x0"}).is_null());
  BOOST_TEST(door.code("eth_getUncleCountByBlockHash", {"latest"}) == -32602);
  BOOST_TEST(door.code("eth_getUncleByBlockHashAndIndex", {a_hash}) == -32602);
}

BOOST_AUTO_TEST_CASE(calls_use_fifty_million_gas_at_most) {
  Door door;
  const auto gas = [&](const char* method, json::object call) {
    return door.asked(method, {std::move(call)}).params.at(0).at("gas");
  };
  // An estimate is for a transaction, which may have 2^24 (EIP-7825).
  const std::pair<const char*, const char*> most[] = {{"eth_call", "0x2faf080"},
                                                      {"eth_estimateGas", "0x1000000"},
                                                      {"eth_createAccessList", "0x2faf080"}};
  for (const auto& [method, limit] : most) {
    BOOST_TEST(gas(method, {}) == limit);
    BOOST_TEST(gas(method, {{"gas", "0x5208"}}) == "0x5208");
    BOOST_TEST(gas(method, {{"gas", "0x2faf081"}}) == limit);
    BOOST_TEST(gas(method, {{"gas", "0x" + std::string(64, 'f')}}) == limit);
    BOOST_TEST(gas(method, {{"gas", nullptr}}) == limit);
    BOOST_TEST(door.code(method, {{{"gas", "lots"}}}) == -32602);
    BOOST_TEST(door.code(method, {{{"gas", 21000}}}) == -32602);
  }
}

BOOST_AUTO_TEST_CASE(a_call_reaches_the_engine_with_what_belongs_to_it_alone) {
  Door door;
  const json::object overrides{{an_account, {{"balance", "0x1"}}}};
  const auto asked = door.asked(
      "eth_call",
      {{{"from", an_account}, {"to", an_account}, {"data", "0x01"}, {"gasLimit", "0xffffffffff"}},
       "latest",
       overrides});
  BOOST_TEST(asked.params ==
             (json::array{
                 {{"from", an_account}, {"to", an_account}, {"data", "0x01"}, {"gas", "0x2faf080"}},
                 "0xa",
                 overrides}));
  // The block's overrides, as geth takes them.
  const json::array all{json::object(), "latest", json::object(), {{"number", "0x1"}}};
  BOOST_TEST(door.asked("eth_call", all).params.at(3) == (json::value{{"number", "0x1"}}));
  for (const auto* name : {"blobBaseFee", "beaconRoot", "withdrawals"}) {
    BOOST_TEST(door.code("eth_call", {json::object(), "latest", json::object(), {{name, "0x1"}}}) ==
               -32602);
  }
  BOOST_TEST(door.code("eth_call", {json::object(), "latest", json::object(), json::object(),
                                    json::object()}) == -32602);
}

BOOST_AUTO_TEST_CASE(the_engines_errors_are_passed_on) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) -> rpc::Answer {
    return tl::unexpected(rpc::Error{3, "execution reverted", "0x08c379a0"});
  };
  BOOST_TEST(door.call("eth_call", {json::object()}).at("error") ==
             (json::value{{"code", 3}, {"message", "execution reverted"}, {"data", "0x08c379a0"}}));
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_refused_before_the_engine) {
  Door door;
  const std::pair<std::string, json::array> wrong[] = {
      {"eth_getBalance", {}},
      {"eth_getBalance", {"0x12"}},
      {"eth_getBalance", {7}},
      {"eth_getBalance", {an_account, "newest"}},
      {"eth_getBalance", {an_account, 5}},
      {"eth_getBalance", {an_account, "0x"}},
      {"eth_getBalance", {an_account, "0x11112222333344445"}},
      {"eth_getBalance", {an_account, json::object()}},
      {"eth_getBalance", {an_account, {{"blockNumber", "0x1"}, {"blockHash", a_hash}}}},
      {"eth_getBalance", {an_account, "latest", 1}},
      {"eth_getStorageAt", {an_account}},
      {"eth_getStorageAt", {an_account, "zero"}},
      {"eth_getBalance", {an_account, "0X1"}},
      {"eth_getBalance", {"0X" + an_account.substr(2)}},
      {"eth_getStorageAt", {an_account, "0X1"}},
      {"eth_getProof", {an_account, "0x0", "latest"}},
      {"eth_getProof", {an_account, {"0x"}}},
      {"eth_getProof", {an_account, {"0x" + std::string(65, '0')}}},
      {"eth_call", {}},
      {"eth_call", {an_account}},
      {"eth_call", {{{"to", "0x12"}}}},
      {"eth_call", {{{"value", "1"}}}},
      {"eth_call", {{{"value", 1}}}},
      {"eth_call", {{{"gasPrice", "0X1"}}}},
      {"eth_call", {{{"gasPrice", "0x1"}, {"maxFeePerGas", "0x1"}}}},
      {"eth_call", {{{"data", "0x01"}, {"input", "0x02"}}}},
      {"eth_call", {json::object(), "latest", "x"}},
      {"eth_feeHistory", {"x", "latest"}},
      {"eth_feeHistory", {"0x1", "latest", {"x"}}},
      {"eth_feeHistory", {"0x1", "latest", {-1}}},
      {"eth_feeHistory", {"0x1", "latest", {20, 100.5}}},
      {"eth_feeHistory", {"0x1", "latest", {50, 20}}},
      {"eth_feeHistory", {"0x1", "latest", {20, 20}}},
      {"eth_feeHistory", {"0x1", a_hash}},
      {"eth_getBlockByNumber", {"latest"}},
      {"eth_getBlockByNumber", {"latest", "true"}},
      {"eth_getBlockByNumber", {a_hash, true}},
      {"eth_getBlockByHash", {"latest", true}},
      {"eth_getTransactionByHash", {an_account}},
      {"eth_getTransactionReceipt", {nullptr}},
      {"eth_getTransactionByBlockNumberAndIndex", {"latest", 0}},
      {"eth_gasPrice", {1}},
  };
  for (const auto& [method, params] : wrong) {
    BOOST_TEST_CONTEXT(method << json::serialize(params)) {
      BOOST_TEST(door.code(method, params) == -32602);
    }
  }
  BOOST_TEST(
      code_of(door.ask(R"({"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{"a":1}})")) ==
      -32602);
  BOOST_TEST(code_of(door.ask(R"({"jsonrpc":"2.0","id":1,"method":"eth_gasPrice","params":7})")) ==
             -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_SUITE_END()
