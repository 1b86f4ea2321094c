#include "edges/privval_signer.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "edges/framed_socket.hpp"
#include "edges/proto/privval.pb.h"
#include "edges/unix_socket.hpp"
#include "tests/fixture/child_process.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(privval_signer)

using namespace horae;
using namespace horae::test;
namespace privval = horae::comet::privval;

namespace {

std::string text_of(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

// CometBFT's side: it listens, and asks whoever has dialled.
class FakeComet {
 public:
  explicit FakeComet(const std::filesystem::path& socket) : listening_(*listen_at(socket)) {
    pollfd wait{listening_, POLLIN, 0};
    BOOST_REQUIRE(::poll(&wait, 1, 20'000) == 1);
    descriptor_ = ::accept(listening_, nullptr, nullptr);
    const timeval limit{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    socket_.emplace(descriptor_, std::size_t{1} << 20);
  }
  ~FakeComet() { ::close(listening_); }
  FakeComet(const FakeComet&) = delete;
  FakeComet& operator=(const FakeComet&) = delete;

  privval::Message ask(const privval::Message& message) {
    socket_->put(message.SerializeAsString());
    BOOST_REQUIRE(socket_->flush());
    const auto got = socket_->read();
    BOOST_REQUIRE_MESSAGE(got, got.error().what);
    BOOST_REQUIRE(got->has_value());
    privval::Message out;
    BOOST_REQUIRE(out.ParseFromArray((*got)->data(), static_cast<int>((*got)->size())));
    return out;
  }
  privval::SignedVoteResponse sign(const privval::Vote& vote,
                                   const std::string& chain = "horae-test") {
    privval::Message out;
    *out.mutable_sign_vote_request()->mutable_vote() = vote;
    out.mutable_sign_vote_request()->set_chain_id(chain);
    return ask(out).signed_vote_response();
  }
  privval::SignedProposalResponse sign(const privval::Proposal& proposal) {
    privval::Message out;
    *out.mutable_sign_proposal_request()->mutable_proposal() = proposal;
    out.mutable_sign_proposal_request()->set_chain_id("horae-test");
    return ask(out).signed_proposal_response();
  }
  // Whether the signer hung up on these bytes.
  bool ends_at(std::string_view bytes) {
    BOOST_REQUIRE(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
    const auto got = socket_->read();
    return got && !got->has_value();
  }

 private:
  int listening_;
  int descriptor_ = -1;
  std::optional<FramedSocket> socket_;
};

struct Scene {
  Scene() {
    auto opened = SigningGuard::open({.directory = home.path() / "signer",
                                      .chain_id = "horae-test",
                                      .key = std::make_shared<const SecretKey>(secret(7))});
    BOOST_REQUIRE_MESSAGE(opened, opened.error().what);
    guard = std::move(*opened);
    BOOST_REQUIRE(guard->release(0));
    signer.emplace(socket(), guard);
  }
  [[nodiscard]] std::filesystem::path socket() const { return home.path() / "privval.sock"; }

  TempDirectory home;
  std::shared_ptr<SigningGuard> guard;
  std::optional<PrivvalSigner> signer;
};

comet::BlockID some_block() {
  comet::BlockID out;
  out.set_hash(std::string(32, 'h'));
  out.mutable_part_set_header()->set_total(2);
  out.mutable_part_set_header()->set_hash(std::string(32, 'p'));
  return out;
}

privval::Vote vote_at(std::int64_t height, privval::SignedMsgType type) {
  privval::Vote out;
  out.set_type(type);
  out.set_height(height);
  *out.mutable_block_id() = some_block();
  out.mutable_timestamp()->set_seconds(1'800'000'000);
  out.set_validator_address(text_of(address_of_secret(7).view()));
  out.set_validator_index(3);
  return out;
}

CometBlockId as_block(const comet::BlockID& id) {
  return {*Hash32::from(as_bytes(id.hash())), id.part_set_header().total(),
          *Hash32::from(as_bytes(id.part_set_header().hash()))};
}

Address signer_of(const std::string& bytes, const std::string& signature) {
  const auto key = recover(keccak256(as_bytes(bytes)), *Signature::from(as_bytes(signature)));
  return key ? address_of(*key) : Address{};
}

}  // namespace

BOOST_AUTO_TEST_CASE(tells_the_key_and_answers_pings) {
  Scene scene;
  FakeComet comet(scene.socket());
  privval::Message ask;
  ask.mutable_pub_key_request()->set_chain_id("horae-test");
  BOOST_TEST(comet.ask(ask).pub_key_response().pub_key().secp256k1eth() ==
             text_of(*compressed(public_key(secret(7)))));
  ask.mutable_pub_key_request()->set_chain_id("another");
  BOOST_TEST(comet.ask(ask).pub_key_response().error().description() ==
             "CometBFT runs the chain another, and this signer is of horae-test");
  ask.mutable_ping_request();
  BOOST_TEST(comet.ask(ask).has_ping_response());
  BOOST_TEST(scene.signer->status().connected);
}

BOOST_AUTO_TEST_CASE(signs_every_message_of_a_round) {
  Scene scene;
  FakeComet comet(scene.socket());

  privval::Proposal proposal;
  proposal.set_type(privval::PROPOSAL);
  proposal.set_height(4);
  proposal.set_pol_round(-1);
  *proposal.mutable_block_id() = some_block();
  proposal.mutable_timestamp()->set_seconds(1'800'000'000);
  const auto proposed = comet.sign(proposal);
  BOOST_TEST(!proposed.has_error());
  CometVote expected{.step = VoteStep::proposal,
                     .height = 4,
                     .valid_round = -1,
                     .block = as_block(some_block()),
                     .time = {1'800'000'000, 0}};
  BOOST_TEST(signer_of(sign_bytes(expected, "horae-test"), proposed.proposal().signature()) ==
             address_of_secret(7));
  proposal.set_signature(proposed.proposal().signature());
  BOOST_TEST(proposed.proposal().SerializeAsString() == proposal.SerializeAsString());

  auto prevote = vote_at(4, privval::PREVOTE);
  const auto prevoted = comet.sign(prevote);
  expected.step = VoteStep::prevote;
  expected.valid_round = 0;
  BOOST_TEST(signer_of(sign_bytes(expected, "horae-test"), prevoted.vote().signature()) ==
             address_of_secret(7));
  prevote.set_signature(prevoted.vote().signature());
  BOOST_TEST(prevoted.vote().SerializeAsString() == prevote.SerializeAsString());

  auto precommit = vote_at(4, privval::PRECOMMIT);
  precommit.set_extension("extra");
  const auto precommitted = comet.sign(precommit);
  expected.step = VoteStep::precommit;
  BOOST_TEST(signer_of(sign_bytes(expected, "horae-test"), precommitted.vote().signature()) ==
             address_of_secret(7));
  BOOST_TEST(signer_of(extension_sign_bytes("extra", expected, "horae-test"),
                       precommitted.vote().extension_signature()) == address_of_secret(7));

  // Of the next round, for no block.
  auto nil = vote_at(4, privval::PRECOMMIT);
  nil.set_round(1);
  nil.clear_block_id();
  const auto no_block = comet.sign(nil);
  expected.round = 1;
  expected.block.reset();
  BOOST_TEST(signer_of(sign_bytes(expected, "horae-test"), no_block.vote().signature()) ==
             address_of_secret(7));
  BOOST_TEST(no_block.vote().extension_signature().empty());
  BOOST_TEST(scene.signer->status().votes_signed == 4u);
}

BOOST_AUTO_TEST_CASE(the_same_vote_at_another_time_is_answered_with_the_first) {
  Scene scene;
  FakeComet comet(scene.socket());
  auto vote = vote_at(4, privval::PRECOMMIT);
  const auto first = comet.sign(vote);
  vote.mutable_timestamp()->set_seconds(1'800'000'009);
  const auto second = comet.sign(vote);
  BOOST_TEST(second.vote().timestamp().seconds() == 1'800'000'000);
  BOOST_TEST(second.SerializeAsString() == first.SerializeAsString());
}

BOOST_AUTO_TEST_CASE(refusals_are_answered_in_words) {
  Scene scene;
  FakeComet comet(scene.socket());
  const auto refusal = [&](const privval::Vote& vote, const std::string& chain = "horae-test") {
    const auto out = comet.sign(vote, chain);
    BOOST_TEST(out.vote().signature().empty());
    return out.error().description();
  };
  comet.sign(vote_at(4, privval::PRECOMMIT));
  BOOST_TEST(refusal(vote_at(4, privval::PREVOTE)) ==
             "a prevote at height 4, round 0, after a precommit at height 4, round 0 was signed");
  BOOST_TEST(refusal(vote_at(5, privval::PREVOTE), "another") ==
             "CometBFT runs the chain another, and this signer is of horae-test");
  const auto spoilt = [&](void (*spoil)(privval::Vote&)) {
    auto vote = vote_at(5, privval::PREVOTE);
    spoil(vote);
    return refusal(vote);
  };
  BOOST_TEST(spoilt([](auto& v) { v.set_height(0); }) == "height 0 is none");
  BOOST_TEST(spoilt([](auto& v) { v.set_round(-1); }) == "round -1 is none");
  BOOST_TEST(spoilt([](auto& v) { v.set_type(privval::PROPOSAL); }) ==
             "a vote of type 32, which is none");
  BOOST_TEST(spoilt([](auto& v) { v.mutable_timestamp()->set_nanos(-1); }) ==
             "a time that is none");
  BOOST_TEST(spoilt([](auto& v) { v.mutable_block_id()->set_hash("short"); }) ==
             "a block's hash: wanted 32 bytes, got 5");
  BOOST_TEST(spoilt([](auto& v) {
               v.mutable_block_id()->mutable_part_set_header()->set_total(0);
             }) == "a block of no parts");
  BOOST_TEST(spoilt([](auto& v) { v.set_extension("extra"); }) ==
             "an extension of what is no precommit for a block");
  privval::Proposal proposal;
  proposal.set_type(privval::PROPOSAL);
  proposal.set_height(5);
  BOOST_TEST(comet.sign(proposal).error().description() == "a proposal of no block");
  const auto status = scene.signer->status();
  BOOST_TEST(status.votes_signed == 1u);
  BOOST_TEST(status.votes_refused == 10u);
  BOOST_TEST(status.last_trouble == "a proposal of no block");
  // And the connection stands.
  BOOST_TEST(!comet.sign(vote_at(5, privval::PREVOTE)).has_error());
}

BOOST_AUTO_TEST_CASE(bytes_that_ask_nothing_end_the_connection_and_it_dials_again) {
  Scene scene;
  using namespace std::string_view_literals;
  // No protobuf, an answer, nothing, a message above 2 MiB.
  for (const auto bytes : {"\x03zzz"sv, "\x02\x42\x00"sv, "\x00"sv, "\x81\x80\x80\x01"sv}) {
    BOOST_TEST(FakeComet(scene.socket()).ends_at(bytes));
  }
  FakeComet comet(scene.socket());
  BOOST_TEST(!comet.sign(vote_at(4, privval::PREVOTE)).has_error());
}

BOOST_AUTO_TEST_CASE(it_ends_while_nobody_listens) {
  Scene scene;
  scene.signer.reset();
  BOOST_TEST(!std::filesystem::exists(scene.socket()));
}

BOOST_AUTO_TEST_SUITE_END()
