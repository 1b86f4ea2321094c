#include "core/command_words.hpp"

#include <boost/test/unit_test.hpp>

#include "core/shell_word.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(command_line)

namespace {

using Words = std::vector<std::string>;
Words words(std::string_view line) { return command_words(line).value(); }
std::string refusal(std::string_view line) {
  const auto read = command_words(line);
  return read ? "none" : read.error().what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(blanks_separate_words) {
  BOOST_TEST((words("geth --port 0") == Words{"geth", "--port", "0"}));
  BOOST_TEST((words("  geth\t --port  0 ") == Words{"geth", "--port", "0"}));
}

BOOST_AUTO_TEST_CASE(quotes_and_backslashes_make_characters_stand_for_themselves) {
  BOOST_TEST((words("geth --datadir '/a b/$x \\'") == Words{"geth", "--datadir", "/a b/$x \\"}));
  BOOST_TEST((words(R"(a\ b \$x c\\d)") == Words{"a b", "$x", R"(c\d)"}));
  BOOST_TEST((words("--a='b c'd ''") == Words{"--a=b cd", ""}));
}

BOOST_AUTO_TEST_CASE(what_shell_word_writes_is_read_as_the_very_text) {
  const Words texts{"a b", "it's", "$HOME `id` \\ \"x\"", "", "~", "a;b", "#a", "plain", "é"};
  std::string line;
  for (const auto& text : texts) line += shell_word(text) + " ";
  BOOST_TEST((words(line) == texts));
}

BOOST_AUTO_TEST_CASE(what_a_shell_would_do_more_with_is_refused) {
  for (const std::string line : {"geth \"a\"", "geth $HOME", "geth ~/x", "geth > log", "a && b",
                                 "a; b", "geth *", "geth # it"}) {
    BOOST_TEST(refusal(line).starts_with("no shell reads the command"), line);
  }
  BOOST_TEST(refusal("geth 'a") == "a single quote that is not closed");
  BOOST_TEST(refusal("geth \\") == "a backslash at the end");
  BOOST_TEST(refusal("geth\nrm") == "a command is one line");
  BOOST_TEST(refusal("") == "a command without a word");
  BOOST_TEST(refusal(" ") == "a command without a word");
}

BOOST_AUTO_TEST_SUITE_END()
