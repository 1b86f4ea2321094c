#include <limits>

#include "duties/l1_compare.hpp"
#include "events/locking/pool.hpp"
#include "tests/duties/l1_scene.hpp"
#include "tests/duties/recorded.hpp"

using namespace horae;
using namespace horae::test;

namespace {

L1FollowOptions options() {
  L1FollowOptions out;
  out.chain_id = 31337;
  out.contracts = {contract("lockingPool"), contract("lockingInfo")};
  out.from_block = 8;
  return out;
}

/// The fold of every fact at or below an L1 block.
Locking at_block(const DirectSequence& sequence, std::uint64_t block) {
  Locking out;
  for (const auto& each : sequence.life) {
    const auto fact = Msg<schema::LockingFact>::of(each.payload);
    const bool placed =
        is_event(*fact) || fact.read().which() == schema::LockingFact::DISCREPANCY_FOUND;
    if (fact.read().isL1Advanced()) continue;
    if (placed && position_of(*fact).getBlock() > block) break;
    apply(out, *fact);
  }
  return out;
}

std::string text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

/// A recorded view against the fold at its block, in every field that the contracts' logs tell.
/// Rewards may be left out where nothing says them.
void equals_view(const Locking& fold, const json::object& view, bool rewards = true) {
  const auto ours = to_json(fold);
  const auto block = text(view.at("blockNumber"));
  const auto same = [&](const std::string& what, const json::value& a, const json::value& b) {
    BOOST_TEST(text(a) == text(b), "block " << block << " " << what << ": contract " << text(b)
                                            << ", fold " << text(a));
  };
  const auto& theirs = view.at("sequencers").as_object();
  BOOST_REQUIRE(ours.at("sequencers").as_array().size() == theirs.size());
  std::map<std::string, std::string> owners;
  std::map<std::string, int> statuses{{"0", 0}, {"1", 0}, {"2", 0}, {"3", 0}};
  for (const auto& each : ours.at("sequencers").as_array()) {
    const auto& mine = each.as_object();
    const auto& their = theirs.at(std::string_view(mine.at("id").as_string())).as_object();
    BOOST_TEST(their.size() + 1 == mine.size());
    for (const auto& [name, value] : their) {
      if (name != "reward" || rewards)
        same(text(mine.at("id")) + std::string(name), mine.at(name), value);
    }
    ++statuses[text(mine.at("status"))];
    if (text(mine.at("status")) != "3") owners[text(mine.at("owner"))] = text(mine.at("id"));
  }
  for (const auto* name : {"totalLocked", "totalRewardsLiquidated"}) {
    same(name, ours.at(name), view.at(name));
  }
  for (const auto& [name, value] : view.at("curBatchState").as_object()) {
    same(std::string(name), ours.at("curBatchState").at(name), value);
  }
  for (const auto& [name, value] : ours.at("parameters").as_object()) {
    same(std::string(name), value, view.at(name));
  }
  BOOST_TEST(text(view.at("totalSequencers")) == std::to_string(theirs.size()));
  for (const auto& [status, count] : view.at("seqStatuses").as_object()) {
    BOOST_TEST(text(count) == std::to_string(statuses[std::string(status)]));
  }
  std::map<std::string, std::string> seq_owners, seq_signers, folded_signers;
  for (const auto& [owner, id] : view.at("seqOwners").as_object()) seq_owners[owner] = text(id);
  for (const auto& [signer, id] : view.at("seqSigners").as_object()) seq_signers[signer] = text(id);
  for (const auto& [signer, id] : fold.current.signers) {
    folded_signers[to_hex(signer)] = to_decimal(id);
  }
  BOOST_TEST((owners == seq_owners), "owners at block " << block);
  BOOST_TEST((folded_signers == seq_signers), "signers at block " << block);
  std::set<std::string> whitelist, folded_whitelist;
  for (const auto& [user, yes] : view.at("whitelist").as_object()) {
    if (yes.as_bool()) whitelist.insert(user);
  }
  for (const auto& user : fold.current.whitelist) folded_whitelist.insert(to_hex(user));
  BOOST_TEST((whitelist == folded_whitelist), "whitelist at block " << block);
}

void equals_every_view(const DirectSequence& sequence, bool rewards = true) {
  BOOST_TEST(life().at("views").as_array().size() == 86u);
  for (const auto& view : life().at("views").as_array()) {
    const auto block = view.at("blockNumber").to_number<std::uint64_t>();
    equals_view(at_block(sequence, block), view.as_object(), rewards);
  }
}

std::map<schema::SplitSource, int> split_sources(const DirectSequence& sequence) {
  std::map<schema::SplitSource, int> out;
  for (const auto& each : sequence.life) {
    const auto fact = Msg<schema::LockingFact>::of(each.payload).read();
    if (fact.isRewardDistributed()) ++out[fact.getRewardDistributed().getSource()];
  }
  return out;
}

/// Follows the whole recorded life; every view and nothing else disagrees with the fold.
void follows_all(L1Port& l1, DirectSequence& sequence, bool rewards = true,
                 std::optional<std::uint64_t> confirmations = {}) {
  auto wanted = options();
  wanted.confirmations = confirmations;
  L1Follow follow(l1, sequence, wanted);
  const auto end = follow_to_head(follow);
  BOOST_TEST(end.kind == FollowStep::wait, end.why);
  BOOST_REQUIRE(follow.synced());
  BOOST_TEST(follow.confirmed()->number == 103u);
  BOOST_TEST(sequence.refusals.empty());
  BOOST_TEST(sequence.state.current.discrepancies == 0u);
  equals_every_view(sequence, rewards);
}

void has_no_differences(L1Port& l1, DirectSequence& sequence) {
  const auto head = l1.head(L1Tag::latest);
  BOOST_REQUIRE((head && *head));
  const auto differences = compare_views(l1, *sequence.pool(), **head);
  BOOST_REQUIRE_MESSAGE(differences, (differences ? "" : differences.error().what));
  for (const auto& each : *differences) {
    BOOST_TEST_ERROR(each.field + ": contract " + each.contract + ", fold " + each.folded);
  }
}

/// An L1 seen through a window that a test dims.
class Veiled : public L1Port {
 public:
  explicit Veiled(L1Port& l1) : l1_(l1) {}
  L1Result<std::uint64_t> chain_id() override { return l1_.chain_id(); }
  L1Result<std::optional<L1Header>> head(L1Tag tag) override { return l1_.head(tag); }
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override {
    return l1_.block(number);
  }
  L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                        const std::vector<Address>& addresses) override {
    return l1_.logs(from, to, addresses);
  }
  L1Result<std::vector<EthLog>> all_logs(const L1Header& block) override {
    return l1_.all_logs(block);
  }
  L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                        const std::vector<Address>& addresses) override {
    return l1_.logs_of(block, addresses);
  }
  L1Result<bool> has_code(const Address& address, std::uint64_t block) override {
    return l1_.has_code(address, block);
  }
  L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                     const std::vector<L1Call>& calls) override {
    return l1_.calls(block, calls);
  }
  L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) override { return l1_.txn_of(log); }
  void cancel() override { l1_.cancel(); }

 protected:
  L1Port& l1_;
};

/// Every transaction goes through a contract that hides the pool's call, or wraps it.
class Wrapped : public Veiled {
 public:
  Wrapped(L1Port& l1, bool hidden) : Veiled(l1), hidden_(hidden) {}
  L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) override {
    auto txn = l1_.txn_of(log);
    if (!txn || !*txn) return txn;
    Bytes wrapped{0xde, 0xad, 0xbe, 0xef, 0x11, 0xc7, 0xd1, 0x44, 0x01};
    if (!hidden_) wrapped.insert(wrapped.end(), (*txn)->input.begin(), (*txn)->input.end());
    wrapped.push_back(0x99);
    (*txn)->to = Address{};
    (*txn)->input = std::move(wrapped);
    return txn;
  }

 private:
  bool hidden_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(l1)

BOOST_AUTO_TEST_CASE(metis_life_folds_to_the_contracts_every_view) {
  Recorded recorded;
  DirectSequence sequence;
  follows_all(recorded.l1, sequence);
  const auto opened = sequence.state.opened.read();
  BOOST_TEST(opened.getBlock() == 10u);
  BOOST_TEST(!opened.getAssumed());
  BOOST_TEST((fixed<Address>(opened.getL1Token()) == contract("token")));
  BOOST_TEST((fixed<Address>(opened.getBridge()) == contract("bridge")));
  BOOST_TEST((fixed<Address>(opened.getEscrow()) == contract("lockingInfo")));
  BOOST_TEST((split_sources(sequence) == std::map{std::pair{schema::SplitSource::CALLDATA, 9}}));
  BOOST_TEST(sequence.state.pending.empty());
  has_no_differences(recorded.l1, sequence);
}

BOOST_AUTO_TEST_CASE(a_range_finds_what_the_endpoint_takes) {
  for (const std::uint64_t limit : {1u, 2u, 7u, 100u, 1000u, 9999u, 20000u}) {
    L1LogRange range;
    int refusals = 0;
    std::uint64_t blocks = 0;
    for (int calls = 0; calls < 1000; ++calls) {
      const auto asked = range.size();
      BOOST_REQUIRE(asked > 0u);
      if (asked > limit) {
        ++refusals;
        range.was_refused(asked);
      } else {
        blocks += asked;
        range.went_well(asked);
      }
    }
    const auto best = 1000 * std::min<std::uint64_t>(limit, 16384);
    BOOST_TEST(blocks * 2 > best, "limit " << limit << ": " << blocks << " blocks");
    BOOST_TEST(refusals < 300, "limit " << limit << ": " << refusals << " refusals");
  }
}

BOOST_AUTO_TEST_CASE(an_unfriendly_endpoint_changes_nothing) {
  const std::vector<std::vector<std::string>> ways = {{"--max-range", "7"},
                                                      {"--max-results", "5"},
                                                      {"--no-archive", "10"},
                                                      {"--rate", "100"},
                                                      {"--max-range", "1", "--max-results", "1"}};
  for (const auto& way : ways) {
    BOOST_TEST_CONTEXT(way[0]) {
      Recorded recorded(way);
      DirectSequence sequence;
      follows_all(recorded.l1, sequence);
      BOOST_TEST(sequence.state.opened.read().getAssumed() == (way[0] == "--no-archive"));
      BOOST_TEST(sequence.state.opened.read().getBlock() == 10u);
      if (way[0] == "--no-archive") has_no_differences(recorded.l1, sequence);
    }
  }
}

BOOST_AUTO_TEST_CASE(block_by_block_gives_the_same) {
  Recorded recorded;
  // Nothing is final, so that every block is followed by its parent's hash.
  class NothingFinal : public Veiled {
   public:
    using Veiled::Veiled;
    L1Result<std::optional<L1Header>> head(L1Tag tag) override {
      if (tag == L1Tag::finalized) return std::optional<L1Header>();
      return l1_.head(tag);
    }
  } l1(recorded.l1);
  DirectSequence sequence;
  follows_all(l1, sequence, true, 0);
  BOOST_TEST(!sequence.state.finalized.has_value());
  BOOST_TEST(sequence.state.base_block.has_value() == false);
}

BOOST_AUTO_TEST_CASE(blocks_without_logs_ask_for_no_pool) {
  Recorded recorded;
  DirectSequence sequence;
  follows_all(recorded.l1, sequence);
  std::set<std::uint64_t> with_events;
  for (const auto& each : sequence.life) {
    const auto fact = Msg<schema::LockingFact>::of(each.payload);
    if (is_event(*fact)) with_events.insert(position_of(*fact).getBlock());
  }
  // The other blocks' logs, if they have any, are none of the pool's.
  BOOST_TEST(sequence.pools_asked >= with_events.size());
  BOOST_TEST(sequence.pools_asked <= with_events.size() + 5);
  const auto asked = sequence.pools_asked, progress_asked = sequence.progress_asked;
  L1Follow again(recorded.l1, sequence, options());
  BOOST_TEST(follow_to_head(again).kind == FollowStep::wait);
  BOOST_TEST(sequence.pools_asked == asked + 1);  // to be compared with the views
  BOOST_TEST(sequence.progress_asked <= progress_asked + 2);
}

BOOST_AUTO_TEST_CASE(a_sequence_that_is_gone_ends_it) {
  Recorded recorded;
  class Gone : public DirectSequence {
   public:
    bool answers_progress = true;
    Result<std::optional<L1Progress>> progress() override {
      if (!answers_progress) return fail("gone");
      return DirectSequence::progress();
    }
    Result<OpenPool> pool() override { return fail("gone"); }
  } sequence;
  {
    L1Follow follow(recorded.l1, sequence, options());
    const auto end = follow_to_head(follow);
    BOOST_TEST(end.kind == FollowStep::stopped);
    BOOST_TEST(end.why == "gone");
  }
  sequence.answers_progress = false;
  L1Follow follow(recorded.l1, sequence, options());
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::stopped);
}

BOOST_AUTO_TEST_CASE(a_call_inside_the_input_is_found) {
  Recorded recorded;
  Wrapped l1(recorded.l1, false);
  DirectSequence sequence;
  follows_all(l1, sequence);
  BOOST_TEST(
      (split_sources(sequence) == std::map{std::pair{schema::SplitSource::INNER_CALLDATA, 9}}));
}

BOOST_AUTO_TEST_CASE(without_calldata_the_contract_tells) {
  Recorded recorded;
  Wrapped l1(recorded.l1, true);
  DirectSequence sequence;
  follows_all(l1, sequence);
  const auto sources = split_sources(sequence);
  BOOST_TEST(sources.contains(schema::SplitSource::CONTRACT_STATE));
  BOOST_TEST(!sources.contains(schema::SplitSource::CALLDATA));
  for (const auto& [source, count] : sources) {
    BOOST_TEST_MESSAGE("source " << static_cast<int>(source) << ": " << count);
  }
}

BOOST_AUTO_TEST_CASE(what_nothing_tells_is_unknown) {
  Recorded recorded({"--no-archive", "0"});
  Wrapped l1(recorded.l1, true);
  DirectSequence sequence;
  follows_all(l1, sequence, false);
  BOOST_TEST(split_sources(sequence).at(schema::SplitSource::UNKNOWN) >= 7);
  for (const auto& [id, sequencer] : sequence.state.current.sequencers) {
    // Who claimed last is known to have nothing; who was credited since is not known.
    BOOST_TEST(sequencer.reward.has_value() == (sequencer.status == SequencerStatus::unlocked));
  }
  has_no_differences(recorded.l1, sequence);
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_where_the_state_is) {
  Recorded recorded({"--max-range", "5"});
  DirectSequence whole, parts;
  follows_all(recorded.l1, whole);
  for (int starts = 0; starts < 200; ++starts) {
    L1Follow follow(recorded.l1, parts, options());
    for (int steps = 0; steps < 5 && !follow.synced(); ++steps) {
      BOOST_TEST(follow.step().kind <= FollowStep::wait);
    }
    if (follow.synced()) break;
  }
  BOOST_TEST((parts.state.current == whole.state.current));
  BOOST_TEST(parts.refusals.empty());
  equals_every_view(parts);
}

BOOST_AUTO_TEST_CASE(another_chain_is_refused) {
  Recorded recorded;
  DirectSequence sequence;
  auto wanted = options();
  wanted.chain_id = 1;
  L1Follow follow(recorded.l1, sequence, wanted);
  BOOST_TEST(follow.step().kind == FollowStep::wrong_chain);
  BOOST_TEST(sequence.life.empty());
}

BOOST_AUTO_TEST_CASE(contracts_that_are_not_there_are_waited_for) {
  Recorded recorded;
  DirectSequence sequence;
  auto wanted = options();
  wanted.contracts.pool = contract("walletOwner");
  wanted.contracts.pool.bytes[0] ^= 1;
  L1Follow follow(recorded.l1, sequence, wanted);
  BOOST_TEST(follow.step().kind == FollowStep::no_contracts);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_not_there_is_said_so) {
  L1Rpc l1(*Endpoint::parse("http://127.0.0.1:1/secret"));
  DirectSequence sequence;
  L1Follow follow(l1, sequence, options());
  const auto step = follow.step();
  BOOST_TEST(step.kind == FollowStep::unreachable);
  BOOST_TEST(step.why.find("secret") == step.why.npos);
  BOOST_TEST(follow.step().wait_ms > step.wait_ms);
  l1.cancel();
  BOOST_TEST(follow.step().kind == FollowStep::stopped);
}

BOOST_AUTO_TEST_CASE(an_endpoint_on_two_forks_is_left_in_peace) {
  Recorded recorded;
  // One address for two nodes: the block of one does not follow from the other's.
  class TwoForks : public Veiled {
   public:
    using Veiled::Veiled;
    std::optional<std::uint64_t> foreign = 30;
    L1Result<std::optional<L1Header>> head(L1Tag tag) override {
      if (tag == L1Tag::finalized) return std::optional<L1Header>();
      return l1_.head(tag);
    }
    L1Result<std::optional<L1Header>> block(std::uint64_t number) override {
      auto header = l1_.block(number);
      if (number == foreign && header && *header) (*header)->parent.bytes[0] ^= 1;
      return header;
    }
  } l1(recorded.l1);
  class Counted : public DirectSequence {
   public:
    int submits = 0;
    Result<Msg<schema::Receipt>> submit(Msg<schema::LockingCommand> command) override {
      ++submits;
      return DirectSequence::submit(std::move(command));
    }
  } sequence;
  auto wanted = options();
  wanted.confirmations = 0;
  L1Follow follow(l1, sequence, wanted);
  FollowStep step;
  for (int steps = 0; steps < 100 && step.kind == FollowStep::more; ++steps) step = follow.step();
  BOOST_REQUIRE(step.kind == FollowStep::unreachable);
  BOOST_TEST(step.wait_ms > 0u);
  BOOST_TEST(follow.next_block() == 30u);
  const auto submits = sequence.submits;
  const auto again = follow.step();
  BOOST_TEST(again.kind == FollowStep::unreachable);
  BOOST_TEST(again.wait_ms > step.wait_ms);
  BOOST_TEST(sequence.submits == submits);
  l1.foreign.reset();
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
  BOOST_TEST(follow.synced());
  BOOST_TEST(sequence.count(schema::LockingFact::L1_REVERTED) == 0u);
  equals_every_view(sequence);
}

BOOST_AUTO_TEST_CASE(a_pause_that_the_endpoint_asks_for_is_kept_within_reason) {
  Recorded recorded;
  class Limited : public Veiled {
   public:
    using Veiled::Veiled;
    std::optional<std::uint64_t> retry_after_ms;
    L1Result<std::optional<L1Header>> head(L1Tag) override {
      return tl::unexpected(L1Fault{L1Fault::rate_limited, "too many requests", retry_after_ms});
    }
  } l1(recorded.l1);
  DirectSequence sequence;
  L1Follow follow(l1, sequence, options());
  const auto wait_after = [&](std::optional<std::uint64_t> said) {
    l1.retry_after_ms = said;
    const auto step = follow.step();
    BOOST_TEST(step.kind == FollowStep::rate_limited);
    return step.wait_ms;
  };
  const auto first = wait_after(0);
  BOOST_TEST(first > 0u);
  const auto second = wait_after(0);
  BOOST_TEST(second > first);
  BOOST_TEST(wait_after({}) > second);
  BOOST_TEST(wait_after(3'000) == 3'000u);
  BOOST_TEST(wait_after(1) == first);
  BOOST_TEST(wait_after(4'294'967'295'000) == options().longest_wait_ms);
  BOOST_TEST(wait_after(std::numeric_limits<std::uint64_t>::max()) == options().longest_wait_ms);
}

BOOST_AUTO_TEST_CASE(a_view_that_differs_is_named) {
  Recorded recorded;
  DirectSequence sequence;
  follows_all(recorded.l1, sequence);
  sequence.state.current.max_lock += 1;
  sequence.state.current.sequencers.at(6).nonce += 1;
  sequence.state.current.sequencers.erase(2);
  const auto head = recorded.l1.head(L1Tag::latest);
  const auto differences = compare_views(recorded.l1, *sequence.pool(), **head);
  BOOST_REQUIRE(differences.has_value());
  const auto has = [&](std::string_view field) {
    return std::ranges::any_of(*differences, [&](const auto& each) { return each.field == field; });
  };
  BOOST_TEST(has("maxLock"));
  BOOST_TEST(has("sequencers(6).nonce"));
  BOOST_TEST(has("totalSequencers"));
}

namespace {

/// Shows no logs of ranges within [from, to] for some questions, and other views if it is told.
class LeavesOut : public Veiled {
 public:
  using Veiled::Veiled;
  std::uint64_t from = 0, to = 0;
  int questions = 0;
  bool wrong_views = false, no_old_views = false;
  int one_by_one = 0;

  L1Result<L1Logs> logs(std::uint64_t first, std::uint64_t last,
                        const std::vector<Address>& addresses) override {
    auto found = l1_.logs(first, last, addresses);
    if (!found || last < from || first > to || questions == 0) return found;
    --questions;
    std::erase_if(found->logs,
                  [&](const EthLog& log) { return log.block >= from && log.block <= to; });
    return found;
  }
  L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                        const std::vector<Address>& addresses) override {
    ++one_by_one;
    return l1_.logs_of(block, addresses);
  }
  L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                     const std::vector<L1Call>& asked) override {
    if (no_old_views && block.number < 103) {
      return tl::unexpected(L1Fault{L1Fault::refused, "missing trie node", {}});
    }
    auto answers = l1_.calls(block, asked);
    if (!answers || !wrong_views) return answers;
    // Every sequencer's record says another amount.
    for (auto& answer : *answers) {
      if (answer.size() >= 12 * 32) answer[31] ^= 1;
    }
    return answers;
  }
};

/// Follows to the head; the comparison that it ends with.
L1Comparison compared_at_head(L1Follow& follow) {
  L1Comparison out;
  for (int steps = 0; steps < 10'000; ++steps) {
    const auto step = follow.step();
    if (step.compared) out = *step.compared;
    if (step.kind == FollowStep::wait) return out;
    BOOST_REQUIRE(step.kind == FollowStep::more);
  }
  BOOST_FAIL("never at the head");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(logs_that_a_range_leaves_out_are_missed_and_read_again) {
  Recorded recorded;
  DirectSequence whole;
  follows_all(recorded.l1, whole);
  struct Way {
    std::uint64_t from, to;
    int questions;
    bool no_old_views;
  };
  // Everything; a middle; one block; for longer than halving takes; without the state of old
  // blocks.
  for (const auto& [from, to, questions, no_old_views] :
       {Way{0, 200, 1, false}, Way{40, 60, 1, false}, Way{50, 50, 2, false}, Way{0, 200, 50, false},
        Way{40, 60, 1, true}, Way{40, 60, 50, true}}) {
    BOOST_TEST_CONTEXT(from << " to " << to << ", " << questions << " questions") {
      LeavesOut l1(recorded.l1);
      l1.from = from;
      l1.to = to;
      l1.questions = questions;
      l1.no_old_views = no_old_views;
      DirectSequence sequence;
      L1Follow follow(l1, sequence, options());
      const auto end = compared_at_head(follow);
      BOOST_TEST((end.block == 103u && end.differences.empty() && end.uncompared.empty()));
      BOOST_TEST(follow.differences().empty());
      BOOST_TEST(json::serialize(to_json(sequence.state)) == json::serialize(to_json(whole.state)));
      BOOST_TEST((sequence.state.current.implementations == whole.state.current.implementations));
      BOOST_TEST((sequence.state.current == whole.state.current));
      BOOST_TEST(sequence.refusals.empty());
      BOOST_TEST(sequence.state.finalized->number == 103u);
      if (questions == 50) BOOST_TEST(l1.one_by_one > 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_final_is_read_again_from_the_opening) {
  Recorded recorded;
  DirectSequence whole, sequence;
  follows_all(recorded.l1, whole);
  follows_all(recorded.l1, sequence);
  // As a log of a version that missed something.
  sequence.state.base.sequencers.at(6).nonce -= 1;
  sequence.state.current = sequence.state.base;
  L1Follow follow(recorded.l1, sequence, options());
  const auto end = compared_at_head(follow);
  BOOST_TEST((end.block == 103u && end.differences.empty()));
  BOOST_TEST((sequence.state.current == whole.state.current));
  BOOST_TEST(sequence.state.finalized->number == 103u);
}

BOOST_AUTO_TEST_CASE(what_reading_again_does_not_mend_is_said_and_followed_on) {
  Recorded recorded;
  LeavesOut l1(recorded.l1);
  l1.wrong_views = true;
  DirectSequence sequence;
  L1Follow follow(l1, sequence, options());
  const auto end = compared_at_head(follow);
  BOOST_TEST(end.block == 103u);
  BOOST_REQUIRE(!end.differences.empty());
  BOOST_TEST(follow.was_reread());
  BOOST_TEST(follow.synced());
  BOOST_TEST(sequence.state.confirmed_head->number == 103u);
  BOOST_TEST(std::ranges::none_of(end.differences, &Difference::standing));
  BOOST_TEST(words_of(end.differences).find(" in the contracts and ") != std::string::npos);
  const auto facts = sequence.life.size();
  for (int steps = 0; steps < 10; ++steps) BOOST_TEST(follow.step().kind <= FollowStep::wait);
  BOOST_TEST(sequence.life.size() == facts);
  l1.wrong_views = false;
  // A new head, or another start.
  L1Follow again(l1, sequence, options());
  BOOST_TEST(compared_at_head(again).differences.empty());
}

BOOST_AUTO_TEST_SUITE_END()
