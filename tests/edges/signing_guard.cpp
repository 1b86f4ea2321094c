#include "edges/signing_guard.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "tests/fixture/child_process.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(signing_guard)

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint64_t patience = 5;  // heights

CometVote vote_at(std::int64_t height, std::int32_t round, VoteStep step,
                  std::uint8_t block = 0xaa) {
  CometVote out{.step = step, .height = height, .round = round, .time = {1'800'000'000, 7}};
  Hash32 hash;
  hash.bytes.fill(block);
  if (block != 0) out.block = {hash, 1, hash};
  return out;
}
CometVote precommit(std::int64_t height, std::uint8_t block = 0xaa) {
  return vote_at(height, 0, VoteStep::precommit, block);
}

// A signer's directory over its restarts, and what it tells.
struct Signer {
  explicit Signer(bool fresh = true) {
    reopen();
    if (fresh) BOOST_REQUIRE(guard->release(0));
  }
  void reopen(std::uint8_t key = 7, std::string chain = "horae-test") {
    guard.reset();
    auto opened = SigningGuard::open({.directory = path(),
                                      .chain_id = std::move(chain),
                                      .key = std::make_shared<const SecretKey>(secret(key)),
                                      .heights_to_wait = patience,
                                      .on_stopped = [this](const auto& why) { told += why; }});
    BOOST_REQUIRE_MESSAGE(opened, opened.error().what);
    guard = std::move(*opened);
  }
  [[nodiscard]] std::filesystem::path path() const { return home.path() / "signer"; }
  [[nodiscard]] std::filesystem::path file() const { return path() / "signed.json"; }
  std::string sign(const CometVote& vote) {
    const auto voted = guard->sign(vote);
    return voted ? "signed" : voted.error().what;
  }
  // Blocks that were committed without the key, or with it.
  void see(std::uint64_t from, std::uint64_t to, bool with = false) {
    const auto others = std::vector{address_of_secret(1), address_of_secret(2)};
    auto all = others;
    all.push_back(address_of_secret(7));
    for (auto height = from; height <= to; ++height) guard->see(height, with ? all : others);
  }
  [[nodiscard]] SigningGuard::State state() const { return guard->status().state; }

  TempDirectory home;
  std::string told;
  std::unique_ptr<SigningGuard> guard;
};

std::string content(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_table_of_cases) {
  const auto first = vote_at(10, 2, VoteStep::prevote);
  const SigningRecord record{.floor = 4, .last = SignedVote{first, {}}};
  const auto judged = [&](const CometVote& vote) -> std::string {
    const auto out = judge_vote(record, vote);
    if (!out) return out.error().what;
    return *out ? "again" : "new";
  };
  // Onward, by height, round and step.
  BOOST_TEST(judged(vote_at(11, 0, VoteStep::proposal)) == "new");
  BOOST_TEST(judged(vote_at(10, 3, VoteStep::proposal)) == "new");
  BOOST_TEST(judged(vote_at(10, 2, VoteStep::precommit)) == "new");
  // Back.
  BOOST_TEST(judged(vote_at(9, 5, VoteStep::precommit)) ==
             "a precommit at height 9, round 5, after a prevote at height 10, round 2 was signed");
  BOOST_TEST(judged(vote_at(10, 1, VoteStep::precommit)) ==
             "a precommit at height 10, round 1, after a prevote at height 10, round 2 was signed");
  BOOST_TEST(judged(vote_at(10, 2, VoteStep::proposal)) ==
             "a proposal at height 10, round 2, after a prevote at height 10, round 2 was signed");
  BOOST_TEST(judged(precommit(4)) ==
             "a precommit at height 4, round 0, where nothing up to height 4 is signed any more");
  // The same once more, but for the time.
  BOOST_TEST(judged(first) == "again");
  auto later = first;
  later.time.seconds += 3;
  BOOST_TEST(judged(later) == "again");
  // Another.
  const auto conflict = "another prevote at height 10, round 2 than the one that was signed";
  BOOST_TEST(judged(vote_at(10, 2, VoteStep::prevote, 0xbb)) == conflict);
  BOOST_TEST(judged(vote_at(10, 2, VoteStep::prevote, 0)) == conflict);
  auto other_parts = first;
  other_parts.block->parts = 2;
  BOOST_TEST(judged(other_parts) == conflict);
  auto proposal = vote_at(10, 2, VoteStep::proposal);
  const SigningRecord proposed{.last = SignedVote{proposal, {}}};
  proposal.valid_round = 1;
  BOOST_TEST(!judge_vote(proposed, proposal));
}

BOOST_AUTO_TEST_CASE(what_is_signed_is_the_keys) {
  Signer signer;
  const auto vote = precommit(3);
  const auto voted = signer.guard->sign(vote);
  BOOST_REQUIRE(voted);
  BOOST_CHECK(voted->vote == vote);
  const auto key = recover(keccak256(as_bytes(sign_bytes(vote, "horae-test"))), voted->signature);
  BOOST_REQUIRE(key);
  BOOST_TEST(address_of(*key) == address_of_secret(7));
  BOOST_TEST(signer.guard->address() == address_of_secret(7));
}

BOOST_AUTO_TEST_CASE(a_restart_forgets_nothing) {
  Signer signer;
  const auto first = vote_at(10, 2, VoteStep::prevote);
  const auto voted = signer.guard->sign(first);
  BOOST_REQUIRE(voted);
  signer.reopen();
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  auto later = first;
  later.time.nanos += 1;
  const auto again = signer.guard->sign(later);
  BOOST_REQUIRE(again);
  BOOST_CHECK(*again == *voted);  // with the first one's time
  BOOST_TEST(signer.sign(vote_at(10, 2, VoteStep::prevote, 0xbb)) ==
             "another prevote at height 10, round 2 than the one that was signed");
  BOOST_TEST(signer.sign(vote_at(10, 1, VoteStep::precommit)) != "signed");
  BOOST_TEST(signer.sign(vote_at(10, 2, VoteStep::precommit)) == "signed");
}

BOOST_AUTO_TEST_CASE(durable_before_it_is_given_away) {
  Signer signer;
  BOOST_REQUIRE(signer.sign(precommit(3)) == "signed");
  const auto before = content(signer.file());
  // What cannot be written is not signed: a directory stands where the new file would be written.
  const auto in_the_way = signer.file().string() + ".new";
  std::filesystem::create_directory(in_the_way);
  BOOST_TEST(signer.sign(precommit(4)).find("cannot write") == 0u);
  std::filesystem::remove(in_the_way);
  BOOST_TEST(content(signer.file()) == before);
  BOOST_TEST(signer.sign(precommit(4, 0xbb)) == "signed");
  BOOST_TEST(content(signer.file()).find("\"height\":4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_directory_is_its_owners_alone) {
  Signer signer;
  struct stat found {};
  BOOST_REQUIRE(::stat(signer.path().c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0700u);
  BOOST_REQUIRE(::stat(signer.file().c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0600u);
  signer.guard.reset();
  std::filesystem::permissions(signer.path(), std::filesystem::perms{0750});
  const auto refused = SigningDirectory::open(signer.path());
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().what == "the signer's directory " + signer.path().string() +
                                         " is open to others: chmod 700 " + signer.path().string());
}

BOOST_AUTO_TEST_CASE(two_signers_have_no_directory_in_common) {
  Signer signer;
  const auto second = SigningDirectory::open(signer.path());
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().what.find("is another signer's") != std::string::npos);
  signer.guard.reset();
  BOOST_TEST(SigningDirectory::open(signer.path()).has_value());
}

BOOST_AUTO_TEST_CASE(the_key_is_in_no_file) {
  Signer signer;
  signer.sign(precommit(3));
  BOOST_TEST(content(signer.file()).find(to_hex(secret(7).expose()).substr(2)) ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_record_it_waits) {
  Signer signer(false);
  BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
  BOOST_TEST(signer.sign(precommit(200)) ==
             "signs nothing yet: there is no record of what the key has signed");
  // The key is in the blocks: it is still counted from the last of them.
  signer.see(101, 103);
  signer.see(104, 104, true);
  signer.see(105, 108);
  BOOST_TEST(signer.guard->status().heights_waited == 4u);
  BOOST_TEST(signer.guard->status().heights_to_wait == patience);
  signer.see(106, 108);  // shown again, as after a restart of CometBFT
  BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
  signer.see(109, 109);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  BOOST_TEST(signer.sign(precommit(109)) != "signed");
  signer.reopen();
  BOOST_TEST(signer.sign(precommit(109)) != "signed");
  BOOST_TEST(signer.sign(precommit(110)) == "signed");
}

BOOST_AUTO_TEST_CASE(an_operators_word_ends_the_wait) {
  Signer signer(false);
  signer.see(1, 2);
  BOOST_TEST(signer.guard->release(2).has_value());
  BOOST_TEST(signer.sign(precommit(2)) != "signed");
  BOOST_TEST(signer.sign(precommit(3)) == "signed");
  // It says nothing against what is known.
  BOOST_TEST(signer.guard->release(0).has_value());
  BOOST_TEST(signer.sign(precommit(3, 0xbb)) != "signed");
}

BOOST_AUTO_TEST_CASE(a_word_never_lets_it_sign_again_what_its_record_has) {
  Signer signer;
  BOOST_REQUIRE(signer.sign(vote_at(9, 1, VoteStep::prevote)) == "signed");
  BOOST_TEST(signer.guard->release(2).has_value());
  BOOST_TEST(signer.sign(vote_at(9, 1, VoteStep::prevote, 0xbb)) != "signed");
  BOOST_TEST(signer.sign(vote_at(9, 2, VoteStep::prevote)) != "signed");
  BOOST_TEST(signer.sign(precommit(10)) == "signed");
}

BOOST_AUTO_TEST_CASE(of_a_restored_record_a_word_tells_what_it_lacks) {
  Signer signer;
  signer.sign(precommit(3));
  const auto backup = content(signer.file());
  for (std::int64_t height = 4; height <= 6; ++height) signer.sign(precommit(height));
  signer.guard.reset();
  std::ofstream(signer.file(), std::ios::binary | std::ios::trunc) << backup;
  signer.reopen();
  // It does not know that it is restored.
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  BOOST_TEST(signer.guard->release(6).has_value());
  BOOST_TEST(signer.sign(precommit(6, 0xbb)) != "signed");
  signer.see(3, 6, true);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  BOOST_TEST(signer.sign(precommit(7)) == "signed");
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_none) {
  Signer signer;
  signer.sign(precommit(3));
  const auto whole = content(signer.file());
  const auto why_with = [&](const std::string& damaged) {
    signer.guard.reset();
    std::ofstream(signer.file(), std::ios::binary | std::ios::trunc) << damaged;
    signer.reopen();
    BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
    return signer.guard->status().why;
  };
  const auto damaged = signer.file().string() + " is damaged: its SHA-256 is another";
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    BOOST_TEST(why_with(whole.substr(0, size)) == damaged);
  }
  auto flipped = whole;
  flipped[flipped.find("\"height\":3") + 9] = '2';
  BOOST_TEST(why_with(flipped) == damaged);
  const std::string other = "{}\n";
  BOOST_TEST(why_with(to_hex(sha256(as_bytes(other))) + "\n" + other)
                 .find("is not what this version writes") != std::string::npos);
  signer.guard.reset();
  std::ofstream(signer.file(), std::ios::binary | std::ios::trunc) << whole;
  signer.reopen();
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
}

BOOST_AUTO_TEST_CASE(a_record_of_another_key_or_chain_is_none) {
  Signer signer;
  signer.sign(precommit(3));
  signer.reopen(8);
  BOOST_TEST(signer.sign(precommit(4)) == "signs nothing yet: the record is of " +
                                              to_hex(address_of_secret(7)) +
                                              " on the chain horae-test, not of " +
                                              to_hex(address_of_secret(8)) + " on horae-test");
  signer.reopen(7, "another");
  BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
  signer.reopen();
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
}

BOOST_AUTO_TEST_CASE(a_key_on_another_machine_is_seen_and_stops_it_for_good) {
  Signer signer;
  BOOST_REQUIRE(signer.sign(precommit(2)) == "signed");
  signer.see(1, 2, true);  // where it began, and before, nothing is judged
  signer.see(3, 4);
  BOOST_REQUIRE(signer.sign(vote_at(5, 0, VoteStep::precommit, 0)) == "signed");  // for no block
  BOOST_TEST(signer.told.empty());
  signer.see(5, 5, true);
  const std::string why =
      "the block at height 5 has a signature of the key that is not in the record: another "
      "machine has the key";
  BOOST_TEST(signer.told == why);
  BOOST_CHECK(signer.state() == SigningGuard::State::stopped);
  BOOST_TEST(signer.sign(precommit(6)) == "signs nothing any more: " + why);
  signer.see(6, 6 + 2 * patience);
  BOOST_CHECK(signer.state() == SigningGuard::State::stopped);
  signer.reopen();
  BOOST_CHECK(signer.state() == SigningGuard::State::stopped);
  BOOST_TEST(signer.told == why);  // once
  BOOST_TEST(signer.guard->release(20).has_value());
  BOOST_TEST(signer.sign(precommit(21)) == "signed");
}

BOOST_AUTO_TEST_CASE(a_record_restored_from_a_backup_waits) {
  Signer signer;
  signer.sign(precommit(3));
  const auto backup = content(signer.file());
  signer.sign(precommit(4));
  signer.guard.reset();
  std::ofstream(signer.file(), std::ios::binary | std::ios::trunc) << backup;
  signer.reopen();
  signer.see(3, 3, true);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  signer.see(4, 4, true);
  BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
  // Also over a restart, though the blocks are not shown again.
  signer.reopen();
  BOOST_TEST(signer.sign(precommit(5)) != "signed");
  signer.see(5, 4 + patience);
  BOOST_TEST(signer.sign(precommit(5 + patience)) == "signed");
  BOOST_TEST(signer.told.empty());
}

BOOST_AUTO_TEST_CASE(history_without_the_key_says_nothing_of_what_follows) {
  Signer signer(false);
  signer.see(1, patience);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  // A node that catches up learns that the key joined later.
  signer.see(patience + 1, 40, true);
  BOOST_CHECK(signer.state() == SigningGuard::State::waiting);
  signer.see(41, 40 + patience);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  BOOST_TEST(signer.told.empty());
}

BOOST_AUTO_TEST_CASE(old_heights_are_not_judged) {
  Signer signer;
  for (std::int64_t height = 1; height <= 400; ++height) {
    BOOST_REQUIRE(signer.sign(precommit(height)) == "signed");
  }
  signer.reopen();
  signer.see(1, 400, true);
  BOOST_CHECK(signer.state() == SigningGuard::State::signing);
  BOOST_TEST(std::filesystem::file_size(signer.file()) < 4'096u);
}

BOOST_AUTO_TEST_SUITE_END()
