#pragma once

#include "tests/sim/node_watch.hpp"
#include "tests/sim/sim_comet.hpp"

namespace horae::test {

/// What the members' consensus decides together: inputs that come late, out of order and again,
/// rounds whose proposer is not there or proposes what the others do not accept, and a height where
/// more than two thirds of the power accept one.
class SimConsensus {
 public:
  /// One that has every height, and is there.
  struct Voter {
    Address who;
    MemberNode* node;
  };
  std::uint64_t inputs = 0, lost_rounds = 0;

  /// adds: what a proposer's block has besides.
  SimConsensus(Dice& dice, SharedLogs& logs,
               std::function<std::vector<Bytes>(const Address& proposer)> adds)
      : dice_(dice), logs_(logs), adds_(std::move(adds)) {}

  /// By height from 1.
  [[nodiscard]] const SimComet::Heights& chain() const { return chain_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  void take(const Bytes& input) {
    const auto id = ids_.try_emplace(sha256(input), ids_.size()).first->second;
    waiting_.emplace(id, input);
  }
  void lose_input() {
    if (waiting_.empty()) return;
    waiting_.erase(
        std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(dice_.below(waiting_.size()))));
  }

  /// A part of a round.
  void agree(const std::vector<Voter>& there) {
    const auto height = chain_.size() + 1;
    if (!logs_.heights.knows_voting(height)) return;
    const auto& voting = logs_.heights.voting(height);
    if (round_) return count_votes(voting);
    if (height > 1 && waiting_.empty() && !dice_.one_in(60)) return;
    const auto& proposer =
        std::next(voting.begin(), static_cast<std::ptrdiff_t>(dice_.below(voting.size())))->first;
    if (std::ranges::find(there, proposer, &Voter::who) == there.end()) {
      ++lost_rounds;
      return;
    }
    propose(proposer, height, there);
  }

  /// A member has settled a height: code and data must be the same at all, and so must who has a
  /// voice from then on.
  void settled(std::uint64_t height, const BlockOutcome& outcome) {
    const auto known = outcomes_.try_emplace(height, outcome).first;
    const auto& txns = chain_.at(height - 1).txns;
    BOOST_TEST_REQUIRE(outcome.txns.size() == txns.size());
    BOOST_TEST_REQUIRE((outcome.app_hash == known->second.app_hash));
    BOOST_TEST_REQUIRE((outcome.changed == known->second.changed));
    for (std::size_t i = 0; i < txns.size(); ++i) {
      BOOST_TEST_REQUIRE(outcome.txns[i].code == known->second.txns[i].code);
      BOOST_TEST_REQUIRE((outcome.txns[i].data == known->second.txns[i].data));
    }
  }

 private:
  struct Round {
    OrderedBlock block;
    std::vector<std::uint64_t> inputs;  // of those that wait
    std::vector<std::pair<Address, AskedPtr<bool>>> votes;
    unsigned waited = 0;
  };

  void propose(const Address& proposer, std::uint64_t height, const std::vector<Voter>& there) {
    round_.emplace();
    auto& block = round_->block;
    block.height = height;
    block.hash = hash(height + (++rounds_ << 32));
    block.signed_by = signed_last_;
    for (const auto& [id, input] : waiting_) {
      if (dice_.one_in(6)) continue;  // it has not come this far
      round_->inputs.push_back(id);
      block.txns.push_back(input);
    }
    if (!ordered_.empty() && dice_.one_in(4)) repeat(block);
    for (auto& input : adds_(proposer)) block.txns.push_back(std::move(input));
    std::shuffle(block.txns.begin(), block.txns.end(), dice_.random);
    for (const auto& [who, node] : there) {
      round_->votes.emplace_back(who, node->stage.ask<bool>(node->pool, AcceptBlock{block}));
    }
  }

  void repeat(OrderedBlock& block) {
    const auto& input = ordered_[dice_.below(ordered_.size())];
    block.txns.push_back(input);
  }

  void count_votes(const Members& voting) {
    std::uint64_t power = 0;
    std::vector<Address> accepted;
    bool all = true;
    for (const auto& [signer, vote] : round_->votes) {
      all = all && (vote->answer || vote->lost);
      if (!vote->answer.value_or(false) || !voting.contains(signer)) continue;
      power += voting.at(signer).power;
      accepted.push_back(signer);
    }
    if (is_quorum(power, total_power(voting))) {
      decide(std::move(accepted));
    } else if (all || ++round_->waited > 60) {
      ++lost_rounds;
      round_.reset();
    }
  }

  void decide(std::vector<Address> accepted) {
    auto round = *std::exchange(round_, std::nullopt);
    // Rarely: whoever does is passed over in the schedule.
    if (round.block.height > 20 && dice_.one_in(100)) {
      round.block.voted_twice.emplace_back(accepted[dice_.below(accepted.size())],
                                           round.block.height - dice_.below(20));
    }
    for (const auto id : round.inputs) waiting_.erase(id);
    for (const auto& input : round.block.txns) ordered_.push_back(input);
    inputs += round.block.txns.size();
    signed_last_ = std::move(accepted);
    chain_.push_back(std::move(round.block));
  }

  Dice& dice_;
  SharedLogs& logs_;
  std::function<std::vector<Bytes>(const Address& proposer)> adds_;
  // By their first coming, so that it means nothing in which order the sequence gives them again.
  std::map<Hash32, std::uint64_t> ids_;
  std::map<std::uint64_t, Bytes> waiting_;
  std::vector<Bytes> ordered_;
  std::vector<Address> signed_last_;
  std::optional<Round> round_;
  std::uint64_t rounds_ = 0;
  SimComet::Heights chain_;
  std::map<std::uint64_t, BlockOutcome> outcomes_;
};

}  // namespace horae::test
