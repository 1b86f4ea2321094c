#pragma once

#include "tests/fixture/pool_genesis.hpp"
#include "tests/sim/l1_forks.hpp"

namespace horae::test {

/// What a member tells next of L1, as duties/l1_follow does in a pool, without its ways to an
/// endpoint: it goes on from what is agreed on, keeps hashes of blocks that it has read, and
/// forgets them where the pool agreed on something else.
class L1Reporter {
 public:
  struct Options {
    std::uint64_t confirmations = 0;
    bool finalized_only = false;
    std::uint64_t step = 8;
  };
  explicit L1Reporter(Options options) : options_(options) {}

  /// Nothing: the endpoint has nothing new, or lacks a part of it.
  [[nodiscard]] std::optional<Msg<schema::LockingCommand>> next(const L1View& view,
                                                                const Locking& locking) {
    if (!locking.is_open()) return timed_opening();
    if (!resumed_) resume(locking);
    const auto target = next_head(view);
    if (target == 0) return std::nullopt;
    if (const auto gone = taken_back(view, target)) return gone;
    while (next_ <= target) {
      const auto* block = view.block(next_);
      const auto before = known_.find(next_ - 1);
      if (before != known_.end() && before->second != block->parent) return to_common(view);
      if (!block->events.empty()) {
        auto told = block->observed(view.lacks);
        if (lacks_something(told.read())) return std::nullopt;
        return told;
      }
      known_[next_++] = block->at.hash;
    }
    if (told_ && target <= told_->number) return std::nullopt;
    return advance(view, *view.block(target));
  }

  /// The pool agreed on what was told last, and the state has it.
  void agreed(schema::LockingCommand::Reader command, const Locking& locking) {
    take_told(locking);
    if (command.isObserve()) {
      const auto block = to_point(command.getObserve().getBlock());
      known_[block.number] = block.hash;
      next_ = block.number + 1;
    } else if (command.isAdvance()) {
      known_[told_->number] = told_->hash;
      forget_final();
    } else if (command.isRevert()) {
      const auto to = to_point(command.getRevert().getTo());
      known_.erase(known_.upper_bound(to.number), known_.end());
      known_[to.number] = to.hash;
      next_ = to.number + 1;
    }
  }
  /// It agreed on something else, or on nothing yet; or this member began anew.
  void not_agreed() { resumed_ = false; }

 private:
  void resume(const Locking& locking) {
    take_told(locking);
    known_.clear();
    if (locking.base_block) known_[locking.base_block->number] = locking.base_block->hash;
    for (const auto& pending : locking.pending) known_[pending.block.number] = pending.block.hash;
    for (const auto& head : {final_, told_}) {
      if (head) known_[head->number] = head->hash;
    }
    next_ = L1View::first_block;
    if (!known_.empty()) next_ = std::max(next_, known_.rbegin()->first + 1);
    forget_final();
    resumed_ = true;
  }
  void take_told(const Locking& locking) {
    told_ = locking.confirmed_head;
    final_ = locking.finalized;
  }
  void forget_final() {
    if (final_) known_.erase(known_.begin(), known_.lower_bound(final_->number));
  }

  [[nodiscard]] std::uint64_t next_head(const L1View& view) const {
    const auto head =
        options_.finalized_only ? view.finalized : view.latest() - options_.confirmations;
    const auto from = told_ ? told_->number : L1View::first_block;
    if (head < from || view.block(head) == nullptr) return 0;
    std::uint64_t out = told_ ? from : 0;
    for (auto stride = options_.step; stride <= head - from; stride *= 2) out = from + stride;
    return out;
  }

  std::optional<Msg<schema::LockingCommand>> taken_back(const L1View& view, std::uint64_t target) {
    if (known_.empty()) return std::nullopt;
    const auto& [last, hash] = *known_.rbegin();
    const auto final_number = std::min(view.finalized, target);
    if (target > last && last >= final_number) return std::nullopt;
    const auto* block = view.block(last);
    if (block != nullptr && block->at.hash == hash) return std::nullopt;
    return to_common(view);
  }

  std::optional<Msg<schema::LockingCommand>> to_common(const L1View& view) {
    auto to = L1Point{L1View::first_block, view.chain.front()->at.hash};
    for (auto each = known_.rbegin(); each != known_.rend(); ++each) {
      const auto* block = view.block(each->first);
      if (block != nullptr && block->at.hash == each->second) {
        to = block->at;
        break;
      }
      // An endpoint that is behind what is final, perhaps on a fork, says nothing.
      if (final_ && each->first <= final_->number) {
        BOOST_TEST_REQUIRE(view.finalized < each->first,
                           "what the pool holds to be final went back");
        return std::nullopt;
      }
    }
    return Scene::command([&](auto root) {
      auto reverted = root.initRevert();
      put(reverted.initTo(), to);
      reverted.setTimestamp(Scene::time(to.number));
    });
  }

  [[nodiscard]] Msg<schema::LockingCommand> advance(const L1View& view,
                                                    const ForkBlock& head) const {
    auto finalized = final_.value_or(L1Point{});
    const auto seen = std::min(view.finalized, head.at.number);
    if (seen > finalized.number) finalized = view.block(seen)->at;
    return Scene::command([&](auto root) {
      auto advanced = root.initAdvance();
      put(advanced.initConfirmed(), head.at);
      put(advanced.initFinalized(), finalized);
      advanced.setTimestamp(Scene::time(head.at.number));
    });
  }

  static void put(schema::L1Block::Builder out, const L1Point& point) {
    out.setNumber(point.number);
    out.setHash(data(point.hash));
  }

  Options options_;
  bool resumed_ = false;
  std::uint64_t next_ = L1View::first_block;
  std::map<std::uint64_t, Hash32> known_;
  std::optional<L1Point> told_, final_;
};

}  // namespace horae::test
