#include <boost/test/unit_test.hpp>

#include "events/pool/disputes.hpp"
#include "tests/sim/pool_audit.hpp"
#include "tests/sim/pool_lies.hpp"
#include "tests/sim/pool_member.hpp"
#include "tests/sim/seeds.hpp"

// The rules of a pool under a simulated consensus: members with unequal power, each with an
// endpoint of its own that lags, stands on forks and lacks something; L1 that goes back; members
// with less than a third of the power that lie; joins and exits by the locking pool; a leader that
// makes blocks, or leaders by turns, that die, are replaced, give their turn away, sign twice, or
// in another's turn, or execute otherwise than the others; rounds with dead proposers, inputs that
// are lost, late, out of order and repeated; processes that end in every window of a height.
// HORAE_SEED=N runs one seed alone, HORAE_SEEDS=N so many of them; a failure names its seed.
namespace horae::test {
namespace {

// What all seeds together have seen: a simulation in which nothing happens shows nothing.
struct SimSeen {
  std::uint64_t heights = 0, inputs = 0, reverts = 0, lies = 0, ends = 0, blocks = 0, joins = 0,
                exits = 0, refused_blocks = 0;
  // Where members take turns:
  std::uint64_t epochs = 0, left = 0, replaced = 0, yielded = 0, passed_over = 0, faults = 0;
  // Where they attest what they execute:
  std::uint64_t attested = 0, disputed = 0, revoked = 0;
};

class PoolUnderConsensus {
 public:
  PoolUnderConsensus(std::uint64_t seed, SimSeen& seen) : dice_(seed), seen_(seen) { begin(); }

  void run() {
    const auto ticks = 10 + dice_.below(28);
    for (std::uint64_t i = 0; i < ticks; ++i) wild_tick();
    calm_down();
    if (state().blocks.turns) {
      go_on_without(leader_of(state()));
      go_on_without({});
    }
    audit();
  }

 private:
  void begin() {
    const auto count = 1 + std::min(dice_.below(7), dice_.below(7));  // seldom many
    const auto cast = cast_of(dice_, count);
    l1_.emplace(dice_, cast.powers);
    l1_->liars = cast.liars;
    options_.confirmations = dice_.below(3);
    options_.finalized_only = dice_.one_in(6);
    options_.step = 1 + dice_.below(6);
    l1_->final_depth = options_.confirmations + 1 + dice_.below(8);

    const auto joining = dice_.one_in(2) ? 0 : 1 + dice_.below(2);
    const auto turns = dice_.one_in(3) ? TurnsOf{}
                                       : TurnsOf{1 + dice_.below(4),
                                                 static_cast<std::uint32_t>(1 + dice_.below(3))};
    const auto attests =
        turns.length == 0 || dice_.one_in(2) ? 0 : static_cast<std::uint32_t>(1 + dice_.below(6));
    const auto genesis = genesis_of(cast.powers, 8, attests, turns);
    for (std::uint8_t key = 1; key <= count + joining; ++key) {
      auto& member = members_.emplace_back(
          key, genesis, options_, [this](SimInputPtr input) { waiting_.push_back(input); });
      views_.push_back(l1_->now);
      member.begin();
    }
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i].view = &views_[i];
    heights_.emplace(to_members(genesis.read().getMembers()));
  }

  void wild_tick() {
    if (dice_.one_in(2)) l1_->grow();
    if (dice_.one_in(8)) l1_->fork(1 + dice_.below(l1_->final_depth));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      auto& member = members_[i];
      if (dice_.one_in(2)) look_at_l1(views_[i], dice_.one_in(3) ? dice_.below(5) : 0);
      if (dice_.one_in(60)) member.end();
      if (!member.is_up() && dice_.one_in(4)) begin_again(member);
      if (dice_.one_in(40)) member.connected = !member.connected;
      if (!member.connected && dice_.one_in(4)) member.connected = true;
      if (dice_.one_in(3)) attest(member);
      if (l1_->liars.contains(member.key())) {
        if (member.is_up() && dice_.one_in(3)) lie(member);
      } else if (!dice_.one_in(4)) {
        member.follow();
      }
      if (dice_.one_in(4)) member.lose_patience();
      if (dice_.one_in(6)) member.give_again();
      catch_up(member, 1 + dice_.below(3), true);
    }
    for (auto& member : members_) {
      if (dice_.one_in(state().blocks.turns ? 3 : 8)) member.lead();
      if (dice_.one_in(60)) say_of_leader(member);
      if (!l1_->liars.contains(member.key()) || !dice_.one_in(8)) continue;
      member.equivocate(static_cast<std::uint8_t>(1 + dice_.below(200)), dice_.below(2));
      ++seen_.lies;
    }
    if (!waiting_.empty() && dice_.one_in(10)) {
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(dice_.below(waiting_.size())));
    }
    agree();
  }

  [[nodiscard]] const SharedState& state() const { return members_.front().state(); }

  // Engines that differ are those of members who lie, too: with less than a third of the power.
  void attest(SimMember& member) {
    if (l1_->liars.contains(member.key())) {
      member.alters = dice_.one_in(3);
    } else {
      member.attest();
    }
  }

  // That it makes nothing, whether or not that is so; or, of its own turn, that it gives it away.
  void say_of_leader(SimMember& member) {
    const auto& chain = member.state().blocks;
    if (!chain.turns || !member.is_up()) return;
    member.say(Msg<schema::SharedCommand>::build([&](auto root) {
      if (member.leads() && dice_.one_in(2)) {
        return root.initPool().initYieldTurn().setEpoch(chain.epoch.number);
      }
      auto stall = root.initPool().initReportStall();
      stall.setEpoch(chain.epoch.number);
      stall.setBlock(chain.head.number);
    }));
  }

  // Somebody makes nothing more, and blocks are made all the same, where there is somebody else.
  void go_on_without(const std::optional<Address>& silent) {
    const auto shares = turn_shares(state());
    if (shares.size() < (silent ? 2u : 1u)) return;
    const auto& all = state().pool.members;
    const auto lacking = silent && all.contains(*silent) ? all.at(*silent).power : 0;
    if ((total_power(all) - lacking) * 3 <= total_power(all)) return;
    const auto made = [&] { return safe_block(state().blocks); };
    const auto goal = made() + 2 * state().blocks.epoch_length + 1;
    for (int round = 0; round < 400 && made() < goal; ++round) {
      for (auto& member : members_) {
        catch_up(member, chain_.size(), false);
        attest(member);
        if (member.address() == silent) continue;
        member.lead();
        member.give_again();
        if (silent && leader_of(member.state()) == silent) say_stall(member);
      }
      agree();
    }
    for (auto& member : members_) catch_up(member, chain_.size(), false);
    BOOST_TEST_REQUIRE(made() >= goal, "no blocks are made any more: " << standstill(silent));
    // What is under way settles.
    for (int round = 0; round < 80 && !is_calm(); ++round) {
      for (auto& member : members_) {
        catch_up(member, chain_.size(), false);
        attest(member);
        member.give_again();
      }
      agree();
    }
    BOOST_TEST_REQUIRE(is_calm());
  }
  [[nodiscard]] std::string standstill(const std::optional<Address>& silent) const {
    const auto& chain = state().blocks;
    std::ostringstream out;
    out << "head " << chain.head.number << ", attested " << safe_block(chain) << ", leader "
        << (leader_of(state()) ? to_hex(*leader_of(state())) : "nobody") << ", silent "
        << (silent ? to_hex(*silent) : "nobody") << ", "
        << dispute_words(state().pool, safe_block(chain) + 1);
    for (const auto& member : members_) {
      const auto said = state().pool.attested.find(member.address());
      const auto power = state().pool.members.find(member.address());
      out << "\n  " << to_hex(member.address()) << ": power "
          << (power == state().pool.members.end() ? 0 : power->second.power) << ", attested "
          << (said == state().pool.attested.end() ? 0 : said->second)
          << (l1_->liars.contains(member.key()) ? ", lies" : "")
          << (member.progress().proposed ? ", proposed" : "") << (member.leads() ? ", leads" : "")
          << (member.is_up() ? "" : ", down") << (member.connected ? "" : ", unconnected")
          << (standing(member.state().locking, member.address()).active ? "" : ", not Active")
          << ", height " << member.height() << " of " << chain_.size();
    }
    return out.str();
  }
  void say_stall(SimMember& member) {
    const auto& chain = member.state().blocks;
    const auto known = member.state().pool.stalls.find(member.address());
    if (known != member.state().pool.stalls.end() &&
        known->second == Stall{chain.epoch.number, chain.head.number}) {
      return;
    }
    member.say(Msg<schema::SharedCommand>::build([&](auto root) {
      auto stall = root.initPool().initReportStall();
      stall.setEpoch(chain.epoch.number);
      stall.setBlock(chain.head.number);
    }));
  }

  void look_at_l1(L1View& view, std::uint64_t lag) {
    view = l1_->now;
    view.lacks = dice_.one_in(12);
    while (lag-- > 0 && view.chain.size() > 1) view.chain.pop_back();
    const auto oldest = L1View::first_block + l1_->final_depth;
    view.finalized = view.latest() > oldest ? view.latest() - l1_->final_depth : 0;
  }

  void begin_again(SimMember& member) {
    member.begin();
    ++seen_.ends;
    if (member.height() > 0) compare(member);
  }

  void compare(const SimMember& member) {
    heights_->compare(member.height(), member.outcome(), member.address());
  }

  void catch_up(SimMember& member, std::uint64_t heights, bool may_end) {
    for (; heights > 0 && member.is_up() && member.connected && member.height() < chain_.size();
         --heights) {
      const auto window = may_end && dice_.one_in(30)
                              ? static_cast<SimMember::Window>(1 + dice_.below(3))
                              : SimMember::none;
      member.settle_height(chain_[member.height()], window);
      if (member.is_up()) compare(member);
    }
  }

  [[nodiscard]] bool votes(const Address& signer) const {
    const auto member = std::ranges::find(members_, signer, &SimMember::address);
    return member != members_.end() && member->is_up() && member->connected &&
           member->height() == chain_.size();
  }

  // A height, if those who are there can decide one: whoever proposes may be dead for some rounds.
  void agree() {
    const auto height = chain_.size() + 1;
    if (!heights_->knows_voting(height)) return;
    // The first height has the founding; later ones without inputs are few.
    if (!chain_.empty() && waiting_.empty() && !dice_.one_in(20)) return;
    const auto& voting = heights_->voting(height);
    std::uint64_t power = 0;
    for (const auto& [signer, member] : voting) power += votes(signer) ? member.power : 0;
    if (!is_quorum(power, total_power(voting))) return;
    for (int round = 0; round < 20; ++round) {
      const auto& proposer =
          *std::next(voting.begin(), static_cast<std::ptrdiff_t>(dice_.below(voting.size())));
      if (votes(proposer.first)) return decide_height(proposer.first);
    }
  }

  void decide_height(const Address& proposer) {
    std::vector<SimInputPtr> block;
    std::shuffle(waiting_.begin(), waiting_.end(), dice_.random);
    std::erase_if(waiting_, [&](const SimInputPtr& input) {
      if (dice_.one_in(6)) return false;  // it has not come this far
      block.push_back(input);
      return true;
    });
    if (!ordered_.empty() && dice_.one_in(4)) {
      block.push_back(ordered_[dice_.below(ordered_.size())]);
    }
    const auto by = std::ranges::find(members_, proposer, &SimMember::address);
    if (l1_->liars.contains(by->key()) || dice_.one_in(20)) block.push_back(strange_input());
    for (const auto& input : block) ordered_.push_back(input);
    seen_.inputs += block.size();
    ++seen_.heights;
    chain_.push_back(std::move(block));
  }

  SimInputPtr strange_input() {
    const auto sender = dice_.one_in(2) ? stranger().address : known_key(1).address;
    return std::make_shared<SimInput>(SimInput{
        0, sender, presumptuous(dice_, members_.front().state().locking, 2 * options_.step)});
  }

  void lie(SimMember& member) {
    ++seen_.lies;
    member.say(test::lie(dice_, member.state(), 2 * options_.step, member.address()));
  }

  // L1 goes on and stays what it is, everybody is there and sees it; who lies goes on.
  void calm_down() {
    for (std::uint64_t i = 0; i < options_.step + l1_->final_depth; ++i) l1_->grow();
    for (auto& member : members_) member.lead();
    for (int round = 0; round < 80; ++round) {
      for (std::size_t i = 0; i < members_.size(); ++i) {
        auto& member = members_[i];
        views_[i] = l1_->now;
        if (!member.is_up()) begin_again(member);
        member.connected = true;
        catch_up(member, chain_.size(), false);
        member.lose_patience();
        member.give_again();
        attest(member);
        if (!l1_->liars.contains(member.key())) {
          member.follow();
        } else if (dice_.one_in(3)) {
          lie(member);
        }
      }
      if (is_calm()) return;
      agree();
    }
    const auto& state = members_.front().state();
    BOOST_FAIL("L1's agreed head stays at "
               << (state.locking.confirmed_head ? state.locking.confirmed_head->number : 0)
               << " of " << head() << ", height " << chain_.size() << ", place " << state.pool.place
               << ", " << state.pool.reports.size() << " reports");
  }
  [[nodiscard]] std::uint64_t head() const {
    return options_.finalized_only ? l1_->now.finalized
                                   : l1_->now.latest() - options_.confirmations;
  }
  [[nodiscard]] bool is_calm() const {
    return std::ranges::all_of(members_, [&](const SimMember& member) {
      const auto& told = member.state().locking.confirmed_head;
      return member.height() == chain_.size() && !member.progress().proposed && told &&
             told->number + options_.step > head() &&
             told->hash == l1_->now.block(told->number)->at.hash;
    });
  }

  void audit() {
    for (const auto& member : members_) {
      const auto world = member.folded(&member == &members_.front() ? Trust::bytes : Trust::log);
      BOOST_TEST_REQUIRE(
          (state_hash(world.shared) == heights_->outcome(heights_->last()).state_hash));
      HeightsAudit heights;
      for (const auto& value : member.log().values) heights.see(*decode_record(value));
      heights.end(chain_.size());
    }
    L1Audit l1(*l1_);
    for (const auto& value : members_.front().log().values) l1.see(*decode_record(value));
    l1.end();
    seen_.reverts += l1.reverts;
    seen_.joins += heights_->joins;
    seen_.exits += heights_->exits;
    seen_.refused_blocks += members_.front().refused_blocks;
    seen_.blocks += members_.front().state().blocks.head.number;
    audit_turns();
  }

  // Every block is of the epoch that ran, and its leader's; each epoch ends where the next begins.
  void audit_turns() {
    if (!state().blocks.turns) return;
    World world;
    std::map<std::uint64_t, Hash32> roots;  // of the chain's blocks
    for (const auto& value : members_.front().log().values) {
      const auto record = *decode_record(value);
      const auto running = world.shared.blocks.epoch;
      const auto head = world.shared.blocks.head.number;
      BOOST_TEST_REQUIRE(fold(world, record, Trust::log).has_value());
      if (record.header.domain == Domain::POOL) {
        seen_.disputed += Msg<schema::PoolFact>::read(record.payload).isBlockDisputed() ? 1 : 0;
      }
      if (record.header.domain != Domain::BLOCKS) continue;
      const auto fact = Msg<schema::BlocksFact>::read(record.payload);
      audit_attested(roots, fact, world.shared.blocks);
      if (fact.isBlockSealed()) {
        const auto header = fact.getBlockSealed().getHeader();
        BOOST_TEST_REQUIRE(header.getNumber() == head + 1);
        BOOST_TEST_REQUIRE(header.getEpoch() == running.number);
        BOOST_TEST_REQUIRE(header.getNumber() >= running.start_block);
        BOOST_TEST_REQUIRE(header.getNumber() <= running.end_block);
        BOOST_TEST_REQUIRE((fixed<Address>(header.getSequencer()) == running.signer));
      } else if (fact.isEpochStarted()) {
        count_epoch(world.shared);
      }
    }
    seen_.faults += state().faults.known.size();
  }
  // Nothing is attested that most engines have otherwise, and what is attested stays.
  void audit_attested(std::map<std::uint64_t, Hash32>& roots, schema::BlocksFact::Reader fact,
                      const Blocks& chain) {
    if (fact.isBlockSealed()) roots[chain.head.number] = chain.head.state_root;
    if (fact.isBlocksAttested()) {
      for (; seen_attested_ < fact.getBlocksAttested().getNumber(); ++seen_.attested) {
        BOOST_TEST_REQUIRE(!SimMember::is_altered(roots.at(++seen_attested_)));
      }
    }
    if (fact.isBlocksRevoked()) {
      BOOST_TEST_REQUIRE(fact.getBlocksRevoked().getNumber() > seen_attested_);
      BOOST_TEST_REQUIRE(SimMember::is_altered(roots.at(fact.getBlocksRevoked().getNumber())));
      ++seen_.revoked;
    }
  }
  void count_epoch(const SharedState& shared) {
    using schema::EpochCause;
    const auto& epoch = shared.blocks.epoch;
    ++seen_.epochs;
    seen_.left += epoch.why == EpochCause::LEADER_LEFT ? 1 : 0;
    seen_.replaced += epoch.why == EpochCause::LEADER_REPLACED ? 1 : 0;
    seen_.yielded += epoch.why == EpochCause::LEADER_YIELDED ? 1 : 0;
    const auto leads = std::ranges::find(epoch.shares, epoch.sequencer_id,
                                         [](const EpochShare& each) { return each.share.id; });
    BOOST_TEST_REQUIRE((leads != epoch.shares.end() && leads->signer == epoch.signer));
    BOOST_TEST_REQUIRE(!leads->passed_over);
    for (const auto& each : epoch.shares) seen_.passed_over += each.passed_over ? 1 : 0;
  }

  Dice dice_;
  SimSeen& seen_;
  std::optional<ForkingL1> l1_;
  L1Reporter::Options options_;
  std::vector<L1View> views_;
  std::deque<SimMember> members_;  // the leader first; the last ones are of no genesis
  std::vector<SimInputPtr> waiting_, ordered_;
  std::vector<std::vector<SimInputPtr>> chain_;  // by height from 1
  std::optional<PoolHeights> heights_;
  std::uint64_t seen_attested_ = 0;  // the last attested block that was looked at
};

}  // namespace
}  // namespace horae::test

BOOST_AUTO_TEST_SUITE(pool_consensus)

BOOST_AUTO_TEST_CASE(all_have_the_same_at_every_height_whatever_happens) {
  using namespace horae::test;
  SimSeen seen;
  const bool all = each_seed(2000, [&](std::uint64_t seed) {
    const StopsThrow stops;
    PoolUnderConsensus(seed, seen).run();
  });
  BOOST_TEST_MESSAGE(
      seen.heights << " heights, " << seen.inputs << " inputs, " << seen.reverts
                   << " returns of L1, " << seen.lies << " lies, " << seen.ends << " restarts, "
                   << seen.blocks << " blocks, " << seen.refused_blocks
                   << " blocks refused and made anew, " << seen.joins << " joins, " << seen.exits
                   << " exits; " << seen.epochs << " turns, " << seen.left << " of those left, "
                   << seen.replaced << " replaced, " << seen.yielded << " given away, "
                   << seen.passed_over << " passed over, " << seen.faults << " faults; "
                   << seen.attested << " blocks attested, " << seen.disputed << " disputed, "
                   << seen.revoked << " times revoked");
  if (!all) return;
  for (const auto count : {seen.reverts, seen.lies, seen.ends, seen.blocks, seen.joins, seen.exits,
                           seen.epochs, seen.left, seen.replaced, seen.yielded, seen.passed_over,
                           seen.attested, seen.disputed, seen.revoked}) {
    BOOST_TEST(count > 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
