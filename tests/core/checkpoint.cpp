#include "core/checkpoint.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base64.hpp"
#include "core/hash.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;

namespace {

struct Scene {
  Ed25519Key key = Ed25519Key::make();
  Checkpoint checkpoint{log_origin(1, 1088, key.public_key()), 42, sha256(as_bytes("a tree"))};
  std::string note = sign_note(to_text(checkpoint), checkpoint.origin, key);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_)

BOOST_AUTO_TEST_CASE(a_signed_checkpoint_is_read_again) {
  const Scene scene;
  const auto read = parse_checkpoint(scene.note);
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().what));
  BOOST_TEST((read->checkpoint == scene.checkpoint));
  BOOST_TEST(read->note == scene.note);
  BOOST_TEST(read->signed_by(scene.key.public_key()));
  BOOST_TEST(!read->signed_by(Ed25519Key::make().public_key()));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_noticed) {
  const Scene scene;
  for (std::size_t i = 0; i < scene.note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto altered = scene.note;
      altered[i] = static_cast<char>(altered[i] ^ 1 << bit);
      const auto read = parse_checkpoint(altered);
      BOOST_TEST((!read || !read->signed_by(scene.key.public_key())), "byte " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_witness_may_sign_beside_the_log) {
  const Scene scene;
  const auto witness = Ed25519Key::make();
  const auto other = sign_note(to_text(scene.checkpoint), "witness.example", witness);
  const auto both = scene.note + other.substr(other.find("\xe2\x80\x94"));
  const auto read = parse_checkpoint(both);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->signatures.size() == 2u);
  BOOST_TEST(read->signed_by(scene.key.public_key()));
  // What a witness signs is signed under its own name, never under the log's.
  BOOST_TEST(!read->signed_by(witness.public_key()));
}

BOOST_AUTO_TEST_CASE(what_is_no_checkpoint_is_refused) {
  const Scene scene;
  const auto text = to_text(scene.checkpoint);
  for (const auto& bad :
       {std::string(), text, text + "\n", std::string("\n\n"), scene.note + "x", scene.note + "\n",
        sign_note("a note\n", scene.checkpoint.origin, scene.key),
        sign_note(text + "more\n", scene.checkpoint.origin, scene.key),
        sign_note("o\n042\n" + to_base64(scene.checkpoint.root.view()) + "\n", "o", scene.key),
        sign_note("o\n-1\n" + to_base64(scene.checkpoint.root.view()) + "\n", "o", scene.key),
        sign_note("o\n18446744073709551616\n" + to_base64(scene.checkpoint.root.view()) + "\n", "o",
                  scene.key),
        sign_note("o\n42\nAAAA\n", "o", scene.key)}) {
    BOOST_TEST(!parse_checkpoint(bad).has_value(), bad);
  }
}

// The example of Go's package golang.org/x/mod/sumdb/note, on which C2SP's signed-note is modelled:
// Ed25519 is deterministic, so that its note must come out to the byte.
BOOST_AUTO_TEST_CASE(the_note_is_the_reference_implementations) {
  const std::string secret = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
  // PKCS #8 is a fixed prefix before the 32 bytes.
  auto der = *from_hex("0x302e020100300506032b657004220420");
  const auto bytes = *from_base64(secret);
  der.insert(der.end(), bytes.begin() + 1, bytes.end());
  const auto key = Ed25519Key::from_pem("-----BEGIN PRIVATE KEY-----\n" + to_base64(der) +
                                        "\n-----END PRIVATE KEY-----\n");
  BOOST_REQUIRE_MESSAGE(key.has_value(), (key ? "" : key.error().what));
  BOOST_TEST(to_base64(key->public_key().view()) == "GlzZBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNY=");
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  BOOST_TEST(
      sign_note(text, "PeterNeumann", *key) ==
      text +
          "\n\xe2\x80\x94 PeterNeumann "
          "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
          "BwJnAM=\n");
}

BOOST_AUTO_TEST_CASE(a_key_survives_its_file) {
  const auto key = Ed25519Key::make();
  const auto again = Ed25519Key::from_pem(key.pem());
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST(again->public_key() == key.public_key());
  BOOST_TEST(again->sign(as_bytes("x")) == key.sign(as_bytes("x")));
  BOOST_TEST(!Ed25519Key::from_pem("").has_value());
  BOOST_TEST(!Ed25519Key::from_pem(key.pem().substr(0, 60)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
