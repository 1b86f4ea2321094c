#pragma once

#include "tests/sim/member_node.hpp"

namespace horae::test {

/// The process of consensus beside a node, from its start on: it asks how far the node is, brings
/// it the heights that were decided, and saves each once it is applied.
class SimComet {
 public:
  using Heights = std::vector<OrderedBlock>;
  enum Window { at_rest, settling, settled, applying };

  /// chain: what is decided, by height from 1.
  SimComet(MemberNode& node, const Msg<schema::PoolGenesis>& genesis, const Heights& chain)
      : node_(node), genesis_(genesis), chain_(chain) {
    applied_ = node_.stage.ask<AppliedBlock>(node_.pool, AskApplied{});
  }

  std::function<void(std::uint64_t height, const BlockOutcome& outcome)> on_settled;
  std::function<void(const AppliedBlock& applied)> on_applied;

  /// The last height that it has saved; nothing while it begins.
  [[nodiscard]] const std::optional<std::uint64_t>& saved() const { return saved_; }
  [[nodiscard]] Window window() const {
    return block_applied_           ? applying
           : !block_settled_        ? at_rest
           : block_settled_->answer ? settled
                                    : settling;
  }

  /// Goes on where it was answered. connected: it has what was decided.
  void go_on(bool connected) {
    if (applied_ && applied_->answer) return meet(*std::exchange(applied_, nullptr)->answer);
    if (begun_ && begun_->answer) {
      const auto& hash = begun_->answer->app_hash;
      BOOST_REQUIRE_MESSAGE(hash.has_value(), (hash ? "" : hash.error().what));
      begun_.reset();
      saved_ = 0;
    } else if (block_settled_ && block_settled_->answer && !block_applied_) {
      const auto& outcome = block_settled_->answer->outcome;
      BOOST_REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().what));
      on_settled(*saved_ + 1, *outcome);
      block_applied_ = node_.stage.ask<BlockApplied>(node_.pool, ApplyBlock{});
    } else if (block_applied_ && block_applied_->answer) {
      const auto& retained = block_applied_->answer->retained;
      BOOST_REQUIRE_MESSAGE(retained.has_value(), (retained ? "" : retained.error().what));
      on_applied({++*saved_, block_settled_->answer->outcome->app_hash});
      block_settled_.reset();
      block_applied_.reset();
    } else if (saved_ && window() == at_rest && connected && *saved_ < chain_.size()) {
      block_settled_ = node_.stage.ask<BlockSettled>(node_.pool, SettleBlock{chain_.at(*saved_)});
    }
  }

 private:
  void meet(const AppliedBlock& applied) {
    BOOST_TEST_REQUIRE(applied.height <= chain_.size(), "a node is ahead of its consensus");
    if (applied.height == 0) {
      begun_ = node_.stage.ask<PoolBegun>(node_.pool,
                                          BeginPool{{"test-pool", {}, app_state_of(genesis_)}});
      return;
    }
    on_applied(applied);
    saved_ = applied.height;
  }

  MemberNode& node_;
  const Msg<schema::PoolGenesis>& genesis_;
  const Heights& chain_;
  std::optional<std::uint64_t> saved_;
  AskedPtr<AppliedBlock> applied_;
  AskedPtr<PoolBegun> begun_;
  AskedPtr<BlockSettled> block_settled_;
  AskedPtr<BlockApplied> block_applied_;
};

}  // namespace horae::test
