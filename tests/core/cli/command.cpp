#include "core/cli/command.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <iostream>
#include <sstream>
#include <stdexcept>

using namespace horae;
using cli::Parsed;
using cli::Program;

namespace {

Result<Parsed> parse(Program& program, std::vector<const char*> words) {
  words.insert(words.begin(), "program");
  return program.parse(static_cast<int>(words.size()), words.data());
}

std::string fault_of(Program& program, std::vector<const char*> words) {
  const auto parsed = parse(program, std::move(words));
  return parsed ? "" : parsed.error().what;
}

// What a program prints that is asked for help; CLI11 writes it to std::cout.
std::string shown(Program& program, std::vector<const char*> words) {
  std::ostringstream out;
  auto* const before = std::cout.rdbuf(out.rdbuf());
  const auto parsed = parse(program, std::move(words));
  std::cout.rdbuf(before);
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST((*parsed == Parsed::shown));
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(reads_each_type_of_value) {
  Program program("about");
  std::string text;
  unsigned small = 0;
  std::uint16_t port = 0;
  std::uint64_t large = 0;
  std::optional<std::string> maybe_text;
  std::optional<std::uint16_t> maybe_port;
  std::optional<std::uint64_t> maybe_large, absent;
  std::vector<std::string> many;
  bool flag = false;
  program.add_option("--text", text, "");
  program.add_option("--small", small, "");
  program.add_option("--port", port, "");
  program.add_option("--large", large, "");
  program.add_option("--maybe-text", maybe_text, "");
  program.add_option("--maybe-port", maybe_port, "");
  program.add_option("--maybe-large", maybe_large, "");
  const auto left_out = program.add_option("--absent", absent, "");
  program.add_option("many", many, "");
  const auto given = program.add_flag("--flag", flag, "");
  const auto parsed = parse(program, {"--text", "a b", "--small", "7", "--port", "65535", "--large",
                                      "18446744073709551615", "--maybe-text", "c", "--maybe-port",
                                      "1", "--maybe-large", "2", "--flag", "x", "y"});
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST((*parsed == Parsed::run));
  BOOST_TEST(text == "a b");
  BOOST_TEST(small == 7u);
  BOOST_TEST(port == 65535u);
  BOOST_TEST(large == UINT64_MAX);
  BOOST_TEST(maybe_text.value() == "c");
  BOOST_TEST(maybe_port.value() == 1u);
  BOOST_TEST(maybe_large.value() == 2u);
  BOOST_TEST(!absent.has_value());
  BOOST_TEST(!left_out.given());
  BOOST_TEST((many == std::vector<std::string>{"x", "y"}));
  BOOST_TEST(flag);
  BOOST_TEST(given.given());
}

BOOST_AUTO_TEST_CASE(a_value_that_set_refuses_is_refused_with_the_option_s_name) {
  Program program("about");
  std::string seen;
  program.add_option(
      "--even",
      [&](const std::string& text) -> Result<void> {
        if (text == "3") return fail("3 is odd");
        seen = text;
        return {};
      },
      "");
  BOOST_TEST(fault_of(program, {"--even", "3"}) == "--even: 3 is odd");
  BOOST_TEST(seen.empty());
  BOOST_TEST(fault_of(program, {"--even", "4"}).empty());
  BOOST_TEST(seen == "4");
}

BOOST_AUTO_TEST_CASE(a_callback_runs_only_when_the_whole_line_is_right) {
  Program program("about");
  program.require_subcommand();
  int runs = 0;
  auto command = program.add_subcommand("go", "");
  command.callback([&] { ++runs; });
  BOOST_TEST(!fault_of(program, {}).empty());
  BOOST_TEST(!command.parsed());
  BOOST_TEST(!fault_of(program, {"go", "--unknown"}).empty());
  BOOST_TEST(runs == 0);
  BOOST_TEST(fault_of(program, {"go"}).empty());
  BOOST_TEST(runs == 1);
  BOOST_TEST(command.parsed());
}

BOOST_AUTO_TEST_CASE(what_a_callback_throws_leaves_parse) {
  Program program("about");
  program.add_subcommand("go", "").callback([] { throw std::runtime_error("gone"); });
  BOOST_CHECK_THROW(static_cast<void>(parse(program, {"go"})), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_footer_grows_and_goes_to_later_subcommands) {
  const auto help_of = [](const char* name) {
    Program program("about");
    program.add_footer("of the program.");
    program.add_subcommand("first", "").add_footer(" Of the first.");
    program.add_footer(" More.");
    program.add_subcommand("second", "");
    return shown(program, {name, "--help"});
  };
  BOOST_TEST(help_of("first").ends_with("\nof the program. Of the first.\n"));
  BOOST_TEST(help_of("second").ends_with("\nof the program. More.\n"));
}

BOOST_AUTO_TEST_CASE(tells_its_version) {
  Program program("about");
  program.add_version_flag("program 1.2.3");
  BOOST_TEST(shown(program, {"--version"}) == "program 1.2.3\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_named_with_the_nearest_that_is_one) {
  Program program("about");
  program.fallthrough();
  std::string value, other;
  program.add_option("--datadir", other, "x");
  auto command = program.add_subcommand("init", "x");
  command.add_option("--keys-password-file", value, "x");
  const auto told = [&](std::vector<const char*> words) {
    words.insert(words.begin(), "program");
    const auto parsed = program.parse(static_cast<int>(words.size()), words.data());
    return parsed ? "parsed" : parsed.error().what;
  };
  BOOST_TEST(told({"init", "--password-file", "x"}) ==
             "no option --password-file; --keys-password-file?");
  BOOST_TEST(told({"init", "--password-file=x"}) ==
             "no option --password-file; --keys-password-file?");
  BOOST_TEST(told({"init", "--data-dir", "x"}) == "no option --data-dir; --datadir?");
  BOOST_TEST(told({"init", "--nothing-of-the-kind"}) == "no option --nothing-of-the-kind");
  BOOST_TEST(told({"init", "--datadir", "x"}) == "parsed");
}

BOOST_AUTO_TEST_CASE(an_exit_code_ends_a_program_that_has_nothing_to_do) {
  Program program("about");
  const auto ended = [&](const char* word) {
    const std::array words{"program", word};
    return program.parse_or_tell(word == nullptr ? 1 : 2, words.data());
  };
  BOOST_TEST(!ended(nullptr).has_value());
  BOOST_TEST((ended("--unknown") == Exit::usage));
}

BOOST_AUTO_TEST_SUITE_END()
