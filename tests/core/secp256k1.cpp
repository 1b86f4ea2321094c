#include "core/crypto/secp256k1.hpp"

#include <boost/test/unit_test.hpp>

#include "core/hash.hpp"
#include "core/u256.hpp"
#include "tests/core/vectors.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(secp256k1)

using namespace horae;
using namespace horae::test;

namespace {

// One DER integer of a signature as 32 bytes; nothing for what is not DER, negative or longer.
std::optional<Hash32> der_integer(BytesView& rest) {
  if (rest.size() < 3 || rest[0] != 2 || rest[1] == 0 || rest[1] > 33) return {};
  const std::size_t length = rest[1];
  if (rest.size() < 2 + length || (rest[2] & 0x80) != 0) return {};
  auto digits = rest.subspan(2, length);
  rest = rest.subspan(2 + length);
  if (digits[0] == 0 && digits.size() > 1) {
    if ((digits[1] & 0x80) == 0) return {};
    digits = digits.subspan(1);
  }
  if (digits.size() > 32) return {};
  return to_word(*u256_from_bytes(digits));
}

std::optional<Signature> from_der(BytesView der) {
  if (der.size() < 2 || der[0] != 0x30 || der[1] != der.size() - 2) return {};
  auto rest = der.subspan(2);
  const auto r = der_integer(rest);
  const auto s = der_integer(rest);
  if (!r || !s || !rest.empty()) return {};
  Signature out;
  std::copy(r->bytes.begin(), r->bytes.end(), out.bytes.begin());
  std::copy(s->bytes.begin(), s->bytes.end(), out.bytes.begin() + 32);
  return out;
}

bool signed_by(const Hash32& digest, Signature signature, const PublicKey& key) {
  for (const std::uint8_t v : Bytes{0, 1}) {
    signature.bytes[64] = v;
    const auto found = recover(digest, signature);
    if (found && *found == key) return is_low_s(signature);
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(well_known_key) {
  // Account 0 of the dev chains' well-known mnemonic.
  const auto key = to_secret_key(
      *from_hex("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));
  BOOST_TEST(to_hex(address_of(public_key(*key))) == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
}

BOOST_AUTO_TEST_CASE(compressed_keys) {
  // The group's generator (SEC 2, 2.4.1), and the same with the other y.
  const std::string x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const auto even = decompressed(*from_hex("0x02" + x));
  const auto odd = decompressed(*from_hex("0x03" + x));
  BOOST_REQUIRE(even);
  BOOST_REQUIRE(odd);
  BOOST_TEST(to_hex(*even) ==
             "0x" + x + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
  BOOST_TEST(to_hex(*compressed(*even)) == "0x02" + x);
  BOOST_TEST(to_hex(*compressed(*odd)) == "0x03" + x);
  BOOST_CHECK(*even != *odd);
  BOOST_TEST(!decompressed(*from_hex("0x04" + x)));
  BOOST_TEST(!decompressed(*from_hex("0x02")));
  BOOST_TEST(!decompressed(Bytes(33, 0)));
  Bytes off_curve(33, 0);  // x = 5 has no y
  off_curve[0] = 2;
  off_curve[32] = 5;
  BOOST_TEST(!decompressed(off_curve));
  BOOST_TEST(!compressed(PublicKey{}));
}

BOOST_AUTO_TEST_CASE(signing_is_deterministic_low_and_recoverable) {
  const auto key = *to_secret_key(Hash32{{1}}.view());
  for (int i = 0; i < 200; ++i) {
    const auto digest = sha256(as_bytes(std::to_string(i)));
    const auto signature = sign(digest, key);
    BOOST_TEST(signature == sign(digest, key));
    BOOST_TEST(signature.bytes[64] <= 1);
    BOOST_TEST(is_low_s(signature));
    BOOST_TEST(recover(digest, signature).value() == public_key(key));
  }
}

BOOST_AUTO_TEST_CASE(rfc6979_vector) {
  // Key 1 and SHA-256 of this text: the vector that Bitcoin's libraries share (Trezor, bitcoinjs).
  auto one = Hash32{};
  one.bytes[31] = 1;
  const auto signature =
      sign(sha256(as_bytes("All those moments will be lost in time, like tears in rain. Time to "
                           "die...")),
           *to_secret_key(one.view()));
  BOOST_TEST(to_hex(signature.view().first(64)) ==
             "0x8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
             "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21");
}

BOOST_AUTO_TEST_CASE(keys_outside_the_group_are_refused) {
  BOOST_TEST(!to_secret_key(Hash32{}.view()).has_value());
  BOOST_TEST(!to_secret_key(Bytes(31, 1)).has_value());
  BOOST_TEST(!to_secret_key(
                  *from_hex("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"))
                  .has_value());
  BOOST_TEST(
      to_secret_key(*from_hex("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"))
          .has_value());
}

BOOST_AUTO_TEST_CASE(a_secret_cannot_be_copied_and_leaves_nothing_behind) {
  static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
  static_assert(!std::is_convertible_v<SecretKey, std::array<std::uint8_t, 32>>);
  auto key = *to_secret_key(Hash32{{7}}.view());
  const auto moved = std::move(key);
  BOOST_TEST(moved.expose()[0] == 7);
  // NOLINTNEXTLINE(bugprone-use-after-move): that it is empty is what is tested.
  BOOST_TEST((key.expose() == std::array<std::uint8_t, 32>{}));
}

BOOST_AUTO_TEST_CASE(wycheproof_ecdsa) {
  const std::string name = "wycheproof-ecdsa_secp256k1_sha256_bitcoin_test.json";
  if (!has_vectors(name)) return;
  std::size_t checked = 0;
  std::size_t other_encodings = 0;
  const auto file = read_json(vector_path(name));
  for (const auto& group : file.at("testGroups").as_array()) {
    const auto point = *from_hex("0x" + text(group.at("publicKey").at("uncompressed")));
    const auto key = *PublicKey::from(BytesView(point).subspan(1));
    for (const auto& test : group.at("tests").as_array()) {
      const auto what = std::to_string(test.at("tcId").as_int64()) + " " + text(test.at("comment"));
      const auto signature = from_der(*from_hex("0x" + text(test.at("sig"))));
      const bool valid = text(test.at("result")) == "valid";
      if (!signature) {
        BOOST_TEST(!valid, what);
        ++other_encodings;
        continue;
      }
      const auto digest = sha256(*from_hex("0x" + text(test.at("msg"))));
      // r + order as the point's x: an Ethereum signature, whose v is 0 or 1, cannot say so.
      const bool beyond = what.find("k*G has a large x-coordinate") != std::string::npos;
      BOOST_TEST(signed_by(digest, *signature, key) == (valid && !beyond), what);
      ++checked;
    }
  }
  BOOST_TEST_MESSAGE(checked << " checked, " << other_encodings << " no DER of two numbers");
  BOOST_TEST(checked > 200u);
}

BOOST_AUTO_TEST_SUITE_END()
