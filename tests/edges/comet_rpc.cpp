#include "edges/comet_rpc.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "core/base64.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "edges/comet_commit.hpp"
#include "edges/comet_header.hpp"
#include "edges/comet_json.hpp"
#include "edges/proto/commit.pb.h"
#include "tests/core/vectors.hpp"
#include "tests/fixture/http_server.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(comet_rpc)

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

namespace {

// A CometBFT that answers every call with this member of a JSON-RPC answer, and keeps what was
// asked.
struct FakeRpc {
  explicit FakeRpc(std::string member)
      : server([this, member = std::move(member)](HttpPeer& peer) {
          for (auto got = peer.request(); !got.empty(); got = peer.request()) {
            const auto call = json::parse(got.substr(got.find("\r\n\r\n") + 4));
            asked = json::serialize(call.at("method")) + json::serialize(call.at("params"));
            peer.answer(R"({"jsonrpc":"2.0","id":)" + json::serialize(call.at("id")) + "," +
                        member + "}");
          }
        }),
        rpc(server.endpoint()) {}
  std::string asked;
  HttpServer server;
  CometRpc rpc;
};

std::string error_of(std::string_view data) {
  return R"("error":{"code":-32603,"message":"Internal error","data":")" + std::string(data) +
         R"("})";
}

const auto txn = as_bytes("txn");

CometBroadcast broadcast(const std::string& member) {
  FakeRpc comet(member);
  auto out = comet.rpc.broadcast(txn);
  BOOST_TEST(comet.asked == R"("broadcast_tx_sync"["dHhu"])");
  BOOST_REQUIRE_MESSAGE(out, out.error().what);
  return *out;
}

std::string hash_in_json() {
  auto out = to_hex(sha256(txn)).substr(2);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

// What a real pool of four answered to `commit` at height 13, of which the first did not sign.
json::value recorded() { return read_json(HORAE_SOURCE_DIR "/tests/edges/comet_commit.json"); }

std::vector<ConsensusMember> members() {
  std::vector<ConsensusMember> out;
  for (std::uint8_t n = 1; n <= 4; ++n) out.push_back({public_key(secret(n)), 10});
  return out;
}

std::string refused(const Bytes& header, const std::vector<ConsensusMember>& by = members(),
                    std::string_view chain = "horae-test") {
  const auto out = check_commit(header, chain, by);
  return out ? "taken" : out.error().what;
}

// The recorded one with something changed.
Bytes changed(const std::function<void(comet::SignedHeader&)>& change) {
  const auto bytes = *read_signed_header(recorded());
  comet::SignedHeader out;
  BOOST_REQUIRE(out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  change(out);
  const auto text = out.SerializeAsString();
  return {text.begin(), text.end()};
}

CometTime time_of(std::string_view text) {
  const json::value value{{"t", text}};
  const CometReader from(value);
  const auto out = from.result(from.time("t"));
  return out.value_or(CometTime{-1, -1});
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_becomes_of_a_txn) {
  const auto taken = broadcast(R"("result":{"code":0,"data":"","log":"","codespace":"","hash":")" +
                               hash_in_json() + R"("})");
  BOOST_CHECK(taken.kind == CometBroadcast::taken);
  BOOST_TEST(taken.hash == sha256(txn));
  const auto no = broadcast(
      R"("result":{"code":7,"data":"0102","log":"a retired key","codespace":"","hash":")" +
      hash_in_json() + R"("})");
  BOOST_CHECK(no.kind == CometBroadcast::refused);
  BOOST_TEST(no.code == 7u);
  BOOST_TEST(no.words == "a retired key");
  BOOST_CHECK(broadcast(error_of("tx already exists in cache")).kind == CometBroadcast::in_cache);
  BOOST_CHECK(broadcast(error_of("Tx too large. Max size is 1, but got 3")).kind ==
              CometBroadcast::too_large);
  BOOST_CHECK(broadcast(error_of("mempool is full: number of txs 5000 (max: 5000)")).kind ==
              CometBroadcast::full);
  BOOST_CHECK(broadcast(error_of("endpoint is closed while node is catching up")).kind ==
              CometBroadcast::catching_up);
}

BOOST_AUTO_TEST_CASE(faults_are_words) {
  const auto fault = [](const std::string& member) {
    FakeRpc comet(member);
    const auto out = comet.rpc.broadcast(txn);
    BOOST_REQUIRE(!out);
    return out.error().what.substr(out.error().what.find("broadcast_tx_sync"));
  };
  BOOST_TEST(fault(error_of("it is on fire")).find("Internal error (-32603): it is on fire") !=
             std::string::npos);
  BOOST_TEST(fault(R"("result":{"code":0,"log":"","hash":"00"})") ==
             "broadcast_tx_sync: hash: wanted 32 bytes, got 1");
  BOOST_TEST(fault(R"("result":{"code":0,"log":"","hash":")" + std::string(64, '0') + R"("})") ==
             "broadcast_tx_sync: hash: it is that of another txn");
  BOOST_TEST(fault(R"("result":[])") == "broadcast_tx_sync: code: it is missing");
}

BOOST_AUTO_TEST_CASE(status) {
  FakeRpc comet(R"("result":{"node_info":{"id":"4ea6","moniker":"n1","version":"0.39.0"},
    "sync_info":{"latest_app_hash":"AA","latest_block_height":"20","catching_up":true,
    "earliest_block_height":"3",
    "latest_block_time":"2026-11-29T21:19:59.698779481Z"},
    "validator_info":{"address":"7E5F4552091A69125D5DFCB7B8C2659029395BDF","voting_power":"10"}})");
  const auto out = comet.rpc.status();
  BOOST_REQUIRE_MESSAGE(out, out.error().what);
  BOOST_TEST(comet.asked == R"("status"[])");
  BOOST_TEST(out->node_id == "4ea6");
  BOOST_TEST(out->version == "0.39.0");
  BOOST_TEST(out->height == 20u);
  BOOST_TEST(out->earliest == 3u);
  BOOST_TEST(to_hex(out->app_hash) == "0xaa");
  BOOST_TEST(out->catching_up);
  BOOST_TEST(out->member == address_of_secret(1));
  BOOST_TEST(out->power == 10u);
}

BOOST_AUTO_TEST_CASE(peers_and_mempool) {
  FakeRpc comet(R"("result":{"n_peers":"1","peers":[{"node_info":{"id":"a1","moniker":"n3"},
    "is_outbound":true,"connection_status":{"Duration":"4403384445"},"remote_ip":"127.0.0.1"}]})");
  const auto out = comet.rpc.peers();
  BOOST_REQUIRE_MESSAGE(out, out.error().what);
  BOOST_REQUIRE(out->size() == 1u);
  BOOST_TEST(out->front().id == "a1");
  BOOST_TEST(out->front().address == "127.0.0.1");
  BOOST_TEST(out->front().dialled_by_us);
  BOOST_TEST(out->front().connected_ms == 4'403u);
  FakeRpc waiting(R"("result":{"n_txs":"2","total":"2","total_bytes":"300","txs":null})");
  const auto mempool = waiting.rpc.mempool();
  BOOST_REQUIRE_MESSAGE(mempool, mempool.error().what);
  BOOST_TEST(mempool->txns == 2u);
  BOOST_TEST(mempool->bytes == 300u);
}

BOOST_AUTO_TEST_CASE(members_at_a_height) {
  const auto answer = [](std::string_view type, std::string_view total) {
    return R"("result":{"block_height":"5","validators":[{"voting_power":"12","pub_key":{"type":")" +
           std::string(type) + R"(","value":")" + to_base64(*compressed(public_key(secret(2)))) +
           R"("}}],"total":")" + std::string(total) + R"("})";
  };
  FakeRpc comet(answer("tendermint/PubKeySecp256k1eth", "1"));
  const auto out = comet.rpc.members(5);
  BOOST_REQUIRE_MESSAGE(out, out.error().what);
  BOOST_TEST(comet.asked == R"("validators"["5","1","100"])");
  BOOST_REQUIRE(out->size() == 1u);
  BOOST_CHECK(out->front().key == public_key(secret(2)));
  BOOST_TEST(out->front().power == 12u);
  const auto why = [&](std::string_view type, std::string_view total) {
    return FakeRpc(answer(type, total)).rpc.members(5).error().what;
  };
  BOOST_TEST(why("tendermint/PubKeyEd25519", "1") ==
             "CometBFT's answer to validators: pub_key: it is no key of secp256k1eth");
  BOOST_TEST(why("tendermint/PubKeySecp256k1eth", "101") ==
             "CometBFT's answer to validators: total: it is more than one page holds");
}

BOOST_AUTO_TEST_CASE(cancelled) {
  const HttpServer silent([](HttpPeer& peer) { peer.wait_for_end(); });
  CometRpc rpc(silent.endpoint());
  rpc.cancel();
  const auto out = rpc.status();
  BOOST_REQUIRE(!out);
  BOOST_TEST(out.error().what.find("CometBFT's status: ") == 0u);
}

BOOST_AUTO_TEST_CASE(times) {
  BOOST_CHECK((time_of("1970-01-01T00:00:00Z") == CometTime{0, 0}));
  BOOST_CHECK((time_of("0001-01-01T00:00:00Z") == CometTime{-62'135'596'800, 0}));
  BOOST_CHECK((time_of("2026-11-29T21:19:57.444452276Z") == CometTime{1'795'987'197, 444'452'276}));
  BOOST_CHECK((time_of("2026-11-29T21:19:57.5Z") == CometTime{1'795'987'197, 500'000'000}));
  for (const auto* wrong :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0123456789Z", "2026-01-01T00:00:00+01:00",
        "2026-01-01T00:00:0-Z", "2026-01-01T00:00:00Zz"}) {
    BOOST_CHECK_MESSAGE((time_of(wrong) == CometTime{-1, -1}), wrong << " was taken");
  }
}

BOOST_AUTO_TEST_CASE(a_commit_is_checked_by_itself) {
  const auto header = read_signed_header(recorded());
  BOOST_REQUIRE_MESSAGE(header, header.error().what);
  const auto out = check_commit(*header, "horae-test", members());
  BOOST_REQUIRE_MESSAGE(out, out.error().what);
  BOOST_TEST(out->height == 13u);
  BOOST_TEST(out->round == 1);
  BOOST_TEST(to_hex(out->block) ==
             "0x73684699ed3b5a510453216d68fa357cd005eb34b64d0e72f6176e892ccba274");
  BOOST_TEST(out->app_hash == sha256({Hash32{}.view(), as_bytes("a txn of ours")}));
  BOOST_CHECK(out->signed_by ==
              (std::vector{address_of_secret(2), address_of_secret(3), address_of_secret(1)}));
  BOOST_TEST(out->power == 30u);
  BOOST_TEST(out->all_power == 40u);
}

BOOST_AUTO_TEST_CASE(a_commit_that_shows_nothing) {
  using Header = comet::SignedHeader;
  BOOST_TEST(refused(changed([](Header&) {})) == "taken");
  BOOST_TEST(refused({1, 2, 3}) == "bytes that are no signed header");
  BOOST_TEST(refused(changed([](Header&) {}), members(), "another") ==
             "a header of the chain horae-test, not of another");
  // Another state than the one that was signed.
  BOOST_TEST(refused(changed([](Header& h) {
               h.mutable_header()->set_app_hash(std::string(32, 'x'));
             })).find("the header's hash is ") == 0u);
  BOOST_TEST(refused(changed([](Header& h) { h.mutable_commit()->set_height(14); })) ==
             "a header of height 13 with a commit of height 14");
  const auto not_its = "the signature of " + to_hex(address_of_secret(2)) +
                       " is not that of its key over this block";
  BOOST_TEST(refused(changed([](Header& h) { h.mutable_commit()->set_round(0); })) == not_its);
  BOOST_TEST(refused(changed([](Header& h) {
               h.mutable_commit()->mutable_signatures(1)->mutable_timestamp()->set_nanos(1);
             })) == not_its);
  BOOST_TEST(refused(changed([](Header& h) {
               *h.mutable_commit()->mutable_signatures(0) = h.commit().signatures(1);
             })) == to_hex(address_of_secret(2)) + " signed twice");
  // Two of four are no two thirds, and of 45 a power of 30 is not more, either.
  const auto little = [](int power, int all) {
    return "members with a power of " + std::to_string(power) + " signed, of " +
           std::to_string(all) + ": not more than two thirds";
  };
  BOOST_TEST(refused(changed([](Header& h) {
               h.mutable_commit()->mutable_signatures(1)->set_block_id_flag(comet::CommitSig::NIL);
             })) == little(20, 40));
  auto stronger = members();
  stronger[3].power = 15;
  BOOST_TEST(refused(changed([](Header&) {}), stronger) == little(30, 45));
  // Enough have signed, but the header names others.
  stronger[3].power = 14;
  BOOST_TEST(refused(changed([](Header&) {}), stronger).find("the header names other members") ==
             0u);
  auto fewer = members();
  fewer.erase(fewer.begin());
  BOOST_TEST(refused(changed([](Header&) {}), fewer) ==
             to_hex(address_of_secret(1)) + " signed, and is no member");
  fewer.push_back(fewer.front());
  BOOST_TEST(refused(changed([](Header&) {}), fewer) == "a member stands in the list twice");
}

BOOST_AUTO_TEST_CASE(no_damage_to_what_counts_passes) {
  const auto whole = *read_signed_header(recorded());
  const auto right = check_commit(whole, "horae-test", members());
  BOOST_REQUIRE(right);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= 0x01;
    const auto out = check_commit(damaged, "horae-test", members());
    // The absent member's flag and time are under no signature.
    const bool same = out && out->block == right->block && out->signed_by == right->signed_by;
    BOOST_CHECK_MESSAGE(!out || same, "byte " << at);
    BOOST_TEST(!check_commit(BytesView(whole).first(at), "horae-test", members()));
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_is_not_all_there) {
  auto answer = recorded();
  answer.at("signed_header").at("header").as_object().erase("data_hash");
  const auto out = read_signed_header(answer);
  BOOST_REQUIRE(!out);
  BOOST_TEST(out.error().what == "signed_header.header.data_hash: it is missing");
  answer = recorded();
  answer.at("signed_header").at("commit").at("signatures").at(2).at("signature") = "!";
  BOOST_TEST(read_signed_header(answer).error().what == "signature: it is no base64");
}

BOOST_AUTO_TEST_SUITE_END()
