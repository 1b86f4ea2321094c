#include "edges/jwt.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

using namespace horae;

namespace {

// A file of its own, with these rights.
struct SecretFile {
  explicit SecretFile(const std::string& text,
                      std::filesystem::perms rights = std::filesystem::perms::owner_all) {
    std::string name = (std::filesystem::temp_directory_path() / "horae-jwt-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path = name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, rights);
  }
  ~SecretFile() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

const std::string hex_of_ones(64, '1');

}  // namespace

BOOST_AUTO_TEST_SUITE(jwt)

// Made by Node's crypto.createHmac('sha256', …) over the same header and claim.
BOOST_AUTO_TEST_CASE(a_token_is_what_other_programs_make_of_the_secret) {
  const SecretFile with(hex_of_ones + "\n"), prefixed("0x" + hex_of_ones);
  const auto token = jwt_token(with.path, 1'700'000'000);
  BOOST_TEST(token.value() ==
             "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDB9."
             "Hb09lNHg9IiC1UttHzXRW1voUqjM97m4oEuKWkSux5g");
  BOOST_TEST(jwt_token(prefixed.path, 1'700'000'000).value() == *token);
  BOOST_TEST(jwt_token(prefixed.path, 1'700'000'001).value() != *token);
}

BOOST_AUTO_TEST_CASE(a_secret_that_others_may_read_is_refused) {
  const SecretFile open(hex_of_ones,
                        std::filesystem::perms::owner_all | std::filesystem::perms::group_read);
  BOOST_TEST(jwt_token(open.path, 0).error().what.find("chmod 600") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_fault_repeats_what_the_file_holds) {
  const SecretFile short_one(hex_of_ones.substr(2)), empty(""), words("a secret of words");
  for (const auto* file : {&short_one, &empty, &words}) {
    const auto token = jwt_token(file->path, 0);
    BOOST_REQUIRE(!token.has_value());
    BOOST_TEST(token.error().what.find(file->path.string()) != std::string::npos);
    BOOST_TEST(token.error().what.find("1111") == std::string::npos);
    BOOST_TEST(token.error().what.find("words") == std::string::npos);
  }
  BOOST_TEST(!jwt_token("/nowhere/jwt.hex", 0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
