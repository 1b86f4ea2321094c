#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(key_files)

namespace {

constexpr keystore::ScryptCost cheap{2, 8, 1};

std::string written(const std::filesystem::path& file, const std::string& text, unsigned mode) {
  std::ofstream(file) << text;
  std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
  return file.string();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_key_file_is_private_and_opens) {
  const test::Directory directory;
  const auto file = directory.path / "keys" / "signer.json";
  const auto key = new_secret_key();
  BOOST_REQUIRE(make_key_file(file, key, Password("eight of them"), cheap));
  BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0600)));
  BOOST_TEST((std::filesystem::status(directory.path / "keys").permissions() ==
              std::filesystem::perms(0700)));
  const auto opened = open_key_file(file, Password("eight of them"));
  BOOST_REQUIRE(opened);
  BOOST_TEST((opened->expose() == key.expose()));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_over) {
  const test::Directory directory;
  const auto file = directory.path / "signer.json";
  BOOST_REQUIRE(make_key_file(file, new_secret_key(), Password("eight of them"), cheap));
  const auto before = *read_small_file(file);
  const auto again = make_key_file(file, new_secret_key(), Password("eight of them"), cheap);
  BOOST_REQUIRE(!again);
  BOOST_TEST(again.error().what == file.string() + " is there already");
  BOOST_TEST(*read_small_file(file) == before);
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_read_is_refused) {
  const test::Directory directory;
  const auto file = directory.path / "signer.json";
  BOOST_REQUIRE(make_key_file(file, new_secret_key(), Password("eight of them"), cheap));
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  const auto opened = open_key_file(file, Password("eight of them"));
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().what ==
             file.string() + " can be read by others: chmod 600 " + file.string());
}

BOOST_AUTO_TEST_CASE(what_to_do_fits_why_a_key_does_not_open) {
  const test::Directory directory;
  const auto file = directory.path / "signer.json";
  const auto todo = [&] { return open_key_file(file, Password("eight of them")).error().todo; };
  BOOST_TEST(todo().empty());
  BOOST_TEST(open_key_file(file, Password("eight of them")).error().whole().what ==
             file.string() + ": No such file or directory");
  written(file, "{}", 0600);
  BOOST_TEST(todo().starts_with("put a copy of the keystore in its place"));
  std::filesystem::remove(file);
  BOOST_REQUIRE(make_key_file(file, new_secret_key(), Password("another one"), cheap));
  BOOST_TEST(todo().starts_with("give the password that it was made with"));
}

BOOST_AUTO_TEST_CASE(a_command_to_paste_is_quoted) {
  const test::Directory directory;
  const auto file = directory.path / "Ada's keys" / "signer.json";
  BOOST_REQUIRE(make_key_file(file, new_secret_key(), Password("eight of them"), cheap));
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  const auto told = open_key_file(file, Password("eight of them")).error().what;
  BOOST_TEST(
      told.ends_with("chmod 600 '" + directory.path.string() + "/Ada'\\''s keys/signer.json'"),
      told);
}

BOOST_AUTO_TEST_CASE(a_directory_is_refused_as_one) {
  const test::Directory directory;
  const auto words = directory.path.string() + " is a directory";
  for (const auto mode : {0700, 0755}) {
    std::filesystem::permissions(directory.path, static_cast<std::filesystem::perms>(mode));
    BOOST_TEST(read_small_file(directory.path).error().what == words);
    BOOST_TEST(open_key_file(directory.path, Password("eight of them")).error().what == words);
    BOOST_TEST(secret_from_file(directory.path).error().what == words);
  }
}

BOOST_AUTO_TEST_CASE(another_password_opens_and_the_old_one_does_not) {
  const test::Directory directory;
  const auto file = directory.path / "signer.json";
  const auto key = new_secret_key();
  BOOST_REQUIRE(make_key_file(file, key, Password("the old one"), cheap));
  BOOST_REQUIRE(!change_password(file, Password("not the old one"), Password("the new one")));
  BOOST_REQUIRE(change_password(file, Password("the old one"), Password("the new one"), cheap));
  BOOST_TEST(!open_key_file(file, Password("the old one")));
  BOOST_TEST((open_key_file(file, Password("the new one"))->expose() == key.expose()));
}

BOOST_AUTO_TEST_CASE(a_password_file_gives_its_first_line) {
  const test::Directory directory;
  const auto file = written(directory.path / "password", "first line\r\nsecond\n", 0600);
  BOOST_TEST(secret_from_file(file)->expose() == "first line");
  BOOST_TEST(new_password_for("x", file)->expose() == "first line");
}

BOOST_AUTO_TEST_CASE(a_password_file_is_refused_where_it_is_none) {
  const test::Directory directory;
  const auto open = written(directory.path / "open", "password\n", 0644);
  BOOST_TEST(secret_from_file(open).error().what ==
             open + " can be read by others: chmod 600 " + open);
  const auto empty = written(directory.path / "empty", "\nsecond\n", 0600);
  BOOST_TEST(secret_from_file(empty).error().what == empty + ": its first line is empty");
  const auto brief = written(directory.path / "brief", "seven77\n", 0600);
  BOOST_TEST(new_password_for("x", brief).error().what ==
             brief + ": a password of less than 8 characters");
  BOOST_TEST(!secret_from_file(directory.path / "missing"));
}

BOOST_AUTO_TEST_SUITE_END()
