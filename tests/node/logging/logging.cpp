#include <capnp/schema.h>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <set>

#include "core/exit.hpp"
#include "node/cli/alerts.hpp"
#include "node/cli/explain.hpp"
#include "node/cli/words.hpp"
#include "node/health/health.hpp"
#include "node/logging/format.hpp"
#include "node/logging/settings.hpp"
#include "schemas/submissions.capnp.h"
#include "schemas/values.capnp.h"

using namespace horae;
using namespace horae::logging;

namespace {

constexpr std::uint64_t at = 1'795'361'265'042;  // 2026-11-22T15:27:45.042Z

std::string in(Form form, std::string_view what, Details details = {}) {
  return line(form, at, Level::warn, "L1 listener", what, details);
}

bool is_utf8(std::string_view bytes) {
  // Boost.JSON refuses a string that is none.
  boost::system::error_code error;
  boost::json::parse("\"" + std::string(bytes) + "\"", error);
  return !error;
}

// key=value … with values bare or between quotation marks, as logfmt has it.
bool is_logfmt(std::string_view text) {
  while (!text.empty()) {
    std::size_t i = 0;
    while (i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_'))
      ++i;
    if (i == 0 || i == text.size() || text[i] != '=') return false;
    text.remove_prefix(i + 1);
    if (text.starts_with('"')) {
      for (i = 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      if (i >= text.size()) return false;
      text.remove_prefix(i + 1);
    } else {
      i = text.find_first_of(" \"=");
      if (i == 0) return false;
      if (i == std::string_view::npos) return true;
      text.remove_prefix(i);
    }
    if (text.empty()) return true;
    if (!text.starts_with(' ')) return false;
    text.remove_prefix(1);
  }
  return false;
}

// Bytes that want to be a line of their own, move a cursor, or turn text around.
const std::vector<std::string>& hostile() {
  static const std::vector<std::string> all{"two\nlines",
                                            "carriage\rreturn",
                                            "\x1b[2J cleared",
                                            std::string("a\0b", 3),
                                            "quote \" and \\ it",
                                            "} , \"level\":\"x\"",
                                            "level=error x=\"",
                                            "\xc2\x9b"
                                            "31m C1",
                                            "\xe2\x80\xa8 line",
                                            "\xe2\x80\xae turned",
                                            "\xff\xfe none",
                                            "\xc0\xaf overlong",
                                            "\xed\xa0\x80 half",
                                            "\xf4\x90\x80\x80 beyond",
                                            "cut \xe2\x82",
                                            "\xf0\x9f\x98\x80 ok",
                                            "",
                                            "=",
                                            "tab\there",
                                            "\x7f"};
  return all;
}

void check_line(Form form, const std::string& text) {
  BOOST_TEST_CONTEXT(text) {
    BOOST_REQUIRE(text.ends_with('\n'));
    const std::string_view one(text.data(), text.size() - 1);
    for (const unsigned char c : one) BOOST_TEST((c >= 0x20 && c != 0x7f));
    if (form == Form::json) {
      boost::system::error_code error;
      const auto value = boost::json::parse(one, error);
      BOOST_REQUIRE(!error);
      const auto& object = value.as_object();
      BOOST_TEST(object.size() == 6u);
      BOOST_TEST(object.at("level").as_string() == "warn");
      BOOST_TEST(object.at("number").to_number<std::uint64_t>() == 7u);
      BOOST_TEST(object.at("msg").is_string());
    } else {
      BOOST_TEST(one.find('\n') == std::string_view::npos);
    }
    if (form == Form::logfmt) BOOST_TEST(is_logfmt(one));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(node_logging)

BOOST_AUTO_TEST_CASE(a_line_in_each_form) {
  const Details details{{"head", 12u}, {"why", "no answer"}, {"behind", -3}, {"key", "a=b"}};
  BOOST_TEST(in(Form::text, "L1 is unreachable", details) ==
             "2026-11-22T15:27:45.042Z WARN  L1 listener: L1 is unreachable head=12 "
             "why=\"no answer\" behind=-3 key=\"a=b\"\n");
  BOOST_TEST(in(Form::logfmt, "L1 is unreachable", details) ==
             "time=2026-11-22T15:27:45.042Z level=warn who=\"L1 listener\" msg=\"L1 is "
             "unreachable\" head=12 why=\"no answer\" behind=-3 key=\"a=b\"\n");
  BOOST_TEST(in(Form::json, "L1 is unreachable", details) ==
             "{\"time\":\"2026-11-22T15:27:45.042Z\",\"level\":\"warn\",\"who\":\"L1 listener\","
             "\"msg\":\"L1 is unreachable\",\"head\":12,\"why\":\"no answer\",\"behind\":-3,"
             "\"key\":\"a=b\"}\n");
}

BOOST_AUTO_TEST_CASE(whatever_it_is_made_of_it_is_one_line_of_its_form) {
  for (const auto form : {Form::text, Form::logfmt, Form::json}) {
    for (const auto& bytes : hostile()) {
      check_line(form, in(form, bytes, {{"value", bytes}, {"number", 7u}}));
    }
  }
  BOOST_TEST(in(Form::json, "\xff\n\xe2\x80\xae").find(R"(\\xff\n\u202e)") != std::string::npos);
  BOOST_TEST(printable("a\x1b[1m\xff") == "a\\u001b[1m\\xff");
  BOOST_TEST(printable("\xf0\x9f\x98\x80 \xc3\xa9") == "\xf0\x9f\x98\x80 \xc3\xa9");
}

BOOST_AUTO_TEST_CASE(so_are_bytes_at_random) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    for (auto n = random() % 20; n > 0; --n) bytes += static_cast<char>(random());
    for (const auto form : {Form::text, Form::logfmt, Form::json}) {
      const auto text = in(form, bytes, {{"value", bytes}, {"number", 7u}});
      check_line(form, text);
      if (form == Form::json) continue;  // Boost.JSON has just read it
      std::string inner(text, 0, text.size() - 1);
      std::erase_if(inner, [](char c) { return c == '"' || c == '\\'; });
      BOOST_TEST(is_utf8(inner));
    }
  }
}

BOOST_AUTO_TEST_CASE(levels_are_read_and_what_is_not_known_is_refused_with_the_nearest) {
  const auto levels = parse_levels(" mempool=debug, L1 listener=warn,door=error");
  BOOST_REQUIRE(levels.has_value());
  BOOST_TEST((*levels == std::map<std::string, Level, std::less<>>{{"mempool", Level::debug},
                                                                   {"L1 listener", Level::warn},
                                                                   {"door", Level::error}}));
  BOOST_TEST(parse_levels("")->empty());
  BOOST_TEST(parse_levels("mempol=debug").error().what ==
             "no actor is called mempol: is mempool meant?");
  BOOST_TEST(parse_levels("mempool=debgu").error().what ==
             "mempool: no level is called debgu: is debug meant?");
  BOOST_TEST(parse_levels("mempool").error().what == "wanted NAME=LEVEL, got mempool");
  BOOST_TEST(!parse_levels("mempool=debug,").has_value());
  BOOST_TEST(parse_form("jsno").error().what == "no format of logs is called jsno: is json meant?");
  BOOST_TEST(!parse_level("INFO").has_value());
  BOOST_TEST(logger_name_of("door 12") == "door");
  BOOST_TEST(logger_name_of("L1 listener") == "L1 listener");
  BOOST_TEST(logger_name_of("door12") == "door12");
  BOOST_TEST(logger_name_of("7") == "7");
}

BOOST_AUTO_TEST_CASE(every_reason_of_the_schemas_can_be_explained) {
  std::set<std::string_view> known;
  std::set<std::pair<std::string_view, std::string_view>> entries;
  for (const auto& word : words()) {
    known.insert(word.name);
    BOOST_TEST(entries.emplace(word.name, word.where).second, word.name << " twice");
    BOOST_TEST(!word.meaning.empty());
  }
  const auto check = [&](capnp::EnumSchema schema) {
    for (const auto each : schema.getEnumerants()) {
      const std::string name = each.getProto().getName().cStr();
      BOOST_TEST((name == "none" || known.contains(name)), name);
    }
  };
  check(capnp::Schema::from<schema::Reason>());
  check(capnp::Schema::from<schema::StallReason>());
  for (const auto state : health_states) BOOST_TEST(known.contains(state), state);
}

namespace {

const std::filesystem::path explained_tree = HORAE_SOURCE_DIR;

std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  BOOST_REQUIRE_MESSAGE(in.good(), file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The first group of every match in the directory's files of this kind.
std::set<std::string> found_in(const char* directory, const char* extension, const char* pattern) {
  std::set<std::string> out;
  const std::regex wanted(pattern);
  for (const auto& entry : std::filesystem::directory_iterator(explained_tree / directory)) {
    if (entry.path().extension() != extension) continue;
    const auto text = text_of_file(entry.path());
    for (std::sregex_iterator each(text.begin(), text.end(), wanted), end; each != end; ++each) {
      out.insert((*each)[1]);
    }
  }
  return out;
}

// The names of one group.
std::set<std::string> explained_names(std::string_view group) {
  std::set<std::string> out;
  for (const auto& one : everything_explained()) {
    if (one.group == group) out.insert(one.name);
  }
  return out;
}

void includes(const std::set<std::string>& known, const std::set<std::string>& wanted) {
  for (const auto& one : wanted) BOOST_TEST(known.contains(one), one << " is not explained");
}

}  // namespace

BOOST_AUTO_TEST_CASE(everything_says_what_it_is_and_means) {
  for (const auto& one : everything_explained()) {
    BOOST_TEST_CONTEXT(one.group << ": " << one.name) {
      BOOST_TEST(!one.name.empty());
      BOOST_TEST(!one.title.empty());
      BOOST_TEST(one.text.size() > 1);
      BOOST_TEST(one.text.ends_with('\n'));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_exit_code_is_known) {
  const auto known = explained_names("Exit codes");
  for (std::size_t code = 0; code < exit_meanings.size(); ++code) {
    BOOST_TEST(known.contains("exit " + std::to_string(code)));
  }
}

BOOST_AUTO_TEST_CASE(every_alert_is_known_and_no_other) {
  auto fired = found_in("deploy/prometheus", ".yml", R"(- alert: (\w+))");
  BOOST_TEST(fired.size() > 20u);
  BOOST_TEST((explained_names("Alerts of deploy/prometheus") == fired));
  for (const auto& alert : alerts()) {
    BOOST_TEST_CONTEXT(alert.name) {
      BOOST_TEST(!alert.meaning.empty());
      BOOST_TEST(!alert.next.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_alert_is_what_its_section_says) {
  const auto read = alerts_of(
      "# Page\n\nBefore.\n\n## One\n\nIt is\nso.\n\nDo this.\n\nAnd that.\n"
      "\n## Two\n\nOther.\n\nNothing.");
  BOOST_REQUIRE(read.size() == 2u);
  BOOST_TEST(read[0].name == "One");
  BOOST_TEST(read[0].meaning == "It is so.");
  BOOST_TEST(read[0].next == "Do this. And that.");
  BOOST_TEST(read[1].next == "Nothing.");
}

BOOST_AUTO_TEST_CASE(every_lint_is_known_and_stands_in_the_guide) {
  const auto guide = text_of_file(explained_tree / "docs" / "inspecting.md");
  const auto known = explained_names("Lints of horae-inspect");
  BOOST_TEST(known.size() == 5u);
  for (const auto& name : known) {
    BOOST_TEST(guide.find("| `" + name + "` |") != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_CASE(whatever_the_contracts_revert_with_is_known) {
  const auto known = explained_names("Reverts of the contracts");
  const auto errors = found_in("contracts", ".sol", R"(\berror (\w+)\()");
  const auto texts = found_in("contracts", ".sol", R"(require\([^;]*"([^"]*)\"\s*\);)");
  BOOST_TEST(errors.size() >= 9u);
  BOOST_TEST(texts.size() >= 20u);
  includes(known, errors);
  includes(known, texts);
}

BOOST_AUTO_TEST_CASE(what_strangers_cause_is_bounded_and_counted) {
  constexpr std::uint64_t second = 1'000'000'000;
  RateLimiter limiter(2);
  BOOST_TEST(*limiter.pass(10 * second) == 0u);
  BOOST_TEST(*limiter.pass(10 * second + 1) == 0u);
  for (int i = 0; i < 5; ++i) BOOST_TEST(!limiter.pass(10 * second + 2).has_value());
  BOOST_TEST(*limiter.pass(11 * second) == 5u);
  BOOST_TEST(*limiter.pass(11 * second) == 0u);
}

BOOST_AUTO_TEST_CASE(lasting_trouble_is_told_once_and_its_end_once) {
  Episode trouble;
  BOOST_TEST(!trouble.ends());
  BOOST_TEST(trouble.begins("unreachable"));
  BOOST_TEST(!trouble.begins("unreachable"));
  BOOST_TEST(trouble.begins("rate limited"));
  BOOST_TEST(trouble.ends());
  BOOST_TEST(!trouble.ends());
}

BOOST_AUTO_TEST_SUITE_END()
