#include "tools/replay/audit/quorum.hpp"

#include "tools/replay/audit/fold.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

tl::unexpected<Failure> no_quorum(std::string what) {
  return refuse(Trouble::not_in_log, std::move(what));
}

class QuorumSearch {
 public:
  explicit QuorumSearch(std::optional<std::uint64_t> height) : height_(height) {
    world_.local.mempool.use = PoolUse::folds;
  }

  /// One record more; what is wrong with it, if anything.
  std::optional<Finding> take(const LogValue& value) {
    if (auto folded = fold_checked(world_, value); !folded) return std::move(folded.error());
    const auto record = decode_record(value.value);
    if (record->header.domain != Domain::POOL) return std::nullopt;
    if (auto found = audit_.see(world_, *record)) return found;
    const auto fact = Msg<schema::PoolFact>::read(record->payload);
    const auto& applied = world_.local.progress.applied;
    if (fact.isConsensusBlockApplied() && applied.height == height_) {
      state_ = State{value.seq, applied.app_hash};
    }
    return std::nullopt;
  }

  /// Whether nothing that follows says more of the height.
  [[nodiscard]] bool ended() const {
    if (!state_ || !audit_.newest()) return false;
    return carries_it() || audit_.newest()->commit.height > *height_;
  }

  [[nodiscard]] Outcome<Quorum> answer() const {
    if (!world_.shared.pool.is_founded()) {
      return no_quorum("the log is of a node alone: there is no pool that agreed on anything");
    }
    const auto& applied = world_.local.progress.applied;
    if (height_ && !state_) {
      return no_quorum("the log has applied no height " + std::to_string(*height_) +
                       " of consensus: it comes to " + std::to_string(applied.height));
    }
    const auto& newest = audit_.newest();
    if (!newest) return no_quorum("the log has no signatures of the pool's members yet");
    Quorum out;
    out.chain = world_.shared.pool.genesis.read().getName().cStr();
    out.header = *newest;
    out.app_hash = newest->commit.app_hash;
    if (!height_) {
      out.height = newest->commit.height - 1;
      out.seq = newest->state_seq;
      return out;
    }
    if (!carries_it()) return no_quorum(why_not());
    out.height = *height_;
    out.seq = state_->seq;
    return out;
  }

 private:
  struct State {
    std::uint64_t seq = 0;
    Hash32 app_hash;
  };

  // Only a change of the state makes another app hash, and none ever comes again.
  [[nodiscard]] bool carries_it() const {
    return audit_.newest()->commit.app_hash == state_->app_hash;
  }

  [[nodiscard]] std::string why_not() const {
    const auto& newest = *audit_.newest();
    auto out = "the log has no signatures under the state after height " + std::to_string(*height_);
    if (newest.commit.height <= *height_) return out + " yet";
    return out + ": the next that it has are under the state after height " +
           std::to_string(newest.commit.height - 1) + ", whose facts begin with the same";
  }

  std::optional<std::uint64_t> height_;
  World world_;
  QuorumAudit audit_;
  std::optional<State> state_;  // after the height that is asked for
};

}  // namespace

Outcome<Quorum> find_quorum(const Source& source, std::optional<std::uint64_t> height,
                            std::atomic<std::uint64_t>* at) {
  QuorumSearch search(height);
  Reading reading(at, "folding", source.last());
  Walk walk(source.reader(), 1, source.last());
  while (!search.ended()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    reading.at((*value)->seq);
    if (auto finding = search.take(**value)) {
      Quorum out;
      out.finding = std::move(finding);
      return out;
    }
    walk.pop();
  }
  return search.answer();
}

}  // namespace horae::replay
