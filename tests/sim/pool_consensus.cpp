#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "core/crypto/secp256k1.hpp"
#include "events/locking/pool.hpp"
#include "tests/sim/pool_member.hpp"

// The rules of a pool under a simulated consensus: members with unequal power, each with an
// endpoint of its own that lags, stands on forks and lacks something; L1 that goes back; members
// with less than a third of the power that lie; joins and exits by the locking pool; a leader that
// makes blocks; rounds with dead proposers, inputs that are lost, late, out of order and repeated;
// processes that end in every window of a height. HORAE_SEED=N runs one seed alone, HORAE_SEEDS=N
// so many of them; a failure names its seed.
namespace horae::test {
namespace {

// What all seeds together have seen: a simulation in which nothing happens shows nothing.
struct SimSeen {
  std::uint64_t heights = 0, inputs = 0, reverts = 0, lies = 0, ends = 0, blocks = 0, joins = 0,
                exits = 0, refused_blocks = 0;
};

class PoolUnderConsensus {
 public:
  PoolUnderConsensus(std::uint64_t seed, SimSeen& seen) : dice_(seed), seen_(seen) { begin(); }

  void run() {
    const auto ticks = 10 + dice_.below(28);
    for (std::uint64_t i = 0; i < ticks; ++i) wild_tick();
    calm_down();
    audit();
  }

 private:
  void begin() {
    const auto count = 1 + std::min(dice_.below(7), dice_.below(7));  // seldom many
    std::uint64_t lying = 0, honest = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      powers_.push_back(20'000 + dice_.below(80'001));
      honest += powers_.back();
    }
    l1_.emplace(dice_, powers_);
    for (std::uint8_t key = 2; key <= count; ++key) {
      const auto power = powers_[key - 1u];
      if (!dice_.one_in(3) || (lying + power) * 2 >= honest - power) continue;
      lying += power;
      honest -= power;
      l1_->liars.insert(key);
    }
    options_.confirmations = dice_.below(3);
    options_.finalized_only = dice_.one_in(6);
    options_.step = 1 + dice_.below(6);
    l1_->final_depth = options_.confirmations + 1 + dice_.below(8);

    const auto joining = dice_.one_in(2) ? 0 : 1 + dice_.below(2);
    const auto genesis = genesis_of(powers_);
    for (std::uint8_t key = 1; key <= count + joining; ++key) {
      auto& member = members_.emplace_back(
          key, genesis, options_, [this](SimInputPtr input) { waiting_.push_back(input); });
      views_.push_back(l1_->now);
      member.begin();
    }
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i].view = &views_[i];
    const auto first = to_members(genesis.read().getMembers());
    voting_ = {first, first};
    outcomes_.push_back({{}, {}, first});
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
      if (l1_->liars.contains(member.key())) {
        if (member.is_up() && dice_.one_in(3)) lie(member);
      } else if (!dice_.one_in(4)) {
        member.follow();
      }
      if (dice_.one_in(4)) member.lose_patience();
      if (dice_.one_in(6)) member.give_again();
      catch_up(member, 1 + dice_.below(3), true);
    }
    if (dice_.one_in(8)) members_.front().lead();
    if (!waiting_.empty() && dice_.one_in(10)) {
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(dice_.below(waiting_.size())));
    }
    agree();
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

  // The same at all that have the height.
  void compare(const SimMember& member) {
    const auto height = member.height();
    if (height == outcomes_.size()) {
      outcomes_.push_back(member.outcome());
      vote_from(height + 2);
    }
    BOOST_TEST_REQUIRE((outcomes_.at(height) == member.outcome()),
                       "member " << int(member.key()) << " has another height " << height);
  }

  // What consensus makes of who has a voice, as it would take it (CometBFT's
  // ValidatorSet.UpdateWithChangeSet): what a height changes holds from the second after it.
  void vote_from(std::uint64_t height) {
    const auto& before = outcomes_.at(height - 3).members;
    auto next = voting_.back();
    for (const auto& [signer, member] : changed_members(before, outcomes_.back().members)) {
      if (member.power == 0) {
        BOOST_TEST_REQUIRE(next.erase(signer) == 1u, "a member is taken away that is none");
        ++seen_.exits;
      } else {
        if (!next.contains(signer)) ++seen_.joins;
        next[signer] = member;
      }
    }
    BOOST_TEST_REQUIRE(!next.empty());
    BOOST_TEST_REQUIRE(total_power(next) <= PoolAgreement::most_power);
    voting_.push_back(std::move(next));
    BOOST_TEST_REQUIRE(voting_.size() == height);
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
    if (voting_.size() <= chain_.size()) return;  // nobody has the height before
    // The first height has the founding; later ones without inputs are few.
    if (!chain_.empty() && waiting_.empty() && !dice_.one_in(20)) return;
    const auto& voting = voting_[chain_.size()];
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

  // What no honest member's node gives to consensus.
  SimInputPtr strange_input() {
    const auto sender = dice_.one_in(2) ? known_key(30).address : known_key(1).address;
    return std::make_shared<SimInput>(
        SimInput{0, sender, Msg<schema::SharedCommand>::build([&](auto root) {
                   switch (dice_.below(4)) {
                     case 0:
                       return root.setLocking(invented(known_key(30).address).read());
                     case 1:
                       return root.initBlocks().initSetEpochLength().setBlocks(1);
                     case 2:
                       return root.initPool().setFound(genesis_of({5}).read());
                     default:
                       return;
                   }
                 })});
  }

  [[nodiscard]] Msg<schema::LockingCommand> invented(const Address& by) {
    const auto& locking = members_.front().state().locking;
    const auto last = locking.last_known().value_or(L1Point{L1View::first_block, {}});
    const L1Point fake{last.number + dice_.below(2 * options_.step), hash(dice_.random())};
    return Scene::command([&](auto root) {
      switch (dice_.below(3)) {
        case 0: {
          auto advanced = root.initAdvance();
          advanced.initConfirmed().setNumber(fake.number);
          advanced.getConfirmed().setHash(data(fake.hash));
          return advanced.setTimestamp(Scene::time(fake.number));
        }
        case 1: {
          auto reverted = root.initRevert();
          reverted.initTo().setNumber(last.number > 3 ? last.number - dice_.below(4) : 0);
          reverted.getTo().setHash(data(fake.hash));
          return reverted.setTimestamp(Scene::time(last.number));
        }
        default: {
          auto observed = root.initObserve();
          observed.initBlock().setNumber(last.number + 1);
          observed.getBlock().setHash(data(fake.hash));
          observed.setParentHash(data(last.hash));
          observed.setTimestamp(Scene::time(last.number + 1));
          auto lock = observed.initEvents(1)[0].initLocked();
          lock.initPosition().setBlock(last.number + 1);
          lock.getPosition().setBlockHash(data(fake.hash));
          lock.getPosition().setTimestamp(Scene::time(last.number + 1));
          lock.setSigner(data(by));
          lock.setAmount(data(to_word(metis(100'000))));
        }
      }
    });
  }

  void lie(SimMember& member) {
    ++seen_.lies;
    const auto& pool = member.state().pool;
    if (!pool.offered.empty() && dice_.one_in(2)) {
      // What others say, with a finality that is none, and half of the command or another's digest.
      const auto& [digest, command] = *pool.offered.begin();
      return member.say(Msg<schema::SharedCommand>::build([&](auto root) {
        auto told = root.initPool().initReport();
        told.setPlace(pool.place);
        told.setFinalized(dice_.one_in(2) ? UINT64_MAX : block_of(command.read()));
        told.setBlock(dice_.one_in(2) ? block_of(command.read()) : dice_.below(100));
        told.setDigest(data(dice_.one_in(4) ? hash(dice_.random()) : digest));
      }));
    }
    const auto place = pool.place + dice_.below(3) - (pool.place > 0 ? 1 : 0);
    member.say(report_command(place, invented(member.address()).read(), dice_.below(200)));
  }

  // L1 goes on and stays what it is, everybody is there and sees it; who lies goes on.
  void calm_down() {
    for (std::uint64_t i = 0; i < options_.step + l1_->final_depth; ++i) l1_->grow();
    members_.front().lead();
    for (int round = 0; round < 80; ++round) {
      for (std::size_t i = 0; i < members_.size(); ++i) {
        auto& member = members_[i];
        views_[i] = l1_->now;
        if (!member.is_up()) begin_again(member);
        member.connected = true;
        catch_up(member, chain_.size(), false);
        member.lose_patience();
        member.give_again();
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
      BOOST_TEST_REQUIRE((state_hash(world.shared) == outcomes_.back().state_hash));
      BOOST_TEST_REQUIRE(world.local.progress.applied.height == chain_.size());
      check_heights(member.log());
    }
    seen_.refused_blocks += members_.front().refused_blocks;
    check_l1(members_.front().log());
    seen_.blocks += members_.front().state().blocks.head.number;
  }

  // Each height once, each block that was proposed settled once.
  static void check_heights(const WrittenLog& log) {
    std::uint64_t height = 0;
    bool proposed = false;
    for (const auto& value : log.values) {
      const auto record = *decode_record(value);
      if (record.header.domain != Domain::POOL || is_shared(Domain::POOL, record.header.kind))
        continue;
      const auto fact = Msg<schema::PoolFact>::read(record.payload);
      if (fact.isConsensusBlockApplied()) {
        BOOST_TEST_REQUIRE(fact.getConsensusBlockApplied().getHeight() == ++height);
      } else if (fact.isInputProposed()) {
        BOOST_TEST_REQUIRE(!std::exchange(proposed, true));
      } else if (fact.isInputSettled()) {
        BOOST_TEST_REQUIRE(std::exchange(proposed, false));
      }
    }
    BOOST_TEST_REQUIRE(!proposed);
  }

  // What the log says of L1 was there once, each event once, and at the end none is missing.
  void check_l1(const WrittenLog& log) {
    std::map<std::uint64_t, std::vector<L1Point>> told;  // by block, a point for each event
    std::optional<L1Point> confirmed;
    for (const auto& value : log.values) {
      const auto record = *decode_record(value);
      if (record.header.domain != Domain::LOCKING) continue;
      const auto fact = Msg<schema::LockingFact>::read(record.payload);
      if (fact.isPoolOpened()) continue;
      BOOST_TEST_REQUIRE(!fact.isDiscrepancyFound());
      if (fact.isL1Advanced()) {
        confirmed = to_point(fact.getL1Advanced().getConfirmed());
        was_there(*confirmed);
        const auto finalized = to_point(fact.getL1Advanced().getFinalized());
        if (finalized == L1Point{}) continue;
        BOOST_TEST_REQUIRE(finalized.number <= l1_->now.finalized);
        BOOST_TEST_REQUIRE((finalized == l1_->now.block(finalized.number)->at));
      } else if (fact.isL1Reverted()) {
        const auto to = to_point(fact.getL1Reverted().getTo());
        was_there(to);
        told.erase(told.upper_bound(to.number), told.end());
        ++seen_.reverts;
      } else {
        const auto position = position_of(fact);
        const L1Point at{position.getBlock(), fixed<Hash32>(position.getBlockHash())};
        was_there(at);
        BOOST_TEST_REQUIRE((told.empty() || told.rbegin()->first <= at.number));
        auto& events = told[at.number];
        BOOST_TEST_REQUIRE(position.getLogIndex() == events.size());
        BOOST_TEST_REQUIRE((events.empty() || events.front() == at));
        events.push_back(at);
      }
    }
    for (const auto& block : l1_->now.chain) {
      if (block->at.number > confirmed->number) continue;
      const auto found = told.find(block->at.number);
      const auto count = found == told.end() ? 0 : found->second.size();
      BOOST_TEST_REQUIRE(count == block->events.size(), "of block " << block->at.number);
      if (count > 0) BOOST_TEST_REQUIRE((found->second.front() == block->at));
    }
  }
  void was_there(const L1Point& block) const {
    BOOST_TEST_REQUIRE(l1_->ever.contains(block), "a lie about block " << block.number);
  }

  Dice dice_;
  SimSeen& seen_;
  std::vector<std::uint64_t> powers_;  // of the genesis, by key from 1
  std::optional<ForkingL1> l1_;
  L1Reporter::Options options_;
  std::vector<L1View> views_;
  std::deque<SimMember> members_;  // the leader first; the last ones are of no genesis
  std::vector<SimInputPtr> waiting_, ordered_;
  std::vector<std::vector<SimInputPtr>> chain_;  // by height from 1
  std::vector<SimOutcome> outcomes_;             // by height; at 0 the founding
  std::vector<Members> voting_;                  // by height from 1
};

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace
}  // namespace horae::test

BOOST_AUTO_TEST_SUITE(pool_consensus)

BOOST_AUTO_TEST_CASE(all_have_the_same_at_every_height_whatever_happens) {
  using namespace horae::test;
  const auto one = number_in("HORAE_SEED", 0);
  const auto first = one != 0 ? one : 1;
  const auto last = one != 0 ? one : number_in("HORAE_SEEDS", 2000);
  SimSeen seen;
  for (auto seed = first; seed <= last; ++seed) {
    BOOST_TEST_CONTEXT("HORAE_SEED=" << seed) {
      const StopsThrow stops;
      PoolUnderConsensus(seed, seen).run();
    }
  }
  BOOST_TEST_MESSAGE(seen.heights << " heights, " << seen.inputs << " inputs, " << seen.reverts
                                  << " returns of L1, " << seen.lies << " lies, " << seen.ends
                                  << " restarts, " << seen.blocks << " blocks, "
                                  << seen.refused_blocks << " blocks refused and made anew, "
                                  << seen.joins << " joins, " << seen.exits << " exits");
  if (one != 0) return;
  for (const auto count :
       {seen.reverts, seen.lies, seen.ends, seen.blocks, seen.joins, seen.exits}) {
    BOOST_TEST(count > 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
