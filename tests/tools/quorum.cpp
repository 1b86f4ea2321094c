#include "tools/replay/audit/quorum.hpp"

#include <boost/test/unit_test.hpp>

#include "core/hash.hpp"
#include "edges/canonical_vote.hpp"
#include "edges/proto/commit.pb.h"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/fixture/secret.hpp"
#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/verify.hpp"

using namespace horae;
using namespace horae::replay;
using test::address_of_secret;
using test::Directory;
using test::LogScene;
using test::secret;

BOOST_AUTO_TEST_SUITE(quorum)

namespace {

constexpr std::string_view chain = "test-pool";  // as genesis_of names it

std::string bytes_of(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

// A header of consensus, which members sign.
struct SceneHeader {
  comet::SignedHeader message;

  SceneHeader(std::uint64_t height, const Hash32& app_hash,
              const std::vector<ConsensusMember>& members) {
    auto& header = *message.mutable_header();
    header.set_chain_id(std::string(chain));
    header.set_height(static_cast<std::int64_t>(height));
    header.set_app_hash(bytes_of(app_hash.view()));
    header.set_validators_hash(bytes_of(members_hash(members).view()));
    auto& commit = *message.mutable_commit();
    commit.set_height(header.height());
    commit.mutable_block_id()->mutable_part_set_header()->set_total(1);
    commit.mutable_block_id()->mutable_part_set_header()->set_hash(std::string(32, 'p'));
    seal();
  }

  // Has the commit name the header as it is now: what checks a commit says which hash it should
  // have.
  void seal() {
    const auto why = check_commit(bytes(), chain, {}).error().what;
    const std::string_view words = "the header's hash is ";
    BOOST_REQUIRE_MESSAGE(why.starts_with(words), why);
    hash_ = *Hash32::from(*from_hex(why.substr(words.size(), 66)));
    message.mutable_commit()->mutable_block_id()->set_hash(bytes_of(hash_.view()));
  }
  [[nodiscard]] const Hash32& hash() const { return hash_; }
  void sign(std::uint8_t member) {
    auto& commit = *message.mutable_commit();
    CometVote vote{.step = VoteStep::precommit,
                   .height = commit.height(),
                   .round = commit.round(),
                   .block = CometBlockId{hash_, 1, Hash32::from(Bytes(32, 'p')).value()}};
    vote.time.seconds = member;
    auto& signature = *commit.add_signatures();
    signature.set_block_id_flag(comet::CommitSig::COMMIT);
    signature.set_validator_address(bytes_of(address_of_secret(member).view()));
    signature.mutable_timestamp()->set_seconds(vote.time.seconds);
    signature.set_signature(
        bytes_of(horae::sign(keccak256(as_bytes(sign_bytes(vote, chain))), secret(member)).view()));
  }
  [[nodiscard]] Bytes bytes() const {
    const auto text = message.SerializeAsString();
    return {text.begin(), text.end()};
  }

 private:
  Hash32 hash_;
};

// A member's log of a pool of four, of which each has 10 of 40 power.
struct PoolScene {
  LogScene log;
  std::vector<ConsensusMember> members;
  std::map<std::uint64_t, SceneHeader> headers;

  PoolScene() {
    for (std::uint8_t n = 1; n <= 4; ++n) members.push_back({public_key(secret(n)), 10});
    Identity identity;
    identity.l1_chain_id = 31337;
    identity.l2_chain_id = test::l2_chain_id;
    identity.engine = "test";
    log.commit(open_log(log.world.local.node, identity));
    log.commit(start_node(log.world.local.node, "test"));
    auto state = log.world.shared;
    const auto founding = found(state, test::genesis_of({10, 10, 10, 10}).read());
    for (const auto& decision : *founding) log.commit(decision);
  }

  // A shared fact: a member says where it is reached.
  void change() {
    auto state = log.world.shared;
    const auto command = Msg<schema::SharedCommand>::build([&](auto root) {
      auto ready = root.initPool().initBeReady();
      ready.setPublicKey(data(public_key(secret(2))));
      ready.setEndpoint(("member@host:" + std::to_string(log.world.seq)).c_str());
    });
    log.commit(settle(state, command.read(), address_of_secret(2)));
  }
  // The next height; returns the record's place.
  std::uint64_t apply() {
    const auto height = log.world.local.progress.applied.height + 1;
    const auto& header =
        headers.emplace(height, SceneHeader(height, before_, members)).first->second;
    before_ = app_hash(log.world.shared.digests);
    return log.commit(block_applied(log.world.local.progress, {height, header.hash(), before_}));
  }
  std::uint64_t keep(std::uint64_t height, const Bytes& header) {
    return log.commit(block_signed(log.world.local.progress, height, header));
  }
  std::uint64_t keep(std::uint64_t height) {
    auto header = headers.at(height);
    for (std::uint8_t member = 1; member <= 3; ++member) header.sign(member);
    return keep(height, header.bytes());
  }

  [[nodiscard]] Outcome<Quorum> find(std::optional<std::uint64_t> height) const {
    const Directory directory;
    LogScene::write(directory.path, log.values);
    const auto source = Source::open(directory.path);
    BOOST_REQUIRE(source.has_value());
    return find_quorum(*source, height, nullptr);
  }
  [[nodiscard]] std::string why_not(std::optional<std::uint64_t> height) const {
    const auto found = find(height);
    BOOST_REQUIRE(!found);
    BOOST_TEST(static_cast<int>(found.error().exit()) == static_cast<int>(Exit::precondition));
    return found.error().what;
  }
  [[nodiscard]] tl::expected<Verified, Finding> verified(std::uint64_t from = 1) const {
    const Directory directory;
    LogScene::write(directory.path, log.values);
    const auto source = Source::open(directory.path);
    BOOST_REQUIRE(source.has_value());
    VerifyOptions options;
    options.from = from;
    return verify(*source, nullptr, options);
  }
  // Both name the record and what of it is wrong.
  void wrong_for_both(std::uint64_t seq, std::string_view what) const {
    const auto found = find(std::nullopt);
    BOOST_REQUIRE_MESSAGE(found && found->finding, "nothing found, wanted " << what);
    const auto checked = verified();
    BOOST_REQUIRE_MESSAGE(!checked, "nothing found, wanted " << what);
    for (const auto& finding : {*found->finding, checked.error()}) {
      BOOST_TEST_CONTEXT(to_text(finding)) {
        BOOST_TEST(finding.seq == seq);
        BOOST_TEST((finding.trouble == Trouble::audit_mismatch));
        BOOST_TEST(to_text(finding).find(what) != std::string::npos, "wanted " << what);
      }
    }
  }

 private:
  Hash32 before_;  // after the height that was applied last
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_log_shows_that_the_pool_agreed) {
  PoolScene scene;
  const auto first = scene.apply();
  scene.apply();
  const auto header = scene.keep(2);
  scene.change();
  const auto changed = scene.apply();
  BOOST_TEST(scene.why_not(3).find("after height 3 yet") != std::string::npos);
  scene.apply();
  scene.apply();
  scene.keep(4);

  const auto one = scene.find(1);
  BOOST_REQUIRE_MESSAGE(one, (one ? "" : one.error().what));
  BOOST_REQUIRE(!one->finding);
  BOOST_TEST(one->chain == chain);
  BOOST_TEST(one->seq == first);
  BOOST_TEST(one->header.seq == header);
  BOOST_TEST(one->header.commit.height == 2u);
  BOOST_TEST(one->header.commit.power == 30u);
  BOOST_TEST(one->header.commit.all_power == 40u);
  BOOST_TEST(one->header.commit.signed_by.size() == 3u);
  // No fact came with it: the same header shows it.
  BOOST_TEST(scene.find(2)->header.commit.height == 2u);
  BOOST_TEST(scene.find(3)->header.commit.height == 4u);
  BOOST_TEST(scene.find(5)->header.commit.height == 4u);
  const auto last = scene.find(std::nullopt);
  BOOST_REQUIRE(last);
  BOOST_TEST(last->height == 3u);
  BOOST_TEST(last->seq == changed);
  BOOST_TEST((last->app_hash == app_hash(scene.log.world.shared.digests)));
  BOOST_TEST(scene.why_not(6).find("comes to 5") != std::string::npos);

  const auto checked = scene.verified();
  BOOST_REQUIRE_MESSAGE(checked, (checked ? "" : to_text(checked.error())));
  BOOST_TEST(checked->signed_headers == 2u);
  const auto later = scene.verified(changed);
  BOOST_REQUIRE_MESSAGE(later, (later ? "" : to_text(later.error())));
  BOOST_TEST(later->signed_headers == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_log_does_not_have_it_does_not_show) {
  PoolScene scene;
  BOOST_TEST(scene.why_not(1).find("no height 1") != std::string::npos);
  BOOST_TEST(scene.why_not(std::nullopt).find("no signatures") != std::string::npos);
  scene.apply();
  scene.change();
  scene.apply();
  scene.apply();
  scene.keep(3);  // consensus has the one of height 2 no more
  BOOST_TEST(scene.why_not(1).find("after height 2, whose facts begin with the same") !=
             std::string::npos);
  BOOST_TEST(scene.find(2)->header.commit.height == 3u);
}

BOOST_AUTO_TEST_CASE(a_log_of_a_node_alone_shows_no_pool) {
  PoolScene scene;
  scene.log = {};
  scene.log.open();
  BOOST_TEST(scene.why_not(std::nullopt).find("a node alone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(signatures_that_show_something_else_are_found) {
  PoolScene scene;
  scene.apply();
  scene.change();
  scene.apply();
  scene.apply();
  const auto kept = [&](SceneHeader header, int signers, std::string_view what) {
    auto altered = scene;
    for (std::uint8_t member = 1; member <= signers; ++member) header.sign(member);
    const auto seq = altered.keep(3, header.bytes());
    altered.wrong_for_both(seq, what);
  };
  const auto& right = scene.headers.at(3);
  const auto state = app_hash(scene.log.world.shared.digests);
  kept(right, 2, "members with a power of 20 signed, of 40");
  kept(SceneHeader(3, Hash32{{7}}, scene.members), 3, "app hash");
  kept(SceneHeader(4, state, scene.members), 3, "wanted 3, got 4");
  auto stronger = scene.members;
  stronger[0].power = 11;
  kept(SceneHeader(3, state, stronger), 3, "the header names other members");
  auto another = right;
  another.message.mutable_header()->set_data_hash(std::string(32, 'd'));
  kept(another, 3, "the header's hash is ");
  auto forged = right;
  forged.sign(1);
  forged.message.mutable_commit()->mutable_signatures(0)->set_signature(std::string(65, '\1'));
  kept(forged, 0, "is not that of its key");
  // Signed by enough of them, but not the block that was applied.
  another.seal();
  kept(another, 3, "hash of the block");
}

BOOST_AUTO_TEST_CASE(an_app_hash_that_is_not_that_of_the_facts_is_found) {
  PoolScene scene;
  scene.apply();
  const auto seq = scene.log.commit(
      block_applied(scene.log.world.local.progress, {2, Hash32{{2}}, Hash32{{7}}}));
  scene.wrong_for_both(seq, "app hash of height 2");
}

BOOST_AUTO_TEST_CASE(a_change_of_members_holds_two_heights_later) {
  PoolScene scene;
  auto& log = scene.log;
  scene.apply();
  // The fourth leaves with what height 2 leads to.
  log.commit(decided(make_fact<schema::PoolFact>([&](auto fact) {
    auto members = fact.initMembersChanged().initMembers(3);
    unsigned next = 0;
    for (const auto& [signer, member] : log.world.shared.pool.members) {
      if (signer == address_of_secret(4)) continue;
      members[next].setPower(member.power);
      members[next].setSigner(data(signer));
      members[next++].setPublicKey(data(member.key));
    }
  })));
  scene.apply();
  scene.change();
  scene.apply();
  scene.keep(3);
  scene.members.pop_back();
  scene.apply();
  scene.keep(4);
  const auto before = scene.find(2);
  BOOST_REQUIRE_MESSAGE(before && !before->finding, "the header of height 3 is refused");
  BOOST_TEST(before->header.commit.all_power == 40u);
  const auto after = scene.find(3);
  BOOST_REQUIRE_MESSAGE(after && !after->finding, "the header of height 4 is refused");
  BOOST_TEST(after->header.commit.all_power == 30u);
}

BOOST_AUTO_TEST_CASE(the_verb_tells_it) {
  PoolScene scene;
  scene.apply();
  scene.apply();
  scene.keep(2);
  const Directory directory;
  LogScene::write(directory.path, scene.log.values);
  const auto run = [&](const std::string& arguments, int code, const std::string& part) {
    test::check_run("--datadir '" + directory.path.string() + "' quorum " + arguments, code, part);
  };
  run("", 0, "agreed       height 1 of test-pool: members with 30 of 40 power");
  run("2", 0, "no fact came between");
  run("1", 0, "not by       " + to_hex(address_of_secret(4)) + " with 10 power");
  run("1 --json", 0, R"("power":30,"allPower":40)");
  run("3", 9, "it comes to 2");
  run("0", 2, "");
}

BOOST_AUTO_TEST_SUITE_END()
