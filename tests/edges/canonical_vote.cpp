#include "edges/canonical_vote.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(canonical_votes)

using namespace horae;

namespace {

// What CometBFT v0.40.0 itself signs (types.VoteSignBytes, ProposalSignBytes and
// VoteExtensionSignBytes on the chain horae-test) and its signature by the key 7
// (crypto/secp256k1eth).
struct Vector {
  std::string_view bytes, signature;
};

void check(const std::string& bytes, const Vector& expected) {
  BOOST_TEST(to_hex(as_bytes(bytes)) == expected.bytes);
  BOOST_TEST(to_hex(sign(keccak256(as_bytes(bytes)), test::secret(7))) == expected.signature);
}

Hash32 filled(std::uint8_t byte) {
  Hash32 out;
  out.bytes.fill(byte);
  return out;
}

const CometBlockId block{filled(0xaa), 300, filled(0xbb)};
constexpr CometTime at{1'800'000'000, 123'456'789};

void check_vote(const CometVote& vote, const Vector& expected) {
  check(sign_bytes(vote, "horae-test"), expected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_prevote) {
  check_vote({.step = VoteStep::prevote, .height = 12, .block = block, .time = at},
             {"0x6f0801110c0000000000000022490a20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaa122508ac021220bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
              "bbbbbbbbbbbbbbbb2a0b0880a4a7da0610959aef3a320a686f7261652d74657374",
              "0x0af3bce6b2099de6ed5709ce2e4cbca285f9c7191b009e0904aed8f829418b6a517f8ae04b18ba"
              "2033b23bd3c0be61ebd11294bac15ef3ef061648c1a6b04e0901"});
}

BOOST_AUTO_TEST_CASE(a_precommit_far_ahead) {
  check_vote({.step = VoteStep::precommit,
              .height = std::int64_t{1} << 40,
              .round = 3,
              .block = block,
              .time = at},
             {"0x78080211000000000001000019030000000000000022490a20aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa122508ac021220bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
              "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2a0b0880a4a7da0610959aef3a320a686f7261652d7465"
              "7374",
              "0x947a80910b11b56401e8e30cae4e029cd389f9faa71abf05250558161d7b3187729f7dd8a5807a"
              "8dfe4267d4c7b2e893cf5076820e0f84c1abe3b8849229932b01"});
}

BOOST_AUTO_TEST_CASE(a_vote_for_no_block) {
  check_vote({.step = VoteStep::precommit, .height = 12, .round = 1, .time = {1'800'000'000, 0}},
             {"0x280802110c000000000000001901000000000000002a060880a4a7da06320a686f7261652d7465"
              "7374",
              "0x78a4bb6976e3c245503a68394a1332c8dff3f71ba615347b97c36743d66649325d373f796177ad"
              "41853ecab57503d5bc15e7c8c9c36814cef7e9303c2f4694a800"});
}

BOOST_AUTO_TEST_CASE(a_vote_without_a_time) {
  check_vote({.step = VoteStep::prevote, .height = 12, .round = 1, .time = {-62'135'596'800, 0}},
             {"0x2d0801110c000000000000001901000000000000002a0b088092b8c398feffffff01320a686f72"
              "61652d74657374",
              "0x7bc982bb7599ebd4f1c5d4ae004b5617f1305ed5fe895366ac7c4d80417c31f911c59af1438f8d"
              "1b9c5a8a7c44e2ab0f416c4fa19a82e0f14a7d78747be3868100"});
}

BOOST_AUTO_TEST_CASE(a_proposal) {
  check_vote({.step = VoteStep::proposal,
              .height = 12,
              .round = 2,
              .valid_round = -1,
              .block = block,
              .time = at},
             {"0x83010820110c0000000000000019020000000000000020ffffffffffffffffff012a490a20aaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa122508ac021220bbbbbb"
              "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb320b0880a4a7da0610959a"
              "ef3a3a0a686f7261652d74657374",
              "0x53724293af9239342726b304694efaa02e03d4ff53a49eb3cdc440d9662c5d3931d042093711b5"
              "aba45a1a2521ecc1636a8caa79f9e10c18d2f63e84b7c78a3801"});
}

BOOST_AUTO_TEST_CASE(a_proposal_of_a_valid_round_0) {
  check_vote({.step = VoteStep::proposal, .height = 12, .round = 2, .block = block, .time = at},
             {"0x780820110c000000000000001902000000000000002a490a20aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa122508ac021220bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
              "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb320b0880a4a7da0610959aef3a3a0a686f7261652d7465"
              "7374",
              "0x11d9d16a68f44bb8e9a98179c6b984419ee4cbb2f5a99637c0a59bfb3f3ebd942c613895f09a8d"
              "44f0ba9c514128830f93ddee1f91da31620d47e399ad66ea2301"});
}

BOOST_AUTO_TEST_CASE(extensions) {
  check(extension_sign_bytes("xyz", {.height = 12, .round = 2}, "horae-test"),
        {"0x230a0378797a110c00000000000000190200000000000000220a686f7261652d74657374",
         "0x1b511926e279b7ce3333ea504c121a104573b1a46f646f4561e385410956af3a41b78d2aa0ce9a"
         "ab4c1cb1079ff04e18d0dd292edc2a3e6fddfe9b4423f0f7b301"});
  check(extension_sign_bytes("", {.height = 12, .round = 0}, "horae-test"),
        {"0x15110c00000000000000220a686f7261652d74657374",
         "0x198cc9e0522c1a8dd069e413e7d8210cf818062b044093fd03a5a999d26aff730b46a7d5228831"
         "a3b2c422153e29c65614f24e2f49b2184a9ae00dd597b242bf01"});
}

BOOST_AUTO_TEST_SUITE_END()
