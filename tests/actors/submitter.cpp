#include "tests/actors/submitter_scene.hpp"
#include "tests/fixture/print.hpp"

// What no anvil can be brought to: answers that lag, faults at every call, crashes at every step.

using namespace horae;
using namespace horae::test;

namespace {

/// A chain in memory, of one account, whose endpoint may lag, forget and fail.
class ScriptedL1 : public L1SendPort {
 public:
  std::uint64_t next = 0;  // the account's nonce
  U256 wei = U256("1000000000000000000");
  L1Fees market{in_gwei(1), in_gwei(1)};
  L1Trial contract{true, {}};
  std::uint64_t calls = 0, fails_at = UINT64_MAX;  // which call gets no answer
  bool receipts_lag = false;
  std::optional<L1Sending> says;  // to raw bytes, whatever they are
  bool blind = false;             // does not know what waits
  std::vector<Bytes> got;
  std::function<void(const Bytes&)> on_send = [](const Bytes&) {};

  void mine(bool success = true) {
    const Bytes* best = nullptr;
    U256 most;
    for (const auto& raw : waiting_) {
      const auto txn = *decode_txn(raw);
      if (txn.nonce == next && (best == nullptr || txn.max_fee > most)) {
        best = &raw;
        most = txn.max_fee;
      }
    }
    blocks_.push_back({best == nullptr ? Bytes{} : *best, ++salt_, success, best != nullptr});
    if (best != nullptr) ++next;
    std::erase_if(waiting_, [&](const Bytes& raw) { return decode_txn(raw)->nonce < next; });
  }
  /// Takes back the last block; what it held waits again, unless it is forgotten.
  void undo(bool forgets = false) {
    const auto& last = blocks_.back();
    if (last.used_nonce) --next;
    if (!last.raw.empty() && !forgets) waiting_.push_back(last.raw);
    blocks_.pop_back();
  }
  /// A transaction of the same key that is none of ours.
  void rival() {
    blocks_.push_back({{}, ++salt_, true});
    ++next;
    std::erase_if(waiting_, [&](const Bytes& raw) { return decode_txn(raw)->nonce < next; });
  }

  L1Result<std::uint64_t> nonce(const Address&) override { return answer(next); }
  L1Result<U256> balance(const Address&) override { return answer(wei); }
  L1Result<L1Fees> fees() override { return answer(market); }
  L1Result<L1Trial> trial(const L1Intent&) override { return answer(contract); }
  L1Result<std::uint64_t> estimate_gas(const L1Intent&) override {
    return answer(std::uint64_t{100'000});
  }
  L1Result<L1Sending> send_raw(BytesView view) override {
    const Bytes raw(view.begin(), view.end());
    got.push_back(raw);
    on_send(raw);
    if (says) return answer(*says);
    if (decode_txn(raw)->nonce < next) return answer(L1Sending{L1Sending::nonce_too_low, "low"});
    if (std::ranges::find(waiting_, raw) != waiting_.end()) {
      return answer(L1Sending{L1Sending::already_known, "known"});
    }
    waiting_.push_back(raw);
    return answer(L1Sending{});
  }
  L1Result<std::optional<L1Outcome>> outcome(const Hash32& txn) override {
    std::optional<L1Outcome> out;
    for (std::size_t i = 0; i < blocks_.size() && !receipts_lag; ++i) {
      if (blocks_[i].raw.empty() || keccak256(blocks_[i].raw) != txn) continue;
      out = L1Outcome{i + 1, hash_at(i), blocks_[i].success, 90'000, in_gwei(2)};
    }
    return answer(out);
  }
  L1Result<std::string> why_reverted(const Hash32&, const L1Intent&, const L1Outcome&) override {
    return answer(std::string("no"));
  }
  L1Result<bool> knows(const Hash32& txn) override {
    const auto same = [&](const Bytes& raw) { return keccak256(raw) == txn; };
    return answer(!blind && std::ranges::any_of(waiting_, same));
  }
  L1Result<std::uint64_t> head() override { return answer(std::uint64_t{blocks_.size()}); }
  L1Result<std::optional<Hash32>> block_hash(std::uint64_t number) override {
    if (number == 0 || number > blocks_.size()) return answer(std::optional<Hash32>());
    return answer(std::optional<Hash32>(hash_at(number - 1)));
  }
  void cancel() override {}

 private:
  struct Block {
    Bytes raw;
    std::uint8_t salt = 0;
    bool success = true;
    bool used_nonce = true;
  };
  template <class T>
  L1Result<T> answer(T value) {
    if (++calls != fails_at) return value;
    return tl::unexpected(L1Fault{L1Fault::unreachable, "away", {}});
  }
  Hash32 hash_at(std::size_t i) const {
    const Bytes salt{static_cast<std::uint8_t>(i), blocks_[i].salt};
    return sha256(salt);
  }
  std::vector<Block> blocks_;
  std::vector<Bytes> waiting_;
  std::uint8_t salt_ = 0;
};

struct Scripted : SubmitScene {
  Scripted() { ground.l1 = l1; }

  std::shared_ptr<ScriptedL1> l1 = std::make_shared<ScriptedL1>();
};

bool ends(SubmitHouse& on, std::string_view words) {
  const auto story = on.story();
  BOOST_TEST_MESSAGE(story);
  return story.ends_with(words);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(submitter)

BOOST_AUTO_TEST_CASE(a_plan_is_answered_when_it_is_durable) {
  Scripted scene;
  auto& on = scene.start();
  const auto asked = on.plan(submission_slot(2));
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_TEST(asked->answer->read().getAccepted() == 2u);
  const auto other = on.plan(submission_slot(2), {9});
  const auto again = on.plan(submission_slot(2));
  BOOST_TEST((other->answer->read().getRejected().getReason() == Reason::SLOT_TAKEN));
  BOOST_TEST(again->answer->read().isAccepted());
  BOOST_TEST(on.story() == "planned 1");
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_its_bytes_are_durable) {
  Scripted scene;
  auto& on = scene.start();
  scene.l1->on_send = [&](const Bytes& raw) {
    BOOST_TEST(on.story() == "planned 1, signed 1/1");
    BOOST_TEST(on.raw_of(1, 1) == raw);
  };
  scene.ground.during_round = [&] { BOOST_TEST(on.story() == "planned 1"); };
  on.plan(submission_slot(2));
  on.pass();
  BOOST_TEST(scene.l1->got.size() == 1u);
}

BOOST_AUTO_TEST_CASE(fees_by_the_market_under_the_cap) {
  Scripted scene;
  scene.l1->market = {in_gwei(10), 0};
  scene.l1->contract = {true, {}};
  auto& on = scene.sent();
  const auto terms = on.terms_of(1, 1);
  BOOST_TEST(terms.gas_limit == 125'000u);
  BOOST_TEST(terms.max_priority_fee == 1);
  BOOST_TEST(terms.max_fee == in_gwei(20) + 1);
  // The next one meets another market: what it would like is above the cap, what it needs is not.
  scene.l1->mine();
  scene.l1->market = {in_gwei(90), in_gwei(2)};
  on.plan(submission_slot(3));
  on.pass(2000);
  BOOST_TEST(on.terms_of(2, 1).max_fee == in_gwei(100));
  BOOST_TEST(on.terms_of(2, 1).nonce == 1u);
  scene.l1->mine();
  scene.l1->market = {in_gwei(99), in_gwei(2)};
  on.plan(submission_slot(4));
  on.pass(3000);
  BOOST_TEST(ends(on, "mined 2/1, stalled 3 feeCap"));
  scene.l1->market = {~U256(0), ~U256(0)};
  on.pass();
  BOOST_TEST(ends(on, "mined 2/1, stalled 3 feeCap"));
  scene.l1->market = {in_gwei(1), in_gwei(1)};
  on.pass();
  BOOST_TEST(ends(on, "stalled 3 feeCap, signed 3/1, sent 3/1"));
}

BOOST_AUTO_TEST_CASE(a_receipt_that_lags_is_no_lost_nonce) {
  Scripted scene;
  auto& on = scene.sent();
  scene.l1->receipts_lag = true;
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "sent 1/1"));
  scene.l1->receipts_lag = false;
  on.pass();
  BOOST_TEST(ends(on, "sent 1/1, mined 1/1"));
}

BOOST_AUTO_TEST_CASE(a_lost_nonce_that_comes_back_is_no_second_life) {
  Scripted scene;
  auto& on = scene.sent();
  const auto raw = on.raw_of(1, 1);
  scene.l1->rival();
  scene.l1->contract = {false, "invalid batch id"};
  on.pass(2000);
  // Somebody else has done the work: nothing new is signed.
  BOOST_TEST(ends(on, "nonceTaken 1, stalled 1 wouldRevert"));
  // L1 takes the other's block back and mines ours after all.
  scene.l1->undo();
  scene.l1->send_raw(raw);
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "stalled 1 wouldRevert, mined 1/1"));
  BOOST_TEST(scene.ground.rounds == 1u);
}

BOOST_AUTO_TEST_CASE(a_block_that_is_not_there_for_a_moment_is_no_reorganisation) {
  Scripted scene;
  auto& on = scene.sent();
  scene.l1->mine();
  on.pass();
  scene.l1->undo();
  on.pass();
  BOOST_TEST(ends(on, "mined 1/1"));
  on.pass();
  BOOST_TEST(ends(on, "mined 1/1, orphaned 1"));
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "orphaned 1, mined 1/1"));
}

BOOST_AUTO_TEST_CASE(a_mined_one_is_watched_while_the_next_goes_on) {
  Scripted scene;
  auto& on = scene.sent();
  on.plan(submission_slot(3));
  on.pass();
  BOOST_TEST(ends(on, "sent 1/1, planned 2"));
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "mined 1/1, signed 2/1, sent 2/1"));
  BOOST_TEST(on.terms_of(2, 1).nonce == 1u);
  // Both are in their blocks; L1 takes them back, and they come again.
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "mined 2/1"));
  scene.l1->undo();
  scene.l1->undo();
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "mined 2/1, orphaned 1, mined 1/1"));
  on.pass();
  BOOST_TEST(ends(on, "mined 1/1, orphaned 2"));
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "orphaned 2, mined 2/1"));
  for (int i = 0; i < 3; ++i) scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "mined 2/1, settled 1, settled 2"));
  BOOST_TEST(scene.l1->got.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_orphan_goes_before_what_was_planned_after_it) {
  Scripted scene;
  auto& on = scene.sent();
  scene.l1->mine();
  on.plan(submission_slot(3));
  on.pass(2000);
  BOOST_TEST(ends(on, "signed 2/1, sent 2/1"));
  // The nonce of the first goes to somebody else, that of the second stays its own.
  scene.l1->undo(true);
  scene.l1->rival();
  on.pass(4000);
  BOOST_TEST(ends(on, "orphaned 1, nonceTaken 1, signed 1/2, sent 1/2"));
  BOOST_TEST(on.terms_of(2, 1).nonce == 1u);
  BOOST_TEST(on.terms_of(1, 2).nonce == 2u);
  scene.l1->mine();
  scene.l1->mine();
  on.pass();
  BOOST_TEST(ends(on, "sent 1/2, mined 1/2, mined 2/1"));
}

BOOST_AUTO_TEST_CASE(a_foreign_price_is_outbid_once_a_tick) {
  Scripted scene;
  scene.ground.rules.max_fee_cap = in_gwei(4);
  scene.l1->says = L1Sending{L1Sending::underpriced, "replacement transaction underpriced"};
  auto& on = scene.start();
  on.plan(submission_slot(2));
  on.pass();
  BOOST_TEST(on.story() == "planned 1, signed 1/1, replaced 1/2");
  on.pass();
  BOOST_TEST(on.story() == "planned 1, signed 1/1, replaced 1/2, replaced 1/3");
  on.pass(10'000);
  BOOST_TEST(on.story() ==
             "planned 1, signed 1/1, replaced 1/2, replaced 1/3, replaced 1/4, stalled 1 feeCap");
  scene.l1->says.reset();
  on.pass();
  BOOST_TEST(ends(on, "stalled 1 feeCap, sent 1/4"));
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_refuses_is_asked_again) {
  Scripted scene;
  scene.l1->says = L1Sending{L1Sending::refused, "we do not like you"};
  auto& on = scene.start();
  on.plan(submission_slot(2));
  on.pass(5000);
  BOOST_TEST(on.story() == "planned 1, signed 1/1, stalled 1 endpointRefuses");
  BOOST_TEST(on.facts().back().read().getStalled().getDetail().cStr() == "we do not like you");
  scene.l1->says.reset();
  on.pass();
  BOOST_TEST(ends(on, "stalled 1 endpointRefuses, sent 1/1"));
  for (const auto& raw : scene.l1->got) BOOST_TEST(raw == on.raw_of(1, 1));
}

BOOST_AUTO_TEST_CASE(a_round_that_comes_to_nothing) {
  Scripted scene;
  scene.ground.no_round = "two of three did not answer";
  auto& on = scene.start();
  on.plan(submission_slot(2));
  on.pass(7000);
  BOOST_TEST(on.story() == "planned 1, stalled 1 notSigned");
  BOOST_TEST(scene.ground.rounds == 3u);  // with pauses of one second, of two, of four
  BOOST_TEST(scene.l1->got.empty());
  scene.ground.no_round.clear();
  on.pass(4000);
  BOOST_TEST(ends(on, "stalled 1 notSigned, signed 1/1, sent 1/1"));
}

BOOST_AUTO_TEST_CASE(of_two_attempts_that_were_mined_the_one_that_succeeded_counts) {
  Scripted scene;
  auto& on = scene.sent();
  scene.l1->receipts_lag = true;
  scene.l1->mine();
  on.pass(3000);
  BOOST_TEST(ends(on, "nonceTaken 1, signed 1/2, sent 1/2"));
  scene.l1->mine(false);
  scene.l1->receipts_lag = false;
  on.pass();
  BOOST_TEST(ends(on, "sent 1/2, mined 1/1"));
}

BOOST_AUTO_TEST_CASE(a_plan_may_take_the_place_of_what_is_being_signed) {
  Scripted scene;
  auto& on = scene.start();
  on.plan(submission_slot(2));
  scene.ground.during_round = [&] {
    on.ask_plan(submission_slot(2, 2), {4});
    scene.ground.during_round = [] {};
  };
  on.pass(2000);
  // Either came first; whatever was signed for the first never leaves when the second is there.
  const auto story = on.story();
  BOOST_TEST_MESSAGE(story);
  const bool before = story == "planned 1, givenUp 1, planned 2, signed 2/1, sent 2/1";
  const bool after = story == "planned 1, signed 1/1, planned 2, sent 1/1" ||
                     story == "planned 1, signed 1/1, sent 1/1, planned 2";
  BOOST_TEST((before || after));
  BOOST_TEST(scene.l1->got.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_shows_nothing_that_waits_is_still_outbid) {
  Scripted scene;
  scene.l1->blind = true;
  auto& on = scene.sent();
  on.pass(scene.ground.rules.bump_after_ms);
  BOOST_TEST(ends(on, "sent 1/1, replaced 1/2, sent 1/2"));
}

BOOST_AUTO_TEST_CASE(a_fault_at_any_call_loses_nothing) {
  std::uint64_t calls = 1;
  for (std::uint64_t at = 1; at <= calls; ++at) {
    Scripted scene;
    scene.l1->fails_at = at;
    auto& on = scene.start();
    on.plan(submission_slot(2));
    // Another purpose of the same key: the same order of nonces.
    auto other = submission_slot(2);
    other.purpose = MpcPurpose::STATE_SUBMIT;
    on.plan(other);
    for (int i = 0; i < 12; ++i) {
      on.pass(2000);
      scene.l1->mine();
    }
    on.pass(3000);
    BOOST_TEST_CONTEXT("a fault at call " << at) {
      const auto story = on.story();
      BOOST_TEST(story.starts_with("planned 1, planned 2, signed 1/1, sent 1/1, mined 1/1"), story);
      BOOST_TEST(story.find("settled 1") != std::string::npos);
      BOOST_TEST(story.ends_with("settled 2"), story);
      BOOST_TEST(scene.ground.rounds == 2u);
      for (const auto& raw : scene.l1->got) {
        BOOST_TEST((raw == on.raw_of(1, 1) || raw == on.raw_of(2, 1)));
      }
      BOOST_TEST(scene.l1->next == 2u);
    }
    if (at == 1) calls = std::min<std::uint64_t>(scene.l1->calls, 60);
  }
}

BOOST_AUTO_TEST_CASE(a_crash_at_any_step_sends_nothing_but_what_is_logged) {
  for (int at = 0; at < 40; ++at) {
    Scripted scene;
    {
      auto& on = scene.start();
      on.plan(submission_slot(2));
      scene.ground.clock->ms += SubmitHouse::poll_ms;
      on.stage.scheduler.advance_time(std::chrono::milliseconds(SubmitHouse::poll_ms));
      for (int step = 0; step < at; ++step) on.stage.scheduler.try_run_once();
    }
    const auto before = scene.l1->got;
    auto& on = scene.start();
    // Whoever planned it does not know whether it was heard.
    on.plan(submission_slot(2));
    on.pass(2000);
    scene.l1->mine();
    on.pass(1000);
    BOOST_TEST_CONTEXT("a crash after " << at << " steps: " << on.story()) {
      BOOST_TEST((on.story() == "planned 1, signed 1/1, sent 1/1, mined 1/1"));
      for (const auto& raw : scene.l1->got) BOOST_TEST(raw == on.raw_of(1, 1));
      BOOST_TEST(scene.l1->next == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_faulty_endpoint_is_asked_less_and_less) {
  Scripted scene;
  auto& on = scene.sent();
  struct Away : ScriptedL1 {
    L1Result<std::optional<L1Outcome>> outcome(const Hash32&) override {
      ++calls;
      return tl::unexpected(L1Fault{L1Fault::unreachable, "away", {}});
    }
  };
  const auto away = std::make_shared<Away>();
  scene.ground.l1 = away;
  auto& again = scene.start();
  again.pass(600'000);
  BOOST_TEST((away->calls > 10 && away->calls < 25));
  BOOST_TEST(again.story() == "planned 1, signed 1/1, sent 1/1");
  BOOST_TEST(again.shown().reason == "away");
  (void)on;
}

BOOST_AUTO_TEST_SUITE_END()
