#include "node/watch/header_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "edges/comet_header.hpp"
#include "tests/core/vectors.hpp"
#include "tests/fixture/secret.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(header_keeper)

namespace {

// What a real pool of four answered for height 13.
Bytes recorded_header() {
  return read_signed_header(test::read_json(HORAE_SOURCE_DIR "/tests/edges/comet_commit.json"))
      .value();
}
const WantedHeader recorded{13, sha256({Hash32{}.view(), as_bytes("a txn of ours")})};

// A log that wants headers, and a consensus that answers the recorded one to every height.
struct Looking {
  Result<std::vector<WantedHeader>> wanted = std::vector{recorded};
  Result<std::uint64_t> earliest = std::uint64_t{1};
  std::uint8_t members = 4;
  std::vector<std::uint64_t> asked = {}, kept = {};

  // What is wrong; empty: nothing.
  std::string look() {
    const HeaderSource source{"horae-test",
                              [&] { return wanted; },
                              [&](std::uint64_t height, const Bytes& header) -> Result<void> {
                                BOOST_TEST((header == recorded_header()));
                                kept.push_back(height);
                                return {};
                              },
                              [&] { return earliest; },
                              [&](std::uint64_t height) {
                                asked.push_back(height);
                                return recorded_header();
                              },
                              [&](std::uint64_t) {
                                std::vector<ConsensusMember> out;
                                for (std::uint8_t n = 1; n <= members; ++n) {
                                  out.push_back({public_key(test::secret(n)), 10});
                                }
                                return out;
                              }};
    const auto done = keep_headers(source, [] { return false; });
    return done ? std::string() : done.error().what;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_shows_the_log_is_kept) {
  Looking looking;
  BOOST_TEST(looking.look() == "");
  BOOST_TEST(looking.kept == std::vector{recorded.height});
}

BOOST_AUTO_TEST_CASE(consensus_is_asked_for_nothing_where_nothing_is_wanted) {
  Looking idle{.wanted = std::vector<WantedHeader>{}};
  BOOST_TEST(idle.look() == "");
  Looking ended{.wanted = fail("the sequence has ended")};
  BOOST_TEST(ended.look() == "");
  Looking silent{.earliest = fail("connection refused")};
  BOOST_TEST(silent.look() == "");
  for (const auto& each : {idle, ended, silent}) BOOST_TEST(each.asked.empty());
}

BOOST_AUTO_TEST_CASE(what_consensus_has_no_more_is_passed_over) {
  Looking looking{.wanted = std::vector<WantedHeader>{{11, {}}, recorded}, .earliest = 12};
  BOOST_TEST(looking.look() == "");
  BOOST_TEST(looking.asked == std::vector{recorded.height});
  BOOST_TEST(looking.kept == std::vector{recorded.height});
}

BOOST_AUTO_TEST_CASE(what_shows_something_else_is_told_and_not_kept) {
  Looking other{.wanted = std::vector<WantedHeader>{{13, Hash32{{7}}}}};
  BOOST_TEST(other.look().find("and the log has 0x07") != std::string::npos);
  Looking height{.wanted = std::vector<WantedHeader>{{12, recorded.app_hash}}};
  BOOST_TEST(height.look().find("height 12: the header of height 13") == 0u);
  Looking members{.members = 3};
  BOOST_TEST(members.look().find("the header names other members") != std::string::npos);
  for (const auto& each : {other, height, members}) BOOST_TEST(each.kept.empty());
  // The others are kept all the same.
  Looking two{.wanted = std::vector<WantedHeader>{{12, {}}, recorded}};
  BOOST_TEST(two.look().find("height 12: ") == 0u);
  BOOST_TEST(two.kept == std::vector{recorded.height});
}

BOOST_AUTO_TEST_SUITE_END()
