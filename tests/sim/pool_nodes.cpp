#include <boost/test/unit_test.hpp>

#include "actors/member_service.hpp"
#include "tests/sim/node_watch.hpp"
#include "tests/sim/pool_lies.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/sim_consensus.hpp"
#include "tests/sim/txn_senders.hpp"
#include "tools/replay/audit/verify.hpp"

// Whole nodes of a pool under a simulated consensus, from one seed: the actors of each over a log
// on the disk, in a seeded order; endpoints of one L1 that lag, stand on forks, lack something, and
// that lie where a member has them that has less than a third of the power; a leader that
// makes blocks, engines that fail or execute otherwise than the others', and senders who ask again;
// rounds with proposers that are dead or propose nonsense; inputs that are lost, late, out of order
// and repeated; nodes and their consensus that end at any message, are away, and catch up.
// HORAE_SEED=N runs one seed alone, HORAE_SEEDS=N so many of them; a failure names its seed.
namespace horae::test {
namespace {

// What all seeds together have seen: a simulation in which nothing happens shows nothing.
struct NodesSeen {
  std::uint64_t heights = 0, inputs = 0, reverts = 0, lies = 0, blocks = 0, txns = 0, joins = 0,
                exits = 0, signed_anew = 0, lost_rounds = 0, ends = 0, ends_settled = 0,
                ends_appended = 0, comet_ends = 0, behind = 0, handed = 0, revoked = 0,
                differing = 0, voted_twice = 0;
};

// A rule's stop ends an actor and nobody hears of it: it is told here.
class StopsAreKept {
 public:
  static inline std::string why;
  StopsAreKept() {
    why.clear();
    set_stop_handler([](std::string_view words) {
      if (why.empty()) why = words;
      throw Stopped(std::string(words));
    });
  }
  ~StopsAreKept() { set_stop_handler(nullptr); }
  StopsAreKept(const StopsAreKept&) = delete;
  StopsAreKept& operator=(const StopsAreKept&) = delete;
};

// A member: what lasts, and its processes while they run.
struct Seat {
  Seat(std::uint8_t wanted, Dice& dice, SharedLogs& all, const ForkingL1& chain)
      : key(wanted), l1(dice), watch(known_key(wanted).address, all, chain) {}

  std::uint8_t key;
  Ground ground;
  L1Endpoint l1;
  NodeWatch watch;
  std::unique_ptr<MemberNode> node;
  std::optional<SimComet> comet;
  bool connected = true;

  [[nodiscard]] const Address& address() const { return known_key(key).address; }
  [[nodiscard]] bool has(std::uint64_t height) const {
    return comet && comet->window() == SimComet::at_rest && comet->saved() == height;
  }
};

class PoolOfNodes {
 public:
  PoolOfNodes(std::uint64_t seed, NodesSeen& seen) : dice_(seed), seen_(seen) { begin(); }

  /// Returns what the members have in the end.
  SimOutcome run() {
    const auto steps = 3000 + dice_.below(3000);
    for (std::uint64_t i = 0; i < steps; ++i) wild_step();
    calm_down();
    audit();
    return logs_->heights.outcome(logs_->heights.last());
  }

 private:
  void begin() {
    const auto cast = cast_of(dice_, 4);
    l1_.emplace(dice_, cast.powers);
    l1_->liars = cast.liars;
    l1_->stays = {1};
    follow_.chain_id = L1Endpoint::chain;
    follow_.contracts = L1Endpoint::contracts();
    follow_.from_block = L1View::first_block;
    const auto step = static_cast<std::uint32_t>(1 + dice_.below(6));
    follow_.pool_step = step;
    const auto confirmations = dice_.below(3);
    if (!dice_.one_in(6)) follow_.confirmations = confirmations;
    l1_->final_depth = confirmations + 1 + dice_.below(8);
    l1_->grow_with_lock(1);
    // One in three has the same leader for ever.
    const auto turns = dice_.one_in(3) ? TurnsOf{}
                                       : TurnsOf{1 + dice_.below(8),
                                                 static_cast<std::uint32_t>(1 + dice_.below(3))};
    genesis_ = genesis_of(cast.powers, step, static_cast<std::uint32_t>(1 + dice_.below(6)), turns);
    logs_.emplace(to_members(genesis_.read().getMembers()));
    consensus_.emplace(dice_, *logs_, [this](const Address& proposer) { return adds(proposer); });
    const auto count = cast.powers.size() + dice_.below(2);
    for (std::uint8_t key = 1; key <= count; ++key) {
      auto& seat = seats_.emplace_back(key, dice_, *logs_, *l1_);
      seat.ground.clock->ms = now_ms_;
      look_at_l1(seat, 0);
    }
  }

  Seat& somebody() { return seats_[dice_.below(seats_.size())]; }
  [[nodiscard]] bool lies(const Seat& seat) const { return l1_->liars.contains(seat.key); }

  void wild_step() {
    auto& seat = somebody();
    if (dice_.one_in(6)) pass(dice_.below(700));
    if (dice_.one_in(150)) l1_->fork(1 + dice_.below(l1_->final_depth));
    if (dice_.one_in(12)) look_at_l1(seat, dice_.one_in(3) ? dice_.below(5) : 0);
    if (dice_.one_in(500)) end(seat);
    if (!seat.node && dice_.one_in(12)) begin(seat);
    if (dice_.one_in(300)) alter(seat);
    if (dice_.one_in(500)) end_comet(seat);
    if (dice_.one_in(300)) seat.connected = !seat.connected;
    if (!seat.connected && dice_.one_in(40)) seat.connected = true;
    if (lies(seat) && dice_.one_in(30)) lie(seat);
    if (dice_.one_in(12)) submit();
    if (dice_.one_in(6)) hand_over(seat);
    if (dice_.one_in(200)) fault();
    if (dice_.one_in(60)) consensus_->lose_input();
    go_on(seat);
    if (dice_.one_in(4)) agree();
  }

  // Time goes on for all, and L1 with it, until everything is to come to rest.
  void pass(std::uint64_t ms) {
    now_ms_ += ms;
    for (auto& seat : seats_) {
      seat.ground.clock->ms += ms;
      if (seat.node) seat.node->stage.scheduler.advance_time(std::chrono::milliseconds(ms));
    }
    while (!calm_ && Scene::time(l1_->now.latest() + 1) * 1000 <= now_ms_) l1_->grow();
  }

  void look_at_l1(Seat& seat, std::uint64_t lag) {
    auto& view = seat.l1.view;
    const bool invents = lies(seat) && dice_.one_in(3);
    view = invents ? l1_->invented(1 + dice_.below(l1_->final_depth)) : l1_->now;
    view.lacks = !calm_ && dice_.one_in(12);
    seat.l1.faults = calm_ ? 0 : 40;
    if (invents) return;
    while (lag-- > 0 && view.chain.size() > 1) view.chain.pop_back();
    const auto oldest = L1View::first_block + l1_->final_depth;
    view.finalized = view.latest() > oldest ? view.latest() - l1_->final_depth : 0;
  }

  // Processes

  void begin(Seat& seat) {
    if (!seat.ground.engine->salt.empty()) mend(seat);
    seat.node = std::make_unique<MemberNode>(
        seat.ground, MemberNode::Options{seat.key, genesis_, follow_, ++lives_,
                                         [this](const Bytes& input) { consensus_->take(input); }});
    seat.watch.look(*seat.node->log);
    begin_comet(seat);
  }
  void begin_comet(Seat& seat) {
    auto& comet = seat.comet.emplace(*seat.node, genesis_, consensus_->chain());
    comet.on_settled = [this](std::uint64_t height, const BlockOutcome& outcome) {
      consensus_->settled(height, outcome);
    };
    comet.on_applied = [this, &seat](const AppliedBlock& applied) {
      seat.watch.look(*seat.node->log);
      BOOST_TEST_REQUIRE(seat.watch.height() == applied.height);
      BOOST_TEST_REQUIRE((logs_->heights.outcome(applied.height).app_hash == applied.app_hash));
    };
  }
  // A node takes its consensus with it.
  void end(Seat& seat) {
    if (!seat.node) return;
    ++seen_.ends;
    const auto window = seat.comet ? seat.comet->window() : SimComet::at_rest;
    seat.watch.look(*seat.node->log);
    const auto saved = seat.comet && seat.comet->saved() ? *seat.comet->saved() : 0;
    if (window == SimComet::applying && seat.watch.height() > saved) {
      ++seen_.ends_appended;
    } else if (window != SimComet::at_rest) {
      ++seen_.ends_settled;
    }
    senders_.forget_asked(seat.key);
    for (auto& other : seats_) {
      if (other.node && other.node->serves()) close_link(other, seat.address());
    }
    seat.comet.reset();
    seat.node.reset();
  }
  void end_comet(Seat& seat) {
    if (!seat.comet) return;
    ++seen_.comet_ends;
    seat.comet.reset();
  }

  // An engine that executes otherwise from here on, of somebody with less than a third of the
  // power, and of one at a time.
  void alter(Seat& seat) {
    const auto& pool = seats_.front().watch.world().shared.pool;
    const auto member = pool.members.find(seat.address());
    if (member == pool.members.end() || 3 * member->second.power >= total_power(pool.members))
      return;
    const auto& asked = seats_.front().watch.world().shared.blocks.attestation;
    if (!seat.node || !seat.node->serves() || !asked || asked->revocable_from == 0) return;
    const auto altered = [](const Seat& each) { return !each.ground.engine->salt.empty(); };
    if (std::ranges::none_of(seats_, altered)) seat.ground.engine->salt = {1};
  }
  // Its operator gives it another engine, and starts it again.
  void mend(Seat& seat) {
    end(seat);
    seat.ground.engine->salt.clear();
    BOOST_REQUIRE(seat.ground.engine->rewind(0).has_value());
  }

  void go_on(Seat& seat) {
    if (!seat.node) return;
    auto& node = *seat.node;
    for (auto messages = 1 + dice_.below(12); messages > 0; --messages) node.step(dice_, now_ms_);
    BOOST_TEST_REQUIRE(StopsAreKept::why.empty(),
                       "member " << int(seat.key) << " stopped: " << StopsAreKept::why);
    if (!node.differs.empty()) {
      BOOST_TEST_REQUIRE(!seat.ground.engine->salt.empty(), node.differs);
      ++seen_.differing;
      return mend(seat);
    }
    if (!seat.comet && (calm_ || dice_.one_in(10))) begin_comet(seat);
    node.door->open = seat.comet && seat.connected;
    if (!seat.comet) return;
    if (seat.connected && seat.comet->saved() &&
        *seat.comet->saved() + 3 < consensus_->chain().size()) {
      ++seen_.behind;
    }
    seat.comet->go_on(seat.connected);
    if (!node.serves()) {
      if (!consensus_->chain().empty() && seat.has(consensus_->chain().size()) &&
          !seat.watch.world().local.progress.proposed) {
        node.serve(seat.l1);
      }
    } else if (const auto& why = node.follower().alarm()) {
      BOOST_TEST_REQUIRE(lies(seat), "the honest member " << int(seat.key) << ": " << *why);
      end(seat);
    }
  }

  // Members

  void agree() {
    std::vector<SimConsensus::Voter> there;
    for (auto& seat : seats_) {
      if (!seat.connected || !seat.has(consensus_->chain().size())) continue;
      there.push_back({seat.address(), seat.node.get()});
    }
    consensus_->agree(there);
  }
  // Beside what waits.
  std::vector<Bytes> adds(const Address& proposer) {
    const auto seat = std::ranges::find(seats_, proposer, &Seat::address);
    if (!lies(*seat) && !dice_.one_in(20)) return {};
    const auto& locking = seats_.front().watch.world().shared.locking;
    std::vector<Bytes> out{
        signed_by(dice_.one_in(2) ? 30 : 1, presumptuous(dice_, locking, 2 * follow_.pool_step))};
    if (dice_.one_in(4)) out.emplace_back(dice_.below(200), 7);
    return out;
  }
  Bytes signed_by(std::uint8_t key, const Msg<schema::SharedCommand>& command) {
    const auto input = sign_input("test-pool", ++lies_, command, secret(key));
    return Bytes(input.bytes().begin(), input.bytes().end());
  }
  void lie(const Seat& seat) {
    ++seen_.lies;
    consensus_->take(signed_by(seat.key, test::lie(dice_, seat.watch.world().shared,
                                                   2 * follow_.pool_step, seat.address())));
  }

  // To any member, whoever leads.
  void submit() {
    auto& seat = somebody();
    if (!seat.node || !seat.node->client || !is_heard(seat)) return;
    senders_.submit(dice_, seat.key, *seat.node->client, *seat.ground.engine, !calm_);
  }
  // A node that no other one hears is nobody's to send to.
  [[nodiscard]] bool is_heard(const Seat& seat) const {
    const auto& pool = seats_.front().watch.world().shared.pool;
    return pool.members.contains(seat.address()) || pool.ready.contains(seat.address());
  }
  [[nodiscard]] static bool is_reached(const Seat& seat) {
    return seat.node && seat.node->serves() && seat.connected;
  }
  // What a member has for others by its links, which come and go with those whom they are between.
  void hand_over(Seat& seat) {
    if (!seat.node || !seat.node->serves()) return;
    auto& links = *seat.node->links;
    for (const auto& other : seats_) {
      const bool is_open = links.open.contains(other.address());
      const bool opens = is_reached(seat) && is_reached(other) && &other != &seat &&
                         links.known.contains(other.address()) &&
                         other.node->links->known.contains(seat.address());
      if (is_open == opens) continue;
      if (is_open) {
        close_link(seat, other.address());
        continue;
      }
      links.open.insert(other.address());
      caf::anon_send(seat.node->forwarder, MemberLink{other.address(), true, {}});
    }
    for (auto& request : std::exchange(links.requests, {})) pass_on(seat, std::move(request));
  }
  static void close_link(Seat& seat, const Address& other) {
    auto& links = *seat.node->links;
    if (!links.open.contains(other)) return;
    links.close(other);
    caf::anon_send(seat.node->forwarder, MemberLink{other, false, "seeded"});
  }
  void pass_on(const Seat& from, SimLinks::Request request) {
    const auto to = std::ranges::find(seats_, request.to, &Seat::address);
    auto& links = from.node->links;
    if (!links->open.contains(request.to) || !is_reached(*to) || dice_.one_in(30)) {
      return links->answer(request.ticket, fail("seeded: the link broke"));
    }
    ++seen_.handed;
    serve_member(*to->node->client, from.address(), request.text,
                 [kept = std::weak_ptr(links), ticket = request.ticket](Bytes answer) {
                   if (const auto asker = kept.lock()) asker->answer(ticket, std::move(answer));
                 });
  }
  void fault() {
    auto& any = somebody().ground;
    switch (dice_.below(3)) {
      case 0:
        any.engine->build_fault = "a seeded fault";
        return;
      case 1:
        any.engine->lookup_fault = "a seeded fault";
        return;
      default:
        seats_.front().ground.clock->ms -= dice_.below(3000);
    }
  }
  // L1 goes on and stays what it is, everybody is there and sees it; who lies goes on.
  void calm_down() {
    calm_ = true;
    while (l1_->now.chain.back()->after.of(1) == nullptr) l1_->grow_with_lock(1);
    for (std::uint64_t i = 0; i < follow_.pool_step + l1_->final_depth + 3; ++i) l1_->grow();
    now_ms_ = std::max(now_ms_, Scene::time(l1_->now.latest()) * 1000);
    for (auto& seat : seats_) {
      seat.connected = true;
      seat.ground.clock->ms = now_ms_;
      if (!seat.ground.engine->salt.empty()) mend(seat);
    }
    for (int i = 0; i < 60'000; ++i) {
      if (i % 10 == 0) pass(50);
      auto& seat = somebody();
      if (!seat.node) begin(seat);
      if (dice_.one_in(20)) look_at_l1(seat, 0);
      if (lies(seat) && dice_.one_in(60)) lie(seat);
      if (dice_.one_in(12)) submit();
      if (dice_.one_in(6)) hand_over(seat);
      go_on(seat);
      if (dice_.one_in(4)) agree();
      if (i % 50 == 0 && is_calm()) return;
    }
    tell_unrest();
  }
  [[nodiscard]] std::uint64_t head() const {
    return follow_.confirmations ? l1_->now.latest() - *follow_.confirmations : l1_->now.finalized;
  }
  [[nodiscard]] bool is_calm() const {
    return senders_.all_in(seats_.front().watch.included()) &&
           std::ranges::all_of(seats_, [&](const Seat& seat) {
             const auto& world = seat.watch.world();
             const auto& told = world.shared.locking.confirmed_head;
             return seat.has(consensus_->chain().size()) && !world.local.progress.proposed &&
                    world.local.mempool.included_block == world.shared.blocks.head.number &&
                    safe_block(world.shared.blocks) == world.shared.blocks.head.number && told &&
                    told->number + follow_.pool_step > head() &&
                    told->hash == l1_->now.block(told->number)->at.hash;
           });
  }
  static std::string forwarding_words(const Seat& seat) {
    const auto seen = seat.node->board->get<Board::Forwarding>();
    std::string out = std::to_string(seen.waiting) + " wait, " + std::to_string(seen.to_give) +
                      " to give, " + std::to_string(seen.given) + " given, " +
                      std::to_string(seen.refused) + " refused " + seen.last_refusal;
    const auto& pool = seat.watch.world().local.mempool;
    for (const auto& address : pool.waiting) {
      const auto& account = pool.accounts.at(address);
      out +=
          ", of " + to_hex(address).substr(0, 6) + " from " + std::to_string(account.nonce) + ":";
      for (const auto& [nonce, txn] : account.txns) out += " " + std::to_string(nonce);
    }
    return out;
  }
  void tell_unrest() const {
    std::ostringstream out;
    out << "no rest: L1's head is " << head() << " by steps of " << follow_.pool_step << ", height "
        << consensus_->chain().size() << ", " << consensus_->waiting() << " inputs wait"
        << senders_.words();
    for (const auto& seat : seats_) {
      const auto& shared = seat.watch.world().shared;
      out << "\n  member " << int(seat.key) << (lies(seat) ? " (lies)" : "") << ": height "
          << seat.watch.height() << (seat.node && seat.node->serves() ? ", serves" : "")
          << ", L1 agreed "
          << (shared.locking.confirmed_head ? shared.locking.confirmed_head->number : 0)
          << ", place " << shared.pool.place << ", " << shared.pool.reports.size()
          << " reports, block " << shared.blocks.head.number;
      if (seat.node) {
        const auto production = seat.node->board->get<Board::Production>();
        out << ", " << production.state << " " << production.reason << "; "
            << forwarding_words(seat);
        if (seat.node->serves()) {
          out << "; follows L1, which ends with " << seat.l1.view.latest() << " and is final at "
              << seat.l1.view.finalized << ", " << seat.node->follower().words();
        }
      }
    }
    BOOST_FAIL(out.str());
  }

  // What is there in the end, and that an auditor has nothing against any log.
  void audit() {
    for (auto& seat : seats_) {
      auto& node = *seat.node;
      seat.watch.look(*node.log);
      seat.watch.end(consensus_->chain().size());
      const auto hashes = state_hashes(seat.watch.world());
      if (node.serves()) compare_world(node, hashes);
      if (!lies(seat) && node.serves()) {
        const auto& differences = node.follower().differences();
        BOOST_TEST(differences.empty(), "member "
                                            << int(seat.key) << ": "
                                            << (differences.empty() ? "" : words_of(differences)));
      }
      BOOST_TEST((seat.ground.engine->head()->hash == seat.watch.world().shared.blocks.head.hash));
      seat.comet.reset();
      seat.node.reset();
      const auto source = replay::Source::open(seat.ground.directory.path);
      BOOST_REQUIRE(source.has_value());
      const auto verified = replay::verify(*source, nullptr);
      BOOST_REQUIRE_MESSAGE(verified.has_value(),
                            (verified ? "" : replay::to_text(verified.error())));
      BOOST_TEST_REQUIRE((state_hashes(verified->world).shared == hashes.shared));
    }
    auto& leader = seats_.front();
    seen_.heights += consensus_->chain().size();
    seen_.inputs += consensus_->inputs;
    seen_.lost_rounds += consensus_->lost_rounds;
    seen_.reverts += leader.watch.reverts();
    seen_.joins += logs_->heights.joins;
    seen_.exits += logs_->heights.exits;
    seen_.signed_anew += logs_->signed_anew;
    seen_.revoked += leader.watch.revocations();
    for (const auto& [kind, block, signer] : leader.watch.world().shared.faults.known) {
      seen_.voted_twice += kind == FaultKind::DUPLICATE_VOTE ? 1 : 0;
    }
    seen_.blocks += leader.watch.world().shared.blocks.head.number;
    seen_.txns += leader.watch.included().size();
  }
  // The node's own fold is the auditor's.
  static void compare_world(MemberNode& node, const StateHashes& hashes) {
    const auto asked = node.query(0, [](auto query) { query.setStatus(); });
    node.run();
    BOOST_REQUIRE(asked->answer.has_value());
    const std::string status = asked->answer->read().getJson().cStr();
    BOOST_TEST((status.find(to_hex(hashes.shared)) != std::string::npos));
    BOOST_TEST((status.find(to_hex(hashes.local)) != std::string::npos));
  }

  Dice dice_;
  NodesSeen& seen_;
  std::optional<ForkingL1> l1_;
  L1FollowOptions follow_;
  Msg<schema::PoolGenesis> genesis_;
  std::optional<SharedLogs> logs_;
  std::optional<SimConsensus> consensus_;
  std::deque<Seat> seats_;  // the leader first; the last one may be of no genesis
  TxnSenders senders_;
  std::uint64_t now_ms_ = Scene::time(L1View::first_block + 1) * 1000;
  bool calm_ = false;
  std::uint64_t lies_ = 0, lives_ = 0;
};

}  // namespace
}  // namespace horae::test

BOOST_AUTO_TEST_SUITE(pool_nodes)

BOOST_AUTO_TEST_CASE(whole_nodes_have_the_same_whatever_happens_to_them) {
  using namespace horae::test;
  NodesSeen seen;
  const bool all = each_seed(20, [&](std::uint64_t seed) {
    const StopsAreKept stops;
    PoolOfNodes(seed, seen).run();
  });
  BOOST_TEST_MESSAGE(
      seen.heights << " heights, " << seen.lost_rounds << " lost rounds, " << seen.inputs
                   << " inputs, " << seen.reverts << " returns of L1, " << seen.lies << " lies, "
                   << seen.ends << " ends of nodes (" << seen.ends_settled << " in a height, "
                   << seen.ends_appended << " behind its commit), " << seen.comet_ends
                   << " of consensus, " << seen.behind << " times behind, " << seen.blocks
                   << " blocks with " << seen.txns << " transactions, " << seen.signed_anew
                   << " signed anew, " << seen.revoked << " times revoked, " << seen.differing
                   << " engines that had it otherwise, " << seen.voted_twice << " votes twice, "
                   << seen.handed << " handings over, " << seen.joins << " joins, " << seen.exits
                   << " exits");
  if (!all) return;
  for (const auto count :
       {seen.lost_rounds, seen.reverts, seen.lies, seen.ends_settled, seen.ends_appended,
        seen.comet_ends, seen.behind, seen.handed, seen.blocks, seen.txns, seen.joins, seen.exits,
        seen.revoked, seen.differing, seen.voted_twice}) {
    BOOST_TEST(count > 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_seed_tells_the_life_of_whole_nodes) {
  using namespace horae::test;
  NodesSeen first, second;
  const StopsAreKept stops;
  const auto outcome = PoolOfNodes(1, first).run();
  BOOST_TEST((PoolOfNodes(1, second).run() == outcome));
  BOOST_TEST(first.inputs == second.inputs);
}

BOOST_AUTO_TEST_SUITE_END()
