#pragma once

#include <boost/test/unit_test.hpp>
#include <vector>

#include "events/pool/members.hpp"
#include "tests/fixture/print.hpp"

namespace horae::test {

/// What a member has at the end of a height: the same for all.
struct SimOutcome {
  Hash32 app_hash, state_hash;
  Members members;
  bool operator==(const SimOutcome&) const = default;
};

/// The heights of a simulated consensus: what each came to, and who has a voice in the next ones.
class PoolHeights {
 public:
  std::uint64_t joins = 0, exits = 0;

  explicit PoolHeights(const Members& first) : voting_{first, first}, outcomes_{{{}, {}, first}} {}

  /// The newest height that somebody has settled.
  [[nodiscard]] std::uint64_t last() const { return outcomes_.size() - 1; }
  [[nodiscard]] const SimOutcome& outcome(std::uint64_t height) const {
    return outcomes_.at(height);
  }
  /// Nobody knows it before somebody has the height before.
  [[nodiscard]] bool knows_voting(std::uint64_t height) const { return voting_.size() >= height; }
  [[nodiscard]] const Members& voting(std::uint64_t height) const { return voting_.at(height - 1); }

  /// A member has the height: whoever is first tells what it is.
  void compare(std::uint64_t height, const SimOutcome& outcome, const Address& member) {
    if (height == outcomes_.size()) {
      outcomes_.push_back(outcome);
      vote_from(height + 2);
    }
    BOOST_TEST_REQUIRE((outcomes_.at(height) == outcome),
                       "member " << to_hex(member) << " has another height " << height);
  }

 private:
  // What consensus makes of who has a voice, as it would take it (CometBFT's
  // ValidatorSet.UpdateWithChangeSet): what a height changes holds from the second after it.
  void vote_from(std::uint64_t height) {
    const auto& before = outcomes_.at(height - 3).members;
    auto next = voting_.back();
    for (const auto& [signer, member] : changed_members(before, outcomes_.back().members)) {
      if (member.power == 0) {
        BOOST_TEST_REQUIRE(next.erase(signer) == 1u, "a member is taken away that is none");
        ++exits;
      } else {
        if (!next.contains(signer)) ++joins;
        next[signer] = member;
      }
    }
    BOOST_TEST_REQUIRE(!next.empty());
    BOOST_TEST_REQUIRE(total_power(next) <= PoolAgreement::most_power);
    voting_.push_back(std::move(next));
    BOOST_TEST_REQUIRE(voting_.size() == height);
  }

  std::vector<Members> voting_;       // by height from 1
  std::vector<SimOutcome> outcomes_;  // by height; at 0 the founding
};

}  // namespace horae::test
