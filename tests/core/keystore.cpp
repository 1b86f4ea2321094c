#include "core/crypto/keystore.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(keystores)

namespace {

// The two test vectors of the Web3 Secret Storage definition.
constexpr const char* pbkdf2_vector = R"({"crypto":{"cipher":"aes-128-ctr",
  "cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
  "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
  "kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
  "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
  "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
  "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr const char* scrypt_vector = R"({"crypto":{"cipher":"aes-128-ctr",
  "cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
  "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
  "kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,
  "salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
  "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
  "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr const char* vector_key =
    "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

// Cheap to open, and so no way to keep a key.
constexpr keystore::ScryptCost cheap{2, 8, 1};

SecretKey some_key() { return std::move(*to_secret_key(*from_hex(vector_key))); }

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text, const char* password = "testpassword") {
  const auto key = keystore::decrypt(text, Password(password));
  return key ? "opened" : key.error().what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(opens_the_definitions_own_vectors) {
  for (const auto* text : {pbkdf2_vector, scrypt_vector}) {
    const auto key = keystore::decrypt(text, Password("testpassword"));
    BOOST_REQUIRE_MESSAGE(key, (key ? "" : key.error().what));
    BOOST_TEST(to_hex(key->expose()) == vector_key);
  }
}

BOOST_AUTO_TEST_CASE(gives_back_what_it_was_given) {
  const auto text = keystore::encrypt(some_key(), Password("opén sesame"), cheap);
  const auto key = keystore::decrypt(text, Password("opén sesame"));
  BOOST_REQUIRE(key);
  BOOST_TEST(to_hex(key->expose()) == vector_key);
  BOOST_TEST((*keystore::named_address(text) == address_of(public_key(some_key()))));
  BOOST_TEST(text.find(std::string(vector_key).substr(2)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_fresh_randomness_each_time) {
  const Password password("x");
  BOOST_TEST(keystore::encrypt(some_key(), password, cheap) !=
             keystore::encrypt(some_key(), password, cheap));
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_password) {
  BOOST_TEST(refusal(keystore::encrypt(some_key(), Password("right"), cheap), "wrong") ==
             "the password is wrong, or the keystore is damaged");
}

BOOST_AUTO_TEST_CASE(tells_a_damaged_keystore_from_a_wrong_password_where_it_can) {
  const auto text = keystore::encrypt(some_key(), Password("right"), cheap);
  const auto at = text.find("\"mac\":\"") + 7;
  auto damaged = text;
  damaged[at] = damaged[at] == '0' ? '1' : '0';
  BOOST_TEST(refusal(damaged, "right") ==
             "the keystore is damaged: the password is right, and crypto.mac is not");
  BOOST_TEST(refusal(damaged, "wrong") == "the password is wrong, or the keystore is damaged");
  const auto by_password = [&](const std::string& of, const char* password) {
    return keystore::decrypt(of, Password(password)).error().by_password;
  };
  BOOST_TEST(by_password(text, "wrong"));
  BOOST_TEST(!by_password(damaged, "right"));
  BOOST_TEST(!by_password("{}", "right"));
}

BOOST_AUTO_TEST_CASE(names_what_is_no_keystore) {
  const auto text = keystore::encrypt(some_key(), Password("testpassword"), cheap);
  BOOST_TEST(refusal("{") == "no keystore: the file is not a JSON object");
  BOOST_TEST(refusal("{}") == "no keystore: version is not a number");
  BOOST_TEST(refusal(std::string(65 * 1024, ' ')) == "no keystore: longer than 64 KiB");
  BOOST_TEST(refusal(changed(text, "\"version\":3", "\"version\":1")) ==
             "a keystore of version 1: wanted 3");
  BOOST_TEST(refusal(changed(text, "aes-128-ctr", "aes-256-gcm")) ==
             "crypto.cipher: wanted aes-128-ctr, got aes-256-gcm");
  BOOST_TEST(refusal(changed(text, "scrypt", "argon2")) ==
             "crypto.kdf: wanted scrypt or pbkdf2, got argon2");
  BOOST_TEST(refusal(changed(text, "\"n\":2,", "\"n\":3,")) ==
             "no keystore: crypto.kdfparams.n is not a power of two");
  BOOST_TEST(refusal(changed(text, "\"n\":2,", "\"n\":1073741824,")) ==
             "a keystore that needs more than 1 GiB to open");
  BOOST_TEST(refusal(changed(text, "\"salt\"", "\"sugar\"")) ==
             "no keystore: crypto.kdfparams.salt is not a text");
  BOOST_TEST(refusal(changed(text, "\"mac\":\"", "\"mac\":\"00")) ==
             "no keystore: crypto.mac is not 32 bytes");
}

BOOST_AUTO_TEST_CASE(refuses_a_key_of_another_address) {
  const auto text = keystore::encrypt(some_key(), Password("testpassword"), cheap);
  const auto at = text.find("\"address\":\"") + 11;
  auto other = text;
  other[at] = other[at] == '0' ? '1' : '0';
  BOOST_TEST(refusal(other).starts_with("the keystore names 0x"));
}

BOOST_AUTO_TEST_SUITE_END()
