#include "core/trouble.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <vector>

#include "core/exit.hpp"

using namespace horae;

namespace {

struct Known {
  std::string_view code;
  int exit;
};

// Append only: what people have searched for, and scripts look at, means the same for ever.
constexpr Known known[] = {
    {"H-UNEXPECTED", 1},      {"H-BUG", 1},
    {"H-DISK-FAILED", 1},     {"H-USAGE", 2},
    {"H-SETTINGS", 3},        {"H-DIR-LOCKED", 4},
    {"H-DIR-ACCESS", 4},      {"H-DIR-GONE", 4},
    {"H-LOOKUPS", 4},         {"H-INSPECT-SOCKET", 4},
    {"H-LOG-CORRUPT", 5},     {"H-SNAPSHOT-ALTERED", 5},
    {"H-KEY-OPEN", 6},        {"H-KEY-MAKE", 6},
    {"H-KEY-OTHER", 6},       {"H-LOG-KEY", 6},
    {"H-L1-UNREACHABLE", 7},  {"H-ENGINE-UNREACHABLE", 7},
    {"H-L1-VIEWS-UNREAD", 7}, {"H-NOT-READY", 8},
    {"H-DIR-IDENTITY", 9},    {"H-L1-CHAIN", 9},
    {"H-ENGINE-CHAIN", 9},    {"H-L1-NO-CONTRACTS", 9},
    {"H-L1-REFUSED", 9},      {"H-RULES-REFUSED", 9},
    {"H-PORT-TAKEN", 3},      {"H-THERE-ALREADY", 9},
    {"H-ENGINE-DIFFERS", 10}, {"H-L1-DIFFERS", 10},
    {"H-L1-ALARM", 10},       {"H-REGISTRY-ENTRY", 10},
    {"H-DEV-CHAIN", 7},       {"H-DEV-ENDING", 8},
    {"H-DEV-FOREIGN", 9},     {"H-DEV-NOT-SAVED", 1},
    {"H-NODE-SILENT", 7},     {"H-CHECK-FAILED", 9},
    {"H-NO-LOG", 3},          {"H-NO-FILE", 3},
    {"H-FILE-ACCESS", 4},     {"H-FILE-FORM", 5},
    {"H-NOT-IN-LOG", 9},      {"H-ENGINE-UNFIT", 9},
    {"H-AUDIT-MISMATCH", 10}, {"H-LOG-INCOMPLETE", 11},
    {"H-POOL-GENESIS", 9},    {"H-POOL-SIGNER", 6},
    {"H-POOL-CONSENSUS", 7},  {"H-POOL-RULES", 9},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trouble)

BOOST_AUTO_TEST_CASE(no_code_ever_changes_its_place_or_its_exit_code) {
  const auto all = troubles();
  BOOST_REQUIRE(all.size() == std::size(known));
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all[i].code == known[i].code);
    BOOST_TEST(static_cast<int>(all[i].exit) == known[i].exit, all[i].code);
    BOOST_TEST((entry_of(all[i].trouble).code == all[i].code));
  }
  BOOST_TEST((exit_of(Trouble::none) == Exit::ok));
}

BOOST_AUTO_TEST_CASE(every_code_is_one_of_its_kind_and_says_everything) {
  std::set<std::string_view> seen;
  for (const auto& entry : troubles()) {
    BOOST_TEST_CONTEXT(entry.code) {
      BOOST_TEST(seen.insert(entry.code).second);
      BOOST_TEST(entry.code.starts_with("H-"));
      BOOST_TEST(entry.code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
                 std::string_view::npos);
      for (const auto text : {entry.title, entry.meaning, entry.causes, entry.next, entry.docs}) {
        BOOST_TEST(!text.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_help_names_every_exit_code) {
  const auto help = exit_codes_help();
  for (std::size_t code = 0; code < exit_meanings.size(); ++code) {
    const auto line = "\n  " + std::to_string(code) + (code < 10 ? "   " : "  ") +
                      std::string(exit_meanings[code]);
    BOOST_TEST(help.find(line) != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
