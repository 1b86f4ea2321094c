#include "core/shell_word.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <memory>
#include <string>

using namespace horae;

BOOST_AUTO_TEST_SUITE(shell_words)

BOOST_AUTO_TEST_CASE(what_needs_no_quotes_has_none) {
  BOOST_TEST(shell_word("/var/lib/horae-1/log.d") == "/var/lib/horae-1/log.d");
  BOOST_TEST(shell_word("http://127.0.0.1:8545") == "http://127.0.0.1:8545");
  BOOST_TEST(shell_word("") == "''");
  BOOST_TEST(shell_word("Ada's data") == "'Ada'\\''s data'");
}

BOOST_AUTO_TEST_CASE(a_shell_reads_the_very_text) {
  for (const std::string text :
       {"a b", "it's", "$HOME `id` \\ \"x\"", "~", "*", "a;b", "#a", "é"}) {
    const auto command = "printf %s " + shell_word(text);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    BOOST_REQUIRE(pipe);
    std::array<char, 64> out{};
    const auto length = std::fread(out.data(), 1, out.size(), pipe.get());
    BOOST_TEST(std::string(out.data(), length) == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
