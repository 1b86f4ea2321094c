#include <list>
#include <random>

#include "tests/fixture/pool.hpp"
#include "tests/fixture/print.hpp"

// The mempool against a model that is too simple to be wrong: a list, searched from end to end.
using namespace horae;
using namespace horae::test;

namespace {

struct Waiting {
  Offer offer;
  std::uint64_t arrival;
};

struct Model {
  MempoolParameters rules;
  std::list<Waiting> waiting;
  std::map<std::uint8_t, std::uint64_t> nonces;  // of every sender, for ever
  std::uint64_t arrivals = 0;

  std::list<Waiting>::iterator at(std::uint8_t sender, std::uint64_t nonce) {
    return std::ranges::find_if(waiting, [&](const Waiting& w) {
      return w.offer.sender == sender && w.offer.nonce == nonce;
    });
  }
  std::list<Waiting>::iterator named(const Hash32& hash) {
    return std::ranges::find_if(waiting,
                                [&](const Waiting& w) { return hash_of(w.offer) == hash; });
  }

  static U256 cost(const Offer& offer) { return offer.max_fee * offer.gas + offer.value; }
  static bool bumped(const U256& fee, const U256& old) { return fee > old && fee * 10 >= old * 11; }

  // The first nonce of the sender that nothing waits with.
  std::uint64_t run_of(std::uint8_t sender) {
    auto run = nonces[sender];
    while (at(sender, run) != waiting.end()) ++run;
    return run;
  }
  std::vector<std::list<Waiting>::iterator> behind_gap(std::uint8_t sender) {
    std::vector<std::list<Waiting>::iterator> out;
    for (auto w = waiting.begin(); w != waiting.end(); ++w) {
      if (w->offer.sender == sender && w->offer.nonce > run_of(sender)) out.push_back(w);
    }
    std::ranges::sort(out, {}, [](auto w) { return w->offer.nonce; });
    return out;
  }
  // The last transactions of those with gaps, with how many each has: the first to go comes first.
  std::vector<std::pair<std::size_t, std::list<Waiting>::iterator>> first_to_go() {
    std::vector<std::pair<std::size_t, std::list<Waiting>::iterator>> out;
    for (const auto& [sender, nonce] : nonces) {
      const auto behind = behind_gap(sender);
      if (!behind.empty()) out.emplace_back(behind.size(), behind.back());
    }
    std::ranges::sort(out, [](const auto& a, const auto& b) {
      return std::tuple(b.first, a.second->offer.max_fee, b.second->arrival) <
             std::tuple(a.first, b.second->offer.max_fee, a.second->arrival);
    });
    return out;
  }

  Reason submit(const Offer& offer) {
    if (named(hash_of(offer)) != waiting.end()) return Reason::ALREADY_KNOWN;
    if (offer.gas < offer.intrinsic) return Reason::INTRINSIC_GAS;
    if (offer.gas > rules.txn_gas_limit) return Reason::GAS_LIMIT;
    if (offer.tip > offer.max_fee || offer.max_fee < rules.min_fee) return Reason::FEE_TOO_LOW;
    const auto nonce = nonces[offer.sender];
    if (offer.nonce < nonce) return Reason::NONCE_TOO_LOW;
    U256 owed = cost(offer);
    auto run = nonce;
    for (; at(offer.sender, run) != waiting.end(); ++run) {
      if (run != offer.nonce) owed += cost(at(offer.sender, run)->offer);
    }
    for (const auto& w : waiting) {
      const bool before = w.offer.nonce > run && w.offer.nonce < offer.nonce;
      if (w.offer.sender == offer.sender && before) owed += cost(w.offer);
    }
    if (offer.nonce > run + rules.nonce_window) return Reason::NONCE_TOO_HIGH;
    if (owed > offer.balance) return Reason::INSUFFICIENT_FUNDS;
    const auto old = at(offer.sender, offer.nonce);
    if (old != waiting.end()) {
      if (!bumped(offer.max_fee, old->offer.max_fee) || !bumped(offer.tip, old->offer.tip)) {
        return Reason::UNDERPRICED;
      }
      waiting.erase(old);
    } else {
      if (offer.nonce == run && run - nonce >= rules.per_sender) return Reason::SENDER_LIMIT;
      const auto victims = first_to_go();
      if (offer.nonce > run && waiting.size() * 2 >= rules.total) {
        if (victims.empty()) return Reason::POOL_FULL;
        const auto [most, last] = victims.front();
        const auto held = behind_gap(offer.sender).size();
        if (held + 1 >= most && !bumped(offer.max_fee, last->offer.max_fee)) {
          return Reason::POOL_FULL;
        }
        waiting.erase(last);
      } else if (waiting.size() >= rules.total && !victims.empty()) {
        waiting.erase(victims.front().second);
      } else if (waiting.size() >= rules.total) {
        const auto worst = std::ranges::min_element(waiting, [&](const auto& a, const auto& b) {
          return std::tuple(a.offer.sender == offer.sender, a.offer.max_fee, b.arrival) <
                 std::tuple(b.offer.sender == offer.sender, b.offer.max_fee, a.arrival);
        });
        if (worst->offer.sender == offer.sender || !bumped(offer.max_fee, worst->offer.max_fee))
          return Reason::POOL_FULL;
        waiting.erase(worst);
      }
    }
    waiting.push_back({offer, arrivals++});
    return Reason::NONE;
  }

  /// The best of all that are ready, again and again.
  std::vector<Waiting> select(const U256& base_fee, std::uint64_t gas) {
    std::vector<Waiting> out;
    auto next = nonces;
    std::set<std::uint8_t> done;
    for (;;) {
      const Waiting* best = nullptr;
      U256 best_tip = 0;
      for (const auto& w : waiting) {
        const auto& offer = w.offer;
        if (done.contains(offer.sender) || offer.nonce != next[offer.sender]) continue;
        if (offer.max_fee < base_fee) continue;
        const U256 tip = std::min<U256>(offer.tip, offer.max_fee - base_fee);
        if (best == nullptr || tip > best_tip || (tip == best_tip && w.arrival < best->arrival)) {
          best = &w;
          best_tip = tip;
        }
      }
      if (best == nullptr) return out;
      if (best->offer.gas > gas) {
        done.insert(best->offer.sender);
        continue;
      }
      gas -= best->offer.gas;
      ++next[best->offer.sender];
      out.push_back(*best);
    }
  }

  void drop(const Skips& skips) {
    std::map<std::uint8_t, std::uint64_t> first;
    for (const auto& [hash, reason] : skips) {
      const auto w = named(hash);
      if (w == waiting.end()) continue;
      const auto [entry, fresh] = first.emplace(w->offer.sender, w->offer.nonce);
      entry->second = std::min(entry->second, w->offer.nonce);
    }
    for (const auto& [sender, nonce] : first) waiting.erase(at(sender, nonce));
  }
};

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_(seed), pool_(rules()) {
    model_.rules = rules();
  }

  void run(int commands) {
    for (int i = 0; i < commands; ++i) {
      switch (below(10)) {
        case 0:
          block();
          break;
        case 1:
          drop();
          break;
        default:
          submit();
      }
      compare();
    }
    BOOST_TEST(reasons_.size() >= 9u);  // or the offers are too tame
    BOOST_TEST(expired_ > 0u);
  }

 private:
  static MempoolParameters rules() {
    auto out = usual_parameters();
    out.per_sender = 5;
    out.total = 20;
    out.nonce_window = 8;
    out.gap_lifetime = 20;
    return out;
  }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void submit() {
    Offer offer;
    offer.sender = static_cast<std::uint8_t>(1 + below(6));
    const auto nonce = model_.nonces[offer.sender];
    offer.nonce = nonce + below(10);
    if (offer.nonce > 0 && below(10) == 0) --offer.nonce;
    offer.max_fee = below(60);
    offer.tip = below(2) == 0 ? below(60) : below(10);
    offer.salt = static_cast<std::uint8_t>(below(2));
    if (below(20) == 0) offer.gas = below(2) == 0 ? 20999 : (1u << 24) + 1;
    if (below(10) == 0) offer.balance = below(10'000'000);
    // A view of now or of a little while ago.
    const auto age = std::min(block_, below(6));
    offer.view_block = block_ - age;
    offer.view_nonce = age == 0 ? nonce : 0;
    if (below(15) == 0 && !model_.waiting.empty()) {
      auto again = std::next(model_.waiting.begin(),
                             static_cast<std::ptrdiff_t>(below(model_.waiting.size())))
                       ->offer;
      again.view_block = block_;
      offer = again;
    }
    const auto expected = model_.submit(offer);
    const auto decision = pool_.submit(offer);
    BOOST_TEST((decision.refused == expected), decision.detail);
    reasons_.insert(decision.refused);
  }

  Skips some_skips(std::vector<Waiting>& chosen) {
    Skips out;
    std::set<std::uint8_t> stuck;
    std::vector<Waiting> executed;
    for (const auto& one : chosen) {
      if (below(6) == 0) stuck.insert(one.offer.sender);
      if (stuck.contains(one.offer.sender)) {
        out.emplace_back(hash_of(one.offer), "a dislike");
      } else {
        executed.push_back(one);
      }
    }
    std::shuffle(out.begin(), out.end(), random_);
    chosen = executed;
    return out;
  }

  // A model of ages: what came before the newest block that is a lifetime old, and lacks a nonce.
  void expire(const std::map<Address, std::uint64_t>& included) {
    const auto lifetime = rules().gap_lifetime;
    std::uint64_t old = 0;
    for (const auto& [time, arrivals] : seen_) {
      if (time_ >= time + lifetime) old = std::max(old, arrivals);
    }
    std::vector<std::list<Waiting>::iterator> gone;
    for (const auto& [sender, nonce] : model_.nonces) {
      if (included.contains(account(sender))) continue;
      for (const auto w : model_.behind_gap(sender)) {
        if (w->arrival < old) gone.push_back(w);
      }
    }
    for (const auto w : gone) model_.waiting.erase(w);
    expired_ += gone.size();
  }

  void block() {
    time_ += 1 + below(3);
    auto chosen = model_.select(below(20), 21000 * (1 + below(8)));
    const auto skips = some_skips(chosen);
    std::vector<Hash32> hashes;
    std::map<Address, std::uint64_t> after;
    for (const auto& one : chosen) {
      hashes.push_back(hash_of(one.offer));
      after[account(one.offer.sender)] = one.offer.nonce + 1;
    }
    expire(after);
    for (const auto& one : chosen) model_.nonces[one.offer.sender] = one.offer.nonce + 1;
    model_.drop(skips);
    for (const auto& one : chosen)
      model_.waiting.erase(model_.at(one.offer.sender, one.offer.nonce));
    seen_.emplace_back(time_, model_.arrivals);
    BOOST_REQUIRE(pool_.when(include_of(++block_, hashes, after, skips, time_)).ok());
  }

  void drop() {
    auto chosen = model_.select(0, 30'000'000);
    const auto skips = some_skips(chosen);
    model_.drop(skips);
    BOOST_REQUIRE(pool_.when(drop_of(skips)).ok());
  }

  void compare() {
    BOOST_REQUIRE(pool_.state.by_hash.size() == model_.waiting.size());
    for (const auto& one : model_.waiting) {
      const auto* found = find(pool_.state, hash_of(one.offer));
      BOOST_REQUIRE(found != nullptr);
      BOOST_REQUIRE(found->arrival == one.arrival);
    }
    const U256 base_fee = below(30);
    const auto gas = 21000 * (1 + below(30));
    const auto expected = model_.select(base_fee, gas);
    const auto chosen = select(pool_.state, base_fee, gas);
    BOOST_REQUIRE(chosen.size() == expected.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      BOOST_REQUIRE(chosen[i]->hash == hash_of(expected[i].offer));
    }
    for (const auto& [sender, nonce] : model_.nonces) {
      auto next = nonce;
      while (model_.at(sender, next) != model_.waiting.end()) ++next;
      const auto told = next_nonce(pool_.state, account(sender));
      if (told) BOOST_REQUIRE(*told == next);
    }
  }

  std::mt19937_64 random_;
  Model model_;
  Pool pool_;
  std::uint64_t block_ = 0, time_ = 1000, expired_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen_;  // time, arrivals at each block
  std::set<Reason> reasons_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_model)

BOOST_AUTO_TEST_CASE(thousands_of_random_commands) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) { Comparison(seed).run(600); }
  }
}

BOOST_AUTO_TEST_SUITE_END()
