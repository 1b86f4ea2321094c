#pragma once

#include "events/locking/pool.hpp"
#include "tests/sim/l1_forks.hpp"

// What must hold of a member's log, besides that it folds.
namespace horae::test {

/// Each height is there once, in order, and each block that was proposed is settled once.
class HeightsAudit {
 public:
  void see(const RecordView& record) {
    if (record.header.domain != Domain::POOL || is_shared_kind(record.header.kind)) return;
    const auto fact = Msg<schema::PoolFact>::read(record.payload);
    if (fact.isConsensusBlockApplied()) {
      BOOST_TEST_REQUIRE(fact.getConsensusBlockApplied().getHeight() == ++height_);
    } else if (fact.isInputProposed()) {
      BOOST_TEST_REQUIRE(!std::exchange(proposed_, true));
    } else if (fact.isInputSettled()) {
      BOOST_TEST_REQUIRE(std::exchange(proposed_, false));
    }
  }
  void end(std::uint64_t height) const {
    BOOST_TEST_REQUIRE(height_ == height);
    BOOST_TEST_REQUIRE(!proposed_);
  }

 private:
  static bool is_shared_kind(std::uint16_t kind) {
    return is_shared(static_cast<schema::PoolFact::Which>(kind));
  }

  std::uint64_t height_ = 0;
  bool proposed_ = false;
};

/// What the log says of L1 was there once, each event once, and at the end none is missing.
class L1Audit {
 public:
  std::uint64_t reverts = 0;

  explicit L1Audit(const ForkingL1& l1) : l1_(l1) {}

  void see(const RecordView& record) {
    if (record.header.domain != Domain::LOCKING) return;
    const auto fact = Msg<schema::LockingFact>::read(record.payload);
    if (fact.isPoolOpened()) return;
    BOOST_TEST_REQUIRE(!fact.isDiscrepancyFound());
    if (fact.isL1Advanced()) {
      confirmed_ = to_point(fact.getL1Advanced().getConfirmed());
      was_there(*confirmed_);
      const auto finalized = to_point(fact.getL1Advanced().getFinalized());
      if (finalized == L1Point{}) return;
      BOOST_TEST_REQUIRE(finalized.number <= l1_.now.finalized);
      const auto* final_block = l1_.now.block(finalized.number);  // nothing: before the first
      BOOST_TEST_REQUIRE(
          (final_block == nullptr ? l1_.had(finalized) : finalized == final_block->at));
    } else if (fact.isL1Reverted()) {
      const auto to = to_point(fact.getL1Reverted().getTo());
      was_there(to);
      told_.erase(told_.upper_bound(to.number), told_.end());
      ++reverts;
    } else {
      const auto position = position_of(fact);
      const L1Point at{position.getBlock(), fixed<Hash32>(position.getBlockHash())};
      was_there(at);
      BOOST_TEST_REQUIRE((told_.empty() || told_.rbegin()->first <= at.number));
      auto& events = told_[at.number];
      BOOST_TEST_REQUIRE(position.getLogIndex() == ForkBlock::log_index(events.size()));
      BOOST_TEST_REQUIRE((events.empty() || events.front() == at));
      events.push_back(at);
    }
  }
  void end() const {
    BOOST_TEST_REQUIRE(confirmed_.has_value());
    for (const auto& block : l1_.now.chain) {
      if (block->at.number > confirmed_->number) continue;
      const auto found = told_.find(block->at.number);
      const auto count = found == told_.end() ? 0 : found->second.size();
      BOOST_TEST_REQUIRE(count == block->events.size(), "of block " << block->at.number);
      if (count > 0) BOOST_TEST_REQUIRE((found->second.front() == block->at));
    }
  }

 private:
  void was_there(const L1Point& block) const {
    BOOST_TEST_REQUIRE(l1_.had(block), "a lie about block " << block.number);
  }

  const ForkingL1& l1_;
  std::map<std::uint64_t, std::vector<L1Point>> told_;  // by block, a point for each event
  std::optional<L1Point> confirmed_;
};

}  // namespace horae::test
