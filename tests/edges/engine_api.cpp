#include "edges/engine_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

RpcFault refusal(RpcFault::Kind kind, int code, const std::string& said) {
  return {kind, code, "host: " + said, said, {}, nullptr};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_api)

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_token_is_told_apart) {
  const std::filesystem::path file = "/keys/jwt.hex";
  const std::pair<const char*, const char*> cases[] = {
      {"stale token", "clocks is wrong"},
      {"future token", "clocks is wrong"},
      {"signature is invalid", "its secret is another than that in /keys/jwt.hex"},
      {"missing token", "does not take the token that is made of /keys/jwt.hex"},
      {"", "does not take the token"},
  };
  for (const auto& [said, words] : cases) {
    const auto told = engine_api_trouble(refusal(RpcFault::http_status, 401, said), file);
    BOOST_TEST(told.find(words) != std::string::npos, told);
    BOOST_TEST(told.find("no Engine API") == std::string::npos, told);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_engine_api_is_told_to_be_none) {
  const RpcFault others[] = {
      refusal(RpcFault::rpc_error, -32601, "the method does not exist"),
      refusal(RpcFault::http_status, 404, ""),
      refusal(RpcFault::malformed, 0, "an answer that is no JSON"),
  };
  for (const auto& fault : others) {
    const auto told = engine_api_trouble(fault, "/keys/jwt.hex");
    BOOST_TEST(told.find("no Engine API: see engine.auth_endpoint") != std::string::npos, told);
  }
  const auto busy = engine_api_trouble(refusal(RpcFault::http_status, 502, ""), "/keys/jwt.hex");
  BOOST_TEST(busy.find("no Engine API") == std::string::npos, busy);
  const auto away = engine_api_trouble(refusal(RpcFault::unreachable, 0, "refused"), "/keys/jwt");
  BOOST_TEST(away == "host: refused");
  const auto error = engine_api_trouble(refusal(RpcFault::rpc_error, -38006, "too deep"), "/k");
  BOOST_TEST(error == "host: too deep (-38006)");
  auto detailed = refusal(RpcFault::rpc_error, -38003, "Invalid payload attributes");
  detailed.data = {{"err", "no such thing"}};
  BOOST_TEST(engine_api_trouble(detailed, "/k") ==
             "host: Invalid payload attributes (-38003): no such thing");
}

BOOST_AUTO_TEST_SUITE_END()
